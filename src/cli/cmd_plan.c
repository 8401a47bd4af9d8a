/* agr-mpi plan: layers, memory, teams and the time a run would take. */
#include "cli.h"
#include "options.h"
#include "setup.h"

#include <agr/base/cpu.h>
#include <agr/base/duration.h>
#include <agr/base/file.h>
#include <agr/base/size.h>
#include <agr/comm/placement.h>
#include <agr/data/order.h>
#include <agr/train/costs.h>
#include <agr/train/stand_in.h>
#include <agr/train/labels.h>
#include <agr/train/start.h>
#include <agr/train/trainee.h>
#include <agr/train/units.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The table goes to twice the ranks planned for, within these; every count up to DENSE_RANKS, beyond those
 * that differ by an eighth or less of a power of two. */
enum { FEWEST_RANKS = 16, MOST_RANKS = 1024, DENSE_RANKS = 64, STEPS_AN_OCTAVE = 8 };

/* Of the time to the end: a rank count that gains less is not worth a line. */
#define LEAST_GAIN 0.99

typedef struct {
    const char *config, *data;
    int64_t ranks, ranks_per_node, threads, images;
    cli_overrides overrides;
} plan_options;

/* What is planned for: the dataset where there is one, else as many pictures as asked for. */
typedef struct {
    agr_config config;
    agr_dataset *dataset; /* NULL: none */
    agr_training_set set; /* what the trainees are made for */
    agr_stand_in stand_in;
    agr_trainee *trainee[AGR_CONFIG_MAX_BRANCHES];
} subject;

/* ---- members of a population ---- */

/* Is there a branch before it with the same network and epochs, that says the same in a table? */
static bool is_said_before(const subject *s, int b)
{
    const agr_branch_config *branch = s->config.branch;
    for (int before = 0; before < b; before++)
        if (agr_members_share_network(&branch[before].member, &branch[b].member))
            return true;
    return false;
}

static int count_alike(const subject *s, int b)
{
    const agr_branch_config *branch = s->config.branch;
    int n = 0;
    for (int i = 0; i < s->config.n_branches; i++)
        n += agr_members_share_network(&branch[i].member, &branch[b].member);
    return n;
}

/* "race", or "race (25 x)". */
static void print_kind(const subject *s, int b)
{
    const int n = count_alike(s, b);
    printf("%s", s->config.branch[b].member.base);
    if (n > 1)
        printf(" (%d x)", n);
}

/* ---- the layer tables ---- */

static void print_extent(agr_extent extent)
{
    char text[48];
    snprintf(text, sizeof text, "%lldx%lldx%lld", (long long)extent.height, (long long)extent.width,
             (long long)extent.channels);
    printf(" %-14s", text);
}

static void print_layers(const agr_network *network)
{
    printf("\nbranch %s\n%-28s %-25s %-14s %-14s %12s %15s\n", agr_network_name(network), "layer",
           "kind", "in", "out", "parameters", "MACs/image");
    for (int i = 0; i < agr_network_n_layers(network); i++) {
        const agr_layer *layer = agr_network_layer(network, i);
        const agr_layer_cost cost = agr_network_cost(network, i);
        printf("%-28s %-25s", layer->name, layer->kind->name);
        print_extent(layer->in);
        print_extent(layer->out);
        printf("%12lld %15.0f\n", (long long)cost.n_parameters, cost.multiply_adds);
    }
    const agr_layer_cost total = agr_network_total_cost(network);
    printf("%-28s %-25s  %-14s %-14s%12lld %15.0f   (%lld trained)\n", "total", "", "", "",
           (long long)total.n_parameters, total.multiply_adds, (long long)total.n_trained);
}

