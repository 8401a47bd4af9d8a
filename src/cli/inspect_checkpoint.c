#include "inspect.h"

#include <agr/store/checkpoint.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

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
        printf("a number\n");
        return;
    }
    for (int c = 0; c < head->n_classes; c++)
        printf("%s%s", c > 0 ? ", " : "", head->classes[c]);
    putchar('\n');
}

static void print_slot(const agr_checkpoint_slot *slot)
{
    printf("  slot %-12s %lld weights in %d layers", slot->name, (long long)n_weights(&slot->state),
           slot->state.n_layers);
    for (int v = 0; v < slot->state.n_values; v++)
        if (slot->state.values[v].count == 1)
            printf(", %s %g", slot->state.values[v].name, first_of(&slot->state.values[v]));
    putchar('\n');
}

/* The end of a name, where the names of one branch differ. */
static const char *name_end(const char *name, size_t n_characters)
{
    const size_t length = strlen(name);
    return length > n_characters ? name + length - n_characters : name;
}

/* The last rows of the history. */
static void print_history(const agr_history_table *history)
{
    enum { LAST = 5 };
    if (history->n_rows == 0)
        return;
    printf("  history, %lld rows\n   ", (long long)history->n_rows);
    for (int c = 0; c < history->n_columns; c++)
        printf(" %14s", name_end(history->columns[c], 14));
    for (int64_t r = history->n_rows > LAST ? history->n_rows - LAST : 0; r < history->n_rows;
         r++) {
        printf("\n   ");
        for (int c = 0; c < history->n_columns; c++)
            printf(" %14.6g", history->values[r * history->n_columns + c]);
    }
    putchar('\n');
}

static void print_text(const agr_checkpoint *checkpoint)
{
    const agr_checkpoint_info *about = agr_checkpoint_about(checkpoint);
    printf("checkpoint   %s\nmade by      %s\nkernels      %s\nseed         %llu\ntrained on   "
           "dataset %016llx\n",
           agr_checkpoint_path(checkpoint), about->versions, about->kernel_set,
           (unsigned long long)about->seed, (unsigned long long)about->dataset_fingerprint);
    for (int b = 0; b < agr_checkpoint_n_branches(checkpoint); b++) {
        const agr_checkpoint_branch *branch = agr_checkpoint_branch_at(checkpoint, b);
        printf("\nbranch %s (%s)\n", branch->name, branch->preprocessing);
        for (int h = 0; h < branch->n_heads; h++)
            print_head(&branch->heads[h]);
        for (int s = 0; s < agr_checkpoint_n_slots(checkpoint, b); s++)
            print_slot(agr_checkpoint_slot_at(checkpoint, b, s));
        print_history(branch->history);
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

static agr_status print_json(const agr_checkpoint *checkpoint, agr_error *err)
{
    cJSON *root = describe(checkpoint);
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    if (text == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the JSON text");
    puts(text);
    cJSON_free(text);
    return AGR_OK;
}

agr_status inspect_checkpoint(const char *path, bool json, agr_error *err)
{
    agr_checkpoint *checkpoint;
    AGR_TRY(agr_checkpoint_open(path, &checkpoint, err));
    agr_status status = agr_checkpoint_verify(checkpoint, err);
    if (status == AGR_OK && json)
        status = print_json(checkpoint, err);
    else if (status == AGR_OK)
        print_text(checkpoint);
    agr_checkpoint_close(checkpoint);
    return status;
}
