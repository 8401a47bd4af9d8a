/* Gathers snapshots at rank 0 and has them written, several at a time, without waiting for the disk. */
#include "archive_impl.h"
#include "interval_impl.h"
#include "writer_impl.h"

#include <agr/base/clock.h>
#include <agr/base/log.h>
#include <agr/train/position.h>
#include <stdlib.h>
#include <string.h>

/* Snapshots on their way at once: each needs its memory here before it moves. */
enum { MAX_ARRIVING = 4 };

/* A snapshot on its way into the file. */
typedef struct {
    slot_notice notice;
    agr_snapshot *snapshot; /* owned; NULL while its bytes are still moving */
    void *bytes;            /* owned while moving */
    size_t n_bytes;
    int transfer;
} entry;

typedef struct {
    entry *item; /* owned */
    int n, capacity;
} entry_list;

struct archive {
    archive_plan plan;
    entry_list arriving; /* announced, in order */
    entry_list aside;    /* arrived, waiting for their branch's `latest` */
    entry_list ready;    /* to be in the next file */
    entry_list writing;  /* being written */
    bool write_soon;
    bool is_last_write; /* it began when nothing more could come */
    double written_s;   /* when the last write began */
    write_cost cost;
    writer *writer;
    write_job job;
    agr_history_table history[AGR_PLACEMENT_MAX_BRANCHES]; /* the job's */
};

/* ---- lists of snapshots ---- */

static agr_status list_add(entry_list *list, const entry *e, agr_error *err)
{
    if (list->n == list->capacity) {
        const int capacity = list->capacity > 0 ? 2 * list->capacity : 16;
        entry *item = realloc(list->item, (size_t)capacity * sizeof *item);
        if (item == NULL)
            return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for a checkpoint");
        list->item = item;
        list->capacity = capacity;
    }
    list->item[list->n++] = *e;
    return AGR_OK;
}

static void list_remove(entry_list *list, int i)
{
    memmove(&list->item[i], &list->item[i + 1], (size_t)(list->n - i - 1) * sizeof *list->item);
    list->n--;
}

static void list_release(entry_list *list)
{
    for (int i = 0; i < list->n; i++) {
        agr_snapshot_destroy(list->item[i].snapshot);
        free(list->item[i].bytes);
    }
    free(list->item);
    *list = (entry_list){0};
}

static int list_find(const entry_list *list, const slot_notice *notice)
{
    for (int i = 0; i < list->n; i++)
        if (list->item[i].notice.branch == notice->branch &&
            strcmp(list->item[i].notice.slot, notice->slot) == 0)
            return i;
    return -1;
}

/* Adds the entry in place of an older one of the same slot. */
static agr_status list_replace(entry_list *list, const entry *e, agr_error *err)
{
    const int i = list_find(list, &e->notice);
    if (i < 0)
        return list_add(list, e, err);
    agr_snapshot_destroy(list->item[i].snapshot);
    list->item[i] = *e;
    return AGR_OK;
}

/* ---- making and ending ---- */

