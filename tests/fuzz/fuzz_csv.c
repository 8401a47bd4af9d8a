/* A table from anyone: refused with a line, or one that reads back after being written. */
#include "fuzz.h"

#include <agr/data/csv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void expect(bool truth)
{
    if (!truth)
        abort();
}

static void write_row(const agr_csv *csv, int64_t row, agr_text *text)
{
    for (int c = 0; c < csv->n_columns; c++) {
        if (c > 0)
            agr_text_add(text, ",");
        agr_csv_add_field(text, row < 0 ? csv->header[c] : agr_csv_field(csv, row, c));
    }
    agr_text_add(text, "\n");
}

bool fuzz_read(const uint8_t *data, size_t n_bytes)
{
    agr_error err = {0};
    agr_csv csv, again;
    if (agr_csv_parse((const char *)data, n_bytes, "fuzz", &csv, &err) != AGR_OK) {
        expect(err.text[0] != '\0');
        return false;
    }
    agr_text text = {0};
    if (csv.n_columns > 1) /* else the writer's and the reader's choice of separator may differ */
        for (int64_t row = -1; row < csv.n_rows; row++)
            write_row(&csv, row, &text);
    if (csv.n_columns > 1 && !text.failed) {
        expect(agr_csv_parse(text.data, text.length, "again", &again, &err) == AGR_OK);
        expect(again.n_rows == csv.n_rows && again.n_columns == csv.n_columns);
        for (int64_t row = 0; row < csv.n_rows; row++)
            for (int c = 0; c < csv.n_columns; c++)
                expect(strcmp(agr_csv_field(&csv, row, c), agr_csv_field(&again, row, c)) == 0);
        agr_csv_release(&again);
    }
    agr_text_release(&text);
    agr_csv_release(&csv);
    return true;
}
