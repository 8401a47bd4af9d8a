/* agr-mpi prepare: from folders of pictures to a dataset, and the report of it. */
#include "cli.h"
#include "options.h"
#include "progress.h"
#include "setup.h"
#include "stop.h"

#include <agr/comm/cores.h>
#include <agr/comm/world.h>
#include <agr/data/prepare.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char default_folder[] = "datasets";
static const char default_output[] = "datasets/faces.h5";

static const char default_path_column[] = "path";

/* ---- --classes COLUMN=A,B,... ---- */

typedef struct {
    int n;
    agr_class_order order[AGR_LABELS_MAX_COLUMNS];
} class_orders;

static void class_orders_release(class_orders *orders)
{
    for (int i = 0; i < orders->n; i++) {
        for (int c = 0; c < orders->order[i].n_classes; c++)
            free(orders->order[i].class_name[c]);
        free(orders->order[i].class_name);
    }
    orders->n = 0;
}

static agr_status add_class(agr_class_order *order, const char *name, size_t length, agr_error *err)
{
    if (length == 0)
        return agr_error_set(err, AGR_USAGE, "--classes %s: empty class name", order->column);
    for (int c = 0; c < order->n_classes; c++)
        if (strlen(order->class_name[c]) == length &&
            memcmp(order->class_name[c], name, length) == 0)
            return agr_error_set(err, AGR_USAGE, "--classes %s: class '%s' is there twice",
                                 order->column, order->class_name[c]);
    char *copy = strndup(name, length);
    if (copy == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for class names");
    order->class_name[order->n_classes++] = copy;
    return AGR_OK;
}

/* COLUMN=A,B,... */
static agr_status read_class_order(const char *text, agr_class_order *order, agr_error *err)
{
    *order = (agr_class_order){0};
    const size_t length = strcspn(text, "=");
    if (length == 0 || text[length] == '\0')
        return agr_error_set(err, AGR_USAGE, "--classes: expected COLUMN=A,B,..., found '%s'",
                             text);
    if (length >= sizeof order->column)
        return agr_error_set(err, AGR_USAGE, "--classes: name of '%.40s...' is too long", text);
    memcpy(order->column, text, length);
    const char *list = text + length + 1;
    size_t n = 1;
    for (const char *c = list; *c != '\0'; c++)
        n += *c == ',';
    order->class_name = calloc(n, sizeof *order->class_name);
    if (order->class_name == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for class names");
    for (size_t i = 0; i < n; i++) {
        const size_t class_length = strcspn(list, ",");
        AGR_TRY(add_class(order, list, class_length, err));
        list += class_length + (list[class_length] == ',');
    }
    return AGR_OK;
}

static agr_status read_class_orders(const cli_overrides *given, class_orders *orders,
                                    agr_error *err)
{
    for (int i = 0; i < given->n; i++) {
        if (orders->n == AGR_LABELS_MAX_COLUMNS)
            return agr_error_set(err, AGR_USAGE, "--classes given more than %d times",
                                 AGR_LABELS_MAX_COLUMNS);
        AGR_TRY(read_class_order(given->item[i].value, &orders->order[orders->n++], err));
    }
    return AGR_OK;
}

/* ---- the report ---- */

static void print_rejects(const agr_prepare_report *report)
{
    if (report->n_rejects == 0) {
        printf("rejects      none\n");
        return;
    }
    printf("rejects      %lld, listed in %s\n", (long long)report->n_rejects, report->rejects_path);
    for (int i = 0; i < report->n_reasons; i++) {
        printf("  %8lld   %s", (long long)report->reason[i].count, report->reason[i].reason);
        if (report->reason[i].remedy[0] != '\0')
            printf(" (%s)", report->reason[i].remedy);
        putchar('\n');
    }
}

static void print_copies(const agr_prepare_report *report, const agr_prepare_options *options)
{
    printf("copies       %lld groups of equal files, %lld images beyond the first of each\n",
           (long long)report->n_copy_groups, (long long)report->n_copies);
    if (report->n_conflicts == 0)
        return;
    printf("conflicts    %lld of these groups have copies with different labels (%s)\n",
           (long long)report->n_conflicts,
           options->duplicates == AGR_DUPLICATES_KEEP ? "kept" : "dropped");
    for (int i = 0; i < report->n_listed; i++)
        printf("             %s\n", report->conflict[i]);
    if (report->n_conflicts > report->n_listed)
        printf("             and %lld more\n", (long long)(report->n_conflicts - report->n_listed));
}

static void print_report(const agr_prepare_report *report, const agr_prepare_options *options,
                         int n_ranks)
{
    printf("dataset      %s: %lld images of %dx%d\n", options->output, (long long)report->n_images,
           options->size, options->size);
    printf("files        %lld looked at, %lld ignored (hidden files, tables, texts)\n",
           (long long)report->n_files, (long long)report->n_ignored);
    for (int i = 0; i < report->n_columns; i++)
        printf("%-12s %s\n", i == 0 ? "labels" : "", report->column[i]);
    print_rejects(report);
    print_copies(report, options);
    if (report->n_constant > 0)
        printf("one colour   %lld images show nothing, for example %s\n",
               (long long)report->n_constant, report->first_constant);
    printf("split        %lld train, %lld validation, %lld test\n", (long long)report->n_part[0],
           (long long)report->n_part[1], (long long)report->n_part[2]);
    printf("rate         %.0f images/s (%.2f s, of which %.2f s decoding; %d x %d threads)\n",
           (double)report->n_images / report->elapsed_s, report->elapsed_s, report->decode_s,
           n_ranks, options->n_threads);
}

/* ---- the command ---- */

static void show_progress(void *context, int64_t n_done, int64_t n_files)
{
    cli_progress_update(context, n_done, n_files);
}

/* Threads of this rank: its own cores where every rank has its own, else a share of the node's. */
static agr_status choose_threads(agr_world *world, int64_t asked, int *n_threads, agr_error *err)
{
    agr_cores cores;
    AGR_TRY(agr_cores_gather(world, &cores, err));
    const int n_shared = cores.n_node / agr_world_node_size(world);
    *n_threads = asked > 0 ? (int)asked : cores.disjoint ? cores.n_own : n_shared;
    if (*n_threads < 1)
        *n_threads = 1;
    return AGR_OK;
}

static agr_status prepare_in_world(agr_prepare_options *options, int64_t n_threads,
                                   agr_world *world, agr_error *err)
{
    const int rank = agr_world_rank(world);
    agr_error ignored;
    if (rank == 0 && options->output == default_output)
        agr_folder_create(default_folder, &ignored); /* prepare says what is wrong with it */
    AGR_TRY(choose_threads(world, n_threads, &options->n_threads, err));
    cli_progress progress;
    cli_progress_begin(&progress, "images", rank);
    options->progress = show_progress;
    options->progress_context = &progress;
    agr_prepare_report report;
    agr_status status = agr_prepare(options, world, &report, err);
    cli_progress_end(&progress);
    if (status == AGR_OK && rank == 0)
        print_report(&report, options, agr_world_size(world));
    if (status == AGR_STOPPED) /* there is nothing to go on from: an ordinary failure */
        status = agr_error_set(err, AGR_IO, "stopped on request: nothing was written");
    agr_prepare_report_release(&report);
    return status;
}

/* What no row of the table of options can say: how options go together. */
static agr_status check_options(const agr_prepare_options *options, agr_error *err)
{
    if (options->validation + options->test >= 1)
        return agr_error_set(err, AGR_USAGE,
                             "--validation and --test: expected a sum below 1, found %g + %g",
                             options->validation, options->test);
    if (options->path_column != default_path_column && options->labels == NULL &&
        options->split_file == NULL)
        return agr_error_set(err, AGR_USAGE,
                             "--path-column: expected --labels or --split-file with it: it names "
                             "a column of their tables");
    return AGR_OK;
}

agr_status cmd_prepare(int argc, char **argv, agr_error *err)
{
    static const char *const resize_names[] = {"bilinear", "area", NULL};
    static const char *const duplicate_names[] = {"keep", "drop-conflicts", NULL};
    static cli_overrides classes;
    agr_prepare_options prepare = {.output = default_output, .path_column = default_path_column};
    prepare.validation = 0.2;
    int64_t size = 96, seed = 42, n_threads = 0;
    int resize = AGR_RESIZE_BILINEAR, duplicates = AGR_DUPLICATES_KEEP;
    bool strict = false;
    const cli_option options[] = {
        {"output", 'o', CLI_TEXT, "FILE.h5", &prepare.output,
         "the dataset to write (datasets/faces.h5); an older dataset is replaced, any other file "
         "is not"},
        {"labels", 0, CLI_TEXT, "TABLE.csv", &prepare.labels,
         "labels from a table: a column of file names, every other column a label; without it, "
         "from UTKFace file names"},
        {"path-column", 0, CLI_TEXT, "NAME", &prepare.path_column,
         "the column of file names in the tables (path)"},
        {"classes", 0, CLI_SETTING, "COLUMN=A,B,...", &classes,
         "classes of a label and their order; may be repeated. With labels from file names: the "
         "known names in another order, or as many other names",
         .key = "classes"},
        {"size", 0, CLI_INTEGER, "PIXELS", &size, "side of the images (96)", .min = 1, .max = 4096},
        {"resize", 0, CLI_CHOICE, "METHOD", &resize,
         "bilinear (default): interpolates between the four nearest pixels, as OpenCV does; area: "
         "averages all that a new pixel covers, for pictures that shrink much",
         .choices = resize_names},
        {"validation", 0, CLI_NUMBER, "SHARE", &prepare.validation, "share for validation (0.2)",
         .min = 0, .max = 0.999},
        {"test", 0, CLI_NUMBER, "SHARE", &prepare.test, "share for a test part (0)", .min = 0,
         .max = 0.999},
        {"seed", 0, CLI_INTEGER, "N", &seed, "of the split (42)", .min = 0, .max = 9e15},
        {"split-file", 0, CLI_TEXT, "TABLE.csv", &prepare.split_file,
         "take the split from the column 'split' of this table"},
        {"duplicates", 0, CLI_CHOICE, "POLICY", &duplicates,
         "copies of one picture with different labels: keep (default): all stay, in one part of "
         "the split; drop-conflicts: all of them are rejected",
         .choices = duplicate_names},
        {"rejects", 0, CLI_TEXT, "TABLE.csv", &prepare.rejects,
         "where rejected files are listed (beside the dataset, *.rejects.csv)"},
        {"strict", 0, CLI_FLAG, NULL, &strict, "any reject is an error: no dataset is written"},
        {"threads", 0, CLI_INTEGER, "N", &n_threads,
         "threads of each rank (its share of the cores)", .min = 1, .max = 1024},
    };
    const cli_syntax syntax = {
        .verb = "prepare",
        .positionals = "FOLDER...",
        .min_positionals = 1,
        .max_positionals = -1,
        .summary = "Makes a dataset from folders of JPEG and PNG images. Any number of ranks and "
                   "threads writes the same file.",
        .option = options,
        .n_options = CLI_COUNT(options),
    };
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(check_options(&prepare, err));
    prepare.n_folders = arguments.n;
    prepare.folder = arguments.item;
    prepare.size = (int)size;
    prepare.seed = (uint64_t)seed;
    prepare.resize = resize == 0 ? AGR_RESIZE_BILINEAR : AGR_RESIZE_AREA;
    prepare.duplicates = duplicates == 0 ? AGR_DUPLICATES_KEEP : AGR_DUPLICATES_DROP_CONFLICTS;
    prepare.reject_policy = strict ? AGR_REJECTS_STRICT : AGR_REJECTS_ALLOWED;
    class_orders orders = {0};
    agr_world *world = NULL;
    prepare.stop = cli_catch_stop(); /* a stop leaves no half-written file behind */
    agr_status status = read_class_orders(&classes, &orders, err);
    prepare.class_order = orders.order;
    prepare.n_class_orders = orders.n;
    if (status == AGR_OK)
        status = agr_world_start(&world, err);
    if (status == AGR_OK)
        status = prepare_in_world(&prepare, n_threads, world, err);
    class_orders_release(&orders);
    return cli_end_world(world, status, err);
}
