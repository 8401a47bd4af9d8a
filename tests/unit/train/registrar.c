/* The registrar alone: what mail makes of rank 0's books, and what it sends. */
#include "registrar_impl.h"

#include "fakes.h"
#include "files.h"
#include "test.h"

#include <agr/base/log.h>
#include <agr/store/dataset.h>

enum { N = 8, SIDE = 8, N_TEAMS = 3 };

#define BRANCH(name)                                                                               \
    name ": {layers: [{flatten: {}}], heads: [{name: " name "_out, target: height,"                \
         " loss: mse, weight: 1, layers: [{dense: {units: 1}}]}]}"

static const char yaml[] = "{train: {epochs: 2}, data: {batch_size: 4, micro_batch: 1},"
                           " branches: {" BRANCH("ant") ", " BRANCH("bee") ", " BRANCH("cat") "}}";

static agr_config config;
static agr_dataset *dataset;
static agr_training_set set;
static agr_run_folder *run;
static agr_run_options options;
static registrar *books;
static char said[4096]; /* all lines */
static agr_placement_input input;
static char set_folder[256];

static void hear_line(void *context, const char *line)
{
    (void)context;
    const size_t length = strlen(said);
    snprintf(said + length, sizeof said - length, "%s\n", line);
}

/* ---- a small set on disk, and a run on it ---- */

static void write_set(const char *path)
{
    agr_error err;
    int handle;
    float height[N];
    const char *names[N];
    uint64_t hashes[N];
    uint8_t split[N], pixels[SIDE * SIDE * 3] = {0};
    agr_dataset_writer *writer;
    assert_ok(agr_dataset_writer_create(path, N, SIDE, SIDE, &writer, &err), err);
    const agr_dataset_rows *rows = agr_dataset_writer_rows(writer);
    assert_ok(agr_dataset_rows_open(rows, &handle, &err), err);
    for (int i = 0; i < N; i++) {
        height[i] = (float)i;
        names[i] = "x.jpg";
        hashes[i] = (uint64_t)i + 1;
        split[i] = i % 4 == 3; /* every fourth for validation */
        pixels[0] = (uint8_t)i;
        assert_ok(agr_dataset_rows_write(rows, handle, i, pixels, &err), err);
    }
    assert_ok(agr_dataset_rows_close(rows, handle, &err), err);
    const agr_label_column label = {.name = "height", .kind = AGR_LABEL_NUMBER, .values = height};
    const agr_dataset_content content = {.n_images = N,
                                         .names = names,
                                         .content_hash = hashes,
                                         .split = split,
                                         .n_labels = 1,
                                         .labels = &label};
    assert_ok(agr_dataset_writer_finish(writer, &content, &err), err);
}

static int open_set(void **state)
{
    (void)state;
    agr_error err;
    char path[320];
    test_folder_make(set_folder);
    snprintf(path, sizeof path, "%s/set.h5", set_folder);
    write_set(path);
    assert_ok(agr_config_parse(&config, yaml, strlen(yaml), "test.yaml", NULL, 0, &err), err);
    assert_ok(agr_dataset_open(path, &dataset, &err), err);
    assert_ok(agr_training_set_from(dataset, &set, &err), err);
    return 0;
}

static int close_set(void **state)
{
    (void)state;
    agr_dataset_close(dataset);
    agr_config_release(&config);
    test_folder_remove(set_folder);
    return 0;
}

/* A team of one rank for each branch, and a rank that nobody named. */
static void begin(void)
{
    agr_error err;
    agr_placement placement;
    input = (agr_placement_input){.n_branches = N_TEAMS,
                                  .n_ranks = N_TEAMS + 1,
                                  .ranks_per_node = N_TEAMS + 1,
                                  .cores_per_node = N_TEAMS + 1,
                                  .threads = 1,
                                  .links = AGR_LINKS_ASSUMED};
    for (int b = 0; b < N_TEAMS; b++) {
        input.branch[b] =
            (agr_placement_branch){.image_ms = 1, .images_left = 100, .batch = 6, .micro_batch = 1};
        snprintf(input.branch[b].name, sizeof input.branch[b].name, "%s", config.branch[b].name);
    }
    assert_ok(agr_placement_parse("ant:1,bee:1,cat:1", &input, &placement, &err), err);
    assert_ok(registrar_begin(books, &input, &placement, &err), err);
}

