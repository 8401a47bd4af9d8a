/* agr-mpi bench: the training step of a branch, layer by layer beside sgemm. */
#include "bench_kinds.h"
#include "cli.h"
#include "options.h"
#include "setup.h"

#include <agr/base/clock.h>
#include <agr/base/pool.h>
#include <agr/comm/team.h>
#include <agr/comm/wait.h>
#include <agr/kernels/isa.h>
#include <agr/kernels/peak.h>
#include <agr/train/stand_in.h>
#include <agr/train/start.h>
#include <agr/train/trainee.h>
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WARM_UP_STEPS = 2, MAX_STEPS = 1000, SGEMM_REPEATS = 5, PEAK_REPEATS = 10 };

typedef struct {
    const char *config;
    int64_t steps;
    bool json;
    cli_overrides overrides;
} bench_options;

typedef struct {
    agr_world *world;
    agr_config config;
    agr_stand_in stand_in;
    agr_team *team;
    agr_pool *pool;
    agr_trainee *trainee;
    agr_trainee_room room;
    int n_steps;
    double step_s[MAX_STEPS];
    double feed_s;              /* of one batch, this rank's part */
    double sgemm_s;             /* of AGR_SGEMM_FLOP on one thread */
    double fma_rate, bf16_rate; /* operations a second of one core, in registers */
    double exchange_share;
    agr_sent sent; /* by this rank, in those steps */
} bench;

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *value, int n)
{
    qsort(value, (size_t)n, sizeof *value, compare_doubles);
    return n % 2 == 1 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

/* ---- measuring ---- */

static agr_status make_trainee(bench *b, const bench_options *o, agr_error *err)
{
    enum { SIDE = 96 };
    strcpy(b->config.balance.by, "none"); /* the pictures are made up; a step costs the same */
    const int64_t n_images = (WARM_UP_STEPS + o->steps) * b->config.data.batch_size;
    AGR_TRY(agr_stand_in_create(&b->config, n_images, SIDE, SIDE, &b->stand_in, err));
    return agr_trainee_create(&b->config, 0, &b->stand_in.set, &b->trainee, err);
}

static agr_status open_bench(bench *b, const bench_options *o, agr_error *err)
{
    agr_group *group = agr_world_group(b->world);
    AGR_TRY(agr_agree(group, make_trainee(b, o, err), err));
    const agr_team_limits limits = {.name = agr_trainee_name(b->trainee),
                                    .max_micro_batches = agr_trainee_max_micro_batches(b->trainee),
                                    .max_width = agr_trainee_sum_width(b->trainee)};
    AGR_TRY(agr_start_team(b->world, &limits, b->config.threads, &b->team, &b->pool, err));
    const agr_status planned = agr_trainees_plan(&b->trainee, 1, b->team, b->pool, &b->room, err);
    AGR_TRY(agr_agree(group, planned, err));
    agr_trainee_initialise(b->trainee);
    return AGR_OK;
}

static agr_sent traffic_since(agr_sent now, const agr_sent *before)
{
    for (int kind = 0; kind < AGR_SENT_KINDS; kind++)
        for (int far = 0; far < 2; far++) {
            now.sent[kind][far].messages -= before->sent[kind][far].messages;
            now.sent[kind][far].bytes -= before->sent[kind][far].bytes;
        }
    return now;
}

/* Steps of the loop that `train` runs; everything that is not a step is left out. */
static agr_status time_steps(bench *b, int n_steps, agr_error *err)
{
    agr_wait_times before = {0};
    agr_sent sent = {0};
    for (int step = -WARM_UP_STEPS; step < n_steps; step++) {
        if (step == 0) {
            agr_network_reset_times(agr_trainee_network(b->trainee));
            before = agr_wait_read_times(b->world);
            sent = agr_team_sent(b->team);
        }
        const double start_s = agr_clock_s();
        AGR_TRY(agr_trainee_step(b->trainee, err));
        if (step >= 0)
            b->step_s[step] = agr_clock_s() - start_s;
    }
    const agr_wait_times after = agr_wait_read_times(b->world);
    b->n_steps = n_steps;
    b->sent = traffic_since(agr_team_sent(b->team), &sent);
    b->exchange_share = (after.waiting_s[AGR_WAIT_EXCHANGE] - before.waiting_s[AGR_WAIT_EXCHANGE]) /
                        (after.elapsed_s - before.elapsed_s);
    return AGR_OK;
}

/* The part of a step that brings the pictures together, augmentation included. */
static void time_feed(bench *b)
{
    enum { REPEATS = 5 };
    const agr_batch batch = {.sample = b->stand_in.sample, .n_samples = b->config.data.batch_size};
    double time[REPEATS];
    for (int i = 0; i < REPEATS; i++) {
        const double start_s = agr_clock_s();
        agr_feed_fill(agr_trainee_feed(b->trainee), &batch, AGR_FEED_AUGMENTED);
        time[i] = agr_clock_s() - start_s;
    }
    b->feed_s = median(time, REPEATS);
}

/* What the layers are held against: one core, while the other ranks have ended. */
static agr_status time_the_core(bench *b, agr_error *err)
{
    b->fma_rate = agr_fma_rate(PEAK_REPEATS);
    b->bf16_rate = agr_bf16_rate(PEAK_REPEATS);
    return agr_sgemm_time(SGEMM_REPEATS, &b->sgemm_s, err);
}

static agr_status measure(bench *b, const bench_options *o, agr_error *err)
{
    const cli_config_source source = {.name = o->config, .overrides = &o->overrides};
    AGR_TRY(cli_share_config(b->world, &source, &b->config, err));
    AGR_TRY(agr_start_gemm(b->world, &b->config, err));
    AGR_TRY(open_bench(b, o, err));
    AGR_TRY(time_steps(b, (int)o->steps, err));
    time_feed(b);
    AGR_TRY(agr_group_barrier(agr_world_group(b->world), err));
    return agr_world_rank(b->world) == 0 ? time_the_core(b, err) : AGR_OK;
}

/* ---- reporting ---- */

typedef struct {
    const agr_layer *layer;
    agr_layer_cost cost;
    double forward_ms, backward_ms;         /* a step, on this rank */
    double forward_gflops, backward_gflops; /* operations of a direct evaluation over time */
    double share;                           /* of the sgemm rate of all threads of this rank */
    double megabytes;                       /* forward, a step */
} layer_row;

static double images_here(const bench *b)
{
    const agr_shard shard =
        agr_team_shard(b->team, b->config.data.batch_size, b->config.data.micro_batch);
    return (double)agr_shard_images(&shard);
}

static double sgemm_gflops(const bench *b)
{
    return AGR_SGEMM_FLOP / b->sgemm_s * 1e-9;
}

static layer_row make_row(const bench *b, int i)
{
    const agr_network *network = agr_trainee_network(b->trainee);
    const agr_layer_time time = agr_network_layer_time(network, i);
    const double n_images = images_here(b);
    layer_row row = {.layer = agr_network_layer(network, i), .cost = agr_network_cost(network, i)};
    row.forward_ms = time.forward_s / b->n_steps * 1e3;
    row.backward_ms = time.backward_s / b->n_steps * 1e3;
    if (row.forward_ms > 0)
        row.forward_gflops = row.cost.flop_forward * n_images / row.forward_ms * 1e-6;
    if (row.backward_ms > 0)
        row.backward_gflops = row.cost.flop_backward * n_images / row.backward_ms * 1e-6;
    const double total_ms = row.forward_ms + row.backward_ms;
    const double flop = (row.cost.flop_forward + row.cost.flop_backward) * n_images;
    if (total_ms > 0)
        row.share = flop / total_ms * 1e-6 / (sgemm_gflops(b) * agr_pool_size(b->pool));
    row.megabytes = row.cost.bytes_forward * n_images * 1e-6;
    return row;
}

typedef struct {
    double step_ms, images_per_s, assembly_ms, effective_gflops;
    bench_kinds kinds;
} summary;

/* Shares are of the mean of the steps, as the times of the layers are. */
static double mean_step_ms(const bench *b)
{
    double sum = 0;
    for (int i = 0; i < b->n_steps; i++)
        sum += b->step_s[i];
    return sum / b->n_steps * 1e3;
}

static summary summarise(bench *b)
{
    const double step_s = median(b->step_s, b->n_steps);
    const agr_layer_cost total = agr_network_total_cost(agr_trainee_network(b->trainee));
    summary s = {.step_ms = step_s * 1e3,
                 .images_per_s = b->config.data.batch_size / step_s,
                 .assembly_ms = b->feed_s * 1e3};
    s.effective_gflops = (total.flop_forward + total.flop_backward) * s.images_per_s * 1e-9;
    bench_kinds_of(agr_trainee_network(b->trainee), b->n_steps, mean_step_ms(b), s.assembly_ms,
                   &s.kinds);
    return s;
}

static const char *precision_name(const bench *b)
{
    return b->config.compute.precision == AGR_PRECISION_BF16 ? "bf16" : "fp32";
}

static void print_kinds(const bench *b, const bench_kinds *kinds)
{
    const double step_ms = mean_step_ms(b);
    printf("of a step:");
    for (int i = 0; i < kinds->n; i++)
        printf("%s %s %.1f %%", i > 0 ? "," : "", kinds->item[i].name,
               100 * kinds->item[i].ms / step_ms);
    printf("\n");
}

static const char *const traffic_name[] = {"sums", "gradients"};

static void print_traffic(const bench *b)
{
    printf("sent by rank 0 a step:");
    for (int kind = 0; kind < AGR_SENT_KINDS; kind++) {
        const agr_sent_count *near = &b->sent.sent[kind][0], *far = &b->sent.sent[kind][1];
        printf("%s %s %.0f messages, %.3f MB (to other nodes %.0f, %.3f MB)", kind > 0 ? ";" : "",
               traffic_name[kind], (double)(near->messages + far->messages) / b->n_steps,
               (double)(near->bytes + far->bytes) / b->n_steps * 1e-6,
               (double)far->messages / b->n_steps, (double)far->bytes / b->n_steps * 1e-6);
    }
    printf("\n");
}

static void print_text(bench *b)
{
    const summary s = summarise(b);
    const double sgemm = sgemm_gflops(b);
    printf("branch %s, batch %d, %d rank%s x %d thread%s, %s, kernels %s, on %s\n",
           agr_trainee_name(b->trainee), b->config.data.batch_size, agr_team_size(b->team),
           agr_team_size(b->team) > 1 ? "s" : "", agr_pool_size(b->pool),
           agr_pool_size(b->pool) > 1 ? "s" : "", precision_name(b), agr_kernels_description(),
           agr_cpu_model());
    printf("%-28s %-12s %10s %10s %9s %9s %7s %9s\n", "layer", "output", "fwd ms", "bwd ms",
           "fwd GF/s", "bwd GF/s", "/sgemm", "fwd MB");
    for (int i = 0; i < agr_network_n_layers(agr_trainee_network(b->trainee)); i++) {
        const layer_row row = make_row(b, i);
        char extent[32];
        snprintf(extent, sizeof extent, "%lldx%lldx%lld", (long long)row.layer->out.height,
                 (long long)row.layer->out.width, (long long)row.layer->out.channels);
        printf("%-28s %-12s %10.3f %10.3f %9.1f %9.1f %7.2f %9.2f\n", row.layer->name, extent,
               row.forward_ms, row.backward_ms, row.forward_gflops, row.backward_gflops, row.share,
               row.megabytes);
    }
    printf(
        "one core: sgemm 1024x1024x1024 %.1f GFLOP/s; in registers fp32 %.1f, bf16 %.1f GFLOP/s\n",
        sgemm, b->fma_rate * 1e-9, b->bf16_rate * 1e-9);
    print_kinds(b, &s.kinds);
    if (agr_team_size(b->team) > 1)
        printf("waiting in exchanges: %.1f %% of the time of rank 0\n", 100 * b->exchange_share);
    if (agr_team_size(b->team) > 1)
        print_traffic(b);
    printf("median of %d steps: %.3f ms, %.1f images/s, %.1f effective GFLOP/s (%.2f x sgemm)\n",
           b->n_steps, s.step_ms, s.images_per_s, s.effective_gflops, s.effective_gflops / sgemm);
}

static cJSON *json_layer(const layer_row *row)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", row->layer->name);
    cJSON_AddStringToObject(object, "kind", row->layer->kind->name);
    cJSON_AddNumberToObject(object, "forward_ms", row->forward_ms);
    cJSON_AddNumberToObject(object, "backward_ms", row->backward_ms);
    cJSON_AddNumberToObject(object, "forward_gflops", row->forward_gflops);
    cJSON_AddNumberToObject(object, "backward_gflops", row->backward_gflops);
    cJSON_AddNumberToObject(object, "share_of_sgemm", row->share);
    cJSON_AddNumberToObject(object, "forward_bytes", row->megabytes * 1e6);
    return object;
}

