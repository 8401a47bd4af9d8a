/* agr-mpi evaluate: judges a checkpoint on the pictures of one part of a dataset. */
#include "cli.h"
#include "options.h"
#include "setup.h"

#include <agr/base/pool.h>
#include <agr/base/text.h>
#include <agr/comm/team.h>
#include <agr/data/csv.h>
#include <agr/train/evaluate.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *checkpoint, *data, *split, *slot, *branches, *predictions, *rows;
    bool json;
    int64_t threads;
} evaluate_options;

/* What one head said about every sample, on rank 0 after gathering. */
typedef struct {
    const agr_model *model;
    int head;
    agr_head_sums sums;
    int64_t n_columns;
    float *output; /* [n_samples, n_columns], owned; rows of this rank, then of all */
} head_result;

typedef struct {
    agr_world *world;
    agr_models models;
    agr_training_set set;
    const int64_t *sample;
    int64_t n_samples;
    const agr_dataset *dataset;
    agr_team *team;
    agr_pool *pool;
    int n_results;
    head_result result[AGR_MAX_MODELS * 4];
    int first_result; /* of the model that is being judged */
} evaluation;

/* ---- judging ---- */

static void keep_row(void *context, int64_t index, const float *const *prediction)
{
    evaluation *e = context;
    const agr_model *model = e->result[e->first_result].model;
    for (int h = 0; h < agr_network_n_heads(model->network); h++) {
        head_result *r = &e->result[e->first_result + h];
        memcpy(r->output + index * r->n_columns, prediction[h],
               (size_t)r->n_columns * sizeof *r->output);
    }
}

/* Rows are NaN where another rank has judged the sample: whoever has a row, has it whole. */
static agr_status gather_rows(evaluation *e, head_result *r, agr_error *err)
{
    const size_t n_bytes = (size_t)(e->n_samples * r->n_columns) * sizeof *r->output;
    agr_gathered all;
    AGR_TRY(agr_group_gather(agr_world_group(e->world), 0, r->output, n_bytes, &all, err));
    for (int rank = 1; rank < all.n_parts; rank++) {
        const float *theirs = (const float *)(const void *)(all.bytes + all.begin[rank]);
        for (int64_t i = 0; i < e->n_samples * r->n_columns; i++)
            if (isnan(r->output[i]))
                r->output[i] = theirs[i];
    }
    agr_gathered_release(&all);
    return AGR_OK;
}

static agr_status add_results(evaluation *e, const agr_model *model, agr_error *err)
{
    e->first_result = e->n_results;
    for (int h = 0; h < agr_network_n_heads(model->network); h++) {
        if (e->n_results == CLI_COUNT(e->result))
            return agr_error_set(err, AGR_UNSUPPORTED, "too many heads to evaluate at once");
        head_result *r = &e->result[e->n_results];
        *r = (head_result){.model = model,
                           .head = h,
                           .n_columns = agr_network_head(model->network, h)->loss.n_columns};
        r->output = malloc((size_t)(e->n_samples * r->n_columns) * sizeof *r->output);
        if (r->output == NULL)
            return agr_error_set(err, AGR_MEMORY, "out of memory");
        for (int64_t i = 0; i < e->n_samples * r->n_columns; i++)
            r->output[i] = NAN;
        e->n_results++;
    }
    return AGR_OK;
}

static agr_status judge_model(evaluation *e, agr_model *model, agr_error *err)
{
    agr_head_sums sums[AGR_MAX_HEADS];
    AGR_TRY(agr_agree(agr_world_group(e->world), add_results(e, model, err), err));
    AGR_TRY(agr_model_evaluate(model, &e->models.config, &e->set, e->sample, e->n_samples, e->team,
                               sums, keep_row, e, err));
    for (int r = e->first_result; r < e->n_results; r++) {
        e->result[r].sums = sums[e->result[r].head];
        AGR_TRY(gather_rows(e, &e->result[r], err));
    }
    return AGR_OK;
}

/* ---- printing ---- */

static const agr_head *head_of(const head_result *r)
{
    return agr_network_head(r->model->network, r->head);
}

static const char *name_of(const evaluation *e, const head_result *r)
{
    return agr_models_head_name(&e->models, r->model, r->head);
}

static const agr_label_column *labels_of(const evaluation *e, const head_result *r)
{
    return agr_dataset_find_label(e->dataset, head_of(r)->target);
}

static double decode_row(const head_result *r, int64_t i)
{
    return agr_loss_decode(&head_of(r)->loss, r->output + i * r->n_columns);
}

static bool predicts_class(const head_result *r)
{
    const agr_prediction prediction = head_of(r)->loss.kind->prediction;
    return prediction == AGR_PREDICTS_CLASS || prediction == AGR_PREDICTS_BINARY;
}

