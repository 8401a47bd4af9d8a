/* States of branches, and their copies in one block. */
#include <agr/store/snapshot.h>

#include <agr/base/size.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

static const uint64_t magic = 0x31706e7372676100; /* "\0agrsnp1" */

/* The block: this header, layer names, tensors, values, then the numbers, each piece aligned. The
 * pointers in it are set by whoever holds the block; what the wire brings is never followed. */
struct agr_snapshot {
    uint64_t magic;
    uint64_t size_bytes;
    char branch[AGR_NAME_BYTES];
    agr_state state;
};

const char *agr_tensor_kind_path(agr_tensor_kind kind)
{
    static const char *const paths[AGR_TENSOR_KIND_COUNT] = {
        "weights", "optimizer/m", "optimizer/v", "optimizer/momentum", "ema"};
    return paths[kind];
}

agr_tensor_kind agr_tensor_kind_of_slot(const char *slot)
{
    static const char folder[] = "optimizer/";
    const size_t length = strlen(folder);
    int kind = 0;
    for (; kind < AGR_TENSOR_KIND_COUNT; kind++) {
        const char *path = agr_tensor_kind_path((agr_tensor_kind)kind);
        if (strncmp(path, folder, length) == 0 && strcmp(path + length, slot) == 0)
            break;
    }
    AGR_ASSERT(kind < AGR_TENSOR_KIND_COUNT);
    return (agr_tensor_kind)kind;
}

/* ---- states ---- */

agr_status agr_state_name(char field[AGR_NAME_BYTES], const char *name, agr_error *err)
{
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL ||
        strlen(name) >= AGR_NAME_BYTES)
        return agr_error_set(err, AGR_INPUT,
                             "name '%.80s': expected 1 to %d characters without '/', not starting "
                             "with '.'",
                             name, AGR_NAME_BYTES - 1);
    memset(field, 0, AGR_NAME_BYTES);
    memcpy(field, name, strlen(name));
    return AGR_OK;
}

size_t agr_tensor_count(const agr_tensor *tensor)
{
    size_t count = 1;
    for (int i = 0; i < tensor->rank; i++)
        count *= (size_t)tensor->shape[i];
    return count;
}

const agr_value *agr_state_find_value(const agr_state *state, const char *name)
{
    for (int i = 0; i < state->n_values; i++)
        if (strcmp(state->values[i].name, name) == 0)
            return &state->values[i];
    return NULL;
}

int64_t agr_state_int64(const agr_state *state, const char *name, int64_t otherwise)
{
    const agr_value *value = agr_state_find_value(state, name);
    if (value == NULL || value->type != AGR_VALUE_INT64)
        return otherwise;
    return *(const int64_t *)value->data;
}

static bool is_same_tensor(const agr_tensor *a, const agr_tensor *b)
{
    return a->kind == b->kind && strcmp(a->layer, b->layer) == 0 &&
           strcmp(a->parameter, b->parameter) == 0;
}

static bool has_same_shape(const agr_tensor *a, const agr_tensor *b)
{
    return a->rank == b->rank &&
           memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape) == 0;
}

/* The tensor of the same name; looks first where it is expected. */
static const agr_tensor *find_tensor(const agr_state *state, const agr_tensor *like, int expected)
{
    if (expected < state->n_tensors && is_same_tensor(&state->tensors[expected], like))
        return &state->tensors[expected];
    for (int i = 0; i < state->n_tensors; i++)
        if (is_same_tensor(&state->tensors[i], like))
            return &state->tensors[i];
    return NULL;
}

static bool is_name(const char name[AGR_NAME_BYTES])
{
    return name[0] != '\0' && name[0] != '.' && memchr(name, '\0', AGR_NAME_BYTES) != NULL &&
           strchr(name, '/') == NULL;
}

static bool is_value_name(const char name[AGR_NAME_BYTES])
{
    return is_name(name) && strcmp(name, "weights") != 0 && strcmp(name, "optimizer") != 0 &&
           strcmp(name, "ema") != 0;
}

static bool is_tensor(const agr_tensor *tensor)
{
    size_t count = sizeof(float);
    if ((int)tensor->kind < 0 || tensor->kind >= AGR_TENSOR_KIND_COUNT || tensor->rank < 1 ||
        tensor->rank > AGR_TENSOR_MAX_RANK || !is_name(tensor->layer) ||
        !is_name(tensor->parameter))
        return false;
    for (int i = 0; i < tensor->rank; i++)
        if (tensor->shape[i] < 1 || !agr_size_multiply(count, (size_t)tensor->shape[i], &count))
            return false;
    return true;
}

static bool is_value(const agr_value *value)
{
    return (value->type == AGR_VALUE_INT64 || value->type == AGR_VALUE_DOUBLE) &&
           value->count >= 1 && is_value_name(value->name);
}

