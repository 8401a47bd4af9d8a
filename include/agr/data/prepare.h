/**
 * From folders of pictures to one dataset file.
 *
 * Rank 0 lists the files and reads the labels; all ranks, and all threads of each, decode, hash and
 * resize pictures and write the pixels straight to their place in the file; rank 0 groups copies,
 * divides the set and writes the rest. The file is a function of the pictures, the names and the
 * options: not of ranks, threads or time. Memory: a few images a thread and a few hundred bytes a
 * file of the folder.
 */
#ifndef AGR_DATA_PREPARE_H
#define AGR_DATA_PREPARE_H

#include <agr/base/error.h>
#include <agr/base/file.h>
#include <agr/comm/world.h>
#include <agr/data/labels.h>
#include <agr/image/resize.h>
#include <signal.h>
#include <stdint.h>

typedef enum {
    AGR_DUPLICATES_KEEP,           /* copies stay, all in one part of the set */
    AGR_DUPLICATES_DROP_CONFLICTS, /* copies that disagree about their labels are rejected */
} agr_duplicate_policy;

typedef enum {
    AGR_REJECTS_ALLOWED,
    AGR_REJECTS_STRICT, /* any reject is an error: the table of rejects is written, no dataset */
} agr_reject_policy;

/** The classes of one column in the order asked for. */
typedef struct {
    char column[AGR_LABEL_NAME_BYTES];
    int n_classes;
    char **class_name; /* [n_classes] borrowed */
} agr_class_order;

/** Called on rank 0 now and then with the files done so far (estimated from this rank's share). */
typedef void agr_prepare_progress(void *context, int64_t n_done, int64_t n_files);

/** What to prepare. Strings are borrowed. */
typedef struct {
    int n_folders;
    char **folder;           /* [n_folders] */
    const char *output;      /* the dataset file */
    const char *rejects;     /* the rejects table; NULL: "<output without .h5>.rejects.csv" */
    const char *labels;      /* a label table, or NULL: labels from UTKFace names */
    const char *path_column; /* the table's column of file names */
    const char *split_file;  /* a table of path and split, or NULL */
    int n_class_orders;
    const agr_class_order *class_order; /* [n_class_orders] */
    int size;                           /* side of the prepared images, in pixels */
    agr_resize_method resize;
    double validation, test; /* shares */
    uint64_t seed;
    agr_duplicate_policy duplicates;
    agr_reject_policy reject_policy;
    int n_threads;                  /* of this rank, >= 1 */
    agr_prepare_progress *progress; /* or NULL */
    void *progress_context;
    const volatile sig_atomic_t *stop; /* not 0: give up and leave nothing behind; or NULL */
} agr_prepare_options;

/* Why a file (or a row of a table) was rejected, besides the faults of images. */
#define AGR_REJECT_LIST(X)                                                                         \
    X(NAME, "name without labels")                                                                 \
    X(NO_ROW, "no row in the label table")                                                         \
    X(NO_FILE, "no file for this row")                                                             \
    X(REPEATED_ROW, "another row names the same file")                                             \
    X(LABEL, "label that cannot be used")                                                          \
    X(SPLIT, "no part in the split table")                                                         \
    X(UNREADABLE, "cannot be read")                                                                \
    X(CONFLICT, "copies with conflicting labels")

typedef enum {
#define X(name, text) AGR_REJECT_##name,
    AGR_REJECT_LIST(X)
#undef X
        AGR_REJECT_COUNT
} agr_reject_reason;

/** One line of the report: a reason and how often it happened. */
typedef struct {
    const char *reason; /* static memory */
    const char *remedy; /* "" when none is known; static memory */
    int64_t count;
} agr_reject_count;

enum { AGR_PREPARE_MAX_REASONS = 32, AGR_PREPARE_LISTED = 10 };

/** What came out. Filled on rank 0 only. */
typedef struct {
    int64_t n_files;   /* pictures looked at */
    int64_t n_ignored; /* junk and files that are no pictures */
    int64_t n_images;  /* in the dataset */
    int64_t n_rejects;
    int n_reasons;
    agr_reject_count reason[AGR_PREPARE_MAX_REASONS]; /* most frequent first */
    int64_t n_copy_groups; /* groups of two or more equal files among the images */
    int64_t n_copies;      /* images beyond the first of their group */
    int64_t n_conflicts;   /* groups whose copies disagree about their labels */
    int n_listed;          /* the first of them: "a.jpg, b.jpg", owned */
    char *conflict[AGR_PREPARE_LISTED];
    int64_t n_constant;   /* images of one colour */
    char *first_constant; /* one of them, or NULL; owned */
    int64_t n_part[3];    /* training, validation, test */
    double elapsed_s;     /* all of it */
    double decode_s;      /* the part that reads, decodes, resizes and writes pictures */
    char rejects_path[AGR_PATH_BYTES]; /* empty when no table was written */
    int n_columns; /* what each became: "eyes: 3 classes (blue 4, brown 9, green 2)", owned */
    char *column[AGR_LABELS_MAX_COLUMNS + 2];
    int64_t n_moved; /* copies that an imported split had put into different parts */
} agr_prepare_report;

/**
 * Prepares a dataset. Collective over the world: every rank calls with the same options and returns
 * the same verdict.
 *
 * AGR_NOT_FOUND a folder or table is missing; AGR_INPUT an empty folder, an archive, a table that
 * cannot be used, no usable image, or a reject under AGR_REJECTS_STRICT; AGR_IO the file cannot be
 * written (disk full); AGR_MEMORY. On failure no dataset is left behind, an older one stands
 * untouched; the rejects table is written when it tells why (no usable image, strict). AGR_STOPPED
 * when options->stop said so. Caller releases the report in every case.
 */
agr_status agr_prepare(const agr_prepare_options *options, agr_world *world,
                       agr_prepare_report *report, agr_error *err);

void agr_prepare_report_release(agr_prepare_report *report);

#endif
