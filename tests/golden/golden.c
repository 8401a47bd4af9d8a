#include "golden.h"

#include "network_impl.h"
#include "test_network.h"
#include "test.h"

/* ---- arrays ---- */

void golden_add(golden_set *golden, golden_array array)
{
    if (golden->n_arrays == golden->capacity) {
        golden->capacity = 2 * golden->capacity + 64;
        golden->array = realloc(golden->array, (size_t)golden->capacity * sizeof *golden->array);
        assert_non_null(golden->array);
    }
    golden->array[golden->n_arrays++] = array;
}

void golden_release(golden_set *golden)
{
    for (int i = 0; i < golden->n_arrays; i++) {
        free(golden->array[i].data);
        free(golden->array[i].text);
    }
    free(golden->array);
    memset(golden, 0, sizeof *golden);
}

const golden_array *golden_find(const golden_set *golden, const char *format, ...)
{
    char name[2 * GOLDEN_NAME_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(name, sizeof name, format, arguments);
    va_end(arguments);
    for (int i = 0; i < golden->n_arrays; i++)
        if (strcmp(golden->array[i].name, name) == 0)
            return &golden->array[i];
    return NULL;
}

/* A file is a sequence of `name type dimension...\n` and the raw little-endian values; type f4, f8,
 * u1, or s (text, its length as the only dimension). */
static bool read_array(FILE *file, golden_set *golden)
{
    char line[512], type[4];
    int used;
    golden_array array = {.count = 1};
    if (fgets(line, sizeof line, file) == NULL)
        return false;
    assert_int_equal(sscanf(line, "%159s %3s%n", array.name, type, &used), 2);
    long long size;
    for (const char *rest = line + used; sscanf(rest, "%lld%n", &size, &used) == 1; rest += used) {
        array.shape[array.n_dimensions++] = size;
        array.count *= (size_t)size;
    }
    if (type[0] == 's') {
        array.text = calloc(array.count + 1, 1);
        assert_int_equal(fread(array.text, 1, array.count, file), array.count);
    } else {
        const size_t item = (size_t)(type[1] - '0');
        char *raw = malloc(array.count * item);
        array.data = malloc(array.count * sizeof *array.data);
        assert_int_equal(fread(raw, item, array.count, file), array.count);
        for (size_t i = 0; i < array.count; i++)
            array.data[i] = item == 1   ? (double)((const uint8_t *)raw)[i]
                            : item == 4 ? (double)((const float *)(const void *)raw)[i]
                                        : ((const double *)(const void *)raw)[i];
        free(raw);
    }
    golden_add(golden, array);
    return true;
}

void golden_read(golden_set *golden, const char *path)
{
    memset(golden, 0, sizeof *golden);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("cannot open '%s'", path);
    while (read_array(file, golden))
        continue;
    fclose(file);
}

/* ---- reports ---- */

static golden_line *find_line(golden_report *report, const char *what)
{
    for (int i = 0; i < report->n_lines; i++)
        if (strcmp(report->line[i].what, what) == 0)
            return &report->line[i];
    assert_true(report->n_lines < GOLDEN_MAX_LINES);
    golden_line *line = &report->line[report->n_lines++];
    snprintf(line->what, sizeof line->what, "%s", what);
    line->tolerance = 1;
    return line;
}

void golden_note(golden_report *report, const char *what, const char *where, double error,
                 double tolerance)
{
    golden_line *line = find_line(report, what);
    line->n_arrays++;
    if (line->n_arrays > 1 && error / tolerance <= line->worst / line->tolerance)
        return;
    line->worst = error;
    line->tolerance = tolerance;
    snprintf(line->where, sizeof line->where, "%s", where);
}

double golden_worst(const golden_report *report)
{
    double worst = 0;
    for (int i = 0; i < report->n_lines; i++) {
        const double share = report->line[i].worst / report->line[i].tolerance;
        if (!(share <= worst))
            worst = share;
    }
    return worst;
}

void golden_compare(golden_report *report, const char *what, const char *where, const float *a,
                    const double *b, size_t n, double tolerance)
{
    double difference = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = fabs((double)a[i] - b[i]);
        if (!(d <= difference))
            difference = d;
        largest = fmax(largest, fabs(b[i]));
    }
    golden_note(report, what, where, largest > 0 ? difference / largest : difference, tolerance);
}

void golden_compare_number(golden_report *report, const char *what, const char *where, double a,
                           double b, double tolerance)
{
    golden_note(report, what, where, fabs(a - b) / fmax(fabs(b), 1e-30), tolerance);
}

const char *golden_algorithm_name(agr_conv_algorithm algorithm)
{
    static const char *const names[] = {"auto", "direct", "winograd", "im2col"};
    return names[algorithm];
}