static int n_classes_of(const head_result *r)
{
    return head_of(r)->loss.kind->prediction == AGR_PREDICTS_BINARY ? 2 : (int)r->n_columns;
}

/* counts[label][predicted] over the labelled samples. Caller frees. */
static int64_t *count_confusion(const evaluation *e, const head_result *r)
{
    const int n = n_classes_of(r);
    const float *label = labels_of(e, r)->values;
    int64_t *count = calloc((size_t)n * (size_t)n, sizeof *count);
    AGR_ASSERT(count != NULL);
    for (int64_t i = 0; i < e->n_samples; i++) {
        const float y = label[e->sample[i]];
        if (!isnan(y))
            count[(int)y * n + (int)decode_row(r, i)]++;
    }
    return count;
}

static void print_confusion(const evaluation *e, const head_result *r)
{
    const int n = n_classes_of(r);
    int64_t *count = count_confusion(e, r);
    printf("    %-12s", "true \\ said");
    for (int c = 0; c < n; c++) {
        const char *name = agr_model_class_name(r->model, r->head, c);
        name != NULL ? printf(" %9.9s", name) : printf(" %9d", c);
    }
    printf("\n");
    for (int row = 0; row < n; row++) {
        const char *name = agr_model_class_name(r->model, r->head, row);
        name != NULL ? printf("    %-12.12s", name) : printf("    %-12d", row);
        for (int c = 0; c < n; c++)
            printf(" %9lld", (long long)count[row * n + c]);
        printf("\n");
    }
    free(count);
}

/* Figures of another set than the run ended with are another thing than those in its history. */
static bool is_trained_on(const evaluation *e)
{
    return agr_checkpoint_about(e->models.checkpoint)->dataset_fingerprint ==
           agr_dataset_fingerprint(e->dataset);
}

static void print_text(const evaluation *e, const char *split)
{
    printf("dataset    %s (%016llx, %s), %s samples\n", agr_dataset_path(e->dataset),
           (unsigned long long)agr_dataset_fingerprint(e->dataset),
           is_trained_on(e) ? "the one trained on" : "not the one trained on", split);
    for (int i = 0; i < e->n_results; i++) {
        const head_result *r = &e->result[i];
        printf("%-10s %lld samples, slot %s (epoch %lld)\n", name_of(e, r),
               (long long)r->sums.sum[AGR_SUM_LABELLED], r->model->slot,
               (long long)r->model->epoch);
        for (const agr_metric *metric = agr_metrics; metric->name != NULL; metric++)
            if (agr_metric_applies(metric, &head_of(r)->loss))
                printf("    %-10s %.6g\n", metric->name, agr_metric_value(metric, &r->sums));
        if (predicts_class(r))
            print_confusion(e, r);
    }
}

static void add_json_confusion(const evaluation *e, const head_result *r, cJSON *object)
{
    const int n = n_classes_of(r);
    int64_t *count = count_confusion(e, r);
    cJSON *rows = cJSON_AddArrayToObject(object, "confusion");
    for (int row = 0; row < n; row++) {
        cJSON *line = cJSON_CreateArray();
        for (int c = 0; c < n; c++)
            cJSON_AddItemToArray(line, cJSON_CreateNumber((double)count[row * n + c]));
        cJSON_AddItemToArray(rows, line);
    }
    free(count);
}

static void add_json_dataset(const evaluation *e, cJSON *root)
{
    char fingerprint[17];
    snprintf(fingerprint, sizeof fingerprint, "%016llx",
             (unsigned long long)agr_dataset_fingerprint(e->dataset));
    cJSON *dataset = cJSON_AddObjectToObject(root, "dataset");
    cJSON_AddStringToObject(dataset, "path", agr_dataset_path(e->dataset));
    cJSON_AddStringToObject(dataset, "fingerprint", fingerprint);
    cJSON_AddBoolToObject(dataset, "trained_on", is_trained_on(e));
}

static agr_status print_json(const evaluation *e, const char *split, agr_error *err)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "split", split);
    add_json_dataset(e, root);
    for (int i = 0; i < e->n_results; i++) {
        const head_result *r = &e->result[i];
        cJSON *object = cJSON_AddObjectToObject(root, name_of(e, r));
        cJSON_AddNumberToObject(object, "n", r->sums.sum[AGR_SUM_LABELLED]);
        cJSON_AddStringToObject(object, "branch", r->model->name);
        cJSON_AddStringToObject(object, "slot", r->model->slot);
        cJSON_AddNumberToObject(object, "epoch", (double)r->model->epoch);
        for (const agr_metric *metric = agr_metrics; metric->name != NULL; metric++)
            if (agr_metric_applies(metric, &head_of(r)->loss))
                cJSON_AddNumberToObject(object, metric->name, agr_metric_value(metric, &r->sums));
        if (predicts_class(r))
            add_json_confusion(e, r, object);
    }
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (text == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    puts(text);
    cJSON_free(text);
    return AGR_OK;
}