static int set_up(void **state)
{
    agr_error err;
    bool resumes;
    char checkpoint[AGR_PATH_BYTES];
    begin_case(state);
    said[0] = '\0';
    options = (agr_run_options){
        .config = &config, .dataset = dataset, .folder = folder, .line = hear_line};
    assert_ok(agr_run_folder_open(folder, AGR_RESUME_NEVER, &run, &resumes, checkpoint, &err), err);
    assert_ok(registrar_create(&options, &set, run, fake_mailbox(), NULL, &books, &err), err);
    begin();
    return 0;
}

static int tear_down(void **state)
{
    registrar_destroy(books);
    agr_run_folder_close(run);
    return end_case(state);
}

/* ---- what happens ---- */

static void receive(int from, int kind, const void *payload, size_t n_bytes)
{
    agr_error err;
    bool taken;
    const agr_mail mail = fake_mail(from, kind, payload, n_bytes, NULL, 0);
    assert_ok(registrar_receive(books, &mail, &taken, &err), err);
    assert_true(taken);
    assert_true(registrar_has_work(books));
}

static void work(void)
{
    agr_error err;
    assert_ok(registrar_work(books, &err), err);
}

static void report(int branch, int64_t epoch, double loss, agr_branch_ending ending)
{
    const agr_epoch_report told = {.branch = branch,
                                   .epoch = epoch,
                                   .ending = (int32_t)ending,
                                   .loss = loss,
                                   .validation_loss = loss,
                                   .is_best = 1,
                                   .n_ranks = 1};
    receive(branch, MAIL_REPORT, &told, sizeof told);
}

static void end_team(int32_t team, int kind)
{
    receive(team, kind, &team, sizeof team);
}

static bool file_says(const char *name, const char *words)
{
    char path[320];
    size_t n_bytes;
    path_in_folder(path, name);
    if (!agr_path_exists(path))
        return false;
    unsigned char *bytes = file_bytes(path, &n_bytes);
    char *text = malloc(n_bytes + 1);
    assert_non_null(text);
    memcpy(text, bytes, n_bytes);
    text[n_bytes] = '\0';
    const bool says = strstr(text, words) != NULL;
    free(bytes);
    free(text);
    return says;
}

/* The n-th offer, from 1, is the last one. */
static agr_invitation last_offer(int n)
{
    const fake_sent *sent = NULL;
    agr_invitation offer = {0};
    assert_int_equal(fake_count_sent(AGR_MAIL_OFFER, &sent), n);
    memcpy(&offer, sent->payload, sent->n_bytes);
    assert_int_equal(sent->to, offer.rank[0]);
    return offer;
}

static void answer(const agr_invitation *offer, int kind)
{
    receive(offer->rank[0], kind, offer, agr_invitation_bytes(offer));
}

static void test_a_run_begins_with_what_it_is(void **state)
{
    (void)state;
    assert_true(file_says("config.yaml", "batch_size: 4"));
    assert_true(file_says("events.jsonl", "\"event\": \"start\", \"ranks\": 4"));
    assert_non_null(strstr(said, "placement: ant: rank 0"));
    assert_true(registrar_images_left(books, 1) == 2 * (6 + 2 / 3.0));
    assert_int_equal(fake_n_sent, 0);
    assert_false(registrar_is_done(books));
}

static void test_a_total_is_said_when_the_last_branch_has_the_epoch(void **state)
{
    (void)state;
    report(0, 1, 3, AGR_BRANCH_RUNNING);
    report(0, 2, 2, AGR_BRANCH_FINISHED);
    assert_non_null(strstr(said, "epoch 1/2  ant"));
    assert_non_null(strstr(said, "epoch 2/2  ant"));
    assert_null(strstr(said, "total"));
    report(1, 1, 5, AGR_BRANCH_RUNNING);
    assert_null(strstr(said, "total"));
    report(2, 1, 1, AGR_BRANCH_RUNNING);
    assert_non_null(strstr(said, "epoch 1  total     loss 9.0000  val_loss 9.0000"));
    assert_null(strstr(said, "epoch 2  total"));
    assert_true(file_says("events.jsonl", "\"branch\": \"bee\", \"epoch\": 1"));
}

static char warned[4096];

static void hear_warning(void *context, agr_log_level level, const char *message)
{
    (void)context;
    (void)level;
    snprintf(warned + strlen(warned), sizeof warned - strlen(warned), "%s\n", message);
}

