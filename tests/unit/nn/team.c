#include "team.h"

#include "test.h"

enum { MAX_ROWS = TEAM_MAX_PARTS * AGR_TREE_MAX_DEPTH };

static team_part *part_of(agr_reducer *self)
{
    return (team_part *)(void *)self;
}

static void meet(fake_team *team)
{
    pthread_barrier_wait(&team->barrier);
}

static int cover_of(const team_part *part, agr_tree_node *cover)
{
    return agr_tree_cover(agr_shard_micro_batches(&part->shard), part->shard.first,
                          part->shard.count, cover);
}

/* Folds the leaves of one part to its subtrees, then all parts' subtrees to the root. */
static agr_status sum(agr_reducer *self, const agr_shard *shard, double *leaves, int64_t width,
                      double *total, agr_error *err)
{
    (void)err;
    team_part *me = part_of(self);
    fake_team *team = me->team;
    const int64_t n_leaves = agr_shard_micro_batches(shard);
    agr_tree_node nodes[MAX_ROWS];
    for (int64_t i = 0; i < shard->count; i++)
        nodes[i] = (agr_tree_node){.level = 0, .index = (int32_t)(shard->first + i)};
    agr_tree_fold(n_leaves, nodes, (int)shard->count, leaves, width);
    me->rows = leaves;
    me->shard = *shard;
    meet(team);
    static _Thread_local double rows[MAX_ROWS * 64];
    assert_true(width <= 64);
    int n_rows = 0;
    for (int p = 0; p < team->n_parts; p++) {
        const int here = cover_of(&team->part[p], nodes + n_rows);
        memcpy(rows + n_rows * width, team->part[p].rows, (size_t)(here * width) * sizeof *rows);
        n_rows += here;
    }
    assert_int_equal(agr_tree_fold(n_leaves, nodes, n_rows, rows, width), 1);
    memcpy(total, rows, (size_t)width * sizeof *total);
    meet(team);
    return AGR_OK;
}

static agr_status gradient_open(agr_reducer *self, const agr_shard *shard, float *slots,
                                size_t stride, agr_error *err)
{
    (void)err;
    team_part *me = part_of(self);
    me->shard = *shard;
    me->slots = slots;
    me->stride = stride;
    me->n_ranges = 0;
    me->total = realloc(me->total, stride * sizeof *me->total);
    return AGR_OK;
}

static agr_status gradient_ready(agr_reducer *self, size_t offset, size_t count, agr_error *err)
{
    (void)err;
    team_part *me = part_of(self);
    assert_true(me->n_ranges < TEAM_MAX_RANGES && offset + count <= me->stride);
    me->range[me->n_ranges].offset = offset;
    me->range[me->n_ranges++].count = count;
    return AGR_OK;
}

static agr_status progress(agr_reducer *self, agr_error *err)
{
    (void)self;
    (void)err;
    return AGR_OK;
}

/* One element of all parts' rows, folded in the order of the tree. */
static float fold_element(const fake_team *team, size_t element)
{
    float value[MAX_ROWS];
    agr_tree tree = agr_tree_begin(agr_shard_micro_batches(&team->part[0].shard));
    for (int p = 0; p < team->n_parts; p++) {
        const team_part *part = &team->part[p];
        agr_tree_node cover[AGR_TREE_MAX_DEPTH];
        const int n = cover_of(part, cover);
        for (int row = 0; row < n; row++) {
            int top = tree.depth;
            value[top] = part->slots[(size_t)row * part->stride + element];
            for (int due = agr_tree_push(&tree, cover[row]); due > 0; due--, top--)
                value[top - 1] += value[top];
        }
    }
    assert_int_equal(tree.depth, 1);
    return value[0];
}

static agr_status gradient_close(agr_reducer *self, agr_error *err)
{
    (void)err;
    team_part *me = part_of(self);
    meet(me->team);
    for (int p = 0; p < me->team->n_parts; p++) { /* all announced the same */
        assert_int_equal(me->team->part[p].n_ranges, me->n_ranges);
        assert_memory_equal(me->team->part[p].range, me->range,
                            (size_t)me->n_ranges * sizeof *me->range);
    }
    for (int r = 0; r < me->n_ranges; r++)
        for (size_t i = 0; i < me->range[r].count; i++)
            me->total[me->range[r].offset + i] = fold_element(me->team, me->range[r].offset + i);
    meet(me->team);
    for (int r = 0; r < me->n_ranges; r++)
        memcpy(me->slots + me->range[r].offset, me->total + me->range[r].offset,
               me->range[r].count * sizeof *me->slots);
    return AGR_OK;
}

void team_open(fake_team *team, int n_parts)
{
    static const agr_reducer_ops ops = {.sum = sum,
                                        .gradient_open = gradient_open,
                                        .gradient_ready = gradient_ready,
                                        .progress = progress,
                                        .gradient_close = gradient_close};
    assert_true(n_parts <= TEAM_MAX_PARTS);
    memset(team, 0, sizeof *team);
    team->n_parts = n_parts;
    pthread_barrier_init(&team->barrier, NULL, (unsigned)n_parts);
    for (int p = 0; p < n_parts; p++)
        team->part[p] = (team_part){.reducer = {.ops = &ops}, .team = team, .part = p};
}

void team_close(fake_team *team)
{
    for (int p = 0; p < team->n_parts; p++)
        free(team->part[p].total);
    pthread_barrier_destroy(&team->barrier);
}
