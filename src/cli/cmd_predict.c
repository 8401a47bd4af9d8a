/* agr-mpi predict: what a checkpoint sees in pictures. */
#include "cli.h"
#include "options.h"
#include "setup.h"

#include <agr/base/cpu.h>
#include <agr/base/file.h>
#include <agr/base/log.h>
#include <agr/base/pool.h>
#include <agr/base/text.h>
#include <agr/data/csv.h>
#include <agr/image/decode.h>
#include <agr/image/warp.h>
#include <agr/train/models.h>
#include <agr/train/start.h>
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { BATCH = 32 };

typedef enum { FORMAT_TSV, FORMAT_CSV, FORMAT_JSONL } predict_format;

typedef struct {
    const char *checkpoint, *slot, *branches;
    int format;
    int64_t threads;
} predict_options;

/* Pictures that wait to be judged together. */
typedef struct {
    const predict_options *options;
    agr_models models;
    agr_pool *pool;
    int n;
    char *path[BATCH];
    uint8_t *pixels; /* of one image at the models' size */
    float *image;    /* [BATCH, H, W, 3] */
    int64_t n_said, n_failed;
} prediction;

/* ---- one head's answer ---- */

static bool answers_class(const agr_head *head)
{
    return head->loss.kind->prediction == AGR_PREDICTS_CLASS ||
           head->loss.kind->prediction == AGR_PREDICTS_BINARY;
}

/* Probability of the class that is said. */
static double confidence(const agr_head *head, const float *p, int class_index)
{
    if (head->loss.kind->prediction == AGR_PREDICTS_BINARY)
        return class_index == 1 ? (double)p[0] : 1 - (double)p[0];
    return (double)p[class_index];
}

static void add_class(const agr_model *model, int h, int class_index, agr_text *text)
{
    const char *name = agr_model_class_name(model, h, class_index);
    if (name != NULL)
        agr_text_add(text, "%s", name);
    else
        agr_text_add(text, "%d", class_index);
}

/* ---- formats ---- */

static void print_header(const prediction *p)
{
    if (p->options->format == FORMAT_JSONL)
        return;
    const char separator = p->options->format == FORMAT_TSV ? '\t' : ',';
    printf("path");
    for (int m = 0; m < p->models.n_models; m++) {
        const agr_model *model = &p->models.model[m];
        for (int h = 0; h < agr_network_n_heads(model->network); h++) {
            const char *name = agr_models_head_name(&p->models, model, h);
            printf("%c%s", separator, name);
            if (answers_class(agr_network_head(model->network, h)))
                printf("%c%s_probability", separator, name);
        }
    }
    printf("\n");
}

static void add_table_answer(const prediction *p, const agr_model *model, int h, const float *row,
                             agr_text *text)
{
    const char *separator = p->options->format == FORMAT_TSV ? "\t" : ",";
    const agr_head *head = agr_network_head(model->network, h);
    const double value = agr_loss_decode(&head->loss, row);
    agr_text_add(text, "%s", separator);
    if (!answers_class(head)) {
        agr_text_add(text, "%.0f", value);
        return;
    }
    agr_text name = {0};
    add_class(model, h, (int)value, &name);
    if (p->options->format == FORMAT_CSV)
        agr_csv_add_field(text, name.failed ? "" : name.data);
    else
        agr_text_add(text, "%s", name.failed ? "" : name.data);
    agr_text_release(&name);
    agr_text_add(text, "%s%.4f", separator, confidence(head, row, (int)value));
}

static void add_json_answer(const prediction *p, const agr_model *model, int h, const float *row,
                            cJSON *object)
{
    const char *key = agr_models_head_name(&p->models, model, h);
    const agr_head *head = agr_network_head(model->network, h);
    const double value = agr_loss_decode(&head->loss, row);
    if (!answers_class(head)) {
        cJSON_AddNumberToObject(object, key, value);
        return;
    }
    agr_text name = {0};
    add_class(model, h, (int)value, &name);
    cJSON *answer = cJSON_AddObjectToObject(object, key);
    cJSON_AddStringToObject(answer, "class", name.failed ? "" : name.data);
    cJSON_AddNumberToObject(answer, "probability", confidence(head, row, (int)value));
    agr_text_release(&name);
}