/* Every entry is well formed and no two share a name. */
static agr_status check_state(const agr_state *state, agr_error *err)
{
    for (int i = 0; i < state->n_layers; i++)
        if (!is_name(state->layers[i]))
            return agr_error_set(err, AGR_INPUT, "layer %d: malformed name", i);
    for (int i = 0; i < state->n_tensors; i++) {
        const agr_tensor *tensor = &state->tensors[i];
        if (!is_tensor(tensor))
            return agr_error_set(err, AGR_INPUT, "tensor %d: malformed name or shape", i);
        for (int other = 0; other < i; other++)
            if (is_same_tensor(tensor, &state->tensors[other]))
                return agr_error_set(err, AGR_INPUT, "%s/%s/%s is there twice",
                                     agr_tensor_kind_path(tensor->kind), tensor->layer,
                                     tensor->parameter);
    }
    for (int i = 0; i < state->n_values; i++) {
        if (!is_value(&state->values[i]))
            return agr_error_set(err, AGR_INPUT, "value %d: malformed name or count", i);
        if (agr_state_find_value(state, state->values[i].name) != &state->values[i])
            return agr_error_set(err, AGR_INPUT, "value '%s' is there twice",
                                 state->values[i].name);
    }
    return AGR_OK;
}

/* ---- the block ---- */

/* Walks through the block's pieces in order. */
typedef struct {
    char *block; /* NULL: only counting */
    size_t used_bytes;
    size_t limit_bytes;
    bool overflowed;
} block_walk;

static void *next_piece(block_walk *walk, size_t n, size_t item_bytes)
{
    size_t size_bytes, end;
    const size_t begin = walk->used_bytes;
    if (!agr_size_multiply(n, item_bytes, &size_bytes) || !agr_size_add(begin, size_bytes, &end) ||
        !agr_size_add(end, ALIGNMENT - 1, &end) ||
        (end = end / ALIGNMENT * ALIGNMENT) > walk->limit_bytes) {
        walk->overflowed = true;
        return NULL;
    }
    walk->used_bytes = end;
    return walk->block != NULL ? walk->block + begin : NULL;
}

/* Size of the block of a checked state. */
static size_t measure_block(const agr_state *state)
{
    block_walk walk = {.limit_bytes = SIZE_MAX / 2};
    next_piece(&walk, 1, sizeof(agr_snapshot));
    next_piece(&walk, (size_t)state->n_layers, sizeof *state->layers);
    next_piece(&walk, (size_t)state->n_tensors, sizeof *state->tensors);
    next_piece(&walk, (size_t)state->n_values, sizeof *state->values);
    for (int i = 0; i < state->n_tensors; i++)
        next_piece(&walk, agr_tensor_count(&state->tensors[i]), sizeof(float));
    for (int i = 0; i < state->n_values; i++)
        next_piece(&walk, (size_t)state->values[i].count, sizeof(int64_t));
    return walk.overflowed ? 0 : walk.used_bytes;
}

/* Points the header at the three tables; false when they do not fit the block. */
static bool point_at_tables(agr_snapshot *snapshot, block_walk *walk)
{
    agr_state *state = &snapshot->state;
    next_piece(walk, 1, sizeof *snapshot);
    state->layers = next_piece(walk, (size_t)state->n_layers, sizeof *state->layers);
    state->tensors = next_piece(walk, (size_t)state->n_tensors, sizeof *state->tensors);
    state->values = next_piece(walk, (size_t)state->n_values, sizeof *state->values);
    return !walk->overflowed;
}

/* Points tensors and values (checked) at their numbers; false when they do not fit. */
static bool point_at_numbers(agr_snapshot *snapshot, block_walk *walk)
{
    const agr_state *state = &snapshot->state;
    for (int i = 0; i < state->n_tensors; i++)
        state->tensors[i].data =
            next_piece(walk, agr_tensor_count(&state->tensors[i]), sizeof(float));
    for (int i = 0; i < state->n_values; i++)
        state->values[i].data = next_piece(walk, (size_t)state->values[i].count, sizeof(int64_t));
    return !walk->overflowed;
}

static block_walk walk_through(agr_snapshot *snapshot)
{
    return (block_walk){.block = (char *)snapshot, .limit_bytes = (size_t)snapshot->size_bytes};
}

agr_status agr_snapshot_create(const agr_state *state, const char *branch, agr_snapshot **snapshot,
                               agr_error *err)
{
    AGR_TRY(check_state(state, err));
    const size_t size_bytes = measure_block(state);
    agr_snapshot *created = size_bytes > 0 ? aligned_alloc(ALIGNMENT, size_bytes) : NULL;
    if (created == NULL)
        return agr_error_set(err, AGR_MEMORY,
                             "branch '%s': cannot allocate a snapshot of %zu bytes", branch,
                             size_bytes);
    memset(created, 0, size_bytes);
    created->magic = magic;
    created->size_bytes = size_bytes;
    created->state.n_layers = state->n_layers;
    created->state.n_tensors = state->n_tensors;
    created->state.n_values = state->n_values;
    const agr_status status = agr_state_name(created->branch, branch, err);
    if (status != AGR_OK) {
        free(created);
        return status;
    }
    block_walk walk = walk_through(created);
    AGR_ASSERT(point_at_tables(created, &walk));
    if (state->n_layers > 0)
        memcpy(created->state.layers, state->layers,
               (size_t)state->n_layers * sizeof *state->layers);
    if (state->n_tensors > 0)
        memcpy(created->state.tensors, state->tensors,
               (size_t)state->n_tensors * sizeof *state->tensors);
    if (state->n_values > 0)
        memcpy(created->state.values, state->values,
               (size_t)state->n_values * sizeof *state->values);
    AGR_ASSERT(point_at_numbers(created, &walk));
    *snapshot = created;
    return AGR_OK;
}

