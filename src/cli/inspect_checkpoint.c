/* Describes a checkpoint: branches, slots, metrics. */
#include "inspect.h"

#include <agr/base/text.h>
#include <agr/store/checkpoint.h>
#include <agr/train/position.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_SHOWN = 16, COLUMN_WIDTH = 9 };

/* How many numbers the weights of a state have. */
static int64_t n_weights(const agr_state *state)
{
    int64_t n = 0;
    for (int i = 0; i < state->n_tensors; i++)
        if (state->tensors[i].kind == AGR_TENSOR_WEIGHT)
            n += (int64_t)agr_tensor_count(&state->tensors[i]);
    return n;
}

static double first_of(const agr_value *value)
{
    return value->type == AGR_VALUE_INT64 ? (double)*(const int64_t *)value->data
                                          : *(const double *)value->data;
}

/* ---- text ---- */

static void print_head(const agr_checkpoint_head *head)
{
    printf("  head %s: label '%s', ", head->name, head->target);
    if (head->n_classes == 0) {
        printf("a number");
        if (!isnan(head->label_min))
            printf(", trained on %g to %g", head->label_min, head->label_max);
        putchar('\n');
        return;
    }
    for (int c = 0; c < head->n_classes; c++)
        printf("%s%s", c > 0 ? ", " : "", head->classes[c]);
    putchar('\n');
}

/* Where a slot stands, in words. */
static void add_position(const agr_state *state, agr_text *text)
{
    const long long epoch = agr_state_int64(state, "epoch", 0);
    const long long step = agr_state_int64(state, "step", 0);
    const int64_t phase = agr_state_int64(state, "phase", AGR_PHASE_TRAIN);
    if (phase == AGR_PHASE_ENDED)
        agr_text_add(text, "ended after epoch %lld", epoch);
    else if (phase == AGR_PHASE_VALIDATE)
        agr_text_add(text, "validating epoch %lld", epoch + 1);
    else if (step > 0)
        agr_text_add(text, "inside epoch %lld, step %lld", epoch + 1, step);
    else if (epoch > 0)
        agr_text_add(text, "after epoch %lld", epoch);
    else
        agr_text_add(text, "not trained yet");
}

/* A column of the history that is shown, with the words above it. */
typedef struct {
    int column;
    char title[64];
} shown_column;

static int find_column(const agr_history_table *history, const char *name)
{
    for (int c = 0; c < history->n_columns; c++)
        if (strcmp(history->columns[c], name) == 0)
            return c;
    return -1;
}

static int add_column(const agr_history_table *history, const char *name, const char *title,
                      shown_column *shown, int n_shown)
{
    const int column = find_column(history, name);
    if (column < 0 || n_shown == MAX_SHOWN)
        return n_shown;
    shown[n_shown].column = column;
    snprintf(shown[n_shown].title, sizeof shown->title, "%s", title);
    return n_shown + 1;
}

/* The branch's loss, and each head's metric; of training and of validation. */
static int choose_columns(const agr_checkpoint_branch *branch, shown_column shown[MAX_SHOWN])
{
    static const char *const metric[] = {"mae", "accuracy"};
    const agr_history_table *history = branch->history;
    int n = add_column(history, "loss", "loss", shown, 0);
    n = add_column(history, "val_loss", "val_loss", shown, n);
    for (int h = 0; h < branch->n_heads; h++)
        for (int i = 0; i < 4; i++) {
            char name[2 * AGR_NAME_BYTES], title[2 * AGR_NAME_BYTES];
            const char *part = i % 2 == 0 ? "" : "val_";
            snprintf(name, sizeof name, "%s%s_%s", part, branch->heads[h].name, metric[i / 2]);
            snprintf(title, sizeof title, "%s%s%s%s", part,
                     branch->n_heads > 1 ? branch->heads[h].target : "",
                     branch->n_heads > 1 ? "_" : "", metric[i / 2]);
            n = add_column(history, name, title, shown, n);
        }
    return n;
}

static int title_width(const shown_column *shown)
{
    const int length = (int)strlen(shown->title);
    return length > COLUMN_WIDTH ? length : COLUMN_WIDTH;
}

