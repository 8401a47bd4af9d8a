/* The archive alone: what comes by mail or from this process, and what the checkpoint file then holds. */
#include "archive_impl.h"

#include "fakes.h"
#include "files.h"
#include "model.h"
#include "test.h"

#define EVERY_S 60.0

static const agr_checkpoint_head head = {.name = "size", .target = "size"};
static const agr_checkpoint_branch branches[2] = {
    {.name = "ant", .n_heads = 1, .heads = &head, .preprocessing = "/255"},
    {.name = "bee", .n_heads = 1, .heads = &head, .preprocessing = "/255"},
};
static const agr_checkpoint_info info = {
    .config = "train:\n  epochs: 3\n", .kernel_set = "any", .versions = "test"};
static agr_run_folder *run;
static agr_history *history;
static archive *the_archive;
static char path[320];

static void open_archive(double every_s)
{
    agr_error err;
    const archive_plan plan = {.folder = run,
                               .mailbox = fake_mailbox(),
                               .info = &info,
                               .branch = branches,
                               .n_branches = 2,
                               .history = history,
                               .every_s = every_s};
    assert_ok(archive_create(&plan, &the_archive, &err), err);
}

static int set_up(void **state)
{
    agr_error err;
    bool resumes;
    char checkpoint[AGR_PATH_BYTES];
    begin_case(state);
    path_in_folder(path, "checkpoint.h5");
    agr_history_branch told[2] = {{.name = "ant", .n_heads = 1}, {.name = "bee", .n_heads = 1}};
    for (int b = 0; b < 2; b++)
        told[b].head[0] = (agr_history_head){.name = "size", .metric = "mae", .weight = 1};
    assert_ok(agr_history_create(told, 2, &history, &err), err);
    assert_ok(agr_run_folder_open(folder, AGR_RESUME_NEVER, &run, &resumes, checkpoint, &err), err);
    open_archive(EVERY_S);
    return 0;
}

static int tear_down(void **state)
{
    archive_destroy(the_archive);
    agr_run_folder_close(run);
    agr_history_destroy(history);
    return end_case(state);
}

/* A snapshot of a model whose numbers follow from `seed`, as are its epoch's. */
static agr_snapshot *snapshot_of(int branch, int seed)
{
    agr_error err;
    small_model model;
    agr_snapshot *snapshot;
    model_fill(&model, seed);
    assert_ok(agr_snapshot_create(&model.state, branches[branch].name, &snapshot, &err), err);
    agr_snapshot_take(snapshot, &model.state);
    return snapshot;
}

static slot_notice notice_of(int branch, const char *slot, int64_t epoch, bool write_soon)
{
    slot_notice notice = {.branch = branch, .write_soon = write_soon, .epoch = epoch};
    snprintf(notice.slot, sizeof notice.slot, "%s", slot);
    return notice;
}

static void deliver(int branch, const char *slot, int seed, bool write_soon)
{
    agr_error err;
    agr_snapshot *snapshot = snapshot_of(branch, seed);
    const slot_notice notice = notice_of(branch, slot, 0, write_soon);
    assert_ok(archive_deliver(the_archive, &notice, snapshot, &err), err);
}

/* Works as often as there is something to do now. */
static void work(bool all_was_sent)
{
    agr_error err;
    assert_ok(archive_work(the_archive, all_was_sent, &err), err);
}

static void work_until_complete(bool all_was_sent)
{
    while (!archive_is_complete(the_archive))
        work(all_was_sent);
}

static void assert_holds(const char *branch, const char *slot, int seed)
{
    agr_error err;
    agr_checkpoint *checkpoint;
    small_model found, expected;
    int b, s;
    model_fill(&found, 77);
    model_fill(&expected, seed);
    assert_ok(agr_checkpoint_open(path, &checkpoint, &err), err);
    assert_ok(agr_checkpoint_find_branch(checkpoint, branch, &b, &err), err);
    assert_ok(agr_checkpoint_find_slot(checkpoint, b, slot, &s, &err), err);
    const bool is_whole = strcmp(slot, "latest") == 0;
    assert_ok(agr_checkpoint_read(checkpoint, b, s, &found.state,
                                  is_whole ? AGR_PARTS_ALL : AGR_PART_WEIGHTS, &err),
              err);
    if (is_whole)
        assert_same_model(&found, &expected);
    else
        assert_memory_equal(found.kernel, expected.kernel, sizeof found.kernel);
    agr_checkpoint_close(checkpoint);
}

