/*
 * Holds networks, losses and the optimiser against a folder of HDF5 references (layout
 * agr-golden-1):
 *
 *     run_outside FOLDER [-v] [NAME]      -v: every variant; NAME: this reference alone
 *
 * for every instruction set of this processor and every algorithm of the convolutions. Prints the
 * worst error of each quantity beside its tolerance; exits 1 when one is larger, 77 (skipped)
 * without a folder. A file that is not in the folder is left out and named.
 */
#include "golden.h"

#include "openblas.h"

#include "test_network.h"
#include "test.h"

#include <cjson/cJSON.h>
#include <hdf5.h>

#include <unistd.h>

#include <agr/kernels/isa.h>

enum { SKIPPED = 77 };

typedef struct {
    const char *folder;
    const char *only; /* this reference; NULL: all */
    bool verbose;
    cJSON *calibration;
    int n_failed;
} outside_session;

/* ---- HDF5 -> arrays ---- */

static herr_t add_dataset(hid_t file, const char *name, const H5L_info_t *link, void *context)
{
    (void)link;
    const hid_t dataset = H5Oopen(file, name, H5P_DEFAULT);
    if (H5Iget_type(dataset) != H5I_DATASET || strlen(name) >= GOLDEN_NAME_BYTES) {
        H5Oclose(dataset);
        return 0;
    }
    const hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    golden_array array = {.count = 1};
    hsize_t shape[H5S_MAX_RANK];
    snprintf(array.name, sizeof array.name, "%s", name);
    array.n_dimensions = H5Sget_simple_extent_dims(space, shape, NULL);
    const bool number = H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER;
    if (number && array.n_dimensions <= GOLDEN_MAX_DIMENSIONS) {
        for (int d = 0; d < array.n_dimensions; d++) {
            array.shape[d] = (int64_t)shape[d];
            array.count *= (size_t)shape[d];
        }
        array.data = malloc((array.count + 1) * sizeof *array.data);
        H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.data);
        golden_add(context, array);
    }
    H5Tclose(type);
    H5Sclose(space);
    H5Dclose(dataset);
    return 0;
}