static agr_status print_memory(const subject *s, int b, int threads, agr_error *err)
{
    agr_pool *pool;
    agr_network_memory memory;
    AGR_TRY(agr_pool_create(threads, &pool, err));
    const agr_network_plan_options plan = agr_trainee_plan_options(s->trainee[b], 0, 1, pool);
    const agr_status status =
        agr_network_measure(agr_trainee_network(s->trainee[b]), &plan, &memory, err);
    agr_pool_destroy(pool);
    AGR_TRY(status);
    printf("memory of a rank that trains it alone, batches of %lld: %.1f MiB (parameters %.1f, "
           "gradients %.1f, optimizer %.1f, activations %.1f, work %.1f)\n",
           (long long)plan.max_images, (double)memory.total / 0x1p20,
           (double)memory.parameters / 0x1p20, (double)memory.gradients / 0x1p20,
           (double)memory.slots / 0x1p20, (double)memory.activations / 0x1p20,
           (double)memory.work / 0x1p20);
    return AGR_OK;
}

static agr_status print_branch(const subject *s, int b, const plan_options *o, int64_t *n_total,
                               agr_error *err)
{
    agr_network *network = agr_trainee_network(s->trainee[b]);
    *n_total += agr_network_total_cost(network).n_parameters;
    if (is_said_before(s, b))
        return AGR_OK;
    print_layers(network);
    return print_memory(s, b, (int)o->threads, err);
}

/* ---- the placement ---- */

/* Cores of a node that holds n of the ranks planned for: what they bring, unless told. */
static int cores_of_node(const subject *s, const plan_options *o, int n)
{
    const int told = s->config.comm.cores_per_node;
    return told > 0 ? told : n * (int)o->threads;
}

static agr_status fill_input(const subject *s, const plan_options *o, agr_placement_input *input,
                             agr_error *err)
{
    *input = (agr_placement_input){
        .n_branches = s->config.n_branches,
        .n_ranks = (int)o->ranks,
        .ranks_per_node = (int)(o->ranks_per_node > 0 ? o->ranks_per_node : o->ranks),
        .threads = s->config.threads,
    };
    bool is_given;
    AGR_TRY(agr_links_from(&s->config, &input->links, &is_given, err));
    input->cores_per_node = cores_of_node(s, o, input->ranks_per_node);
    if (s->config.n_branches > AGR_PLACEMENT_MAX_BRANCHES)
        return agr_error_set(err, AGR_UNSUPPORTED, "expected at most %d branches, found %d",
                             AGR_PLACEMENT_MAX_BRANCHES, s->config.n_branches);
    agr_list_branches(&s->config, input);
    for (int b = 0; b < s->config.n_branches; b++)
        input->branch[b].images_left = agr_trainee_images_left(s->trainee[b]);
    return agr_measure_branches(&s->config, &s->stand_in.set, input->branch, err);
}

static double last_end_s(const agr_placement *placement, const agr_placement_likeness *likeness,
                         int first)
{
    double end_s = 0;
    for (int t = first; t < placement->n_teams; t++)
        if (likeness->first_team[t] == first)
            end_s = fmax(end_s, placement->team[t].end_s);
    return end_s;
}

/* Team t and those like it, t being the first. */
static void print_teams(const agr_placement_input *input, const agr_placement *placement,
                        const agr_placement_likeness *likeness, int t)
{
    agr_text who = {0}, ranks = {0};
    const bool is_one = likeness->n_teams[t] == 1;
    const agr_placement_team *team = &placement->team[t];
    const agr_placement_branch *first = &input->branch[team->branch[0]];
    const int64_t micro_batches = agr_epoch_batches(first->batch, first->micro_batch);
    char end[AGR_DURATION_BYTES];
    agr_placement_add_branches(input, placement, likeness, t, &who);
    agr_placement_add_ranks(placement, likeness, t, &ranks);
    if (!who.failed && !ranks.failed)
        printf(
            "  %s: %s, %s%d computing x %d thread%s, up to %lld of %lld micro-batches each, step "
            "%.3g ms, own branches done after %s\n",
            who.data, ranks.data, is_one ? "" : "each ", team->layout.n_computing,
            team->layout.threads, team->layout.threads > 1 ? "s" : "",
            (long long)agr_epoch_batches(micro_batches, team->layout.n_computing),
            (long long)micro_batches, team->layout.step_ms,
            agr_duration_text(last_end_s(placement, likeness, t), end));
    agr_text_release(&who);
    agr_text_release(&ranks);
}