void agr_snapshot_destroy(agr_snapshot *snapshot)
{
    free(snapshot);
}

void agr_snapshot_take(agr_snapshot *snapshot, const agr_state *state)
{
    const agr_state *own = &snapshot->state;
    AGR_ASSERT(own->n_tensors == state->n_tensors && own->n_values == state->n_values);
    for (int i = 0; i < state->n_tensors; i++) {
        AGR_ASSERT(is_same_tensor(&own->tensors[i], &state->tensors[i]));
        AGR_ASSERT(has_same_shape(&own->tensors[i], &state->tensors[i]));
        memcpy(own->tensors[i].data, state->tensors[i].data,
               agr_tensor_count(&state->tensors[i]) * sizeof(float));
    }
    for (int i = 0; i < state->n_values; i++) {
        AGR_ASSERT(strcmp(own->values[i].name, state->values[i].name) == 0);
        AGR_ASSERT(own->values[i].count == state->values[i].count);
        memcpy(own->values[i].data, state->values[i].data,
               (size_t)state->values[i].count * sizeof(int64_t));
    }
}

static agr_status check_restore(const agr_state *own, const agr_state *state, agr_error *err)
{
    if (own->n_tensors != state->n_tensors || own->n_values != state->n_values)
        return agr_error_set(err, AGR_FORMAT, "expected %d tensors and %d values, found %d and %d",
                             state->n_tensors, state->n_values, own->n_tensors, own->n_values);
    for (int i = 0; i < state->n_tensors; i++) {
        const agr_tensor *wanted = &state->tensors[i], *found = find_tensor(own, wanted, i);
        if (found == NULL || !has_same_shape(found, wanted))
            return agr_error_set(err, AGR_FORMAT, "layer '%s': %s: %s", wanted->layer,
                                 wanted->parameter,
                                 found == NULL ? "missing" : "found with another shape");
    }
    for (int i = 0; i < state->n_values; i++) {
        const agr_value *wanted = &state->values[i];
        const agr_value *found = agr_state_find_value(own, wanted->name);
        if (found == NULL || found->type != wanted->type || found->count != wanted->count)
            return agr_error_set(err, AGR_FORMAT, "value '%s': %s", wanted->name,
                                 found == NULL ? "missing" : "found with another type or count");
    }
    return AGR_OK;
}

agr_status agr_snapshot_restore(const agr_snapshot *snapshot, const agr_state *state,
                                agr_error *err)
{
    const agr_state *own = &snapshot->state;
    if (check_restore(own, state, err) != AGR_OK)
        return agr_error_context(err, "snapshot of branch '%s'", snapshot->branch), AGR_FORMAT;
    for (int i = 0; i < state->n_tensors; i++)
        memcpy(state->tensors[i].data, find_tensor(own, &state->tensors[i], i)->data,
               agr_tensor_count(&state->tensors[i]) * sizeof(float));
    for (int i = 0; i < state->n_values; i++)
        memcpy(state->values[i].data, agr_state_find_value(own, state->values[i].name)->data,
               (size_t)state->values[i].count * sizeof(int64_t));
    return AGR_OK;
}

const void *agr_snapshot_bytes(const agr_snapshot *snapshot)
{
    return snapshot;
}

size_t agr_snapshot_size_bytes(const agr_snapshot *snapshot)
{
    return (size_t)snapshot->size_bytes;
}

static bool is_sound_block(agr_snapshot *snapshot, size_t size_bytes)
{
    if (size_bytes < sizeof *snapshot || snapshot->magic != magic ||
        snapshot->size_bytes != size_bytes || !is_name(snapshot->branch) ||
        snapshot->state.n_layers < 0 || snapshot->state.n_tensors < 0 ||
        snapshot->state.n_values < 0)
        return false;
    block_walk walk = walk_through(snapshot);
    return point_at_tables(snapshot, &walk) && check_state(&snapshot->state, NULL) == AGR_OK &&
           point_at_numbers(snapshot, &walk) && walk.used_bytes == size_bytes;
}

agr_status agr_snapshot_adopt(void *bytes, size_t size_bytes, agr_snapshot **snapshot,
                              agr_error *err)
{
    if (!is_sound_block(bytes, size_bytes))
        return agr_error_set(err, AGR_FORMAT, "a block of %zu bytes is not a snapshot", size_bytes);
    *snapshot = bytes;
    return AGR_OK;
}

const agr_state *agr_snapshot_state(const agr_snapshot *snapshot)
{
    return &snapshot->state;
}
