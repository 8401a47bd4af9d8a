/* Reads what is judged, and how. */
#include "judge_options.h"

#include <string.h>

void judge_options_add(judge_options *judge, cli_option option[JUDGE_N_OPTIONS])
{
    *judge = (judge_options){.slot = "best",
                             .bins = AGR_AUDIT_DEFAULT_BINS,
                             .within = 5,
                             .slices = {.min_count = 30, .n_draws = 1000, .seed = -1}};
    const cli_option rows[JUDGE_N_OPTIONS] = {
        {"data", 0, CLI_TEXT, "FILE", &judge->data,
         "dataset (default: the one trained on; of several runs, by the first)"},
        {"split", 0, CLI_TEXT, "PART", &judge->split,
         "train, validation or test (default validation)"},
        {"slot", 0, CLI_TEXT, "NAME", &judge->slot, "best, latest, epoch_0020, ... (default best)"},
        {"cs", 0, CLI_NUMBER, "K", &judge->within,
         "cs: share of numbers off by no more than this (default 5)", .min = 0, .max = 1e9},
        {"bins", 0, CLI_TEXT, "LIST", &judge->bins,
         "ranges of a number label that are judged each for itself (default " AGR_AUDIT_DEFAULT_BINS
         ")"},
        {"draws", 0, CLI_INTEGER, "N", &judge->slices.n_draws,
         "draws of the bootstrap behind the intervals (default 1000)", .min = 100, .max = 100000},
        {"seed", 0, CLI_INTEGER, "N", &judge->slices.seed,
         "of these draws (default: that of the run)", .min = 0, .max = 9e15},
        {"threads", 0, CLI_INTEGER, "N", &judge->threads, "threads of each rank", .min = 1,
         .max = 4096},
    };
    memcpy(option, rows, sizeof rows);
}

void judge_options_add_slices(judge_options *judge, const char *by,
                              cli_option option[JUDGE_N_SLICE_OPTIONS])
{
    judge->slices.by = by;
    const cli_option rows[JUDGE_N_SLICE_OPTIONS] = {
        {"by", 0, CLI_TEXT, "LIST", &judge->slices.by,
         by == NULL ? "judge by slices and compare them: LABEL,LABEL*LABEL,LABEL:0-17,18+; all: "
                      "every label column"
                    : "judge by slices and compare them: LABEL,LABEL*LABEL,LABEL:0-17,18+ "
                      "(default all: every label column)"},
        {"min-count", 0, CLI_INTEGER, "N", &judge->slices.min_count,
         "slices of fewer pictures are not compared (default 30)", .min = 2, .max = 1e9},
    };
    memcpy(option, rows, sizeof rows);
}

static agr_status read_split(const char *word, agr_split *split, agr_error *err)
{
    if (word == NULL)
        *split = AGR_SPLIT_VALIDATION;
    if (word == NULL || agr_split_parse(word, split, err) == AGR_OK)
        return AGR_OK;
    for (int i = 0; i < AGR_SPLIT_COUNT; i++)
        if (strncmp(agr_split_name((agr_split)i), word, strlen(word)) == 0)
            return agr_error_hint(err, "did you mean '--split %s'?", agr_split_name((agr_split)i));
    return AGR_USAGE;
}

agr_status judge_options_read(const judge_options *judge, agr_evaluation_request *request,
                              agr_error *err)
{
    AGR_TRY(read_split(judge->split, &request->split, err));
    if (agr_audit_bins_parse(judge->bins, &request->bins, err) != AGR_OK)
        return agr_error_context(err, "--bins");
    request->models.slot = judge->slot;
    request->data = judge->data;
    request->within = judge->within;
    request->slices = judge->slices;
    request->threads = judge->threads;
    return AGR_OK;
}