static void add_traffic(const bench *b, cJSON *root)
{
    cJSON *sent = cJSON_AddObjectToObject(root, "sent_a_step");
    for (int kind = 0; kind < AGR_SENT_KINDS; kind++) {
        const agr_sent_count *near = &b->sent.sent[kind][0], *far = &b->sent.sent[kind][1];
        cJSON *object = cJSON_AddObjectToObject(sent, traffic_name[kind]);
        cJSON_AddNumberToObject(object, "messages",
                                (double)(near->messages + far->messages) / b->n_steps);
        cJSON_AddNumberToObject(object, "bytes", (double)(near->bytes + far->bytes) / b->n_steps);
        cJSON_AddNumberToObject(object, "messages_to_other_nodes",
                                (double)far->messages / b->n_steps);
        cJSON_AddNumberToObject(object, "bytes_to_other_nodes", (double)far->bytes / b->n_steps);
    }
}

static agr_status print_json(bench *b, agr_error *err)
{
    const summary s = summarise(b);
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "images_per_s", s.images_per_s);
    cJSON_AddNumberToObject(root, "step_ms", s.step_ms);
    cJSON_AddStringToObject(root, "branch", agr_trainee_name(b->trainee));
    cJSON_AddNumberToObject(root, "batch", b->config.data.batch_size);
    cJSON_AddNumberToObject(root, "micro_batch", b->config.data.micro_batch);
    cJSON_AddNumberToObject(root, "steps", b->n_steps);
    cJSON_AddNumberToObject(root, "ranks", agr_team_size(b->team));
    cJSON_AddNumberToObject(root, "threads", agr_pool_size(b->pool));
    cJSON_AddStringToObject(root, "precision", precision_name(b));
    cJSON_AddStringToObject(root, "kernels", agr_kernels_description());
    cJSON_AddNumberToObject(root, "assembly_ms", s.assembly_ms);
    cJSON_AddNumberToObject(root, "exchange_share", b->exchange_share);
    cJSON_AddNumberToObject(root, "sgemm_gflops", sgemm_gflops(b));
    cJSON_AddNumberToObject(root, "fma_gflops", b->fma_rate * 1e-9);
    cJSON_AddNumberToObject(root, "bf16_gflops", b->bf16_rate * 1e-9);
    cJSON_AddNumberToObject(root, "effective_gflops", s.effective_gflops);
    add_traffic(b, root);
    cJSON *kinds = cJSON_AddObjectToObject(root, "step_ms_by_kind");
    for (int i = 0; i < s.kinds.n; i++)
        cJSON_AddNumberToObject(kinds, s.kinds.item[i].name, s.kinds.item[i].ms);
    cJSON *layers = cJSON_AddArrayToObject(root, "layers");
    for (int i = 0; i < agr_network_n_layers(agr_trainee_network(b->trainee)); i++) {
        const layer_row row = make_row(b, i);
        cJSON_AddItemToArray(layers, json_layer(&row));
    }
    return cli_print_json(root, err);
}

