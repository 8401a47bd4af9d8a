/* Three teams count steps; the two short ones finish and their ranks join the long one, which must
 * not notice: every step's sums have the local bits. It has work until all ranks have joined it, however
 * slow they are. */
#include "mpi_test.h"

#include <agr/comm/handover.h>
#include <agr/comm/wait.h>

enum { N_IMAGES = 30, MICRO_BATCH = 2, N_LEAVES = 15, WIDTH = 5 };

static const int64_t n_steps[3] = {40, 6, 20};
static agr_error err;

typedef struct {
    agr_mailbox *mailbox;
    agr_board *board; /* rank 0 */
    int n_finished;   /* teams; rank 0 */
    agr_team *team;   /* NULL: idle */
    int branch;       /* team i trains branch i */
    int64_t step;
    bool has_offer; /* leader */
    agr_invitation offer;
    bool told_to_leave;
    int n_grown; /* teams this rank saw grow */
} player;

static agr_team_limits limits(void)
{
    return (agr_team_limits){"counting", N_LEAVES, WIDTH};
}

static void fill(double *leaves, const agr_shard *shard, int branch, int64_t step)
{
    for (int64_t i = 0; i < shard->count * WIDTH; i++)
        leaves[i] =
            test_random((uint32_t)branch, (uint64_t)(step * 1000 + shard->first * WIDTH + i));
}

static agr_control train_step(player *p)
{
    double leaves[N_LEAVES * WIDTH], total[WIDTH], expected[WIDTH];
    const agr_shard whole = agr_shard_whole(N_IMAGES, MICRO_BATCH);
    const agr_shard mine = agr_team_shard(p->team, N_IMAGES, MICRO_BATCH);
    agr_reducer *local = agr_reducer_local();
    fill(leaves, &whole, p->branch, p->step);
    assert_ok(local->ops->sum(local, &whole, leaves, WIDTH, expected, &err), err);
    fill(leaves, &mine, p->branch, p->step);
    agr_reducer *reducer = agr_team_reducer(p->team);
    assert_ok(reducer->ops->sum(reducer, &mine, leaves, WIDTH, total, &err), err);
    assert_memory_equal(total, expected, sizeof total);
    p->step++;
    agr_control decision;
    assert_ok(agr_team_decide(p->team, p->has_offer ? AGR_CONTROL_ADMIT : AGR_CONTROL_GO, &decision,
                              &err),
              err);
    return decision;
}

static void share_position(player *p)
{
    int64_t position[2] = {p->branch, p->step};
    assert_ok(agr_group_broadcast(agr_team_group(p->team), 0, position, sizeof position, &err),
              err);
    p->branch = (int)position[0];
    p->step = position[1];
    p->n_grown++;
}

static void admit(player *p)
{
    const agr_team_limits wanted = limits();
    assert_ok(agr_team_admit(test_world, p->mailbox, &p->team, &p->offer, &wanted, &err), err);
    p->has_offer = false;
    if (p->team != NULL)
        share_position(p);
}

static void join(player *p, const agr_mail *mail)
{
    agr_invitation invitation;
    assert_ok(agr_invitation_read(mail, &invitation, &err), err);
    assert_null(p->team);
    const agr_team_limits wanted = limits();
    assert_ok(agr_team_join(test_world, &invitation, &wanted, &p->team, &err), err);
    share_position(p);
}

static bool is_over(const player *p)
{
    const bool all_are_here = agr_team_size(p->team) == agr_world_size(test_world);
    return p->step >= n_steps[p->branch] && (p->branch != 0 || all_are_here);
}

static void consider(player *p, const agr_mail *mail)
{
    agr_invitation offer;
    assert_ok(agr_invitation_read(mail, &offer, &err), err);
    if (p->team != NULL && agr_team_rank(p->team) == 0 && offer.team == p->branch &&
        (p->branch == 0 || p->step + 2 < n_steps[p->branch])) {
        p->offer = offer;
        p->has_offer = true;
        return;
    }
    assert_ok(agr_mailbox_send(p->mailbox, 0, AGR_MAIL_REFUSED, &offer,
                               agr_invitation_bytes(&offer), &err),
              err);
}

static void keep_book(player *p, const agr_mail *mail)
{
    agr_invitation answered;
    int32_t team;
    if (mail->kind == AGR_MAIL_FINISHED) {
        memcpy(&team, mail->payload, sizeof team);
        agr_board_finished(p->board, team);
        p->n_finished++;
    } else {
        assert_ok(agr_invitation_read(mail, &answered, &err), err);
        agr_board_answered(p->board, answered.tag, mail->kind == AGR_MAIL_ACCEPTED);
    }
}