/* ---- tables ---- */

/* Raw outputs, every column of every head: what a comparison with another program needs. */
static void add_predictions(const evaluation *e, agr_text *text)
{
    agr_text_add(text, "name");
    for (int i = 0; i < e->n_results; i++)
        for (int64_t c = 0; c < e->result[i].n_columns; c++)
            e->result[i].n_columns == 1
                ? agr_text_add(text, "\t%s", name_of(e, &e->result[i]))
                : agr_text_add(text, "\t%s[%lld]", name_of(e, &e->result[i]), (long long)c);
    agr_text_add(text, "\n");
    for (int64_t s = 0; s < e->n_samples; s++) {
        agr_text_add(text, "%s", agr_dataset_name(e->dataset, e->sample[s]));
        for (int i = 0; i < e->n_results; i++) {
            const head_result *r = &e->result[i];
            for (int64_t c = 0; c < r->n_columns; c++)
                agr_text_add(text, "\t%.9g", (double)r->output[s * r->n_columns + c]);
        }
        agr_text_add(text, "\n");
    }
}

static void add_decoded(const head_result *r, double value, agr_text *text)
{
    const char *name =
        predicts_class(r) ? agr_model_class_name(r->model, r->head, (int)value) : NULL;
    agr_text_add(text, ",");
    if (name != NULL)
        agr_csv_add_field(text, name);
    else if (!isnan(value))
        agr_text_add(text, "%.6g", value);
}

/* What was true and what was said, in words: one row an image. */
static void add_rows(const evaluation *e, agr_text *text)
{
    agr_text_add(text, "name");
    for (int i = 0; i < e->n_results; i++)
        agr_text_add(text, ",%s,%s_predicted", name_of(e, &e->result[i]),
                     name_of(e, &e->result[i]));
    agr_text_add(text, "\n");
    for (int64_t s = 0; s < e->n_samples; s++) {
        agr_csv_add_field(text, agr_dataset_name(e->dataset, e->sample[s]));
        for (int i = 0; i < e->n_results; i++) {
            const head_result *r = &e->result[i];
            add_decoded(r, (double)labels_of(e, r)->values[e->sample[s]], text);
            add_decoded(r, decode_row(r, s), text);
        }
        agr_text_add(text, "\n");
    }
}

static agr_status write_table(const evaluation *e, const char *path,
                              void (*add)(const evaluation *, agr_text *), agr_error *err)
{
    agr_text text = {0};
    if (path == NULL)
        return AGR_OK;
    add(e, &text);
    const agr_status status = text.failed ? agr_error_set(err, AGR_MEMORY, "out of memory")
                                          : agr_file_write(path, text.data, text.length, err);
    agr_text_release(&text);
    return status;
}

static agr_status report(const evaluation *e, const evaluate_options *o, agr_error *err)
{
    AGR_TRY(write_table(e, o->predictions, add_predictions, err));
    AGR_TRY(write_table(e, o->rows, add_rows, err));
    if (o->json)
        return print_json(e, o->split, err);
    print_text(e, o->split);
    return AGR_OK;
}

/* ---- the command ---- */

static agr_status open_team(evaluation *e, const evaluate_options *o, agr_error *err)
{
    const int64_t batch_size = e->models.config.data.batch_size;
    const agr_team_limits limits = {.name = "evaluate",
                                    .max_micro_batches = batch_size,
                                    .max_width = AGR_MAX_HEADS * AGR_SUM_COUNT};
    AGR_TRY(cli_open_team(e->world, &limits, o->threads, &e->team, &e->pool, err));
    const agr_status planned = agr_models_plan(&e->models, batch_size, agr_team_rank(e->team),
                                               agr_team_size(e->team), e->pool, err);
    return agr_agree(agr_world_group(e->world), planned, err);
}

