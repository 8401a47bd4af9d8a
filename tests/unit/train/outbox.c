/* The outbox alone: which snapshots of a branch leave when, and as what. The branch is a stand-in. */
#include "outbox_impl.h"

#include "fakes.h"
#include "model.h"
#include "test.h"

/* ---- the branch ---- */

struct agr_trainee {
    small_model model;
    agr_state weights; /* of the model: what `best` and the backups hold */
    agr_position position;
};

static agr_trainee ant;
static outbox *box;

const agr_state *agr_trainee_state(agr_trainee *trainee)
{
    return &trainee->model.state;
}

const agr_state *agr_trainee_model(agr_trainee *trainee)
{
    return &trainee->weights;
}

const char *agr_trainee_name(const agr_trainee *trainee)
{
    (void)trainee;
    return "ant";
}

int agr_trainee_branch(const agr_trainee *trainee)
{
    (void)trainee;
    return 3;
}

const agr_position *agr_trainee_position(const agr_trainee *trainee)
{
    return &trainee->position;
}

/* As if it had learnt: all numbers follow from `seed`. */
static void learn(int seed)
{
    model_fill(&ant.model, seed);
    ant.weights = ant.model.state;
    ant.weights.n_values = 1;
}

/* ---- an archive in this process ---- */

static slot_notice delivered[8];
static int n_delivered;

agr_status archive_deliver(archive *a, const slot_notice *notice, agr_snapshot *snapshot,
                           agr_error *err)
{
    (void)a;
    agr_snapshot_destroy(snapshot);
    (void)err;
    assert_true(n_delivered < 8);
    delivered[n_delivered++] = *notice;
    return AGR_OK;
}

static int open_box(archive *here)
{
    agr_error err;
    n_delivered = 0;
    learn(1);
    ant.position = (agr_position){.epoch = 5};
    assert_ok(outbox_create(fake_mailbox(), here, &ant, &box, &err), err);
    return 0;
}

static int set_up(void **state)
{
    (void)state;
    return open_box(NULL);
}

static int set_up_here(void **state)
{
    static int anything;
    (void)state;
    return open_box((archive *)&anything);
}

static int tear_down(void **state)
{
    (void)state;
    agr_error err;
    assert_ok(outbox_close(box, &err), err);
    return 0;
}

static void post(bool write_soon)
{
    agr_error err;
    assert_ok(outbox_post(box, write_soon, &err), err);
}

static void complete_epoch(int64_t epoch, bool is_best, int backup_epochs)
{
    agr_error err;
    const agr_epoch_report report = {.branch = 3, .epoch = epoch, .is_best = is_best};
    ant.position.epoch = epoch;
    assert_ok(outbox_epoch(box, &report, backup_epochs, &err), err);
}

/* The i-th mail is this slot, and its large part the branch as it was after learn(seed). */
static void assert_sent(int i, const char *slot, int64_t epoch, bool write_soon, int seed)
{
    assert_true(i < fake_n_sent);
    const fake_sent *sent = &fake_sent_mail[i];
    slot_notice notice;
    assert_int_equal(sent->to, 0);
    assert_int_equal(sent->kind, MAIL_SNAPSHOT);
    assert_int_equal(sent->n_bytes, sizeof notice);
    memcpy(&notice, sent->payload, sizeof notice);
    assert_string_equal(notice.slot, slot);
    assert_int_equal(notice.branch, 3);
    assert_int_equal(notice.epoch, epoch);
    assert_int_equal(notice.write_soon, write_soon);

    agr_error err;
    agr_snapshot *snapshot;
    small_model found, expected;
    model_fill(&found, 77);
    model_fill(&expected, seed);
    if (strcmp(slot, "latest") != 0) {
        found.state.n_values = 1;
        found.adam_step = expected.adam_step;
        memcpy(found.sums, expected.sums, sizeof found.sums);
    }
    void *bytes = malloc(sent->large_bytes);
    assert_non_null(bytes);
    memcpy(bytes, sent->large, sent->large_bytes);
    assert_ok(agr_snapshot_adopt(bytes, sent->large_bytes, &snapshot, &err), err);
    assert_ok(agr_snapshot_restore(snapshot, &found.state, &err), err);
    assert_same_model(&found, &expected);
    agr_snapshot_destroy(snapshot);
}

static void test_a_post_is_a_copy_of_the_state(void **state)
{
    (void)state;
    post(true);
    learn(2); /* the sender goes on meanwhile */
    assert_int_equal(fake_n_sent, 1);
    assert_sent(0, "latest", 5, true, 1);
}

static void test_the_best_is_kept_and_leaves_before_the_next_latest(void **state)
{
    (void)state;
    complete_epoch(6, true, 0);
    assert_int_equal(fake_n_sent, 0);
    learn(2);
    post(false);
    assert_int_equal(fake_n_sent, 2);
    assert_sent(0, "best", 6, false, 1);
    assert_sent(1, "latest", 6, false, 2);
    post(false); /* it is no longer new */
    assert_int_equal(fake_n_sent, 3);
    assert_sent(2, "latest", 6, false, 2);
}

static void test_a_better_one_takes_the_place_of_the_best(void **state)
{
    (void)state;
    complete_epoch(6, true, 0);
    learn(2);
    complete_epoch(7, true, 0);
    learn(3);
    complete_epoch(8, false, 0);
    post(false);
    assert_int_equal(fake_n_sent, 2);
    assert_sent(0, "best", 8, false, 2);
}

static void test_backups_leave_when_they_are_due(void **state)
{
    (void)state;
    complete_epoch(6, false, 4);
    complete_epoch(7, false, 4);
    assert_int_equal(fake_n_sent, 0);
    complete_epoch(8, false, 4);
    assert_int_equal(fake_n_sent, 1);
    assert_sent(0, "epoch_0008", 8, false, 1);
}

static void test_a_parcel_on_its_way_is_waited_for_before_it_is_filled_again(void **state)
{
    (void)state;
    post(false);
    assert_int_equal(fake_sent_mail[0].n_finished, 0);
    post(false);
    assert_int_equal(fake_sent_mail[0].n_finished, 1);
    assert_int_equal(fake_sent_mail[1].n_finished, 0);
}

static void test_the_end_waits_for_all_parcels(void **state)
{
    agr_error err;
    complete_epoch(8, true, 4);
    post(true);
    assert_int_equal(fake_n_sent, 3);
    assert_ok(outbox_close(box, &err), err);
    for (int i = 0; i < 3; i++)
        assert_int_equal(fake_sent_mail[i].n_finished, 1);
    set_up(state);
}

static void test_on_rank_0_nothing_is_mailed(void **state)
{
    (void)state;
    complete_epoch(8, true, 4);
    post(true);
    assert_int_equal(fake_n_sent, 0);
    assert_int_equal(n_delivered, 3);
    assert_string_equal(delivered[0].slot, "epoch_0008");
    assert_string_equal(delivered[1].slot, "best");
    assert_string_equal(delivered[2].slot, "latest");
    assert_true(delivered[2].write_soon);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_post_is_a_copy_of_the_state),
        CASE(test_the_best_is_kept_and_leaves_before_the_next_latest),
        CASE(test_a_better_one_takes_the_place_of_the_best),
        CASE(test_backups_leave_when_they_are_due),
        CASE(test_a_parcel_on_its_way_is_waited_for_before_it_is_filled_again),
        CASE(test_the_end_waits_for_all_parcels),
        cmocka_unit_test_setup_teardown(test_on_rank_0_nothing_is_mailed, set_up_here, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
