/* Groups copies, and divides a set so that no group is torn. */
#include <agr/data/split.h>

#include <agr/base/random.h>
#include <math.h>
#include <stdlib.h>

/* ---- groups of copies ---- */

typedef struct {
    uint64_t key[2]; /* sorted by these, then by item */
    int64_t item;
} sort_entry;

static int compare_entries(const void *left, const void *right)
{
    const sort_entry *a = left, *b = right;
    for (int k = 0; k < 2; k++)
        if (a->key[k] != b->key[k])
            return a->key[k] < b->key[k] ? -1 : 1;
    return a->item < b->item ? -1 : a->item > b->item;
}

static agr_status no_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory to group samples");
}

/* first[i] = the first sample with the content of sample i. */
static void find_first_copies(sort_entry *entry, const uint64_t *content_hash, int64_t n,
                              int64_t *first)
{
    for (int64_t i = 0; i < n; i++)
        entry[i] = (sort_entry){.key = {content_hash[i], 0}, .item = i};
    qsort(entry, (size_t)n, sizeof *entry, compare_entries);
    for (int64_t e = 0; e < n; e++) {
        const bool is_copy = e > 0 && entry[e].key[0] == entry[e - 1].key[0];
        first[entry[e].item] = is_copy ? first[entry[e - 1].item] : entry[e].item;
    }
}

static void lay_out_groups(sort_entry *entry, const int64_t *first, agr_copies *groups)
{
    for (int64_t i = 0; i < groups->n_samples; i++)
        entry[i] = (sort_entry){.key = {(uint64_t)first[i], 0}, .item = i};
    qsort(entry, (size_t)groups->n_samples, sizeof *entry, compare_entries);
    for (int64_t e = 0; e < groups->n_samples; e++) {
        groups->member[e] = entry[e].item;
        if (e == 0 || entry[e].key[0] != entry[e - 1].key[0])
            groups->begin[groups->n_groups++] = e;
    }
    groups->begin[groups->n_groups] = groups->n_samples;
}

agr_status agr_copies_create(const uint64_t *content_hash, int64_t n_samples, agr_copies *groups,
                             agr_error *err)
{
    *groups = (agr_copies){.n_samples = n_samples};
    const size_t n = (size_t)n_samples;
    sort_entry *entry = malloc((n + 1) * sizeof *entry);
    int64_t *first = malloc((n + 1) * sizeof *first);
    groups->member = malloc((n + 1) * sizeof *groups->member);
    groups->begin = malloc((n + 1) * sizeof *groups->begin);
    const bool complete =
        entry != NULL && first != NULL && groups->member != NULL && groups->begin != NULL;
    if (complete) {
        find_first_copies(entry, content_hash, n_samples, first);
        lay_out_groups(entry, first, groups);
    } else {
        agr_copies_release(groups);
    }
    free(entry);
    free(first);
    return complete ? AGR_OK : no_memory(err);
}

void agr_copies_release(agr_copies *groups)
{
    free(groups->member);
    free(groups->begin);
    *groups = (agr_copies){0};
}

bool agr_copies_conflict(const agr_copies *groups, int64_t group, const agr_labels *labels)
{
    const int64_t first = groups->begin[group];
    for (int64_t m = first + 1; m < groups->begin[group + 1]; m++)
        if (!agr_labels_rows_equal(labels, groups->member[first], groups->member[m]))
            return true;
    return false;
}

/* ---- parts of the set ---- */

static void put_group(const agr_copies *groups, int64_t group, agr_split value, uint8_t *part)
{
    for (int64_t m = groups->begin[group]; m < groups->begin[group + 1]; m++)
        part[groups->member[m]] = (uint8_t)value;
}

/* Gives groups that are still in training to `value`, in this order, until `target` samples are
 * there: first every group that fits into what is missing, then, if that falls short, the smallest
 * one if it overshoots by less than what is missing. */
static void fill_part(const agr_copies *groups, const sort_entry *order, int64_t target,
                      agr_split value, uint8_t *part)
{
    int64_t missing = target, smallest = -1;
    for (int64_t g = 0; g < groups->n_groups && missing > 0; g++) {
        const int64_t group = order[g].item, size = agr_copies_size(groups, group);
        if (part[groups->member[groups->begin[group]]] != AGR_SPLIT_TRAIN)
            continue;
        if (size <= missing) {
            put_group(groups, group, value, part);
            missing -= size;
        } else if (smallest < 0 || size < agr_copies_size(groups, smallest)) {
            smallest = group;
        }
    }
    if (missing > 0 && smallest >= 0 && agr_copies_size(groups, smallest) < 2 * missing)
        put_group(groups, smallest, value, part);
}

agr_status agr_split_draw(const agr_copies *groups, const uint64_t *content_hash, uint64_t seed,
                          double validation, double test, uint8_t *part, agr_error *err)
{
    sort_entry *order = malloc((size_t)(groups->n_groups + 1) * sizeof *order);
    if (order == NULL)
        return no_memory(err);
    const agr_random_key key = agr_random_key_make(seed, AGR_RANDOM_SPLIT, 0);
    for (int64_t g = 0; g < groups->n_groups; g++) {
        const uint64_t hash = content_hash[groups->member[groups->begin[g]]];
        const agr_random_block block =
            agr_random_at(key, (uint32_t)hash, (uint32_t)(hash >> 32), 0, 0);
        order[g] =
            (sort_entry){.key = {(uint64_t)block.word[0] << 32 | block.word[1], hash}, .item = g};
        put_group(groups, g, AGR_SPLIT_TRAIN, part);
    }
    qsort(order, (size_t)groups->n_groups, sizeof *order, compare_entries);
    const double n = (double)groups->n_samples;
    fill_part(groups, order, llround(validation * n), AGR_SPLIT_VALIDATION, part);
    fill_part(groups, order, llround(test * n), AGR_SPLIT_TEST, part);
    free(order);
    return AGR_OK;
}

int64_t agr_split_unite(const agr_copies *groups, uint8_t *part)
{
    int64_t n_moved = 0;
    for (int64_t g = 0; g < groups->n_groups; g++) {
        const uint8_t value = part[groups->member[groups->begin[g]]];
        for (int64_t m = groups->begin[g] + 1; m < groups->begin[g + 1]; m++)
            n_moved += part[groups->member[m]] != value;
        put_group(groups, g, value, part);
    }
    return n_moved;
}
