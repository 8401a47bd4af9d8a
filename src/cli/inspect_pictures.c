/* What was gathered about a dataset, in pictures: charts, a sheet of samples, augmented ones. */
#include "chart.h"
#include "inspect.h"

#include <agr/base/file.h>
#include <agr/base/log.h>
#include <agr/config/config.h>
#include <agr/data/batch.h>
#include <agr/image/encode.h>
#include <agr/train/feed.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- files ---- */

/* Writes <folder>/<name>.svg; a '/' in the name becomes '_'. */
static agr_status write_svg(const char *folder, const char *name, const agr_text *svg,
                            agr_error *err)
{
    char file[300], path[AGR_PATH_BYTES];
    snprintf(file, sizeof file, "%.250s.svg", name);
    for (char *c = file; *c != '\0'; c++)
        *c = *c == '/' ? '_' : *c;
    if (svg->failed)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for '%s'", file);
    AGR_TRY(agr_folder_create(folder, err));
    AGR_TRY(agr_path_join(path, folder, file, err));
    AGR_TRY(agr_file_write(path, svg->data, svg->length, err));
    agr_log_info("wrote %s", path);
    return AGR_OK;
}

/* ---- charts ---- */

static agr_status plot_label(const agr_dataset_facts *all, const agr_label_facts *label,
                             const char *folder, agr_error *err)
{
    agr_text svg = {0};
    if (label->has_classes) {
        chart_classes(&svg, label->column->name, label->column->classes, &label->classes);
    } else {
        enum { BINS = 120 };
        agr_histogram histogram;
        agr_histogram_of(label->column->values, NULL, agr_dataset_count(all->dataset),
                         &label->number, BINS, &histogram);
        chart_histogram(&svg, label->column->name, &label->number, &histogram);
    }
    const agr_status status = write_svg(folder, label->column->name, &svg, err);
    agr_text_release(&svg);
    return status;
}

