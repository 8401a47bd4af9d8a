/* Compares what all ranks have opened: fingerprints over the world, pictures once a node. */
#include <agr/train/same_dataset.h>

#include <agr/base/text.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SHOWN = 4 };

/* What the reader of one file has found. */
typedef struct {
    char host[64];
    int32_t rank;
    int32_t is_reader;
    uint64_t content;
} claim;

/* The lowest rank of a node that has this file reads it for all. */
static agr_status choose_reader(agr_world *world, const agr_dataset *dataset, int64_t *is_reader,
                                agr_error *err)
{
    const uint64_t mine = agr_dataset_identity(dataset);
    agr_gathered all;
    AGR_TRY(agr_group_gather_all(agr_world_node_group(world), &mine, sizeof mine, &all, err));
    *is_reader = 1;
    for (int i = 0; i < agr_world_node_rank(world); i++)
        if (memcmp(all.bytes + all.begin[i], &mine, sizeof mine) == 0)
            *is_reader = 0;
    agr_gathered_release(&all);
    return AGR_OK;
}

static claim claim_at(const agr_gathered *all, int rank)
{
    claim one;
    memcpy(&one, all->bytes + all->begin[rank], sizeof one);
    return one;
}

/* "3f.. on a (rank 0), 77.. on b (rank 4), ..." */
static void list_claims(const agr_gathered *all, agr_text *text)
{
    int n_readers = 0;
    for (int rank = 0; rank < all->n_parts; rank++) {
        const claim one = claim_at(all, rank);
        if (!one.is_reader)
            continue;
        if (n_readers++ < MOST_SHOWN)
            agr_text_add(text, "%s%016llx on %s (rank %d)", n_readers > 1 ? ", " : "",
                         (unsigned long long)one.content, one.host, one.rank);
    }
    if (n_readers > MOST_SHOWN)
        agr_text_add(text, ", and %d more", n_readers - MOST_SHOWN);
}

static agr_status compare_claims(const agr_dataset *dataset, const agr_gathered *all,
                                 agr_error *err)
{
    const claim first = claim_at(all, 0); /* rank 0 is the first of its node */
    bool all_agree = true;
    for (int rank = 0; rank < all->n_parts; rank++) {
        const claim one = claim_at(all, rank);
        all_agree = all_agree && (!one.is_reader || one.content == first.content);
    }
    if (all_agree)
        return AGR_OK;
    agr_text found = {0};
    list_claims(all, &found);
    agr_error_set(err, AGR_INPUT, "dataset '%s': expected the same content on all ranks, found %s",
                  agr_dataset_path(dataset), found.failed ? "others" : found.data);
    agr_text_release(&found);
    return agr_error_hint(err, "copy one file to every host, or put it where all hosts see it");
}

agr_status agr_check_same_dataset(agr_world *world, const agr_dataset *dataset, agr_error *err)
{
    agr_group *group = agr_world_group(world);
    int64_t is_reader;
    AGR_TRY(choose_reader(world, dataset, &is_reader, err));
    int64_t n_readers = is_reader;
    AGR_TRY(agr_group_sum(group, &n_readers, 1, err));
    if (n_readers == 1)
        return AGR_OK;
    claim mine = {.rank = agr_world_rank(world),
                  .is_reader = (int32_t)is_reader,
                  .content = is_reader ? agr_dataset_content_hash(dataset) : 0};
    snprintf(mine.host, sizeof mine.host, "%s", agr_world_host(world));
    agr_gathered all;
    AGR_TRY(agr_group_gather_all(group, &mine, sizeof mine, &all, err));
    const agr_status status = compare_claims(dataset, &all, err);
    agr_gathered_release(&all);
    return status;
}