static void read_mail(player *p)
{
    agr_mail mail;
    assert_ok(agr_mailbox_poll(p->mailbox, &err), err);
    while (agr_mailbox_next(p->mailbox, &mail)) {
        if (mail.kind == AGR_MAIL_COME)
            join(p, &mail);
        else if (mail.kind == AGR_MAIL_OFFER)
            consider(p, &mail);
        else if (mail.kind == AGR_MAIL_FAREWELL)
            p->told_to_leave = true;
        else
            keep_book(p, &mail);
        agr_mailbox_drop(p->mailbox);
    }
}

/* Rank 0 between its own steps, or while it has none. */
static void direct(player *p)
{
    agr_invitation offer;
    while (agr_board_offer(p->board, &offer))
        assert_ok(agr_mailbox_send(p->mailbox, agr_board_leader(p->board, offer.team),
                                   AGR_MAIL_OFFER, &offer, agr_invitation_bytes(&offer), &err),
                  err);
    if (p->n_finished < 3 || p->told_to_leave)
        return;
    for (int to = 0; to < agr_world_size(test_world); to++)
        assert_ok(agr_mailbox_send(p->mailbox, to, AGR_MAIL_FAREWELL, NULL, 0, &err), err);
    p->told_to_leave = true;
}

static void finish(player *p)
{
    const int32_t team = p->branch;
    if (agr_team_rank(p->team) == 0) {
        assert_false(p->has_offer);
        assert_ok(agr_mailbox_send(p->mailbox, 0, AGR_MAIL_FINISHED, &team, sizeof team, &err),
                  err);
    }
    agr_team_destroy(p->team);
    p->team = NULL;
}

static void play(player *p)
{
    while (!p->told_to_leave) {
        if (p->team == NULL)
            assert_ok(test_wait_for_mail(p->mailbox, &err), err);
        read_mail(p);
        if (p->board != NULL)
            direct(p);
        if (p->team == NULL)
            continue;
        if (is_over(p))
            finish(p);
        else if (train_step(p) == AGR_CONTROL_ADMIT)
            admit(p);
    }
}

static void start(player *p, const agr_placement_input *input, const agr_placement *placement)
{
    const int rank = agr_world_rank(test_world);
    const agr_mailbox_plan plan = {.max_bytes = 1024, .n_outgoing = 16, .n_queued = 32};
    assert_ok(agr_mailbox_create(test_world, &plan, &p->mailbox, &err), err);
    if (rank == 0)
        assert_ok(agr_board_create(input, placement, &p->board, &err), err);
    for (int i = 0; i < placement->n_teams; i++) {
        const agr_placement_team *team = &placement->team[i];
        int ranks[64];
        for (int j = 0; j < team->n_ranks; j++)
            ranks[j] = team->first_rank + j;
        if (rank < team->first_rank || rank >= team->first_rank + team->n_ranks)
            continue;
        p->branch = i;
        const agr_team_limits wanted = limits();
        assert_ok(agr_team_create(test_world, ranks, team->n_ranks, i, &wanted, &p->team, &err),
                  err);
    }
}

static void test_ranks_that_finish_join_the_rest(void **state)
{
    (void)state;
    const int size = agr_world_size(test_world);
    agr_placement_input input = {.n_branches = 3,
                                 .n_ranks = size,
                                 .ranks_per_node = size,
                                 .cores_per_node = size,
                                 .links = AGR_LINKS_ASSUMED};
    for (int b = 0; b < 3; b++) {
        input.branch[b] = (agr_placement_branch){.image_ms = 1,
                                                 .images_left = (double)n_steps[b] * N_IMAGES,
                                                 .batch = N_IMAGES,
                                                 .micro_batch = MICRO_BATCH,
                                                 /* so that ranks are worth more than threads */
                                                 .thread_loss = 0.5};
        snprintf(input.branch[b].name, sizeof input.branch[b].name, "%c", 'a' + b);
    }
    agr_placement placement;
    assert_ok(
        agr_placement_parse(size > 4 ? "a:2,b:1,c:1" : "a:1,b:1,c:1", &input, &placement, &err),
        err);
    player p = {.branch = -1};
    start(&p, &input, &placement);
    play(&p);
    int64_t grown = p.n_grown > 0;
    assert_ok(agr_group_sum(agr_world_group(test_world), &grown, 1, &err), err);
    /* How often each rank was in a team that grew depends on who finished when. */
    assert_int_equal(grown, size);
    agr_mailbox_destroy(p.mailbox);
    agr_board_destroy(p.board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks_that_finish_join_the_rest),
    };
    return test_run_in_world("handover", tests, sizeof tests / sizeof tests[0]);
}