static agr_status choose_samples(evaluation *e, const evaluate_options *o, agr_error *err)
{
    agr_split split;
    const agr_extent input = e->models.preprocessing.input;
    AGR_TRY(agr_split_parse(o->split, &split, err));
    if (agr_dataset_height(e->dataset) != input.height ||
        agr_dataset_width(e->dataset) != input.width)
        return agr_error_set(err, AGR_INPUT,
                             "dataset '%s': expected images of %lldx%lld as in training, found "
                             "%lldx%lld",
                             agr_dataset_path(e->dataset), (long long)input.height,
                             (long long)input.width, (long long)agr_dataset_height(e->dataset),
                             (long long)agr_dataset_width(e->dataset));
    AGR_TRY(agr_training_set_of_columns(e->dataset, &e->set, err));
    e->sample = agr_dataset_split_indices(e->dataset, split, &e->n_samples);
    if (e->n_samples == 0)
        return agr_error_set(err, AGR_INPUT, "dataset '%s' has no %s samples",
                             agr_dataset_path(e->dataset), o->split);
    return agr_models_check_labels(&e->models, &e->set, e->sample, e->n_samples, err);
}

static agr_status judge_dataset(evaluation *e, const evaluate_options *o, agr_error *err)
{
    agr_group *group = agr_world_group(e->world);
    AGR_TRY(agr_agree(group, choose_samples(e, o, err), err));
    AGR_TRY(open_team(e, o, err));
    for (int m = 0; m < e->models.n_models; m++)
        AGR_TRY(judge_model(e, &e->models.model[m], err));
    const bool reports = agr_world_rank(e->world) == 0;
    return agr_agree(group, reports ? report(e, o, err) : AGR_OK, err);
}

static agr_status suggest_split(const char *word, agr_error *err)
{
    for (int i = 0; i < AGR_SPLIT_COUNT; i++)
        if (strncmp(agr_split_name((agr_split)i), word, strlen(word)) == 0)
            return agr_error_hint(err, "did you mean '--split %s'?", agr_split_name((agr_split)i));
    return AGR_USAGE;
}

static agr_status check_options(const evaluate_options *o, agr_error *err)
{
    agr_split split;
    if (agr_split_parse(o->split, &split, err) != AGR_OK)
        return suggest_split(o->split, err);
    if (o->predictions != NULL && o->rows != NULL && strcmp(o->predictions, o->rows) == 0)
        return agr_error_set(err, AGR_USAGE,
                             "--predictions, --rows: expected two files, found '%s' for both",
                             o->rows);
    return AGR_OK;
}

static agr_status evaluate(evaluation *e, const evaluate_options *o, agr_error *err)
{
    const agr_models_request request = {o->checkpoint, o->slot, o->branches};
    agr_group *group = agr_world_group(e->world);
    AGR_TRY(agr_agree(group, agr_models_open(&e->models, &request, err), err));
    AGR_TRY(cli_load_gemm(e->world, &e->models.config, err));
    const char *data = o->data != NULL ? o->data : e->models.config.data.path;
    agr_dataset *dataset;
    AGR_TRY(cli_open_dataset(e->world, data, &dataset, err));
    e->dataset = dataset;
    const agr_status status = judge_dataset(e, o, err);
    agr_dataset_close(dataset);
    return status;
}

agr_status cmd_evaluate(int argc, char **argv, agr_error *err)
{
    static evaluate_options o = {.checkpoint = "runs/seed", .split = "validation", .slot = "best"};
    const cli_option option[] = {
        {"checkpoint", 0, CLI_TEXT, "FILE|RUN", &o.checkpoint,
         "checkpoint or run folder (default runs/seed)"},
        {"data", 0, CLI_TEXT, "FILE", &o.data, "dataset (default: the one trained on)"},
        {"split", 0, CLI_TEXT, "PART", &o.split, "train, validation or test (default validation)"},
        {"slot", 0, CLI_TEXT, "NAME", &o.slot, "best, latest, epoch_0020, ... (default best)"},
        {"branches", 0, CLI_TEXT, "LIST", &o.branches, "only these (default: all)"},
        {"predictions", 0, CLI_TEXT, "FILE.tsv", &o.predictions, "write the raw outputs"},
        {"rows", 0, CLI_TEXT, "FILE.csv", &o.rows, "write true and predicted labels"},
        {"json", 0, CLI_FLAG, NULL, &o.json, "print JSON"},
        {"threads", 0, CLI_INTEGER, "N", &o.threads, "threads of each rank", .min = 1, .max = 4096},
    };
    const cli_syntax syntax = {
        .verb = "evaluate",
        .positionals = "",
        .summary =
            "Judges a trained checkpoint on held-back images: mean absolute error, root mean "
            "square error and share within 5 years for numbers, accuracy and confusion for "
            "classes. The same figures on any number of ranks.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    static evaluation e;
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(check_options(&o, err));
    AGR_TRY(agr_world_start(&e.world, err));
    const agr_status status = evaluate(&e, &o, err);
    agr_team_destroy(e.team);
    agr_pool_destroy(e.pool);
    for (int i = 0; i < e.n_results; i++)
        free(e.result[i].output);
    agr_models_release(&e.models);
    return cli_end_world(e.world, status, err);
}
