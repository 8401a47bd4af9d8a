/** The options by which commands say what is judged, and how: the same words for all that tell of
 * runs. */
#ifndef AGR_CLI_JUDGE_OPTIONS_H
#define AGR_CLI_JUDGE_OPTIONS_H

#include "options.h"

#include <agr/report/evaluation.h>

typedef struct {
    const char *data, *split, *slot, *bins; /* data, split: NULL where nothing is said */
    double within;
    agr_slices_request slices;
    int64_t threads;
} judge_options;

enum { JUDGE_N_OPTIONS = 8, JUDGE_N_SLICE_OPTIONS = 2 };

/** Sets the defaults and fills option[0 .. JUDGE_N_OPTIONS). `judge` stays as long as they are used. */
void judge_options_add(judge_options *judge, cli_option option[JUDGE_N_OPTIONS]);

/** Likewise option[0 .. JUDGE_N_SLICE_OPTIONS), after the others, for who judges by slices: unless
 * told by those of `by`, NULL (none) or AGR_SLICING_ALL. */
void judge_options_add_slices(judge_options *judge, const char *by,
                              cli_option option[JUDGE_N_SLICE_OPTIONS]);

/** What they ask for. Texts are borrowed. AGR_USAGE. */
agr_status judge_options_read(const judge_options *judge, agr_evaluation_request *request,
                              agr_error *err);

#endif
