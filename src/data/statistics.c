/* Counts, quantiles, histograms and the best guesses that do not look. */
#include <agr/data/statistics.h>

#include <agr/data/split.h>
#include <math.h>
#include <stdlib.h>

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* At `share` of the way through sorted values, between neighbours where it falls there. */
static double quantile(const float *sorted, int64_t n, double share)
{
    const double place = share * (double)(n - 1);
    const int64_t below = (int64_t)place;
    const int64_t above = below + 1 < n ? below + 1 : below;
    const double low = (double)sorted[below], high = (double)sorted[above];
    return low + (place - (double)below) * (high - low);
}

/* statistics->n values that are all labels; sorts them. */
static void describe(float *values, agr_number_statistics *statistics)
{
    const int64_t n = statistics->n;
    if (n == 0)
        return;
    qsort(values, (size_t)n, sizeof *values, ascending);
    double sum = 0;
    statistics->whole = true;
    for (int64_t i = 0; i < n; i++) {
        sum += (double)values[i];
        statistics->whole = statistics->whole && values[i] == floorf(values[i]);
    }
    statistics->mean = sum / (double)n;
    double squares = 0;
    for (int64_t i = 0; i < n; i++) {
        const double away = (double)values[i] - statistics->mean;
        squares += away * away;
    }
    statistics->deviation = sqrt(squares / (double)n);
    statistics->min = (double)values[0];
    statistics->max = (double)values[n - 1];
    statistics->low_tail = quantile(values, n, 0.05);
    statistics->high_tail = quantile(values, n, 0.95);
    statistics->lower_quartile = quantile(values, n, 0.25);
    statistics->median = quantile(values, n, 0.5);
    statistics->upper_quartile = quantile(values, n, 0.75);
}

static agr_status new_values(int64_t n, float **values, agr_error *err)
{
    *values = malloc((size_t)(n > 0 ? n : 1) * sizeof **values);
    if (*values == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for %lld labels",
                             (long long)n);
    return AGR_OK;
}

agr_status agr_number_statistics_of(const float *value, const int64_t *sample, int64_t n,
                                    agr_number_statistics *statistics, agr_error *err)
{
    *statistics = (agr_number_statistics){0};
    float *values;
    AGR_TRY(new_values(n, &values, err));
    for (int64_t i = 0; i < n; i++) {
        const float x = value[sample != NULL ? sample[i] : i];
        if (!isfinite(x))
            statistics->n_missing++;
        else
            values[statistics->n++] = x;
    }
    describe(values, statistics);
    free(values);
    return AGR_OK;
}

agr_status agr_number_statistics_within(const float *value, const float *class_value,
                                        int class_index, int64_t n,
                                        agr_number_statistics *statistics, agr_error *err)
{
    *statistics = (agr_number_statistics){0};
    float *values;
    AGR_TRY(new_values(n, &values, err));
    for (int64_t i = 0; i < n; i++) {
        if (isnan(class_value[i]) || (int)class_value[i] != class_index)
            continue;
        if (!isfinite(value[i]))
            statistics->n_missing++;
        else
            values[statistics->n++] = value[i];
    }
    describe(values, statistics);
    free(values);
    return AGR_OK;
}

/* The smallest 1, 2 or 5 times a power of ten with which low..high takes at most max_bins bins. */
static double nice_width(double low, double high, double smallest, int max_bins)
{
    static const double steps[3] = {1, 2, 5};
    for (double decade = smallest;; decade *= 10)
        for (int i = 0; i < 3; i++) {
            const double width = steps[i] * decade;
            if (floor(high / width) - floor(low / width) + 1 <= (double)max_bins)
                return width;
        }
}

void agr_histogram_of(const float *value, const int64_t *sample, int64_t n,
                      const agr_number_statistics *statistics, int max_bins,
                      agr_histogram *histogram)
{
    *histogram = (agr_histogram){.width = 1};
    if (statistics->n == 0)
        return;
    const double spread = fmax(statistics->max - statistics->min, fabs(statistics->max) * 1e-6);
    const double finest = statistics->whole ? 1
                          : spread > 0      ? pow(10, floor(log10(spread)) - 3)
                                            : 1;
    histogram->width = nice_width(statistics->min, statistics->max, finest, max_bins);
    const double first = floor(statistics->min / histogram->width);
    histogram->low = first * histogram->width;
    histogram->n_bins = (int)(floor(statistics->max / histogram->width) - first) + 1;
    for (int64_t i = 0; i < n; i++) {
        const float x = value[sample != NULL ? sample[i] : i];
        if (isfinite(x))
            histogram->count[(int)(floor((double)x / histogram->width) - first)]++;
    }
}