/* Slots of a branch in the file; 0 when the file does not know it. */
static int n_slots(const char *branch)
{
    agr_error err;
    agr_checkpoint *checkpoint;
    int b, n = 0;
    assert_ok(agr_checkpoint_open(path, &checkpoint, &err), err);
    if (agr_checkpoint_find_branch(checkpoint, branch, &b, NULL) == AGR_OK)
        n = agr_checkpoint_n_slots(checkpoint, b);
    agr_checkpoint_close(checkpoint);
    return n;
}

/* ---- what goes into a file, and when ---- */

static void test_what_somebody_waits_for_is_written_at_once(void **state)
{
    (void)state;
    deliver(0, "latest", 1, true);
    assert_true(archive_has_work(the_archive, false));
    assert_false(archive_is_complete(the_archive));
    work_until_complete(false);
    assert_false(archive_has_work(the_archive, false));
    assert_holds("ant", "latest", 1);
}

static void test_the_rest_waits_for_the_interval(void **state)
{
    (void)state;
    deliver(0, "latest", 1, false);
    fake_time_s += EVERY_S - 1;
    assert_false(archive_has_work(the_archive, false));
    work(false);
    assert_false(agr_path_exists(path));
    deliver(0, "latest", 2, false);
    fake_time_s += 1;
    assert_true(archive_has_work(the_archive, false));
    work_until_complete(false);
    assert_holds("ant", "latest", 2);
    assert_int_equal(count_files("prev"), 0); /* it was written once */
}

/* Nothing here takes a moment by this clock. */
static void test_auto_is_a_minute_where_writing_costs_nothing(void **state)
{
    (void)state;
    archive_destroy(the_archive);
    open_archive((double)NAN);
    for (int seed = 1; seed <= 2; seed++) {
        deliver(0, "latest", seed, false);
        fake_time_s += 59;
        assert_false(archive_has_work(the_archive, false));
        fake_time_s += 1;
        work_until_complete(false);
        assert_holds("ant", "latest", seed);
    }
}

static void test_nothing_waits_when_nothing_more_comes(void **state)
{
    (void)state;
    deliver(0, "latest", 1, false);
    assert_false(archive_has_work(the_archive, false));
    assert_true(archive_has_work(the_archive, true));
    work_until_complete(true);
    assert_holds("ant", "latest", 1);
}

static void test_others_wait_for_their_branch_s_latest(void **state)
{
    (void)state;
    deliver(0, "latest", 1, true);
    deliver(1, "best", 2, true);
    deliver(1, "epoch_0002", 3, false);
    work_until_complete(false);
    assert_int_equal(n_slots("bee"), 0);
    deliver(1, "best", 4, false);
    deliver(1, "latest", 5, true);
    work_until_complete(false);
    assert_int_equal(n_slots("bee"), 3);
    assert_holds("bee", "best", 4);
    assert_holds("bee", "epoch_0002", 3);
    assert_holds("bee", "latest", 5);
    assert_holds("ant", "latest", 1);
}

static void test_the_file_s_history_ends_where_its_latest_stands(void **state)
{
    (void)state;
    agr_error err;
    agr_checkpoint *checkpoint;
    for (int epoch = 1; epoch <= 3; epoch++) {
        const agr_epoch_report report = {.branch = 0, .epoch = epoch, .loss = 1.0 / epoch};
        assert_ok(agr_history_add(history, &report, &err), err);
    }
    agr_snapshot *snapshot = snapshot_of(0, 1);
    const slot_notice notice = notice_of(0, "latest", 2, true);
    assert_ok(archive_deliver(the_archive, &notice, snapshot, &err), err);
    work_until_complete(false);
    assert_ok(agr_checkpoint_open(path, &checkpoint, &err), err);
    assert_int_equal(agr_checkpoint_branch_at(checkpoint, 0)->history->n_rows, 2);
    agr_checkpoint_close(checkpoint);
}

/* ---- what comes by mail ---- */

typedef struct {
    slot_notice notice;
    agr_snapshot *snapshot;
    agr_mail mail;
} letter;

static void post(letter *l, const char *slot, int seed)
{
    agr_error err;
    l->snapshot = snapshot_of(0, seed);
    l->notice = notice_of(0, slot, 0, true);
    l->mail = fake_mail(1, MAIL_SNAPSHOT, &l->notice, sizeof l->notice,
                        agr_snapshot_bytes(l->snapshot), agr_snapshot_size_bytes(l->snapshot));
    assert_ok(archive_receive(the_archive, &l->mail, &err), err);
}

