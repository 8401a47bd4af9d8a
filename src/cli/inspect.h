/** The parts of `inspect`: the ways to show what is known of a dataset or a checkpoint. */
#ifndef AGR_CLI_INSPECT_H
#define AGR_CLI_INSPECT_H

#include <agr/base/text.h>
#include <agr/config/config.h>
#include <agr/report/dataset_facts.h>
#include <agr/report/evaluation.h>
#include <cjson/cJSON.h>

/** Prints the report on stdout: `columns` characters wide, bars in block characters or '#'. */
void inspect_print_dataset(const agr_dataset_facts *all, int columns, bool blocks);

/** Prints one JSON object on stdout. */
agr_status inspect_print_dataset_json(const agr_dataset_facts *all, agr_error *err);

/** Writes <label>.svg for every label, and <number>_by_<class>.svg for every such pair, into the
 * folder. */
agr_status inspect_write_plots(const agr_dataset_facts *all, const char *folder, agr_error *err);

/** Writes samples.svg: n_samples pictures spread evenly over the set, with their labels. */
agr_status inspect_write_samples(const agr_dataset_facts *all, const char *folder,
                                 int64_t n_samples, agr_error *err);

/** Writes augmented.svg: n_samples pictures, each beside what this configuration's augmentation
 * makes of it in its first epochs. */
agr_status inspect_write_augmented(const agr_dataset_facts *all, const char *folder,
                                   int64_t n_samples, const agr_config *config, agr_error *err);

/** Writes <folder>/<name>.svg and says so; a '/' in the name becomes '_'. AGR_MEMORY when svg has
 * failed; AGR_IO. */
agr_status inspect_write_svg(const char *folder, const char *name, const agr_text *svg,
                             agr_error *err);

/** Prints one line each: the fingerprint of a dataset's content; the digest of every branch of a
 * checkpoint (store/digest.h). */
void inspect_print_dataset_digest(const agr_dataset_facts *all);
agr_status inspect_print_checkpoint_digest(const char *path, agr_error *err);

/** Prints branches, slots and their values. */
agr_status inspect_print_checkpoint(const char *path, agr_error *err);

/** The same as one JSON object. Caller deletes. */
agr_status inspect_checkpoint_json(const char *path, cJSON **root, agr_error *err);

/** Prints what a run folder tells, with or without a checkpoint: as text or as one JSON object. */
agr_status inspect_run(const char *folder, bool json, agr_error *err);

/** Writes curves_<branch>.svg, total.svg and teams.svg into the folder, as far as there is something to
 * draw. Yields whether there is a checkpoint to judge. */
agr_status inspect_write_record(const char *run, const char *folder, bool *has_checkpoint,
                                agr_error *err);

/** Writes what a judged run says: confusion_, reliability_, scatter_, slices_ and worst_<head>.svg. */
agr_status inspect_write_judged(const agr_evaluation *e, const char *folder, agr_error *err);

#endif