static agr_status report(bench *b, const bench_options *o, agr_error *err)
{
    if (agr_world_rank(b->world) != 0)
        return AGR_OK;
    if (o->json)
        return print_json(b, err);
    print_text(b);
    return AGR_OK;
}

static agr_status check_branch(const cli_overrides *set, agr_error *err)
{
    for (int i = 0; i < set->n; i++)
        if (strncmp(set->item[i].origin, "--branch", strlen("--branch")) == 0 &&
            strchr(set->item[i].value, ',') != NULL)
            return agr_error_set(err, AGR_USAGE, "%s: expected one branch, found '%s'",
                                 set->item[i].origin, set->item[i].value);
    return AGR_OK;
}

agr_status cmd_bench(int argc, char **argv, agr_error *err)
{
    static bench_options o = {.steps = 10};
    cli_overrides *set = &o.overrides;
    const cli_option option[] = {
        {"branch", 0, CLI_SETTING, "NAME", set, "the branch to measure (default: the first)",
         .key = "train.branches"},
        {"branches", 0, CLI_SETTING, "NAME", set, "the same, as the other commands call it",
         .key = "train.branches"},
        {"batch", 0, CLI_SETTING, "N", set, "images of a step (32)", .key = "data.batch_size"},
        {"steps", 0, CLI_INTEGER, "N", &o.steps, "steps to measure (10)", .min = 1,
         .max = MAX_STEPS},
        {"threads", 0, CLI_SETTING, "N", set, "threads of each rank", .key = "threads"},
        {"config", 'c', CLI_TEXT, "FILE", &o.config,
         "a file, or a built-in name (seed, quick, best)"},
        {"set", 0, CLI_SET, "KEY=VALUE", set, "change one setting; may be repeated"},
        {"precision", 0, CLI_SETTING, "WHAT", set, "fp32, or bf16 where a layer can",
         .key = "compute.precision"},
        {"json", 0, CLI_FLAG, NULL, &o.json, "print JSON"},
    };
    const cli_syntax syntax = {
        .verb = "bench",
        .positionals = "",
        .summary =
            "Measures the training step of one branch, layer by layer, on random pictures of "
            "96x96, and what sgemm does on the same core. Under mpirun: the data-parallel "
            "step of all ranks, exchanges included.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    static bench b;
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help)
        return AGR_OK;
    AGR_TRY(check_branch(set, err));
    AGR_TRY(agr_world_start(&b.world, err));
    agr_status status = measure(&b, &o, err);
    if (status == AGR_OK)
        status = report(&b, &o, err);
    agr_trainee_destroy(b.trainee);
    agr_trainee_room_release(&b.room);
    agr_team_destroy(b.team);
    agr_pool_destroy(b.pool);
    agr_stand_in_release(&b.stand_in);
    agr_config_release(&b.config);
    return cli_end_world(b.world, status, err);
}