/* A string attribute, of fixed or variable length; NULL when there is none. Caller frees. */
static char *read_text(hid_t object, const char *path, const char *name)
{
    if (H5Aexists_by_name(object, path, name, H5P_DEFAULT) <= 0)
        return NULL;
    const hid_t attribute = H5Aopen_by_name(object, path, name, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = H5Aget_type(attribute);
    char *text = NULL;
    if (H5Tis_variable_str(type) > 0) {
        char *borrowed = NULL;
        H5Aread(attribute, type, &borrowed);
        text = strdup(borrowed);
        free(borrowed);
    } else {
        const size_t size = H5Tget_size(type);
        text = calloc(size + 1, 1);
        H5Aread(attribute, type, text);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

static hid_t open_file(const outside_session *session, const char *name)
{
    char path[1024];
    if (session->only != NULL && strcmp(session->only, name) != 0 &&
        strcmp("chain_lr1e-5", name) != 0)
        return H5I_INVALID_HID;
    snprintf(path, sizeof path, "%s/%s.h5", session->folder, name);
    const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if (file < 0)
        printf("%-28s not in the folder, left out\n", name);
    return file;
}

/* Column `index` of `from` as an array of its own. */
static void add_column(golden_set *golden, const golden_array *from, int index, const char *name)
{
    const size_t n_rows = (size_t)from->shape[0], n_columns = (size_t)from->shape[1];
    golden_array array = {.n_dimensions = 1, .shape = {from->shape[0]}, .count = n_rows};
    snprintf(array.name, sizeof array.name, "%s", name);
    array.data = malloc(n_rows * sizeof *array.data);
    for (size_t r = 0; r < n_rows; r++)
        array.data[r] = from->data[r * n_columns + (size_t)index];
    golden_add(golden, array);
}

/* history "total,age_output,...,lr_t" -> <prefix>age_output, ... */
static void add_history(golden_set *golden, const char *history, char *columns, const char *prefix)
{
    char name[GOLDEN_NAME_BYTES], *rest = NULL;
    int index = 0;
    for (char *column = strtok_r(columns, ",", &rest); column != NULL;
         column = strtok_r(NULL, ",", &rest), index++) {
        snprintf(name, sizeof name, "%s%s", prefix, column);
        const golden_array *from = golden_find(golden, "%s", history);
        const golden_array copy = *from; /* adding may move it */
        add_column(golden, &copy, index, name);
    }
    free(columns);
}

/* ---- meta -> network ---- */

static void append(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(char **text, const char *format, ...)
{
    char piece[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    const size_t length = *text != NULL ? strlen(*text) : 0;
    *text = realloc(*text, length + strlen(piece) + 1);
    strcpy(*text + length, piece);
}

static const char *member_text(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
}

static int member_int(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(object, key);
    return cJSON_IsNumber(item) ? item->valueint : 0;
}

static void append_layer(char **yaml, const cJSON *layer, bool dropout)
{
    const char *type = member_text(layer, "t"), *name = member_text(layer, "n");
    const char *activation = member_text(layer, "a");
    if (activation == NULL)
        activation = "linear";
    if (strcmp(type, "dwconv") == 0)
        append(yaml, "{depthwise_conv2d: {name: %s, activation: relu}}, ", name);
    else if (strcmp(type, "conv") == 0)
        append(yaml, "{conv2d: {name: %s, filters: %d, activation: relu}}, ", name,
               member_int(layer, "f"));
    else if (strcmp(type, "bn") == 0)
        append(yaml, "{batch_normalization: {name: %s}}, ", name);
    else if (strcmp(type, "pool") == 0)
        append(yaml, "{max_pooling2d: {name: %s, pool_size: %d}}, ", name, member_int(layer, "k"));
    else if (strcmp(type, "drop") == 0)
        append(yaml, "{dropout: {name: %s, rate: %g}}, ", name, dropout ? 0.25 : 0.0);
    else if (strcmp(type, "flatten") == 0)
        append(yaml, "{flatten: {name: %s}}, ", name);
    else if (strcmp(type, "dense") == 0)
        append(yaml, "{dense: {name: %s, units: %d, activation: %s}}, ", name,
               member_int(layer, "u"), activation);
    else if (strstr(name, "_output") == NULL) /* a head's activation comes with its loss */
        append(yaml, "{activation: {name: %s, activation: %s}}, ", name, activation);
}

static void append_head(char **yaml, const cJSON *meta, const char *branch)
{
    static const char *const losses[][2] = {{"ce", "cross_entropy"},
                                            {"expected_mse", "expected_mse"},
                                            {"variance_mean", "variance"},
                                            {"mse_ce_log1p_mean", "mse_cross_entropy"}};
    const char *classes = member_text(meta, "ageK_loss");
    const char *loss = "sparse_categorical_crossentropy";
    const bool age = strcmp(branch, "age") == 0;
    if (age)
        loss = "mse";
    else if (strcmp(branch, "gender") == 0)
        loss = "binary_crossentropy";
    for (int i = 0; i < 4 && age && classes != NULL; i++)
        if (strcmp(classes, losses[i][0]) == 0)
            loss = losses[i][1];
    append(yaml, "], heads: [{name: %s_output, target: %s, loss: %s, weight: %s}]", branch, branch,
           loss, age ? "0.03" : "1");
}

static void add_networks(golden_set *golden, const cJSON *meta)
{
    const bool dropout = strcmp(member_text(meta, "dropout"), "none") != 0;
    const cJSON *branch;
    cJSON_ArrayForEach(branch, cJSON_GetObjectItem(meta, "layers"))
    {
        char *yaml = NULL;
        const cJSON *layer;
        append(&yaml, "layers: [");
        cJSON_ArrayForEach(layer, branch) append_layer(&yaml, layer, dropout);
        append_head(&yaml, meta, branch->string);
        golden_array array = {.text = yaml};
        snprintf(array.name, sizeof array.name, "network/%s", branch->string);
        golden_add(golden, array);
    }
}

/* ---- one reference ---- */

typedef struct {
    const outside_session *session;
    const char *file;
} calibration;

/* max(1e-4, 10 x what PyTorch in float32 is off). */
static double calibrated(const char *name, void *context)
{
    const calibration *where = context;
    double noise = 0;
    static const char *const suffixes[] = {"", "_grads"};
    for (int i = 0; i < 2; i++) {
        char key[256];
        snprintf(key, sizeof key, "%s%s", where->file, suffixes[i]);
        const cJSON *file = cJSON_GetObjectItemCaseSensitive(where->session->calibration, key);
        const cJSON *pair = cJSON_GetObjectItemCaseSensitive(file, name);
        if (cJSON_IsArray(pair))
            noise = cJSON_GetArrayItem(pair, 0)->valuedouble;
    }
    return fmax(1e-4, 10 * noise);
}

static void print_line(outside_session *session, const char *subject, const char *variant,
                       const golden_line *line)
{
    const bool fits = line->worst <= line->tolerance;
    if (!fits)
        session->n_failed++;
    printf("%-28s %-16s %-40s %4d  %9.2e  %9.2e  %s  %s\n", subject, variant, line->what,
           line->n_arrays, line->worst, line->tolerance, fits ? "ok  " : "FAIL", line->where);
}

/* Keeps for each quantity the worst of all variants. */
static void merge(golden_report *all, const golden_report *one, const char *variant,
                  char worst_variant[][40])
{
    for (int i = 0; i < one->n_lines; i++) {
        const int before = all->n_lines;
        golden_note(all, one->line[i].what, one->line[i].where, one->line[i].worst,
                    one->line[i].tolerance);
        int at = 0;
        while (strcmp(all->line[at].what, one->line[i].what) != 0)
            at++;
        if (before != all->n_lines || all->line[at].worst == one->line[i].worst)
            snprintf(worst_variant[at], 40, "%s", variant);
    }
}

static void check_branch(outside_session *session, const golden_set *golden, const char *file,
                         const char *branch)
{
    calibration context = {session, file};
    golden_report all = {0};
    char worst_variant[GOLDEN_MAX_LINES][40], subject[128];
    snprintf(subject, sizeof subject, "%s %s", file, branch);
    /* Direct first: its signs are what the others are compared with. */
    static const agr_conv_algorithm algorithms[] = {AGR_CONV_DIRECT, AGR_CONV_AUTO,
                                                    AGR_CONV_WINOGRAD, AGR_CONV_IM2COL};
    golden_signs signs = {0};
    for (int isa = AGR_ISA_GENERIC; isa <= (int)agr_isa_detect(); isa++)
        for (int a = 0; a < 4; a++) {
            const golden_run run = {.isa = (agr_isa)isa,
                                    .conv_algorithm = algorithms[a],
                                    .signs = &signs,
                                    .n_threads = 2,
                                    .micro_batch = 2,
                                    .gradient_tolerance = calibrated,
                                    .context = &context};
            char variant[40];
            snprintf(variant, sizeof variant, "%s %s", agr_isa_name(run.isa),
                     golden_algorithm_name(run.conv_algorithm));
            golden_report report = {0};
            golden_check_branch(golden, branch, &run, &report);
            for (int i = 0; i < report.n_lines && session->verbose; i++)
                print_line(session, subject, variant, &report.line[i]);
            merge(&all, &report, variant, worst_variant);
        }
    for (int i = 0; i < all.n_lines && !session->verbose; i++)
        print_line(session, subject, worst_variant[i], &all.line[i]);
    golden_signs_release(&signs);
    fflush(stdout);
}

/* The chained run has the arrays of the reference and its own losses. */
static void add_chain(const outside_session *session, golden_set *golden, const char *file)
{
    const hid_t chain = open_file(session, "chain_lr1e-5");
    static const char *const configs[] = {"age", "gender", "race", "tiny_all"};
    for (int i = 0; i < 4 && chain >= 0; i++) {
        char *base = read_text(chain, configs[i], "base");
        if (base != NULL && strcmp(base, file) == 0) {
            const hid_t group = H5Gopen2(chain, configs[i], H5P_DEFAULT);
            const int first = golden->n_arrays;
            H5Lvisit(group, H5_INDEX_NAME, H5_ITER_NATIVE, add_dataset, golden);
            for (int a = first; a < golden->n_arrays; a++) {
                char name[GOLDEN_NAME_BYTES];
                snprintf(name, sizeof name, "chain/%.150s", golden->array[a].name);
                strcpy(golden->array[a].name, name);
            }
            add_history(golden, "chain/history", read_text(chain, configs[i], "columns"),
                        "chain/loss_");
            H5Gclose(group);
        }
        free(base);
    }
    if (chain >= 0)
        H5Fclose(chain);
}

static void check_file(outside_session *session, const char *name)
{
    static const char *const parts[] = {"", "_grads", "_step1"}; /* of a reference in pieces */
    golden_set golden = {0};
    const hid_t file = open_file(session, name);
    if (file < 0)
        return;
    cJSON *meta = NULL;
    for (int p = 0; p < 3; p++) {
        char part[256];
        snprintf(part, sizeof part, "%s/%s%s.h5", session->folder, name, parts[p]);
        if (p > 0 && access(part, R_OK) != 0)
            continue;
        const hid_t piece = H5Fopen(part, H5F_ACC_RDONLY, H5P_DEFAULT);
        H5Lvisit(piece, H5_INDEX_NAME, H5_ITER_NATIVE, add_dataset, &golden);
        H5Fclose(piece);
    }
    char *text = read_text(file, ".", "meta");
    meta = cJSON_Parse(text);
    free(text);
    add_networks(&golden, meta);
    add_history(&golden, "history/loss", read_text(file, "history/loss", "columns"),
                "history/loss_");
    add_chain(session, &golden, name);
    const cJSON *branch;
    cJSON_ArrayForEach(branch, cJSON_GetObjectItem(meta, "branches"))
        check_branch(session, &golden, name, branch->valuestring);
    cJSON_Delete(meta);
    golden_release(&golden);
    H5Fclose(file);
}

/* ---- the optimiser alone ---- */

static void compare_adam(golden_report *report, const golden_set *golden, int k, const float *w,
                         const float *m, const float *v, size_t n)
{
    const size_t row = (size_t)k * n;
    const double *reference_w = golden_find(golden, "f64/w")->data + row;
    const double *reference_m = golden_find(golden, "f64/m")->data;
    const double *reference_v = golden_find(golden, "f64/v")->data + row;
    const size_t n_steps = (size_t)golden_find(golden, "f64/m")->shape[0];
    double worst_w = 0, worst_m = 0, worst_v = 0;
    for (size_t i = 0; i < n; i++) {
        double largest = 1e-30; /* of m in this column */
        for (size_t s = 0; s < n_steps; s++)
            largest = fmax(largest, fabs(reference_m[s * n + i]));
        worst_w = fmax(worst_w, fabs((double)w[i] - reference_w[i]));
        worst_m = fmax(worst_m, fabs((double)m[i] - reference_m[row + i]) / largest);
        /* Squares below the smallest normal float have few digits. */
        if (reference_v[i] > 1e-30)
            worst_v = fmax(worst_v, fabs((double)v[i] - reference_v[i]) / reference_v[i]);
    }
    golden_note(report, "Adam: w, absolute", "f64/w", worst_w, 2e-7);
    golden_note(report, "Adam: m, of its column's largest", "f64/m", worst_m, 1e-5);
    golden_note(report, "Adam: v, relative", "f64/v", worst_v, 1e-5);
}

static void check_adam(outside_session *session)
{
    golden_set golden = {0};
    const hid_t file = open_file(session, "adam_unit");
    if (file < 0)
        return;
    H5Lvisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, add_dataset, &golden);
    H5Fclose(file);
    const golden_array *w0 = golden_find(&golden, "w0"), *grads = golden_find(&golden, "grads");
    const size_t n = w0->count;
    for (int isa = AGR_ISA_GENERIC; isa <= (int)agr_isa_detect(); isa++) {
        agr_kernels_select((agr_isa)isa);
        test_network test;
        const test_network_want want = {
            .yaml = "layers: [{flatten: {}}, {dense: {name: d, units: 1}}], "
                    "heads: [{name: h, target: t, loss: mse, weight: 1}]",
            .input = {1, 1, (int64_t)n},
            .max_images = 1,
            .micro_batch = 1,
        };
        test_network_open(&test, &want);
        const agr_parameter *kernel = test_network_parameter(test.network, "d", "kernel");
        const agr_optimiser optimiser = {
            .kind = agr_optimiser_find("adam"),
            .schedule = {.kind = AGR_SCHEDULE_KERAS, .lr = 0.005, .decay = 0.005 / 50},
            .beta_1 = 0.9,
            .beta_2 = 0.999,
            .epsilon = 1e-7};
        agr_optimiser_state state = {0};
        golden_report report = {0};
        for (size_t i = 0; i < n; i++)
            kernel->value[i] = (float)w0->data[i];
        for (int k = 0; k < (int)grads->shape[0]; k++) {
            for (size_t i = 0; i < n; i++)
                kernel->gradient.row[i] = (float)grads->data[(size_t)k * n + i];
            agr_optimiser_apply(&optimiser, &state, test.network);
            compare_adam(&report, &golden, k, kernel->value, kernel->slot[0], kernel->slot[1], n);
        }
        for (int i = 0; i < report.n_lines; i++)
            print_line(session, "adam_unit", agr_isa_name((agr_isa)isa), &report.line[i]);
        test_network_close(&test);
    }
    golden_release(&golden);
}

/* ---- the losses of numbers as classes ---- */

typedef struct {
    const char *reference, *loss, *log1p;
} loss_name;

static bool all_finite(const golden_array *array)
{
    for (size_t i = 0; i < array->count; i++)
        if (!isfinite(array->data[i]))
            return false;
    return true;
}

static void check_loss(golden_report *report, const golden_set *golden, const char *test,
                       const loss_name *name, int jbase)
{
    const golden_array *logits = golden_find(golden, "%s/logits", test);
    const golden_array *labels = golden_find(golden, "%s/age", test);
    const golden_array *loss = golden_find(golden, "%s/%s_j%d/loss", test, name->reference, jbase);
    const golden_array *dlogits =
        golden_find(golden, "%s/%s_j%d/dlogits", test, name->reference, jbase);
    if (loss == NULL || !all_finite(loss) || !all_finite(dlogits))
        return; /* the literal formula is not defined there */
    agr_error err;
    const size_t n = labels->count, count = logits->count;
    agr_head_config head = {.name = "head", .target = "label", .weight = 1};
    snprintf(head.loss, sizeof head.loss, "%s", name->loss);
    head.options = (agr_options){.subject = "head", .source = "run_outside", .n_options = 2};
    head.options.option[0] = (agr_option){.key = "jbase"};
    snprintf(head.options.option[0].value, 16, "%d", jbase);
    head.options.option[1] = (agr_option){.key = "log1p"};
    snprintf(head.options.option[1].value, 16, "%s", name->log1p);
    agr_loss configured;
    assert_ok(agr_loss_configure(&configured, &head, logits->shape[1], NULL, 0, &err), err);
    float *z = malloc(count * sizeof *z), *dz = malloc(count * sizeof *dz);
    float *y = malloc(n * sizeof *y);
    double *losses = malloc(n * sizeof *losses), mean = 0;
    for (size_t i = 0; i < count; i++)
        z[i] = (float)logits->data[i];
    for (size_t i = 0; i < n; i++)
        y[i] = (float)labels->data[i];
    const agr_loss_rows rows = {.n_rows = (int64_t)n,
                                .n_columns = logits->shape[1],
                                .z = z,
                                .target = y,
                                .gradient_scale = 1 / (float)n,
                                .loss = losses,
                                .dz = dz};
    agr_loss_evaluate(&configured, &rows);
    for (size_t i = 0; i < n; i++)
        mean += losses[i] / (double)n;
    golden_compare_number(report, "losses", loss->name, mean, loss->data[0], 1e-6);
    golden_compare(report, "gradients of losses", dlogits->name, dz, dlogits->data, count, 1e-6);
    free(z);
    free(dz);
    free(y);
    free(losses);
}

static void check_losses(outside_session *session)
{
    static const loss_name names[] = {{"ce", "cross_entropy", "true"},
                                      {"expected_mse", "expected_mse", "true"},
                                      {"variance_mean", "variance", "true"},
                                      {"mse_ce_log1p_mean", "mse_cross_entropy", "true"},
                                      {"mse_ce_raw_mean", "mse_cross_entropy", "false"}};
    static const char *const tests[] = {"A", "B", "C", "D"};
    golden_set golden = {0};
    golden_report report = {0};
    const hid_t file = open_file(session, "ext_losses");
    if (file < 0)
        return;
    H5Lvisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, add_dataset, &golden);
    H5Fclose(file);
    for (int t = 0; t < 4; t++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            for (int jbase = 0; jbase < 2; jbase++)
                if (jbase > 0 || strcmp(names[i].log1p, "true") == 0)
                    check_loss(&report, &golden, tests[t], &names[i], jbase);
    for (int i = 0; i < report.n_lines; i++)
        print_line(session, "ext_losses", "", &report.line[i]);
    golden_release(&golden);
}

/* ---- */

static cJSON *read_calibration(const char *folder)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/calibration.json", folder);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    char *text = calloc(1, 1 << 24);
    const size_t n = fread(text, 1, (1 << 24) - 1, file);
    fclose(file);
    cJSON *json = cJSON_ParseWithLength(text, n);
    free(text);
    return json;
}

static void check_everything(void **state)
{
    static const char *const files[] = {"tiny_all_b5",
                                        "tiny_all_b5_kerasinit",
                                        "tiny_all_b1_nodrop",
                                        "tiny_age_b4",
                                        "tiny_ageK17_ce_b4",
                                        "tiny_ageK17_expected_mse_b4",
                                        "tiny_ageK17_variance_mean_b4",
                                        "tiny_ageK17_mse_ce_log1p_mean_b4",
                                        "gender_b8",
                                        "race_b8",
                                        "age_b2"};
    outside_session *session = *state;
    printf("%-28s %-16s %-40s %4s  %9s  %9s\n", "reference", "variant", "quantity", "", "error",
           "tolerance");
    check_adam(session);
    check_losses(session);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        check_file(session, files[i]);
    assert_int_equal(session->n_failed, 0);
}

int main(int argc, char **argv)
{
    outside_session session = {.folder = getenv("AGR_GOLDEN_DIR")};
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-v") == 0)
            session.verbose = true;
        else if (i == 1)
            session.folder = argv[i];
        else
            session.only = argv[i];
    if (session.folder == NULL || session.folder[0] == '\0') {
        printf("no folder given, and AGR_GOLDEN_DIR is not set\n");
        return SKIPPED;
    }
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    session.calibration = read_calibration(session.folder);
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(check_everything, &session)};
    const int result =
        cmocka_run_group_tests_name("golden.outside", tests, test_load_openblas, NULL);
    cJSON_Delete(session.calibration);
    return result;
}
