/* A checkpoint from anyone: refused with a line, or every slot of it can be read or is refused.
 * (HDF5 1.10 itself falls over some damaged heaps; such inputs are not ours to keep.) */
#include "fuzz.h"
#include "memory_file.h"

#include <agr/base/log.h>
#include <agr/store/checkpoint.h>
#include <stdlib.h>
#include <unistd.h>

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

static void read_slots(agr_checkpoint *checkpoint, int branch)
{
    agr_error err = {0};
    for (int slot = 0; slot < agr_checkpoint_n_slots(checkpoint, branch); slot++) {
        agr_snapshot *snapshot;
        if (agr_checkpoint_read_snapshot(checkpoint, branch, slot, &snapshot, &err) == AGR_OK)
            agr_snapshot_destroy(snapshot);
        else
            expect(err.text[0] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    char path[64];
    agr_error err = {0};
    agr_checkpoint *checkpoint;
    agr_log_set_sink(ignore, NULL, AGR_LOG_ERROR);
    const int fd = memory_file_open(data, n_bytes, path);
    if (agr_checkpoint_open(path, &checkpoint, &err) == AGR_OK) {
        if (agr_checkpoint_verify(checkpoint, &err) != AGR_OK)
            expect(err.text[0] != '\0');
        for (int branch = 0; branch < agr_checkpoint_n_branches(checkpoint); branch++)
            read_slots(checkpoint, branch);
        agr_checkpoint_close(checkpoint);
    } else {
        expect(err.text[0] != '\0');
    }
    close(fd);
    return 0;
}