/* What the history says about the epoch that a slot was saved after. */
static void print_figures(const agr_history_table *history, int64_t epoch,
                          const shown_column *shown, int n_shown)
{
    const int epoch_column = find_column(history, "epoch");
    for (int64_t r = 0; r < history->n_rows && epoch_column >= 0; r++) {
        const double *row = history->values + r * history->n_columns;
        if ((int64_t)row[epoch_column] != epoch)
            continue;
        for (int c = 0; c < n_shown; c++)
            if (isnan(row[shown[c].column]))
                printf("  %*s", title_width(&shown[c]), "-");
            else
                printf("  %*.5g", title_width(&shown[c]), row[shown[c].column]);
        return;
    }
}

static void print_slots(const agr_checkpoint *checkpoint, int b)
{
    const agr_checkpoint_branch *branch = agr_checkpoint_branch_at(checkpoint, b);
    shown_column shown[MAX_SHOWN];
    const int n_shown = choose_columns(branch, shown);
    const int n_slots = agr_checkpoint_n_slots(checkpoint, b);
    if (n_slots > 0) {
        const agr_state *state = &agr_checkpoint_slot_at(checkpoint, b, 0)->state;
        printf("  %lld weights in %d layers, history of %lld epoch%s\n",
               (long long)n_weights(state), state->n_layers, (long long)branch->history->n_rows,
               branch->history->n_rows == 1 ? "" : "s");
    }
    printf("  %-10s %-23s", "slot", "stands");
    for (int c = 0; c < n_shown; c++)
        printf("  %*s", title_width(&shown[c]), shown[c].title);
    putchar('\n');
    for (int s = 0; s < n_slots; s++) {
        const agr_checkpoint_slot *slot = agr_checkpoint_slot_at(checkpoint, b, s);
        agr_text position = {0};
        add_position(&slot->state, &position);
        printf("  %-10s %-23s", slot->name, position.failed ? "" : position.data);
        print_figures(branch->history, agr_state_int64(&slot->state, "epoch", 0), shown, n_shown);
        putchar('\n');
        agr_text_release(&position);
    }
}

static void print_datasets(const agr_checkpoint_info *about)
{
    if (about->kernel_set[0] == '\0')
        printf("trained on   nothing yet\n");
    else if (about->n_datasets == 0)
        printf("trained on   dataset %016llx\n", (unsigned long long)about->dataset_fingerprint);
    for (int i = 0; i < about->n_datasets; i++) {
        const agr_checkpoint_dataset *dataset = &about->datasets[i];
        printf("%-12s dataset %016llx %s%s%s\n", i == 0 ? "trained on" : "then on",
               (unsigned long long)dataset->fingerprint, dataset->path,
               i == 0 ? "" : ", from epochs on ", i == 0 ? "" : dataset->since);
    }
}

static void print_text(const agr_checkpoint *checkpoint)
{
    const agr_checkpoint_info *about = agr_checkpoint_about(checkpoint);
    printf("checkpoint   %s\nmade by      %s\nseed         %llu\n", agr_checkpoint_path(checkpoint),
           about->versions, (unsigned long long)about->seed);
    if (about->kernel_set[0] != '\0')
        printf("kernels      %s\n", about->kernel_set);
    print_datasets(about);
    for (int b = 0; b < agr_checkpoint_n_branches(checkpoint); b++) {
        const agr_checkpoint_branch *branch = agr_checkpoint_branch_at(checkpoint, b);
        printf("\nbranch %s (%s)\n", branch->name, branch->preprocessing);
        for (int h = 0; h < branch->n_heads; h++)
            print_head(&branch->heads[h]);
        print_slots(checkpoint, b);
    }
}

/* ---- JSON ---- */

static void add_finite(cJSON *object, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(object, name, value);
    else
        cJSON_AddNullToObject(object, name);
}

static void add_head(cJSON *heads, const agr_checkpoint_head *head)
{
    cJSON *item = cJSON_AddObjectToObject(heads, head->name);
    cJSON_AddStringToObject(item, "target", head->target);
    if (!isnan(head->label_min)) {
        cJSON_AddNumberToObject(item, "label_min", head->label_min);
        cJSON_AddNumberToObject(item, "label_max", head->label_max);
    }
    cJSON *classes = head->n_classes > 0 ? cJSON_AddArrayToObject(item, "classes") : NULL;
    for (int c = 0; c < head->n_classes; c++)
        cJSON_AddItemToArray(classes, cJSON_CreateString(head->classes[c]));
}

