/* The order of an epoch that shows every cell equally often. */
#include <agr/data/balanced_order.h>

#include <agr/base/hash.h>
#include <agr/base/random.h>
#include <stdlib.h>

struct agr_balanced_order {
    int64_t n, n_outside; /* samples; those in no cell */
    int32_t n_cells;
    int64_t *sample; /* [n] by cell; behind the last cell those in none */
    int64_t *begin;  /* [n_cells + 1] of each cell in `sample` */

    /* Room for one epoch: */
    int64_t *place;    /* [n] a random order of all places */
    int64_t *shuffled; /* [n] of each cell, the current order of its samples */
    int64_t *drawn;    /* [n_cells] places that each cell has had */
    int64_t *turn;     /* [n_cells] the order of the cells in the current round */
};

/* Streams of random numbers of an epoch; those of the cells follow. */
enum { STREAM_PLACES, STREAM_ROUNDS, STREAM_CELLS };

static agr_random_key key_of(uint64_t seed, int64_t epoch, int64_t stream)
{
    const int64_t address[2] = {epoch, stream};
    return agr_random_key_make(seed, AGR_RANDOM_BALANCED_ORDER, agr_hash(address, sizeof address));
}

/* ---- making one ---- */

/* Counts, then sets each sample behind those of its cell that came before. */
static void sort_by_cell(agr_balanced_order *b, const int64_t *sample, const int32_t *cell)
{
    for (int64_t i = 0; i < b->n; i++)
        if (cell[i] >= 0)
            b->begin[cell[i] + 1]++;
    for (int32_t c = 0; c < b->n_cells; c++)
        b->begin[c + 1] += b->begin[c];
    int64_t outside = b->begin[b->n_cells];
    b->n_outside = b->n - outside;
    for (int64_t i = 0; i < b->n; i++)
        if (cell[i] >= 0)
            b->sample[b->begin[cell[i]] + b->drawn[cell[i]]++] = sample[i];
        else
            b->sample[outside++] = sample[i];
}

agr_status agr_balanced_order_create(const int64_t *sample, const int32_t *cell, int64_t n,
                                     int32_t n_cells, agr_balanced_order **balanced, agr_error *err)
{
    *balanced = NULL;
    agr_balanced_order *b = calloc(1, sizeof *b);
    if (b == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    *b = (agr_balanced_order){.n = n, .n_cells = n_cells};
    b->sample = calloc((size_t)n, sizeof *b->sample);
    b->begin = calloc((size_t)n_cells + 1, sizeof *b->begin);
    b->place = calloc((size_t)n, sizeof *b->place);
    b->shuffled = calloc((size_t)n, sizeof *b->shuffled);
    b->drawn = calloc((size_t)n_cells + 1, sizeof *b->drawn);
    b->turn = calloc((size_t)n_cells + 1, sizeof *b->turn);
    if (b->sample == NULL || b->begin == NULL || b->place == NULL || b->shuffled == NULL ||
        b->drawn == NULL || b->turn == NULL) {
        agr_balanced_order_destroy(b);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    }
    sort_by_cell(b, sample, cell);
    *balanced = b;
    return AGR_OK;
}

void agr_balanced_order_destroy(agr_balanced_order *b)
{
    if (b == NULL)
        return;
    free(b->sample);
    free(b->begin);
    free(b->place);
    free(b->shuffled);
    free(b->drawn);
    free(b->turn);
    free(b);
}

/* ---- an epoch ---- */

/* Those in no cell, at random places; the others' places stay -1. */
static void place_outsiders(agr_balanced_order *b, uint64_t seed, int64_t epoch, int64_t *order,
                            uint32_t *occurrence)
{
    const int64_t *outside = b->sample + b->begin[b->n_cells];
    agr_random_permutation(key_of(seed, epoch, STREAM_PLACES), 0, b->n, b->place);
    for (int64_t i = 0; i < b->n; i++)
        order[i] = -1;
    for (int64_t i = 0; i < b->n_outside; i++) {
        order[b->place[i]] = outside[i];
        occurrence[b->place[i]] = 0;
    }
}

/* The next sample of this cell; each of its passes is shuffled as it begins. */
static int64_t draw(agr_balanced_order *b, uint64_t seed, int64_t epoch, int64_t cell,
                    uint32_t *occurrence)
{
    const int64_t begin = b->begin[cell], size = b->begin[cell + 1] - begin;
    const int64_t pass = b->drawn[cell] / size, next = b->drawn[cell] % size;
    if (next == 0)
        agr_random_permutation(key_of(seed, epoch, STREAM_CELLS + cell), (uint32_t)pass, size,
                               b->shuffled + begin);
    b->drawn[cell]++;
    *occurrence = (uint32_t)pass;
    return b->sample[begin + b->shuffled[begin + next]];
}

void agr_balanced_order_fill(agr_balanced_order *b, uint64_t seed, int64_t epoch, int64_t *order,
                             uint32_t *occurrence)
{
    const agr_random_key rounds = key_of(seed, epoch, STREAM_ROUNDS);
    int64_t n_dealt = 0;
    place_outsiders(b, seed, epoch, order, occurrence);
    for (int32_t c = 0; c < b->n_cells; c++)
        b->drawn[c] = 0;
    for (int64_t i = 0; i < b->n; i++) {
        if (order[i] >= 0)
            continue;
        if (n_dealt % b->n_cells == 0)
            agr_random_permutation(rounds, (uint32_t)(n_dealt / b->n_cells), b->n_cells, b->turn);
        order[i] = draw(b, seed, epoch, b->turn[n_dealt++ % b->n_cells], &occurrence[i]);
    }
}