/* A path of any bytes in one field of one line. */
static void add_tsv_path(const char *path, agr_text *text)
{
    for (const char *c = path; *c != '\0'; c++)
        switch (*c) {
        case '\t':
            agr_text_add(text, "\\t");
            break;
        case '\n':
            agr_text_add(text, "\\n");
            break;
        case '\r':
            agr_text_add(text, "\\r");
            break;
        default:
            agr_text_add_bytes(text, c, 1);
        }
}

static void print_image(const prediction *p, int i,
                        const float *const answer[AGR_MAX_MODELS][AGR_MAX_HEADS])
{
    agr_text text = {0};
    cJSON *object = p->options->format == FORMAT_JSONL ? cJSON_CreateObject() : NULL;
    if (object != NULL)
        cJSON_AddStringToObject(object, "path", p->path[i]);
    else if (p->options->format == FORMAT_CSV)
        agr_csv_add_field(&text, p->path[i]);
    else
        add_tsv_path(p->path[i], &text);
    for (int m = 0; m < p->models.n_models; m++) {
        const agr_model *model = &p->models.model[m];
        for (int h = 0; h < agr_network_n_heads(model->network); h++) {
            const float *row =
                answer[m][h] + i * agr_network_head(model->network, h)->loss.n_columns;
            if (object != NULL)
                add_json_answer(p, model, h, row, object);
            else
                add_table_answer(p, model, h, row, &text);
        }
    }
    if (object != NULL) {
        char *line = cJSON_PrintUnformatted(object);
        agr_text_add(&text, "%s", line != NULL ? line : "{}");
        cJSON_free(line);
        cJSON_Delete(object);
    }
    puts(text.failed ? "" : text.data);
    agr_text_release(&text);
}

/* ---- judging ---- */

static agr_status judge_batch(prediction *p, agr_error *err)
{
    const float *answer[AGR_MAX_MODELS][AGR_MAX_HEADS];
    if (p->n == 0)
        return AGR_OK;
    const agr_network_batch batch = {
        .shard = agr_shard_whole(p->n, p->models.config.data.micro_batch), .images = p->image};
    for (int m = 0; m < p->models.n_models; m++) {
        agr_network *network = p->models.model[m].network;
        AGR_TRY(agr_network_forward(network, &batch, AGR_FORWARD_INFER, agr_reducer_local(), err));
        AGR_TRY(agr_network_check_predictions(network, err));
        for (int h = 0; h < agr_network_n_heads(network); h++)
            answer[m][h] = agr_network_predictions(network, h);
    }
    for (int i = 0; i < p->n; i++) {
        print_image(p, i, (const float *const(*)[AGR_MAX_HEADS])answer);
        free(p->path[i]);
    }
    p->n_said += p->n;
    p->n = 0;
    return AGR_OK;
}