static void test_a_snapshot_on_its_way_is_waited_for(void **state)
{
    (void)state;
    letter l;
    post(&l, "latest", 1);
    work(true);
    assert_false(archive_is_complete(the_archive));
    assert_true(archive_has_work(the_archive, true));
    assert_false(agr_path_exists(path));
    fake_let_move();
    agr_snapshot_destroy(l.snapshot);
    work_until_complete(true);
    assert_holds("ant", "latest", 1);
}

static void test_no_more_than_four_are_on_their_way(void **state)
{
    (void)state;
    agr_error err;
    letter l[5];
    bool has_room;
    for (int i = 0; i < 4; i++) {
        assert_ok(archive_has_room(the_archive, &has_room, &err), err);
        assert_true(has_room);
        post(&l[i], i == 3 ? "latest" : "best", 10 + i);
    }
    assert_ok(archive_has_room(the_archive, &has_room, &err), err);
    assert_false(has_room);
    post(&l[4], "latest", 20); /* waits for the oldest */
    fake_let_move();
    assert_ok(archive_has_room(the_archive, &has_room, &err), err);
    assert_true(has_room);
    work_until_complete(true);
    assert_holds("ant", "best", 12);
    assert_holds("ant", "latest", 20);
    for (int i = 0; i < 5; i++)
        agr_snapshot_destroy(l[i].snapshot);
}

static void test_what_is_no_snapshot_is_refused(void **state)
{
    (void)state;
    agr_error err;
    char nonsense[100] = "nonsense";
    const slot_notice notice = notice_of(0, "latest", 0, true);
    const agr_mail mail =
        fake_mail(1, MAIL_SNAPSHOT, &notice, sizeof notice, nonsense, sizeof nonsense);
    assert_ok(archive_receive(the_archive, &mail, &err), err);
    fake_let_move();
    assert_int_equal(archive_work(the_archive, false, &err), AGR_FORMAT);
    assert_true(archive_is_complete(the_archive));
}

/* ---- a disk that is full ---- */

enum { NOTHING = -1 };

/* The write of this fails; meanwhile, unless it is NOTHING, something newer comes. */
static void fail_a_write(int seed, int newer)
{
    limit_file_size(1000);
    deliver(0, "latest", seed, true);
    work(false);
    if (newer != NOTHING)
        deliver(0, "latest", newer, false);
    while (last_warning[0] == '\0')
        work(false);
    limit_file_size(0);
    assert_non_null(strstr(last_warning, "training goes on, the checkpoint before stays"));
    assert_false(archive_is_complete(the_archive));
}

static void test_what_could_not_be_written_is_written_later(void **state)
{
    (void)state;
    fail_a_write(1, NOTHING);
    fake_time_s += EVERY_S;
    work_until_complete(false);
    assert_holds("ant", "latest", 1);
}

static void test_it_does_not_take_the_place_of_what_came_meanwhile(void **state)
{
    (void)state;
    fail_a_write(1, 2);
    fake_time_s += EVERY_S;
    work_until_complete(false);
    assert_holds("ant", "latest", 2);
}

static void test_the_last_write_must_not_fail(void **state)
{
    (void)state;
    agr_error err;
    agr_status status = AGR_OK;
    deliver(0, "latest", 1, true);
    limit_file_size(1000);
    while (status == AGR_OK)
        status = archive_work(the_archive, true, &err);
    limit_file_size(0);
    assert_int_equal(status, AGR_IO);
    assert_non_null(strstr(err.text, "File too large"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_what_somebody_waits_for_is_written_at_once),
        CASE(test_the_rest_waits_for_the_interval),
        CASE(test_auto_is_a_minute_where_writing_costs_nothing),
        CASE(test_nothing_waits_when_nothing_more_comes),
        CASE(test_others_wait_for_their_branch_s_latest),
        CASE(test_the_file_s_history_ends_where_its_latest_stands),
        CASE(test_a_snapshot_on_its_way_is_waited_for),
        CASE(test_no_more_than_four_are_on_their_way),
        CASE(test_what_is_no_snapshot_is_refused),
        CASE(test_what_could_not_be_written_is_written_later),
        CASE(test_it_does_not_take_the_place_of_what_came_meanwhile),
        CASE(test_the_last_write_must_not_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