void agr_class_statistics_of(const float *value, const int64_t *sample, int64_t n, int n_classes,
                             agr_class_statistics *statistics)
{
    *statistics = (agr_class_statistics){.n_classes = n_classes};
    for (int64_t i = 0; i < n; i++) {
        const float x = value[sample != NULL ? sample[i] : i];
        if (!isfinite(x)) {
            statistics->n_missing++;
            continue;
        }
        statistics->n++;
        statistics->count[(int)x]++;
    }
    for (int c = 1; c < n_classes; c++) {
        if (statistics->count[c] > statistics->count[statistics->largest])
            statistics->largest = c;
        if (statistics->count[c] < statistics->count[statistics->smallest])
            statistics->smallest = c;
    }
}

static double mean_distance(const float *value, const int64_t *sample, int64_t n, double guess,
                            int64_t *n_labelled)
{
    double sum = 0;
    *n_labelled = 0;
    for (int64_t i = 0; i < n; i++) {
        const double x = (double)value[sample[i]];
        if (!isfinite(x))
            continue;
        sum += fabs(x - guess);
        (*n_labelled)++;
    }
    return *n_labelled > 0 ? sum / (double)*n_labelled : 0;
}

agr_status agr_baseline_of(const agr_dataset *dataset, const agr_label_column *column,
                           agr_baseline *baseline, agr_error *err)
{
    *baseline = (agr_baseline){.part = AGR_SPLIT_VALIDATION};
    int64_t n_train, n_judged;
    const int64_t *train = agr_dataset_split_indices(dataset, AGR_SPLIT_TRAIN, &n_train);
    const int64_t *judged = agr_dataset_split_indices(dataset, AGR_SPLIT_VALIDATION, &n_judged);
    if (n_judged == 0) {
        baseline->part = AGR_SPLIT_TRAIN;
        judged = train;
        n_judged = n_train;
    }
    if (column->kind == AGR_LABEL_CLASS) {
        agr_class_statistics learned, seen;
        agr_class_statistics_of(column->values, train, n_train, column->n_classes, &learned);
        agr_class_statistics_of(column->values, judged, n_judged, column->n_classes, &seen);
        baseline->guess = learned.largest;
        baseline->n = seen.n;
        baseline->possible = learned.n > 0 && seen.n > 0;
        if (baseline->possible)
            baseline->score = (double)seen.count[learned.largest] / (double)seen.n;
        return AGR_OK;
    }
    agr_number_statistics learned;
    AGR_TRY(agr_number_statistics_of(column->values, train, n_train, &learned, err));
    baseline->guess = learned.median;
    baseline->score = mean_distance(column->values, judged, n_judged, learned.median, &baseline->n);
    baseline->possible = learned.n > 0 && baseline->n > 0;
    return AGR_OK;
}

static bool differ_in_a_label(const agr_dataset *dataset, int64_t a, int64_t b)
{
    for (int i = 0; i < agr_dataset_n_labels(dataset); i++) {
        const float x = agr_dataset_label(dataset, i)->values[a],
                    y = agr_dataset_label(dataset, i)->values[b];
        if (isnan(x) != isnan(y) || (!isnan(x) && x != y))
            return true;
    }
    return false;
}

static void report_group(const agr_dataset *dataset, const int64_t *member, int64_t n,
                         agr_copies_report *report)
{
    int64_t odd = -1;
    bool across = false;
    for (int64_t i = 1; i < n; i++) {
        if (odd < 0 && differ_in_a_label(dataset, member[0], member[i]))
            odd = member[i];
        across = across || agr_dataset_split_of(dataset, member[i]) !=
                               agr_dataset_split_of(dataset, member[0]);
    }
    report->n_groups++;
    report->n_copies += n - 1;
    report->n_across += across;
    if (odd < 0)
        return;
    report->n_conflicts++;
    if (report->n_listed < AGR_COPIES_LISTED) {
        report->listed[report->n_listed][0] = member[0];
        report->listed[report->n_listed++][1] = odd;
    }
}

agr_status agr_copies_report_of(const agr_dataset *dataset, agr_copies_report *report,
                                agr_error *err)
{
    *report = (agr_copies_report){0};
    const uint64_t *hashes = agr_dataset_content_hashes(dataset);
    if (hashes == NULL)
        return AGR_OK;
    agr_copies copies;
    AGR_TRY(agr_copies_create(hashes, agr_dataset_count(dataset), &copies, err));
    report->known = true;
    for (int64_t g = 0; g < copies.n_groups; g++)
        if (agr_copies_size(&copies, g) > 1)
            report_group(dataset, copies.member + copies.begin[g], agr_copies_size(&copies, g),
                         report);
    agr_copies_release(&copies);
    return AGR_OK;
}