/* What each of a team's computing ranks holds: the models of all its branches, and what those take turns
 * in once. */
static agr_status print_team_memory(const subject *s, const agr_placement_team *team,
                                    agr_error *err)
{
    agr_trainee *trainee[AGR_CONFIG_MAX_BRANCHES];
    agr_trainee_memory memory;
    agr_pool *pool;
    for (int i = 0; i < team->n_branches; i++)
        trainee[i] = s->trainee[team->branch[i]];
    AGR_TRY(agr_pool_create(team->layout.threads, &pool, err));
    const agr_status status = agr_trainees_measure(trainee, team->n_branches, 0,
                                                   team->layout.n_computing, pool, &memory, err);
    agr_pool_destroy(pool);
    AGR_TRY(status);
    const size_t in_turns = memory.networks + memory.feeds;
    printf("    memory of a rank: %.1f MiB (models %.1f, what they train in one after the other "
           "%.1f)\n",
           (double)(memory.own + in_turns) / 0x1p20, (double)memory.own / 0x1p20,
           (double)in_turns / 0x1p20);
    return AGR_OK;
}

static int next_count(int n, int planned)
{
    int octave = 1;
    while (2 * octave <= n)
        octave *= 2;
    const int next = n < DENSE_RANKS ? n + 1 : n + octave / STEPS_AN_OCTAVE;
    const int on_grid = n < DENSE_RANKS ? next : next - next % (octave / STEPS_AN_OCTAVE);
    return n < planned && planned < on_grid ? planned : on_grid;
}

/* What rank 0 holds of all branches while it writes a checkpoint: the states and best models in the
 * file, those that come meanwhile, and the file twice. */
static agr_status print_checkpoint_memory(const subject *s, agr_error *err)
{
    enum { TIMES = 4 };
    size_t n_bytes = 0;
    for (int b = 0; b < s->config.n_branches; b++) {
        const agr_network_plan_options plan = agr_trainee_plan_options(s->trainee[b], 0, 1, NULL);
        agr_network_memory memory;
        AGR_TRY(agr_network_measure(agr_trainee_network(s->trainee[b]), &plan, &memory, err));
        n_bytes += memory.total - agr_network_memory_of_workspace(&memory) + memory.parameters;
    }
    printf("  rank 0 takes up to %.1f MiB more while it writes a checkpoint of all branches\n",
           TIMES * (double)n_bytes / 0x1p20);
    return AGR_OK;
}

/* As if the machine grew with its ranks: each brings what the ranks of the plan above bring. */
static agr_status print_staircase(const subject *s, const plan_options *o,
                                  agr_placement_input input, agr_error *err)
{
    const int most = (int)agr_min_i64(agr_max_i64(2 * o->ranks, FEWEST_RANKS), MOST_RANKS);
    double best_s = HUGE_VAL;
    printf("\nuseful rank counts up to %d (each at least 1 %% faster than any smaller one; "
           "speed-up over one "
           "rank with one thread):\n%6s %12s %9s\n",
           most, "ranks", "to the end", "speed-up");
    for (int n = 1; n <= most; n = next_count(n, (int)o->ranks)) {
        agr_placement placement;
        char end[AGR_DURATION_BYTES];
        input.n_ranks = n;
        input.ranks_per_node =
            o->ranks_per_node > 0 && o->ranks_per_node < n ? (int)o->ranks_per_node : n;
        input.cores_per_node = cores_of_node(s, o, input.ranks_per_node);
        AGR_TRY(agr_placement_plan_all(&input, &placement, err));
        if (placement.end_s > best_s * LEAST_GAIN)
            continue;
        best_s = placement.end_s;
        printf("%6d %12s %8.2fx\n", n, agr_duration_text(best_s, end), placement.speedup);
    }
    return AGR_OK;
}

static void print_epochs(const subject *s)
{
    printf("\n%lld training images, batch %d, micro-batch %d;", (long long)s->set.n_train,
           s->config.data.batch_size, s->config.data.micro_batch);
    for (int b = 0; b < s->config.n_branches; b++) {
        if (is_said_before(s, b))
            continue;
        printf("%s ", b > 0 ? "," : " epochs:");
        print_kind(s, b);
        printf(" %lld", (long long)agr_trainee_epochs(s->trainee[b]));
    }
    if (s->config.train.max_steps > 0)
        printf("; at most %lld steps each", (long long)s->config.train.max_steps);
    printf("\n");
}

