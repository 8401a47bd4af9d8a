/* Which part of the set a table puts each file into. */
#include "label_table_impl.h"

#include <agr/base/text.h>
#include <agr/store/dataset.h>
#include <string.h>

static uint8_t parse_part(const char *word)
{
    static const struct {
        const char *word;
        agr_split part;
    } words[] = {{"train", AGR_SPLIT_TRAIN},
                 {"training", AGR_SPLIT_TRAIN},
                 {"0", AGR_SPLIT_TRAIN},
                 {"validation", AGR_SPLIT_VALIDATION},
                 {"valid", AGR_SPLIT_VALIDATION},
                 {"val", AGR_SPLIT_VALIDATION},
                 {"1", AGR_SPLIT_VALIDATION},
                 {"test", AGR_SPLIT_TEST},
                 {"2", AGR_SPLIT_TEST}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, word) == 0)
            return (uint8_t)words[i].part;
    return AGR_PART_NONE;
}

/* What keeps a file from having a part. */
static char *describe_missing_part(const agr_matched_table *table, int64_t row, int column)
{
    agr_text text = {0};
    if (row < 0)
        agr_text_add(&text, "no row in '%s'", table->path);
    else
        agr_text_add(&text, "line %lld of '%s': expected train, validation or test, found '%s'",
                     (long long)agr_csv_line(&table->csv, row), table->path,
                     agr_csv_field(&table->csv, row, column));
    if (!text.failed)
        return text.data;
    agr_text_release(&text);
    return NULL;
}

agr_status agr_parts_from_table(const agr_matched_table *table, int64_t n_files, uint8_t *part,
                                char **why_not, agr_error *err)
{
    const int column = agr_csv_column(&table->csv, AGR_PART_COLUMN);
    if (column < 0)
        return agr_error_set(err, AGR_INPUT, "table '%s': expected a column '%s', found none",
                             table->path, AGR_PART_COLUMN);
    for (int64_t f = 0; f < n_files; f++) {
        const int64_t row = table->row_of_file[f];
        part[f] = row >= 0 ? parse_part(agr_csv_field(&table->csv, row, column)) : AGR_PART_NONE;
        if (part[f] != AGR_PART_NONE)
            continue;
        why_not[f] = describe_missing_part(table, row, column);
        if (why_not[f] == NULL)
            return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the split");
    }
    return AGR_OK;
}