static void report_head(int64_t epoch, double train, double validation)
{
    const agr_epoch_report told = {.branch = 1,
                                   .epoch = epoch,
                                   .train = {{.loss = train}},
                                   .validation = {{.loss = validation}}};
    warned[0] = '\0';
    agr_log_set_sink(hear_warning, NULL, AGR_LOG_WARNING);
    receive(1, MAIL_REPORT, &told, sizeof told);
    agr_log_set_sink(NULL, NULL, AGR_LOG_INFO);
}

/* Heights 0, 1, 2, 4, 5, 6 to train, 3 and 7 to validate: a guess of 3 has losses 28 / 6 and 8. */
static void test_a_head_worse_than_a_guess_is_told_once(void **state)
{
    (void)state;
    report_head(1, 4.7, 7.9);
    assert_string_equal(warned, "");
    report_head(2, 4.6, 8.1);
    assert_string_equal(warned, "");
    report_head(3, 4.7, 8.1);
    assert_non_null(strstr(warned, "branch 'bee': head 'bee_out' was worse in epoch 3"));
    assert_non_null(
        strstr(warned, "loss 4.7 (a guess of 3 for every picture: 4.667), of validation 8.1 (8)"));
    assert_non_null(strstr(warned, "optimizer.lr (now 0.005), init.bias target_mean or -c quick"));
    report_head(4, 100, 100);
    assert_string_equal(warned, "");
}

static void test_without_validation_the_training_loss_decides(void **state)
{
    (void)state;
    report_head(1, 4.7, (double)NAN);
    assert_non_null(strstr(warned, "loss 4.7 (a guess of 3 for every picture: 4.667);"));
}

static void test_a_report_out_of_turn_is_refused(void **state)
{
    (void)state;
    agr_error err;
    bool taken;
    const agr_epoch_report told = {.branch = 0, .epoch = 2};
    const agr_mail mail = fake_mail(0, MAIL_REPORT, &told, sizeof told, NULL, 0);
    assert_int_equal(registrar_receive(books, &mail, &taken, &err), AGR_FORMAT);
}

static void test_the_history_is_written_at_most_once_a_second(void **state)
{
    (void)state;
    report(0, 1, 3, AGR_BRANCH_RUNNING);
    work();
    assert_true(file_says("history.csv", "1,ant"));
    report(0, 2, 2, AGR_BRANCH_RUNNING);
    work();
    assert_false(file_says("history.csv", "2,ant"));
    assert_false(registrar_has_work(books));
    fake_time_s += 1.5;
    assert_true(registrar_has_work(books));
    work();
    assert_true(file_says("history.csv", "2,ant"));
    assert_false(registrar_has_work(books));
}

static void test_ranks_that_are_free_are_offered(void **state)
{
    (void)state;
    work(); /* rank 3 was not named: it sleeps until a team has finished */
    assert_int_equal(fake_count_sent(AGR_MAIL_OFFER, NULL), 0);
    end_team(1, AGR_MAIL_FINISHED);
    work();
    const agr_invitation offer = last_offer(1);
    assert_int_equal(offer.team, 0);
    assert_int_equal(offer.n_ranks, 3);
    work(); /* one offer at a time */
    assert_int_equal(fake_count_sent(AGR_MAIL_OFFER, NULL), 1);
    answer(&offer, AGR_MAIL_ACCEPTED);
    work();
    assert_int_equal(fake_count_sent(AGR_MAIL_OFFER, NULL), 1);
    assert_true(file_says("events.jsonl", "\"event\": \"team\", \"team\": 0, \"ranks\": 3"));
}

static void test_what_one_team_refuses_goes_to_the_next(void **state)
{
    (void)state;
    end_team(1, AGR_MAIL_FINISHED);
    work();
    const agr_invitation first = last_offer(1);
    answer(&first, AGR_MAIL_REFUSED);
    work();
    const agr_invitation second = last_offer(2);
    assert_int_equal(first.team + second.team, 0 + 2);
    answer(&second, AGR_MAIL_REFUSED);
    work(); /* and then nobody is asked until something changes */
    assert_int_equal(fake_count_sent(AGR_MAIL_OFFER, NULL), 2);
    assert_false(file_says("events.jsonl", "\"event\": \"team\","));
    end_team(first.team, AGR_MAIL_FINISHED);
    work();
    assert_int_equal(last_offer(3).team, second.team);
}