static void print_thread_losses(const subject *s, const agr_placement_input *input)
{
    const char *comma = "\na second thread loses: ";
    for (int b = 0; b < input->n_branches; b++) {
        if (is_said_before(s, b))
            continue;
        printf("%s", comma);
        print_kind(s, b);
        printf(" %.2g %%", 100 * input->branch[b].thread_loss);
        comma = ", ";
    }
}

/* What no single process can measure: as given, or assumed. */
static agr_status print_links(const agr_placement_input *input, agr_error *err)
{
    agr_text text = {0};
    if (input->n_ranks > input->ranks_per_node) {
        agr_text_add(&text, "between nodes ");
        agr_link_add(&input->links.between, &text);
        agr_text_add(&text, ", ");
    }
    agr_text_add(&text, "inside a node ");
    agr_link_add(&input->links.inside, &text);
    if (text.failed)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    if (input->n_ranks > 1)
        printf("network, not measured: %s\n", text.data);
    agr_text_release(&text);
    return AGR_OK;
}

static agr_status print_placement(const subject *s, const plan_options *o, agr_error *err)
{
    agr_placement_input input;
    agr_placement placement;
    AGR_TRY(fill_input(s, o, &input, err));
    const char *wish = s->config.comm.placement;
    if (wish[0] != '\0' && strcmp(wish, "auto") != 0)
        AGR_TRY(agr_placement_parse(wish, &input, &placement, err));
    else
        AGR_TRY(agr_placement_plan(&input, &placement, err));
    printf("\nmeasured here, one thread: ");
    for (int b = 0; b < input.n_branches; b++) {
        if (is_said_before(s, b))
            continue;
        printf("%s", b > 0 ? ", " : "");
        print_kind(s, b);
        printf(" %.2f ms/image", input.branch[b].image_ms);
    }
    print_thread_losses(s, &input);
    print_epochs(s);
    AGR_TRY(print_links(&input, err));
    printf("placement of %d rank%s, %d on a node with %d core%s:\n", input.n_ranks,
           input.n_ranks > 1 ? "s" : "", input.ranks_per_node, input.cores_per_node,
           input.cores_per_node > 1 ? "s" : "");
    agr_placement_likeness likeness;
    agr_placement_compare(&input, &placement, &likeness);
    for (int t = 0; t < placement.n_teams; t++) {
        if (likeness.first_team[t] != t)
            continue;
        print_teams(&input, &placement, &likeness, t);
        AGR_TRY(print_team_memory(s, &placement.team[t], err));
    }
    AGR_TRY(print_checkpoint_memory(s, err));
    char end[AGR_DURATION_BYTES];
    printf("  all branches done after %s, with hand-over: %.2f x one rank with one thread, "
           "efficiency %.0f %%\n",
           agr_duration_text(placement.end_s, end), placement.speedup, 100 * placement.efficiency);
    return print_staircase(s, o, input, err);
}

/* ---- the command ---- */

static agr_status open_set(subject *s, const plan_options *o, agr_error *err)
{
    enum { SIDE = 96 };
    const char *path = s->config.data.path;
    agr_extent input = {SIDE, SIDE, 3};
    if (o->images == 0 && !agr_path_exists(path)) {
        agr_error_set(err, AGR_NOT_FOUND, "no dataset at '%s'", path);
        return agr_error_hint(err, "agr-mpi prepare FOLDER, or say how many: --images N");
    }
    if (o->images == 0) {
        AGR_TRY(agr_dataset_open(path, &s->dataset, err));
        AGR_TRY(agr_training_set_from(s->dataset, &s->set, err));
        AGR_TRY(agr_settle_units(&s->config, &s->set, err));
        input.height = s->set.images.height;
        input.width = s->set.images.width;
    }
    AGR_TRY(agr_stand_in_create(&s->config, s->config.data.micro_batch, input.height, input.width,
                                &s->stand_in, err));
    if (o->images > 0) {
        s->set = s->stand_in.set;
        s->set.n_train = o->images;
    }
    return AGR_OK;
}

