/** The part of prepare that every rank and thread takes: from a list of files to rows of pixels. */
#ifndef AGR_DATA_PREPARE_IMPL_H
#define AGR_DATA_PREPARE_IMPL_H

#include <agr/data/prepare.h>
#include <agr/store/dataset.h>

/** What became of one file. Plain data: sent to rank 0 as bytes. */
typedef struct {
    uint64_t content_hash; /* of the file's bytes */
    int32_t read_errno;    /* not 0: it could not be read */
    uint8_t fault;         /* agr_image_fault */
    uint8_t is_constant;
    uint16_t longest_side; /* pixels of the decoded picture */
} agr_outcome;

/** Pictures to decode: file i belongs to row i. */
typedef struct {
    const agr_prepare_options *options;
    int64_t n_files;
    const char *const *path; /* [n_files] */
    agr_dataset_rows rows;
    int rank, n_ranks;
} agr_decode_job;

/** Whether file i is this rank's: files go to ranks in small runs, in turn. */
bool agr_decode_is_mine(const agr_decode_job *job, int64_t i);

/** Decodes this rank's share with all its threads; outcome [n_files] is filled for its files.
 * AGR_IO when pixels cannot be written or the machine (not the file) keeps a picture from being
 * read, AGR_MEMORY, AGR_STOPPED. */
agr_status agr_decode_share(const agr_decode_job *job, agr_outcome *outcome, agr_error *err);

#endif
