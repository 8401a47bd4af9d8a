/* A dataset from anyone: refused with a line, or every picture, label and name of it can be read. */
#include "fuzz.h"
#include "scratch_file.h"

#include <agr/base/log.h>
#include <agr/store/dataset.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

static void check_labels(const agr_dataset *dataset)
{
    for (int k = 0; k < agr_dataset_n_labels(dataset); k++) {
        const agr_label_column *column = agr_dataset_label(dataset, k);
        for (int64_t i = 0; i < agr_dataset_count(dataset); i++) {
            const float value = column->values[i];
            expect(isnan(value) || isfinite(value));
            if (column->kind == AGR_LABEL_CLASS && !isnan(value))
                expect(value >= 0 && value < (float)column->n_classes);
        }
    }
}

static void check_pictures(const agr_dataset *dataset)
{
    const size_t image_bytes =
        (size_t)(agr_dataset_height(dataset) * agr_dataset_width(dataset) * 3);
    int64_t in_parts = 0, count;
    for (int part = 0; part < AGR_SPLIT_COUNT; part++) {
        agr_dataset_split_indices(dataset, (agr_split)part, &count);
        in_parts += count;
    }
    expect(in_parts == agr_dataset_count(dataset));
    for (int64_t i = 0; i < agr_dataset_count(dataset); i++) {
        volatile uint8_t last = agr_dataset_image(dataset, i)[image_bytes - 1];
        (void)last;
        expect(strlen(agr_dataset_name(dataset, i)) < (size_t)1 << 24);
    }
}

bool fuzz_read(const uint8_t *data, size_t n_bytes)
{
    char path[SCRATCH_PATH_BYTES];
    agr_error err = {0};
    agr_dataset *dataset;
    agr_log_set_sink(ignore, NULL, AGR_LOG_ERROR);
    scratch_file_make(data, n_bytes, path);
    const bool is_good = agr_dataset_open(path, &dataset, &err) == AGR_OK;
    if (is_good) {
        check_labels(dataset);
        check_pictures(dataset);
        agr_dataset_close(dataset);
    } else {
        expect(err.text[0] != '\0');
    }
    scratch_file_remove(path);
    return is_good;
}