/* Every branch is checked against the dataset before the first is told about. */
static agr_status open_subject(subject *s, const plan_options *o, agr_error *err)
{
    AGR_TRY(open_set(s, o, err));
    if (s->dataset != NULL)
        AGR_TRY(agr_check_training(&s->config, &s->set, err));
    for (int b = 0; b < s->config.n_branches; b++)
        AGR_TRY(agr_trainee_create(&s->config, b, &s->set, &s->trainee[b], err));
    return AGR_OK;
}

static void release_subject(subject *s)
{
    for (int b = 0; b < s->config.n_branches; b++)
        agr_trainee_destroy(s->trainee[b]);
    agr_stand_in_release(&s->stand_in);
    agr_dataset_close(s->dataset);
    agr_config_release(&s->config);
}

static agr_status plan(subject *s, const plan_options *o, agr_error *err)
{
    int64_t n_parameters = 0;
    AGR_TRY(agr_start_gemm(NULL, &s->config, err));
    AGR_TRY(open_subject(s, o, err));
    for (int b = 0; b < s->config.n_branches; b++)
        AGR_TRY(print_branch(s, b, o, &n_parameters, err));
    printf("\nall branches: %lld parameters\n", (long long)n_parameters);
    return print_placement(s, o, err);
}

agr_status cmd_plan(int argc, char **argv, agr_error *err)
{
    static plan_options o = {.ranks = 1, .threads = 1};
    cli_overrides *set = &o.overrides;
    const cli_option option[] = {
        {"config", 'c', CLI_TEXT, "FILE", &o.config,
         "a file, or a built-in name (seed, quick, best)"},
        {"data", 0, CLI_SETTING, "FILE", set, "the dataset", .key = "data.path"},
        {"branches", 0, CLI_SETTING, "LIST", set, "only these", .key = "train.branches"},
        {"replicas", 0, CLI_SETTING, "N", set, "of each branch, from as many seeds",
         .key = "train.replicas"},
        {"folds", 0, CLI_SETTING, "K", set, "cross-validate each branch on so many parts",
         .key = "train.folds"},
        {"images", 0, CLI_INTEGER, "N", &o.images, "plan for N training images, without dataset",
         .min = 1, .max = 1e9},
        {"ranks", 0, CLI_INTEGER, "N", &o.ranks, "ranks to plan for (1)", .min = 1, .max = 1024},
        {"ranks-per-node", 0, CLI_INTEGER, "N", &o.ranks_per_node, "of them on one node (all)",
         .min = 1, .max = 1024},
        {"threads", 0, CLI_INTEGER, "N", &o.threads, "cores that each rank brings (1)", .min = 1,
         .max = 1024},
        {"network", 0, CLI_SETTING, "RATE,TIME", set,
         "what a link between nodes carries, and the round trip of a small message: 25Gb,20us "
         "(assumed: 10Gb,50us)",
         .key = "comm.network"},
        {"placement", 0, CLI_SETTING, "PLAN", set, "predict this placement instead",
         .key = "comm.placement"},
        {"set", 0, CLI_SET, "KEY=VALUE", set, "change one setting; may be repeated"},
    };
    const cli_syntax syntax = {
        .verb = "plan",
        .positionals = "",
        .summary = "Prints the layers of every branch, the memory a rank needs, and which ranks "
                   "would train what for how long, from costs measured on this machine.",
        .option = option,
        .n_options = CLI_COUNT(option),
    };
    static subject s;
    cli_arguments arguments;
    AGR_TRY(cli_parse(&syntax, argc, argv, &arguments, err));
    if (arguments.help || !cli_speaks())
        return AGR_OK;
    AGR_TRY(agr_config_load(&s.config, o.config, o.overrides.item, o.overrides.n, err));
    const agr_status status = plan(&s, &o, err);
    release_subject(&s);
    return status;
}
