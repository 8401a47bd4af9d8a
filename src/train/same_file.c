/* Compares a file's content between hosts. */
#include <agr/train/same_file.h>

#include <agr/base/hash.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Of the whole content, piece by piece; 0 with errno when it cannot be read. */
static uint64_t hash_file(const char *path)
{
    enum { PIECE_BYTES = 1 << 20 };
    uint64_t hash = 1;
    size_t n;
    FILE *file = fopen(path, "rb");
    char *piece = malloc(PIECE_BYTES);
    while (file != NULL && piece != NULL && (n = fread(piece, 1, PIECE_BYTES, file)) > 0)
        hash = agr_hash_chain(hash, agr_hash(piece, n));
    const bool is_read = file != NULL && piece != NULL && ferror(file) == 0;
    const int reason = errno;
    if (file != NULL)
        fclose(file);
    free(piece);
    errno = reason;
    return is_read ? hash : 0;
}

static agr_status compare(const agr_world *world, const char *path, uint64_t expected,
                          agr_error *err)
{
    const uint64_t mine = hash_file(path);
    if (mine != 0 && mine == expected)
        return AGR_OK;
    if (mine == 0)
        agr_error_set_errno(err, AGR_INPUT, errno, "'%s': expected rank 0's file on %s, too", path,
                            agr_world_host(world));
    else
        agr_error_set(err, AGR_INPUT, "'%s': expected rank 0's file on %s, found another", path,
                      agr_world_host(world));
    return agr_error_hint(err, "put the run's folder where all hosts see it, or copy this file to "
                               "the same place on each");
}

agr_status agr_check_same_file(agr_world *world, const char *path, agr_error *err)
{
    agr_group *group = agr_world_group(world);
    int64_t n_hosts = agr_world_node_rank(world) == 0;
    AGR_TRY(agr_group_sum(group, &n_hosts, 1, err));
    if (n_hosts == 1)
        return AGR_OK;
    uint64_t expected = agr_world_rank(world) == 0 ? hash_file(path) : 0;
    AGR_TRY(agr_group_broadcast(group, 0, &expected, sizeof expected, err));
    const bool compares = agr_world_node_rank(world) == 0;
    return agr_agree(group, compares ? compare(world, path, expected, err) : AGR_OK, err);
}
