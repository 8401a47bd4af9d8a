/* A checkpoint from anyone: refused with a line, or every slot of it can be read or is refused. */
#include "fuzz.h"
#include "scratch_file.h"

#include <agr/base/log.h>
#include <agr/store/checkpoint.h>
#include <stdlib.h>

static void ignore(void *context, agr_log_level level, const char *message)
{
    (void)context;
    (void)level;
    (void)message;
}

static void expect(bool truth)
{
    if (!truth)
        abort();
}

static bool read_slots(agr_checkpoint *checkpoint, int branch)
{
    agr_error err = {0};
    bool is_good = true;
    for (int slot = 0; slot < agr_checkpoint_n_slots(checkpoint, branch); slot++) {
        agr_snapshot *snapshot;
        if (agr_checkpoint_read_snapshot(checkpoint, branch, slot, &snapshot, &err) == AGR_OK)
            agr_snapshot_destroy(snapshot);
        else
            is_good = false;
        expect(is_good || err.text[0] != '\0');
    }
    return is_good;
}

static bool read_all(agr_checkpoint *checkpoint)
{
    agr_error err = {0};
    bool is_good = agr_checkpoint_verify(checkpoint, &err) == AGR_OK;
    expect(is_good || err.text[0] != '\0');
    for (int branch = 0; branch < agr_checkpoint_n_branches(checkpoint); branch++)
        is_good = read_slots(checkpoint, branch) && is_good;
    return is_good;
}

bool fuzz_read(const uint8_t *data, size_t n_bytes)
{
    char path[SCRATCH_PATH_BYTES];
    agr_error err = {0};
    agr_checkpoint *checkpoint;
    agr_log_set_sink(ignore, NULL, AGR_LOG_ERROR);
    scratch_file_make(data, n_bytes, path);
    bool is_good = agr_checkpoint_open(path, &checkpoint, &err) == AGR_OK;
    if (is_good) {
        is_good = read_all(checkpoint);
        agr_checkpoint_close(checkpoint);
    } else {
        expect(err.text[0] != '\0');
    }
    scratch_file_remove(path);
    return is_good;
}
