/* Sealing files and looking at seals, without HDF5. See seal_impl.h. */
#include "seal_impl.h"

#include "io_impl.h"

#include <agr/base/hash.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 1 << 20, WORD = sizeof(uint64_t) };

static const uint64_t magic = 0x6c6165732d726761; /* "agr-seal" */

/* Behind the runs. */
typedef struct {
    uint64_t n_runs, body_bytes, checksum, magic;
} seal_end;

/* Words beside those of the runs: the first magic and the end. */
static const uint64_t frame_bytes = WORD + sizeof(seal_end);

/* ---- runs ---- */

agr_status seal_runs_add(seal_runs *runs, uint64_t offset, uint64_t size_bytes, agr_error *err)
{
    seal_run *grown = realloc(runs->run, (runs->n + 1) * sizeof *grown);
    if (grown == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for its seal");
    grown[runs->n++] = (seal_run){.offset = offset, .size_bytes = size_bytes};
    runs->run = grown;
    return AGR_OK;
}

static int compare_runs(const void *a, const void *b)
{
    const seal_run *left = a, *right = b;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

/* One behind the other and inside the body. */
static bool runs_fit(const seal_runs *runs, uint64_t body_bytes)
{
    uint64_t at = 0;
    for (size_t i = 0; i < runs->n; i++) {
        const seal_run *run = &runs->run[i];
        if (run->offset < at || run->offset > body_bytes ||
            run->size_bytes > body_bytes - run->offset)
            return false;
        at = run->offset + run->size_bytes;
    }
    return true;
}

/* ---- the checksum ---- */

static agr_status hash_range(int fd, uint64_t begin, uint64_t end, void *block, uint64_t *hash,
                             agr_error *err)
{
    while (begin < end) {
        const size_t n = end - begin < BLOCK_BYTES ? (size_t)(end - begin) : BLOCK_BYTES;
        AGR_TRY(io_read_at(fd, block, n, begin, "it", err));
        *hash = agr_hash_chain(*hash, agr_hash(block, n));
        begin += n;
    }
    return AGR_OK;
}

/* Of the runs themselves and of all between them. */
static agr_status hash_sealed(int fd, const seal_runs *runs, uint64_t body_bytes, uint64_t *hash,
                              agr_error *err)
{
    void *block = malloc(BLOCK_BYTES);
    if (block == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for its seal");
    *hash = agr_hash_chain(body_bytes, agr_hash(runs->run, runs->n * sizeof *runs->run));
    agr_status status = AGR_OK;
    uint64_t at = 0;
    for (size_t i = 0; status == AGR_OK && i < runs->n; i++) {
        status = hash_range(fd, at, runs->run[i].offset, block, hash, err);
        at = runs->run[i].offset + runs->run[i].size_bytes;
    }
    if (status == AGR_OK)
        status = hash_range(fd, at, body_bytes, block, hash, err);
    free(block);
    return status;
}

/* ---- sealing ---- */

static agr_status append(int fd, const seal_runs *runs, agr_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot measure");
    const uint64_t body_bytes = (uint64_t)info.st_size;
    const size_t runs_bytes = runs->n * sizeof *runs->run;
    AGR_ASSERT(runs_fit(runs, body_bytes));
    seal_end end = {.n_runs = runs->n, .body_bytes = body_bytes, .magic = magic};
    AGR_TRY(hash_sealed(fd, runs, body_bytes, &end.checksum, err));
    AGR_TRY(io_write_at(fd, &magic, WORD, body_bytes, "its seal", err));
    AGR_TRY(io_write_at(fd, runs->run, runs_bytes, body_bytes + WORD, "its seal", err));
    return io_write_at(fd, &end, sizeof end, body_bytes + WORD + runs_bytes, "its seal", err);
}

agr_status seal_append(const char *path, seal_runs *runs, agr_error *err)
{
    if (runs->n > 0)
        qsort(runs->run, runs->n, sizeof *runs->run, compare_runs);
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot open");
    agr_status status = append(fd, runs, err);
    if (close(fd) != 0 && status == AGR_OK)
        status = agr_error_set_errno(err, AGR_IO, errno, "cannot write");
    return status;
}

/* ---- looking at a seal ---- */

static agr_status check_runs(int fd, const seal_end *end, const seal_runs *runs, agr_error *err)
{
    uint64_t first, found;
    AGR_TRY(io_read_at(fd, &first, WORD, end->body_bytes, "its seal", err));
    if (first != magic || !runs_fit(runs, end->body_bytes))
        return agr_error_set(err, AGR_FORMAT, "damaged: its seal is broken");
    AGR_TRY(hash_sealed(fd, runs, end->body_bytes, &found, err));
    if (found != end->checksum)
        return agr_error_set(
            err, AGR_FORMAT,
            "damaged: wrong checksum of its book-keeping: expected %016llx, found %016llx",
            (unsigned long long)end->checksum, (unsigned long long)found);
    return AGR_OK;
}

static agr_status check_sealed(int fd, const seal_end *end, uint64_t file_bytes, agr_error *err)
{
    /* The sizes are compared so that none can wrap. */
    const uint64_t room_bytes = file_bytes - frame_bytes;
    if (end->n_runs > room_bytes / sizeof(seal_run) ||
        end->body_bytes != room_bytes - end->n_runs * sizeof(seal_run))
        return agr_error_set(err, AGR_FORMAT, "damaged: its seal is broken");
    const size_t runs_bytes = (size_t)end->n_runs * sizeof(seal_run);
    seal_runs runs = {.run = malloc(runs_bytes + 1), .n = (size_t)end->n_runs};
    if (runs.run == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for its seal");
    agr_status status =
        io_read_at(fd, runs.run, runs_bytes, end->body_bytes + WORD, "its seal", err);
    if (status == AGR_OK)
        status = check_runs(fd, end, &runs, err);
    free(runs.run);
    return status;
}

/* How long HDF5 says that its part is; 0 where it is not said as in a file of ours. */
static uint64_t body_bytes_of(int fd)
{
    static const unsigned char start[14] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a,
                                            '\n', 0,   0,   0,   0,    0,    8};
    unsigned char superblock[48];
    uint64_t body_bytes;
    agr_error ignored;
    if (io_read_at(fd, superblock, sizeof superblock, 0, "it", &ignored) != AGR_OK ||
        memcmp(superblock, start, sizeof start) != 0)
        return 0;
    memcpy(&body_bytes, superblock + 40, sizeof body_bytes);
    return body_bytes;
}

/* A seal that begins and does not end. */
static agr_status check_unsealed(int fd, uint64_t file_bytes, agr_error *err)
{
    const uint64_t body_bytes = body_bytes_of(fd);
    if (body_bytes == 0 || file_bytes <= body_bytes)
        return AGR_OK;
    uint64_t first = 0;
    const uint64_t left_bytes = file_bytes - body_bytes;
    const size_t n = left_bytes < WORD ? (size_t)left_bytes : WORD;
    AGR_TRY(io_read_at(fd, &first, n, body_bytes, "its seal", err));
    if (memcmp(&first, &magic, n) != 0)
        return AGR_OK;
    agr_error_set(err, AGR_FORMAT, "truncated or damaged at its end (byte %llu)",
                  (unsigned long long)file_bytes);
    return agr_error_hint(err, "fetch it again: was the copy interrupted?");
}

static agr_status check(int fd, agr_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot measure");
    const uint64_t file_bytes = (uint64_t)info.st_size;
    if (file_bytes < frame_bytes)
        return AGR_OK;
    seal_end end;
    AGR_TRY(io_read_at(fd, &end, sizeof end, file_bytes - sizeof end, "its seal", err));
    return end.magic == magic ? check_sealed(fd, &end, file_bytes, err)
                              : check_unsealed(fd, file_bytes, err);
}

agr_status seal_check(const char *path, agr_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot open");
    const agr_status status = check(fd, err);
    close(fd);
    return status;
}
