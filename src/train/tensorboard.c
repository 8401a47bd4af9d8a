/* Keeps the event files of a run. */
#include "tensorboard_impl.h"

#include "tfevents_impl.h"

#include <agr/base/clock.h>
#include <agr/base/file.h>
#include <agr/base/log.h>
#include <agr/comm/placement.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_BRANCHES = AGR_PLACEMENT_MAX_BRANCHES, TAG_BYTES = 2 * AGR_NAME_BYTES };
enum { MAX_SCALARS = 4 * AGR_MAX_HEADS + 4 };

struct tensorboard {
    char folder[AGR_PATH_BYTES]; /* the run's */
    int n_branches;
    agr_history_branch branch[MAX_BRANCHES];
    int file[MAX_BRANCHES + 1]; /* the last: of the total; -1: nothing was reported yet */
    bool has_failed;
};

/* The scalars of one event. */
typedef struct {
    int n;
    tfevents_scalar scalar[MAX_SCALARS];
    char tag[MAX_SCALARS][TAG_BYTES];
} scalars;

agr_status tensorboard_create(const char *run_folder, const agr_history_branch *branches,
                              int n_branches, tensorboard **out, agr_error *err)
{
    tensorboard *board = calloc(1, sizeof *board);
    if (board == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    snprintf(board->folder, sizeof board->folder, "%s", run_folder);
    board->n_branches = n_branches;
    for (int b = 0; b < n_branches; b++)
        board->branch[b] = branches[b];
    for (int i = 0; i <= n_branches; i++)
        board->file[i] = -1;
    *out = board;
    return AGR_OK;
}

void tensorboard_destroy(tensorboard *board)
{
    if (board == NULL)
        return;
    for (int i = 0; i <= board->n_branches; i++)
        if (board->file[i] >= 0)
            close(board->file[i]);
    free(board);
}

/* ---- files ---- */

static void give_up(tensorboard *board, const char *why)
{
    agr_log_warning("nothing more is written for TensorBoard: %s", why);
    board->has_failed = true;
}

/* TensorBoard reads the files of a folder in the order of their names: a later start must have the
 * later name. */
static agr_status open_file(const tensorboard *board, const char *name, int *file, agr_error *err)
{
    char part[96], host[64] = "", folder[AGR_PATH_BYTES], path[AGR_PATH_BYTES];
    snprintf(part, sizeof part, "tensorboard/%s", name);
    AGR_TRY(agr_path_join(folder, board->folder, part, err));
    AGR_TRY(agr_folder_create(folder, err));
    gethostname(host, sizeof host - 1);
    snprintf(part, sizeof part, "events.out.tfevents.%.3f.%s", agr_clock_wall_s(), host);
    AGR_TRY(agr_path_join(path, folder, part, err));
    *file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    return *file >= 0 ? AGR_OK : agr_error_set_errno(err, AGR_IO, errno, "cannot write '%s'", path);
}

static void begin_file(tensorboard *board, int run, int64_t epoch, double now_s, agr_text *records)
{
    agr_error err;
    const char *name = run < board->n_branches ? board->branch[run].name : "total";
    if (open_file(board, name, &board->file[run], &err) != AGR_OK) {
        give_up(board, err.text);
        return;
    }
    tfevents_add_version(records, now_s);
    tfevents_add_start(records, now_s, epoch);
}

/* Whole records in one piece: nobody reads half of one, also after a kill. */
static void write_event(tensorboard *board, int run, int64_t epoch, const scalars *s)
{
    agr_text records = {0};
    const double now_s = agr_clock_wall_s();
    if (board->file[run] < 0 && !board->has_failed)
        begin_file(board, run, epoch, now_s, &records);
    tfevents_add_scalars(&records, now_s, epoch, s->scalar, s->n);
    if (!board->has_failed &&
        (records.failed || !agr_file_append(board->file[run], records.data, records.length)))
        give_up(board, strerror(records.failed ? ENOMEM : errno));
    agr_text_release(&records);
}

/* ---- what is told ---- */

/* "val_loss"; of one head of several "eyes/val_loss". */
static void add(scalars *s, const char *head, const char *prefix, const char *name, double value)
{
    snprintf(s->tag[s->n], TAG_BYTES, "%s%s%s%s", head, head[0] != '\0' ? "/" : "", prefix, name);
    s->scalar[s->n] = (tfevents_scalar){.tag = s->tag[s->n], .value = value};
    s->n++;
}

static void add_figures(scalars *s, const char *head, const char *metric, const char *prefix,
                        const agr_head_figures *figures)
{
    add(s, head, prefix, "loss", figures->loss);
    add(s, head, prefix, metric, figures->metric);
}

void tensorboard_add_epoch(tensorboard *board, const agr_epoch_report *report)
{
    const agr_history_branch *branch = &board->branch[report->branch];
    scalars s = {0};
    for (int h = 0; h < branch->n_heads; h++) {
        const char *head = branch->n_heads > 1 ? branch->head[h].name : "";
        add_figures(&s, head, branch->head[h].metric, "", &report->train[h]);
        add_figures(&s, head, branch->head[h].metric, "val_", &report->validation[h]);
    }
    add(&s, "", "", "weighted_loss", report->loss);
    add(&s, "", "val_", "weighted_loss", report->validation_loss);
    add(&s, "", "", "learning_rate", report->lr);
    add(&s, "", "", "images_per_s", report->images_per_s > 0 ? report->images_per_s : (double)NAN);
    write_event(board, report->branch, report->epoch, &s);
}

void tensorboard_add_total(tensorboard *board, int64_t epoch, const agr_history_total *total)
{
    scalars s = {0};
    add(&s, "", "", "weighted_loss", total->loss);
    add(&s, "", "val_", "weighted_loss", total->validation_loss);
    write_event(board, board->n_branches, epoch, &s);
}