static void test_who_is_asked_to_stop_stops_the_run(void **state)
{
    (void)state;
    agr_error err;
    receive(3, MAIL_ASKED, NULL, 0);
    work();
    work();
    assert_int_equal(fake_count_sent(MAIL_STOP, NULL), N_TEAMS); /* each leader, once */
    for (int team = 0; team < N_TEAMS; team++)
        assert_int_equal(fake_sent_mail[team].to, team);
    end_team(1, AGR_MAIL_FINISHED); /* it had nothing left */
    work();
    assert_int_equal(fake_count_sent(AGR_MAIL_OFFER, NULL), 0);
    assert_ok(registrar_verdict(books, &err), err);
    end_team(0, MAIL_STOPPED);
    assert_int_equal(registrar_verdict(books, &err), AGR_STOPPED);
    assert_non_null(strstr(err.text, "--resume"));
}

static void test_a_team_that_stops_stops_the_others(void **state)
{
    (void)state;
    end_team(1, MAIL_STOPPED);
    work();
    assert_int_equal(fake_count_sent(MAIL_STOP, NULL), 2);
    assert_int_equal(fake_sent_mail[0].to, 0);
    assert_int_equal(fake_sent_mail[1].to, 2);
    assert_true(file_says("events.jsonl", "\"event\": \"team stopped\", \"team\": 1"));
}

static void deliver_latest(int branch)
{
    agr_error err;
    agr_snapshot *snapshot;
    float weight[2] = {1, 2};
    int64_t epoch = 1;
    agr_tensor tensor = {.kind = AGR_TENSOR_WEIGHT,
                         .layer = "dense",
                         .parameter = "bias",
                         .rank = 1,
                         .shape = {2},
                         .data = weight};
    agr_value value = {.name = "epoch", .type = AGR_VALUE_INT64, .count = 1, .data = &epoch};
    char layer[1][AGR_NAME_BYTES] = {"dense"};
    const agr_state state = {.n_layers = 1,
                             .layers = layer,
                             .n_tensors = 1,
                             .tensors = &tensor,
                             .n_values = 1,
                             .values = &value};
    const slot_notice notice = {.branch = branch, .epoch = epoch, .slot = "latest"};
    assert_ok(agr_snapshot_create(&state, config.branch[branch].name, &snapshot, &err), err);
    agr_snapshot_take(snapshot, &state);
    assert_ok(archive_deliver(registrar_archive(books), &notice, snapshot, &err), err);
}

static void test_a_run_is_done_when_all_is_in_the_files(void **state)
{
    (void)state;
    agr_error err;
    for (int team = 0; team < N_TEAMS; team++)
        report(team, 1, 3, AGR_BRANCH_FINISHED);
    work();
    deliver_latest(0);
    for (int team = 0; team < N_TEAMS; team++) {
        assert_false(registrar_is_done(books));
        end_team(team, AGR_MAIL_FINISHED);
    }
    assert_false(registrar_is_done(books));
    while (!registrar_is_done(books))
        work();
    assert_int_equal(count_files("checkpoint.h5"), 1);
    assert_true(file_says("log.txt", "checkpoint: ant"));
    assert_true(file_says("history.csv", "1,total"));
    assert_false(registrar_has_work(books));
    assert_ok(registrar_verdict(books, &err), err);
}

static void test_foreign_mail_is_left_alone(void **state)
{
    (void)state;
    agr_error err;
    bool taken = true;
    const agr_mail mail = fake_mail(0, AGR_MAIL_COME, NULL, 0, NULL, 0);
    assert_ok(registrar_receive(books, &mail, &taken, &err), err);
    assert_false(taken);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_run_begins_with_what_it_is),
        CASE(test_a_total_is_said_when_the_last_branch_has_the_epoch),
        CASE(test_a_head_worse_than_a_guess_is_told_once),
        CASE(test_without_validation_the_training_loss_decides),
        CASE(test_a_report_out_of_turn_is_refused),
        CASE(test_the_history_is_written_at_most_once_a_second),
        CASE(test_ranks_that_are_free_are_offered),
        CASE(test_what_one_team_refuses_goes_to_the_next),
        CASE(test_who_is_asked_to_stop_stops_the_run),
        CASE(test_a_team_that_stops_stops_the_others),
        CASE(test_a_run_is_done_when_all_is_in_the_files),
        CASE(test_foreign_mail_is_left_alone),
    };
    return cmocka_run_group_tests(tests, open_set, close_set);
}
