/* See lineage_impl.h. */
#include "lineage_impl.h"

#include <agr/base/text.h>
#include <agr/config/config.h>
#include <stdlib.h>
#include <string.h>

static agr_status out_of_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
}

static agr_status add(lineage *line, uint64_t fingerprint, const char *since, const char *path,
                      agr_error *err)
{
    const size_t n = (size_t)line->n;
    agr_checkpoint_dataset *dataset = realloc(line->dataset, (n + 1) * sizeof *dataset);
    if (dataset == NULL)
        return out_of_memory(err);
    line->dataset = dataset;
    char **texts = realloc(line->texts, 2 * (n + 1) * sizeof *texts);
    if (texts == NULL)
        return out_of_memory(err);
    line->texts = texts;
    texts[2 * n] = strdup(since);
    texts[2 * n + 1] = strdup(path);
    dataset[n] = (agr_checkpoint_dataset){fingerprint, texts[2 * n], texts[2 * n + 1]};
    line->n++;
    return texts[2 * n] != NULL && texts[2 * n + 1] != NULL ? AGR_OK : out_of_memory(err);
}

agr_status lineage_begin(lineage *line, const agr_dataset *dataset, agr_error *err)
{
    *line = (lineage){0};
    return add(line, agr_dataset_fingerprint(dataset), "start", agr_dataset_path(dataset), err);
}

/* A checkpoint of before there were chains names one dataset, and its configuration where it lay. */
static agr_status recall_single(lineage *line, const agr_checkpoint_info *about, agr_error *err)
{
    agr_config config;
    agr_error ignored;
    const bool has_config = agr_config_parse(&config, about->config, strlen(about->config), "",
                                             NULL, 0, &ignored) == AGR_OK;
    const agr_status status =
        add(line, about->dataset_fingerprint, "start", has_config ? config.data.path : "", err);
    if (has_config)
        agr_config_release(&config);
    return status;
}

static agr_status recall(lineage *line, const agr_checkpoint_info *about, agr_error *err)
{
    if (about->kernel_set[0] == '\0')
        return AGR_OK; /* nothing was trained yet */
    if (about->n_datasets == 0)
        return recall_single(line, about, err);
    for (int i = 0; i < about->n_datasets; i++)
        AGR_TRY(add(line, about->datasets[i].fingerprint, about->datasets[i].since,
                    about->datasets[i].path, err));
    return AGR_OK;
}

/* The epochs that each branch has behind it: "age:3,gender:4". */
static void add_epochs(const agr_checkpoint *checkpoint, agr_text *text)
{
    for (int b = 0; b < agr_checkpoint_n_branches(checkpoint); b++) {
        int latest;
        int64_t epochs = 0;
        if (agr_checkpoint_find_slot(checkpoint, b, "latest", &latest, NULL) == AGR_OK)
            epochs =
                agr_state_int64(&agr_checkpoint_slot_at(checkpoint, b, latest)->state, "epoch", 0);
        agr_text_add(text, "%s%s:%lld", b > 0 ? "," : "",
                     agr_checkpoint_branch_at(checkpoint, b)->name, (long long)epochs);
    }
}

static agr_status refuse(const agr_checkpoint_dataset *last, const agr_checkpoint *checkpoint,
                         const agr_dataset *dataset, agr_error *err)
{
    agr_error_set(err, AGR_INPUT,
                  "checkpoint '%s' was trained on another dataset: expected %016llx ('%s'), found "
                  "%016llx ('%s')",
                  agr_checkpoint_path(checkpoint), (unsigned long long)last->fingerprint,
                  last->path, (unsigned long long)agr_dataset_fingerprint(dataset),
                  agr_dataset_path(dataset));
    return agr_error_hint(err,
                          "--data names the run's own; --new-data goes on with this one; --init "
                          "starts another run from its weights");
}

agr_status lineage_continue(lineage *line, const agr_checkpoint *checkpoint,
                            const agr_dataset *dataset, bool welcomes_new, agr_error *err)
{
    *line = (lineage){0};
    AGR_TRY(recall(line, agr_checkpoint_about(checkpoint), err));
    if (line->n == 0)
        return lineage_begin(line, dataset, err);
    const agr_checkpoint_dataset *last = &line->dataset[line->n - 1];
    if (last->fingerprint == agr_dataset_fingerprint(dataset))
        return AGR_OK;
    if (!welcomes_new)
        return refuse(last, checkpoint, dataset, err);
    agr_text since = {0};
    add_epochs(checkpoint, &since);
    const agr_status status = since.failed ? out_of_memory(err)
                                           : add(line, agr_dataset_fingerprint(dataset), since.data,
                                                 agr_dataset_path(dataset), err);
    agr_text_release(&since);
    return status;
}

void lineage_release(lineage *line)
{
    for (int i = 0; i < 2 * line->n; i++)
        free(line->texts[i]);
    free(line->texts);
    free(line->dataset);
    *line = (lineage){0};
}