/* A picture that cannot be used is reported and does not keep the others from being judged. */
static agr_status add_image(prediction *p, const char *path, const agr_image *image, agr_error *err)
{
    const agr_preprocessing *how = &p->models.preprocessing;
    const int64_t n_values = agr_extent_size(how->input);
    const int height = (int)how->input.height, width = (int)how->input.width;
    const agr_resize_method method =
        agr_resize_method_for(how->resize, image->height, image->width, height, width);
    AGR_TRY(agr_image_resize(method, image->rgb, image->height, image->width, p->pixels, height,
                             width, err));
    agr_image_normalise(p->pixels, n_values, p->image + p->n * n_values);
    p->path[p->n] = strdup(path);
    if (p->path[p->n] == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    p->n++;
    return p->n == BATCH ? judge_batch(p, err) : AGR_OK;
}

/* What keeps one path from being judged is said and counted, and the others are judged; a machine
 * that cannot go on ends the work. */
static agr_status pass_over(prediction *p, agr_status status, const agr_error *err)
{
    if (status != AGR_NOT_FOUND && status != AGR_INPUT)
        return status;
    if (err->hint[0] != '\0')
        agr_log_warning("%s (%s)", err->text, err->hint);
    else
        agr_log_warning("%s", err->text);
    p->n_failed++;
    return AGR_OK;
}

static agr_status add_file(prediction *p, const char *path, agr_error *err)
{
    agr_image image;
    agr_status status = agr_image_read(path, &image, err);
    if (status != AGR_OK)
        return pass_over(p, status, err);
    status = add_image(p, path, &image, err);
    agr_image_release(&image);
    return status;
}

static bool looks_like_image(const char *name)
{
    static const char *const ending[] = {".jpg", ".jpeg", ".png"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && name[0] != '.' && i < sizeof ending / sizeof ending[0]; i++)
        if (strcasecmp(dot, ending[i]) == 0)
            return true;
    return false;
}

/* A folder that is being searched, and those it was found in. */
typedef struct folder_chain {
    dev_t device;
    ino_t inode;
    const struct folder_chain *above;
} folder_chain;

/* A link back into a folder above it would lead round for ever. */
static bool leads_round(const folder_chain *here)
{
    for (const folder_chain *above = here->above; above != NULL; above = above->above)
        if (above->device == here->device && above->inode == here->inode)
            return true;
    return false;
}

static agr_status add_folder(prediction *p, const char *folder, const folder_chain *above,
                             agr_error *err);

static agr_status add_entry(prediction *p, const folder_chain *here, const char *folder,
                            const char *name, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    if (name[0] == '.')
        return AGR_OK;
    const agr_status status = agr_path_join(path, folder, name, err);
    if (status != AGR_OK)
        return pass_over(p, status, err);
    if (agr_path_is_folder(path))
        return add_folder(p, path, here, err);
    return looks_like_image(name) ? add_file(p, path, err) : AGR_OK;
}

static agr_status refuse_folder(prediction *p, const char *folder, int reason, agr_error *err)
{
    const agr_status status = agr_errno_blames_path(reason) ? AGR_INPUT : AGR_IO;
    agr_error_set_errno(err, status, reason, "cannot read folder '%s'", folder);
    return pass_over(p, status, err);
}

static agr_status add_folder(prediction *p, const char *folder, const folder_chain *above,
                             agr_error *err)
{
    struct dirent **entry;
    struct stat info;
    if (stat(folder, &info) != 0)
        return refuse_folder(p, folder, errno, err);
    const folder_chain here = {info.st_dev, info.st_ino, above};
    if (leads_round(&here))
        return AGR_OK;
    const int n = scandir(folder, &entry, NULL, alphasort);
    if (n < 0)
        return refuse_folder(p, folder, errno, err);
    agr_status status = AGR_OK;
    for (int i = 0; i < n; i++) {
        if (status == AGR_OK)
            status = add_entry(p, &here, folder, entry[i]->d_name, err);
        free(entry[i]);
    }
    free(entry);
    return status;
}

static agr_status add_stdin(prediction *p, agr_error *err)
{
    char *bytes;
    size_t n_bytes;
    agr_image image;
    agr_status status =
        agr_file_read("/dev/stdin", AGR_IMAGE_MAX_FILE_BYTES, &bytes, &n_bytes, err);
    if (status != AGR_OK)
        return pass_over(p, status, err);
    status = agr_image_refuse(agr_image_decode((const uint8_t *)bytes, n_bytes, &image),
                              "standard input", err);
    free(bytes);
    if (status != AGR_OK)
        return pass_over(p, status, err);
    status = add_image(p, "-", &image, err);
    agr_image_release(&image);
    return status;
}

static agr_status add_argument(prediction *p, const char *argument, agr_error *err)
{
    if (strcmp(argument, "-") == 0)
        return add_stdin(p, err);
    if (agr_path_is_folder(argument))
        return add_folder(p, argument, NULL, err);
    return add_file(p, argument, err);
}

/* All arguments, and what was read until one of them ended the work. */
static agr_status judge_arguments(prediction *p, const cli_arguments *arguments, agr_error *err)
{
    agr_status status = AGR_OK;
    for (int i = 0; i < arguments->n && status == AGR_OK; i++)
        status = add_argument(p, arguments->item[i], err);
    agr_error second;
    const agr_status judged = judge_batch(p, status == AGR_OK ? err : &second);
    return status == AGR_OK ? judged : status;
}

/* ---- the command ---- */

static agr_status open_models(prediction *p, agr_error *err)
{
    const predict_options *o = p->options;
    const agr_models_request request = {o->checkpoint, o->slot, o->branches};
    const int threads = o->threads > 0 ? (int)o->threads : agr_cpu_available();
    AGR_TRY(agr_models_open(&p->models, &request, err));
    AGR_TRY(agr_start_gemm(NULL, &p->models.config, err));
    AGR_TRY(agr_pool_create(threads, &p->pool, err));
    AGR_TRY(agr_models_plan(&p->models, BATCH, 0, 1, p->pool, err));
    const size_t n_values = (size_t)agr_extent_size(p->models.preprocessing.input);
    p->pixels = malloc(n_values);
    p->image = malloc(BATCH * n_values * sizeof *p->image);
    return p->pixels != NULL && p->image != NULL ? AGR_OK
                                                 : agr_error_set(err, AGR_MEMORY, "out of memory");
}

static agr_status predict(prediction *p, const cli_arguments *arguments, agr_error *err)
{
    AGR_TRY(open_models(p, err));
    print_header(p);
    AGR_TRY(judge_arguments(p, arguments, err));
    if (p->n_said == 0) {
        agr_error_set(err, AGR_INPUT, "no usable image among the arguments");
        return agr_error_hint(err, "in folders, files ending in .jpg, .jpeg or .png are looked at");
    }
    if (p->n_failed > 0)
        return agr_error_set(err, AGR_INPUT, "%lld of %lld images could not be used",
                             (long long)p->n_failed, (long long)(p->n_failed + p->n_said));
    return AGR_OK;
}

agr_status cmd_predict(int argc, char **argv, agr_error *err)
{
    static const char *const format[] = {"tsv", "csv", "jsonl", NULL};
    static predict_options o = {.checkpoint = "runs/seed", .slot = "best"};
    const cli_option option[] = {
        {"checkpoint", 0, CLI_TEXT, "FILE|RUN", &o.checkpoint,
         "checkpoint or run folder (default runs/seed)"},
        {"slot", 0, CLI_TEXT, "NAME", &o.slot, "best, latest, epoch_0020, ... (default best)"},
        {"branches", 0, CLI_TEXT, "LIST", &o.branches, "only these (default: all)"},
        {"format", 0, CLI_CHOICE, "FORMAT", &o.format, "tsv, csv or jsonl (default tsv)",
         .choices = format},
        {"threads", 0, CLI_INTEGER, "N", &o.threads, "threads", .min = 1, .max = 4096},
    };
    const cli_syntax syntax = {
        .verb = "predict",
        .positionals = "IMAGE|DIR|-...",
        .min_positionals = 1,
        .max_positionals = -1,
        .summary = "Says what a trained checkpoint sees in pictures: numbers rounded, classes with "
                   "their probability. A folder is searched for JPEG and PNG files; - reads one "
                   "picture from standard input. Pictures that cannot be used are named on "
                   "standard error, the others judged; the exit code is then 1. TSV writes a tab "
                   "or line break in a name as \\t, "
                   "\\n or \\r.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help || !cli_speaks())
        return AGR_OK;
    static prediction p;
    p.options = &o;
    const agr_status status = predict(&p, &arguments, err);
    for (int i = 0; i < p.n; i++)
        free(p.path[i]);
    free(p.pixels);
    free(p.image);
    agr_models_release(&p.models);
    agr_pool_destroy(p.pool);
    return status;
}