static void add_slot(cJSON *slots, const agr_checkpoint_slot *slot)
{
    cJSON *item = cJSON_AddObjectToObject(slots, slot->name);
    cJSON_AddNumberToObject(item, "weights", (double)n_weights(&slot->state));
    cJSON_AddNumberToObject(item, "layers", slot->state.n_layers);
    for (int v = 0; v < slot->state.n_values; v++)
        if (slot->state.values[v].count == 1)
            add_finite(item, slot->state.values[v].name, first_of(&slot->state.values[v]));
}

static void add_history(cJSON *branch, const agr_history_table *history)
{
    cJSON *rows = cJSON_AddArrayToObject(branch, "history");
    for (int64_t r = 0; r < history->n_rows; r++) {
        cJSON *row = cJSON_CreateObject();
        for (int c = 0; c < history->n_columns; c++)
            add_finite(row, history->columns[c], history->values[r * history->n_columns + c]);
        cJSON_AddItemToArray(rows, row);
    }
}

static void add_datasets(cJSON *root, const agr_checkpoint_info *about)
{
    cJSON *datasets = cJSON_AddArrayToObject(root, "datasets");
    for (int i = 0; i < about->n_datasets; i++) {
        char fingerprint[17];
        snprintf(fingerprint, sizeof fingerprint, "%016llx",
                 (unsigned long long)about->datasets[i].fingerprint);
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "fingerprint", fingerprint);
        cJSON_AddStringToObject(item, "path", about->datasets[i].path);
        cJSON_AddStringToObject(item, "since", about->datasets[i].since);
        cJSON_AddItemToArray(datasets, item);
    }
}

static cJSON *describe(const agr_checkpoint *checkpoint)
{
    const agr_checkpoint_info *about = agr_checkpoint_about(checkpoint);
    cJSON *root = cJSON_CreateObject();
    char fingerprint[17];
    snprintf(fingerprint, sizeof fingerprint, "%016llx",
             (unsigned long long)about->dataset_fingerprint);
    cJSON_AddStringToObject(root, "format", "agr-mpi/checkpoint");
    cJSON_AddStringToObject(root, "path", agr_checkpoint_path(checkpoint));
    cJSON_AddStringToObject(root, "versions", about->versions);
    cJSON_AddStringToObject(root, "kernels", about->kernel_set);
    cJSON_AddStringToObject(root, "dataset", fingerprint);
    add_datasets(root, about);
    cJSON_AddNumberToObject(root, "seed", (double)about->seed);
    cJSON *branches = cJSON_AddObjectToObject(root, "branches");
    for (int b = 0; b < agr_checkpoint_n_branches(checkpoint); b++) {
        const agr_checkpoint_branch *branch = agr_checkpoint_branch_at(checkpoint, b);
        cJSON *item = cJSON_AddObjectToObject(branches, branch->name);
        cJSON_AddStringToObject(item, "preprocessing", branch->preprocessing);
        cJSON *heads = cJSON_AddObjectToObject(item, "heads");
        for (int h = 0; h < branch->n_heads; h++)
            add_head(heads, &branch->heads[h]);
        cJSON *slots = cJSON_AddObjectToObject(item, "slots");
        for (int s = 0; s < agr_checkpoint_n_slots(checkpoint, b); s++)
            add_slot(slots, agr_checkpoint_slot_at(checkpoint, b, s));
        add_history(item, branch->history);
    }
    return root;
}

/* Whole and sound. */
static agr_status open_sound(const char *path, agr_checkpoint **checkpoint, agr_error *err)
{
    AGR_TRY(agr_checkpoint_open(path, checkpoint, err));
    const agr_status status = agr_checkpoint_verify(*checkpoint, err);
    if (status != AGR_OK)
        agr_checkpoint_close(*checkpoint);
    return status;
}

agr_status inspect_print_checkpoint(const char *path, agr_error *err)
{
    agr_checkpoint *checkpoint;
    AGR_TRY(open_sound(path, &checkpoint, err));
    print_text(checkpoint);
    agr_checkpoint_close(checkpoint);
    return AGR_OK;
}

agr_status inspect_checkpoint_json(const char *path, cJSON **root, agr_error *err)
{
    agr_checkpoint *checkpoint;
    AGR_TRY(open_sound(path, &checkpoint, err));
    *root = describe(checkpoint);
    agr_checkpoint_close(checkpoint);
    return AGR_OK;
}