static agr_status plot_pair(const agr_dataset_facts *all, const agr_label_facts *number,
                            const agr_label_facts *classes, const char *folder, agr_error *err)
{
    const int n = classes->column->n_classes;
    agr_number_statistics *box = calloc((size_t)n + 1, sizeof *box);
    if (box == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for %d classes", n);
    agr_text svg = {0};
    agr_status status = AGR_OK;
    for (int c = 0; c < n && status == AGR_OK; c++)
        status = agr_number_statistics_within(number->column->values, classes->column->values, c,
                                              agr_dataset_count(all->dataset), &box[c], err);
    if (status == AGR_OK) {
        char title[160], name[160];
        snprintf(title, sizeof title, "%s by %s", number->column->name, classes->column->name);
        snprintf(name, sizeof name, "%s_by_%s", number->column->name, classes->column->name);
        chart_boxes(&svg, title, number->column->name, n, classes->column->classes, box);
        status = write_svg(folder, name, &svg, err);
    }
    agr_text_release(&svg);
    free(box);
    return status;
}

agr_status inspect_write_plots(const agr_dataset_facts *all, const char *folder, agr_error *err)
{
    for (int i = 0; i < all->n_labels; i++)
        AGR_TRY(plot_label(all, &all->label[i], folder, err));
    for (int i = 0; i < all->n_labels; i++)
        for (int k = 0; k < all->n_labels; k++)
            if (!all->label[i].has_classes && all->label[k].has_classes)
                AGR_TRY(plot_pair(all, &all->label[i], &all->label[k], folder, err));
    return AGR_OK;
}

/* ---- sheets of pictures ---- */

enum { CELL = 112, GAP = 12, LINE = 14, MARGIN = 20 };

/* A grid of pictures of which each may have lines of text below. */
typedef struct {
    agr_text svg;
    int n_columns, n_lines;
} sheet;

static void sheet_begin(sheet *s, int n_columns, int64_t n_rows, int n_lines)
{
    *s = (sheet){.n_columns = n_columns, .n_lines = n_lines};
    const int width = 2 * MARGIN + n_columns * (CELL + GAP) - GAP;
    const int64_t height = 2 * MARGIN + n_rows * (CELL + GAP + n_lines * LINE) - GAP;
    agr_text_add(
        &s->svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" "
        "width=\"%d\" height=\"%lld\" font-family=\"Helvetica, Arial, DejaVu Sans, sans-serif\" "
        "font-size=\"11\" fill=\"#24292f\">\n<rect width=\"100%%\" height=\"100%%\" "
        "fill=\"#ffffff\"/>\n",
        width, (long long)height);
}

static void sheet_place(const sheet *s, int64_t cell, int *x, int64_t *y)
{
    *x = MARGIN + (int)(cell % s->n_columns) * (CELL + GAP);
    *y = MARGIN + cell / s->n_columns * (CELL + GAP + s->n_lines * LINE);
}

static agr_status sheet_add_picture(sheet *s, int64_t cell, const uint8_t *rgb, int64_t height,
                                    int64_t width, const char *title, agr_error *err)
{
    agr_text png = {0};
    agr_status status = agr_image_encode_png(rgb, (int)height, (int)width, &png, err);
    if (status == AGR_OK) {
        int x;
        int64_t y;
        sheet_place(s, cell, &x, &y);
        agr_text_add(&s->svg,
                     "<image x=\"%d\" y=\"%lld\" width=\"%d\" height=\"%d\" "
                     "xlink:href=\"data:image/png;base64,",
                     x, (long long)y, CELL, CELL);
        agr_text_add_base64(&s->svg, png.data, png.length);
        agr_text_add(&s->svg, "\"><title>");
        chart_add_escaped(&s->svg, title);
        agr_text_add(&s->svg, "</title></image>\n");
    }
    agr_text_release(&png);
    return status;
}

static void sheet_add_line(sheet *s, int64_t cell, int line, const char *text)
{
    int x;
    int64_t y;
    sheet_place(s, cell, &x, &y);
    agr_text_add(&s->svg, "<text x=\"%d\" y=\"%lld\">", x,
                 (long long)y + CELL + (line + 1) * LINE - 1);
    chart_add_escaped(&s->svg, text);
    agr_text_add(&s->svg, "</text>\n");
}

static agr_status sheet_end(sheet *s, agr_status status, const char *folder, const char *name,
                            agr_error *err)
{
    agr_text_add(&s->svg, "</svg>\n");
    if (status == AGR_OK)
        status = write_svg(folder, name, &s->svg, err);
    agr_text_release(&s->svg);
    return status;
}

static void describe_label(const agr_label_facts *label, int64_t picture, char text[100])
{
    const float value = label->column->values[picture];
    if (isnan(value))
        snprintf(text, 100, "%.40s: -", label->column->name);
    else if (label->has_classes)
        snprintf(text, 100, "%.40s: %.50s", label->column->name,
                 label->column->classes[(int)value]);
    else
        snprintf(text, 100, "%.40s: %g", label->column->name, (double)value);
}

/* Picture `index` of n spread evenly over the set. */
static int64_t spread(const agr_dataset_facts *all, int64_t index, int64_t n)
{
    return index * agr_dataset_count(all->dataset) / n;
}

static int64_t bounded(const agr_dataset_facts *all, int64_t n)
{
    const int64_t count = agr_dataset_count(all->dataset);
    return n < count ? n : count;
}

agr_status inspect_write_samples(const agr_dataset_facts *all, const char *folder,
                                 int64_t n_samples, agr_error *err)
{
    enum { COLUMNS = 8 };
    const agr_dataset *dataset = all->dataset;
    const int64_t n = bounded(all, n_samples);
    sheet s;
    sheet_begin(&s, n < COLUMNS ? (int)n : COLUMNS, (n + COLUMNS - 1) / COLUMNS, all->n_labels);
    agr_status status = AGR_OK;
    for (int64_t cell = 0; cell < n && status == AGR_OK; cell++) {
        const int64_t picture = spread(all, cell, n);
        status = sheet_add_picture(&s, cell, agr_dataset_image(dataset, picture),
                                   agr_dataset_height(dataset), agr_dataset_width(dataset),
                                   agr_dataset_name(dataset, picture), err);
        for (int i = 0; i < all->n_labels; i++) {
            char text[100];
            describe_label(&all->label[i], picture, text);
            sheet_add_line(&s, cell, i, text);
        }
    }
    return sheet_end(&s, status, folder, "samples", err);
}

/* One picture as training would see it in this epoch. */
static agr_status add_augmented(sheet *s, int64_t cell, const agr_image_set *set, int64_t picture,
                                uint32_t epoch, const agr_augment_ranges *ranges, uint64_t seed,
                                agr_error *err)
{
    const size_t n_values = (size_t)(set->height * set->width * 3);
    float *values = malloc(n_values * sizeof *values);
    uint8_t *rgb = malloc(n_values);
    agr_status status = AGR_OK;
    if (values == NULL || rgb == NULL) {
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate memory for a picture");
    } else {
        char title[32];
        snprintf(title, sizeof title, "epoch %u", epoch);
        const agr_draw_address address = {.epoch = epoch, .sample = (uint32_t)picture};
        agr_batch_images(NULL, set, &address, 1, ranges, seed, values);
        for (size_t i = 0; i < n_values; i++)
            rgb[i] = (uint8_t)(255.0f * values[i] + 0.5f);
        status = sheet_add_picture(s, cell, rgb, set->height, set->width, title, err);
    }
    free(rgb);
    free(values);
    return status;
}

agr_status inspect_write_augmented(const agr_dataset_facts *all, const char *folder,
                                   int64_t n_samples, agr_error *err)
{
    enum { COLUMNS = 8 };
    agr_config config;
    AGR_TRY(agr_config_load(&config, NULL, NULL, 0, err));
    const agr_augment_ranges ranges = agr_augment_ranges_from(&config);
    const uint64_t seed = (uint64_t)config.seed;
    agr_config_release(&config);
    const agr_dataset *dataset = all->dataset;
    const agr_image_set set = {agr_dataset_image(dataset, 0), agr_dataset_count(dataset),
                               agr_dataset_height(dataset), agr_dataset_width(dataset)};
    const int64_t n = bounded(all, n_samples);
    sheet s;
    sheet_begin(&s, COLUMNS, n, 0);
    agr_status status = AGR_OK;
    for (int64_t row = 0; row < n && status == AGR_OK; row++) {
        const int64_t picture = spread(all, row, n);
        status = sheet_add_picture(&s, row * COLUMNS, agr_dataset_image(dataset, picture),
                                   set.height, set.width, agr_dataset_name(dataset, picture), err);
        for (int column = 1; column < COLUMNS && status == AGR_OK; column++)
            status = add_augmented(&s, row * COLUMNS + column, &set, picture, (uint32_t)column - 1,
                                   &ranges, seed, err);
    }
    return sheet_end(&s, status, folder, "augmented", err);
}
