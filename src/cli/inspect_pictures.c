/* What was gathered about a dataset, in pictures: charts, a sheet of samples, augmented ones. */
#include "inspect.h"

#include <agr/data/batch.h>
#include <agr/data/mixup.h>
#include <agr/report/chart.h>
#include <agr/report/sheet.h>
#include <agr/train/feed.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- charts ---- */

static agr_status plot_label(const agr_dataset_facts *all, const agr_label_facts *label,
                             const char *folder, agr_error *err)
{
    agr_text svg = {0};
    if (label->has_classes) {
        agr_chart_classes(&svg, label->column->name, label->column->classes, &label->classes);
    } else {
        enum { BINS = 120 };
        agr_histogram histogram;
        agr_histogram_of(label->column->values, NULL, agr_dataset_count(all->dataset),
                         &label->number, BINS, &histogram);
        agr_chart_histogram(&svg, label->column->name, &label->number, &histogram);
    }
    const agr_status status = inspect_write_svg(folder, label->column->name, &svg, err);
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
        agr_chart_boxes(&svg, title, n, classes->column->classes, box);
        status = inspect_write_svg(folder, name, &svg, err);
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

/* Writes the sheet, which ends here in every case. */
static agr_status write_sheet(agr_sheet *sheet, agr_status status, const char *folder,
                              const char *name, agr_error *err)
{
    agr_text svg = {0};
    agr_sheet_end(sheet, &svg);
    if (status == AGR_OK)
        status = inspect_write_svg(folder, name, &svg, err);
    agr_text_release(&svg);
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

/* With its labels. */
static agr_status add_sample(const agr_dataset_facts *all, agr_sheet *sheet, int64_t picture,
                             agr_error *err)
{
    const agr_dataset *dataset = all->dataset;
    char(*words)[100] = calloc((size_t)all->n_labels + 1, sizeof *words);
    const char **line = calloc((size_t)all->n_labels + 1, sizeof *line);
    agr_status status = AGR_OK;
    if (words == NULL || line == NULL)
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate memory for a picture");
    for (int i = 0; i < all->n_labels && status == AGR_OK; i++) {
        describe_label(&all->label[i], picture, words[i]);
        line[i] = words[i];
    }
    if (status == AGR_OK)
        status = agr_sheet_add(sheet, agr_dataset_image(dataset, picture),
                               agr_dataset_height(dataset), agr_dataset_width(dataset),
                               agr_dataset_name(dataset, picture), line, err);
    free(words);
    free(line);
    return status;
}

agr_status inspect_write_samples(const agr_dataset_facts *all, const char *folder,
                                 int64_t n_samples, agr_error *err)
{
    enum { COLUMNS = 8 };
    const agr_dataset *dataset = all->dataset;
    const int64_t n = bounded(all, n_samples);
    char note[160];
    snprintf(note, sizeof note, "%lld of %lld pictures, spread evenly over the set", (long long)n,
             (long long)agr_dataset_count(dataset));
    agr_sheet sheet;
    agr_sheet_begin(&sheet, "Samples", note, COLUMNS, all->n_labels);
    agr_status status = AGR_OK;
    for (int64_t cell = 0; cell < n && status == AGR_OK; cell++)
        status = add_sample(all, &sheet, spread(all, cell, n), err);
    return write_sheet(&sheet, status, folder, "samples", err);
}

/* What training makes of pictures. */
typedef struct {
    const agr_dataset *dataset;
    agr_image_set set;
    const agr_config *config;
    const int64_t *partner; /* [n_partners]: who they may be mixed with */
    int64_t n_partners;
} training_view;

static training_view view_of(const agr_dataset *dataset, const agr_config *config)
{
    training_view view = {
        .dataset = dataset,
        .set = {agr_dataset_image(dataset, 0), agr_dataset_count(dataset),
                agr_dataset_height(dataset), agr_dataset_width(dataset)},
        .config = config,
    };
    view.partner = agr_dataset_split_indices(dataset, AGR_SPLIT_TRAIN, &view.n_partners);
    return view;
}

static void fill_varied(const training_view *view, agr_draw_address address, float *values)
{
    const agr_augment_ranges ranges = agr_augment_ranges_from(view->config);
    agr_batch_images(NULL, &view->set, &address, 1, view->config->augment.enabled ? &ranges : NULL,
                     (uint64_t)view->config->seed, values);
}

/* The picture of this address as training sees it, in words too; `other` is room for a partner's. */
static void fill_as_trained(const training_view *view, agr_draw_address address, float *values,
                            float *other, char words[128])
{
    const agr_config *config = view->config;
    snprintf(words, 128, "epoch %u", address.epoch);
    fill_varied(view, address, values);
    if (!config->augment.enabled || config->augment.mixup == 0 || view->n_partners == 0)
        return;
    const agr_mixup_draw draw = agr_mixup_draw_at(
        (uint64_t)config->seed, address, config->augment.mixup, view->partner, view->n_partners);
    fill_varied(view, draw.partner, other);
    agr_mixup_blend(NULL, 1, view->set.height * view->set.width * 3, &draw.lambda, other, values);
    snprintf(words, 128, "epoch %u: %.3g of it, the rest %.60s", address.epoch, (double)draw.lambda,
             agr_dataset_name(view->dataset, draw.partner.sample));
}

/* One picture as training would see it in this epoch. */
static agr_status add_augmented(agr_sheet *sheet, const training_view *view, int64_t picture,
                                uint32_t epoch, agr_error *err)
{
    const size_t n_values = (size_t)(view->set.height * view->set.width * 3);
    float *values = malloc(2 * n_values * sizeof *values);
    uint8_t *rgb = malloc(n_values);
    agr_status status = AGR_OK;
    if (values == NULL || rgb == NULL) {
        status = agr_error_set(err, AGR_MEMORY, "cannot allocate memory for a picture");
    } else {
        char words[128];
        const agr_draw_address address = {.epoch = epoch, .sample = (uint32_t)picture};
        fill_as_trained(view, address, values, values + n_values, words);
        for (size_t i = 0; i < n_values; i++)
            rgb[i] = (uint8_t)(255.0f * values[i] + 0.5f);
        status = agr_sheet_add(sheet, rgb, view->set.height, view->set.width, words, NULL, err);
    }
    free(rgb);
    free(values);
    return status;
}

agr_status inspect_write_augmented(const agr_dataset_facts *all, const char *folder,
                                   int64_t n_samples, const agr_config *config, agr_error *err)
{
    enum { COLUMNS = 8 };
    const agr_dataset *dataset = all->dataset;
    const training_view view = view_of(dataset, config);
    const int64_t n = bounded(all, n_samples);
    agr_sheet sheet;
    agr_sheet_begin(&sheet, "Augmented",
                    "each picture, and what training sees of it in its first epochs", COLUMNS, 0);
    agr_status status = AGR_OK;
    for (int64_t row = 0; row < n && status == AGR_OK; row++) {
        const int64_t picture = spread(all, row, n);
        status = agr_sheet_add(&sheet, agr_dataset_image(dataset, picture), view.set.height,
                               view.set.width, agr_dataset_name(dataset, picture), NULL, err);
        for (int column = 1; column < COLUMNS && status == AGR_OK; column++)
            status = add_augmented(&sheet, &view, picture, (uint32_t)column - 1, err);
    }
    return write_sheet(&sheet, status, folder, "augmented", err);
}