agr_status archive_create(const archive_plan *plan, archive **out, agr_error *err)
{
    *out = NULL;
    archive *a = calloc(1, sizeof *a);
    if (a == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    a->plan = *plan;
    a->written_s = agr_clock_s();
    const agr_status status = writer_create(&a->writer, err);
    if (status != AGR_OK) {
        free(a);
        return status;
    }
    *out = a;
    return AGR_OK;
}

static void release_job(archive *a)
{
    free(a->job.branches);
    free(a->job.updates);
    for (int b = 0; b < a->plan.n_branches; b++)
        agr_history_table_release(&a->history[b]);
    a->job = (write_job){0};
}

void archive_destroy(archive *a)
{
    if (a == NULL)
        return;
    writer_destroy(a->writer);
    release_job(a);
    list_release(&a->arriving);
    list_release(&a->aside);
    list_release(&a->ready);
    list_release(&a->writing);
    free(a);
}

/* ---- snapshots that come ---- */

/* `latest` has come: what its branch sent before belongs into the file with it. */
static agr_status accept_branch(archive *a, const entry *latest, agr_error *err)
{
    for (int i = a->aside.n - 1; i >= 0; i--) {
        if (a->aside.item[i].notice.branch != latest->notice.branch)
            continue;
        const entry e = a->aside.item[i];
        list_remove(&a->aside, i);
        AGR_TRY(list_replace(&a->ready, &e, err));
    }
    return list_replace(&a->ready, latest, err);
}

/* Puts a snapshot that has arrived where it waits for the next write. */
static agr_status file_entry(archive *a, const entry *e, agr_error *err)
{
    if (e->notice.write_soon)
        a->write_soon = true;
    if (strcmp(e->notice.slot, "latest") == 0)
        return accept_branch(a, e, err);
    return list_replace(&a->aside, e, err);
}

agr_status archive_deliver(archive *a, const slot_notice *notice, agr_snapshot *snapshot,
                           agr_error *err)
{
    const entry e = {.notice = *notice, .snapshot = snapshot};
    const agr_status status = file_entry(a, &e, err);
    if (status != AGR_OK)
        agr_snapshot_destroy(snapshot);
    return status;
}

/* This snapshot on its way has moved: it is ours. */
static agr_status take(archive *a, int i, agr_error *err)
{
    entry e = a->arriving.item[i];
    list_remove(&a->arriving, i);
    const agr_status status = agr_snapshot_adopt(e.bytes, e.n_bytes, &e.snapshot, err);
    if (status != AGR_OK) {
        free(e.bytes);
        return status;
    }
    e.bytes = NULL;
    return file_entry(a, &e, err);
}

/* Has nothing of its branch set out before it? */
static bool is_first_of_branch(const archive *a, int i)
{
    for (int before = 0; before < i; before++)
        if (a->arriving.item[before].notice.branch == a->arriving.item[i].notice.branch)
            return false;
    return true;
}

/* Takes in what has arrived, of each branch in the order in which it was sent: one whose team hangs does
 * not keep the others from the file. */
static agr_status take_arrivals(archive *a, agr_error *err)
{
    for (int i = 0; i < a->arriving.n;)
        if (is_first_of_branch(a, i) &&
            agr_mailbox_is_moved(a->plan.mailbox, a->arriving.item[i].transfer))
            AGR_TRY(take(a, i, err));
        else
            i++;
    return AGR_OK;
}

/* Waits until another snapshot may set out. */
static agr_status make_room(archive *a, agr_error *err)
{
    AGR_TRY(take_arrivals(a, err));
    while (a->arriving.n >= MAX_ARRIVING) {
        AGR_TRY(agr_mailbox_finish(a->plan.mailbox, a->arriving.item[0].transfer, err));
        AGR_TRY(take(a, 0, err));
    }
    return AGR_OK;
}

agr_status archive_has_room(archive *a, bool *has_room, agr_error *err)
{
    AGR_TRY(take_arrivals(a, err));
    *has_room = a->arriving.n < MAX_ARRIVING;
    return AGR_OK;
}

agr_status archive_receive(archive *a, const agr_mail *mail, agr_error *err)
{
    entry e = {.n_bytes = mail->large_bytes};
    AGR_ASSERT(mail->n_bytes == sizeof e.notice);
    memcpy(&e.notice, mail->payload, sizeof e.notice);
    AGR_TRY(make_room(a, err));
    e.bytes = malloc(e.n_bytes);
    if (e.bytes == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate %.1f MiB for a checkpoint",
                             (double)e.n_bytes / 0x1p20);
    agr_status status = agr_mailbox_fetch(a->plan.mailbox, mail, e.bytes, &e.transfer, err);
    if (status == AGR_OK)
        status = list_add(&a->arriving, &e, err);
    if (status != AGR_OK)
        free(e.bytes);
    return status;
}

/* ---- the file ---- */

static bool write_is_due(const archive *a, bool all_was_sent)
{
    return a->ready.n > 0 && a->writing.n == 0 &&
           (a->write_soon || (all_was_sent && a->arriving.n == 0) ||
            agr_clock_s() - a->written_s >= write_interval_s(a->plan.every_s, &a->cost));
}

/* The file's history ends where the file's `latest` stands. */
static agr_status fill_job(archive *a, agr_error *err)
{
    const archive_plan *plan = &a->plan;
    a->job = (write_job){.path = agr_run_folder_checkpoint(plan->folder),
                         .info = plan->info,
                         .n_branches = plan->n_branches,
                         .n_updates = a->writing.n};
    a->job.branches = calloc((size_t)plan->n_branches, sizeof *a->job.branches);
    a->job.updates = calloc((size_t)a->writing.n, sizeof *a->job.updates);
    if (a->job.branches == NULL || a->job.updates == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for a checkpoint");
    for (int b = 0; b < plan->n_branches; b++)
        a->job.branches[b] = plan->branch[b];
    for (int i = 0; i < a->writing.n; i++) {
        const entry *e = &a->writing.item[i];
        const int b = e->notice.branch;
        const bool is_latest = strcmp(e->notice.slot, "latest") == 0;
        a->job.updates[i] =
            (agr_checkpoint_update){.branch = plan->branch[b].name,
                                    .slot = e->notice.slot,
                                    .state = agr_snapshot_state(e->snapshot),
                                    .parts = is_latest ? AGR_PARTS_ALL : AGR_PARTS_MODEL};
        if (!is_latest)
            continue;
        AGR_TRY(agr_history_table_make(plan->history, b, e->notice.epoch, &a->history[b], err));
        a->job.branches[b].history = &a->history[b];
    }
    return AGR_OK;
}

static agr_status start_write(archive *a, bool all_was_sent, agr_error *err)
{
    a->writing = a->ready;
    a->ready = (entry_list){0};
    a->write_soon = false;
    a->is_last_write = all_was_sent && a->arriving.n == 0;
    a->written_s = agr_clock_s();
    AGR_TRY(fill_job(a, err));
    writer_start(a->writer, &a->job);
    return AGR_OK;
}

/* What could not be written is due again, unless something newer has come meanwhile. */
static agr_status keep_for_later(archive *a, agr_error *err)
{
    for (int i = 0; i < a->writing.n; i++) {
        entry *e = &a->writing.item[i];
        if (list_find(&a->ready, &e->notice) >= 0)
            continue;
        AGR_TRY(list_add(&a->ready, e, err));
        e->snapshot = NULL;
    }
    return AGR_OK;
}

/* After a kill the log says what was kept. */
static void say_what_is_kept(const archive *a, double elapsed_s)
{
    agr_text line = {0};
    agr_text_add(&line, "checkpoint:");
    for (int i = 0, n = 0; i < a->writing.n; i++) {
        const entry *e = &a->writing.item[i];
        if (strcmp(e->notice.slot, "latest") != 0)
            continue;
        agr_text_add(&line, "%s %s ", n++ > 0 ? ";" : "", a->plan.branch[e->notice.branch].name);
        agr_position_describe(agr_snapshot_state(e->snapshot), &line);
    }
    if (!line.failed)
        agr_run_folder_log(a->plan.folder, line.data);
    agr_text_release(&line);
    agr_run_folder_event(a->plan.folder, "checkpoint", "\"seconds\": %.3f", elapsed_s);
}

static agr_status end_write(archive *a, agr_error *err)
{
    agr_status written;
    double elapsed_s;
    agr_error why;
    if (a->writing.n == 0 || !writer_take(a->writer, &written, &elapsed_s, &why))
        return AGR_OK;
    write_cost_note(&a->cost, elapsed_s);
    agr_status status = AGR_OK;
    if (written == AGR_OK) {
        say_what_is_kept(a, elapsed_s);
    } else if (a->is_last_write) {
        *err = why;
        status = written;
    } else {
        agr_log_warning("%s; training goes on, the checkpoint before stays", why.text);
        status = keep_for_later(a, err);
    }
    release_job(a);
    list_release(&a->writing);
    return status;
}

agr_status archive_work(archive *a, bool all_was_sent, agr_error *err)
{
    AGR_TRY(take_arrivals(a, err));
    AGR_TRY(end_write(a, err));
    return write_is_due(a, all_was_sent) ? start_write(a, all_was_sent, err) : AGR_OK;
}

bool archive_has_work(const archive *a, bool all_was_sent)
{
    return a->arriving.n > 0 || (a->writing.n > 0 && !writer_is_busy(a->writer)) ||
           write_is_due(a, all_was_sent);
}

bool archive_is_complete(const archive *a)
{
    return a->arriving.n == 0 && a->ready.n == 0 && a->writing.n == 0;
}
