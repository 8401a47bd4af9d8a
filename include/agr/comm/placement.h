/**
 * The planner: which ranks train which branches, with how many threads, and how long that takes.
 * Pure functions; no MPI.
 *
 * The model. A branch needs image_ms on one thread for a training image. A step takes a batch of
 * ceil(batch / micro_batch) = n micro-batches; a team whose r ranks compute with t threads each
 * steps at the pace of its fullest rank:
 *
 *     step     = compute + (r > 1 ? exchange : 0)
 *     compute  = ceil(n / r) * micro_batch * image_ms / speed(t)
 *     speed(t) = t / (1 + thread_loss * (t - 1))
 *
 * times drift, where a run has measured how far the model is off. speed() is Amdahl's: what the second
 * thread loses is work that cannot be shared. The exchange of a step follows from its messages and bytes,
 * inside nodes and between them: agr_placement_exchange_ms().
 *
 * What is wider, by ranks or by threads, must bring at least 2 %: AGR_PLACEMENT_LEAST_GAIN.
 *
 * A team of k ranks has the cores that those ranks brought and may use them as fewer ranks with
 * more threads (12 cores: 4 x 3 steps faster through 16 micro-batches than 12 x 1); the other ranks
 * then sleep. Teams train their branches a round of epochs at a time; a team that has finished
 * gives its ranks to the branch with the most time left, if that gets faster by it. The time to the
 * end is the simulation of exactly this.
 *
 * Ranks fill nodes in order: node i is shared by the world ranks
 * [i * ranks_per_node, (i + 1) * ranks_per_node). Where there are several, each rank brings its share of
 * a node's cores: the last one may be filled in part.
 */
#ifndef AGR_COMM_PLACEMENT_H
#define AGR_COMM_PLACEMENT_H

#include <agr/base/error.h>
#include <agr/base/text.h>
#include <agr/comm/link.h>
#include <stdbool.h>
#include <stdint.h>

enum { AGR_PLACEMENT_MAX_BRANCHES = 128, AGR_PLACEMENT_NAME_BYTES = 64 };

typedef struct {
    char name[AGR_PLACEMENT_NAME_BYTES];
    char kind[AGR_PLACEMENT_NAME_BYTES]; /* what many like it are called together; "": its name */
    double image_ms;                     /* one training image on one thread; > 0 */
    double images_left;                  /* work still to do, in training images; 0 = finished */
    int64_t batch;
    int64_t micro_batch;
    double thread_loss;    /* see speed(t); AGR_PLACEMENT_THREAD_LOSS unless measured */
    double gradient_bytes; /* that a step sums over the ranks */
    double sum_bytes;      /* likewise, a rank's rows of all small sums */
    int n_sums;            /* small sums, one after the other */
    double drift;          /* a step's measured time over the model's; 0: nothing measured yet */
} agr_placement_branch;

typedef struct {
    int n_branches;
    agr_placement_branch branch[AGR_PLACEMENT_MAX_BRANCHES]; /* in the order of the config */
    int n_ranks;
    int ranks_per_node; /* >= 1; n_ranks or more on one node */
    int cores_per_node; /* that these ranks may use */
    int threads;        /* that every rank is to have; 0: as the planner likes */
    agr_links links;    /* AGR_LINKS_ASSUMED unless measured or given */
} agr_placement_input;

/* What is assumed until a run has measured better: meeting after each kernel and shared memory bandwidth. */
#define AGR_PLACEMENT_THREAD_LOSS 0.035

/* More is not believed: a core that was busy for a moment would keep the run from using it. */
#define AGR_PLACEMENT_MOST_LOSS 0.9

/* By which a step must get shorter for one thread more, or a layout of more ranks. */
#define AGR_PLACEMENT_LEAST_GAIN 0.02

/** How a team uses its cores. */
typedef struct {
    int n_computing; /* ranks that compute; the others sleep and lend their cores */
    int threads;     /* of each of these */
    double step_ms;
    bool by_hand; /* all the team's ranks compute, even where they outnumber the cores */
} agr_layout;

typedef struct {
    int n_branches;
    int branch[AGR_PLACEMENT_MAX_BRANCHES]; /* indices into the input, in the order trained */
    int first_rank;                         /* world ranks [first_rank, first_rank + n_ranks) */
    int n_ranks;
    double cores; /* its share of all cores; below 1 when ranks outnumber cores */
    agr_layout
        layout;   /* at the start, chosen for all its branches together (step_ms: of the first) */
    double end_s; /* when it has finished its own branches */
} agr_placement_team;

typedef struct {
    int n_teams;
    agr_placement_team team[AGR_PLACEMENT_MAX_BRANCHES]; /* most work first: it has rank 0 */
    bool by_hand;     /* agr_placement_parse(): who is named computes */
    int n_ranks_used; /* ranks beyond are never needed: they sleep (useful on more cores) */
    double end_s;     /* time to the end of all branches, with hand-over */
    double branch_end_s[AGR_PLACEMENT_MAX_BRANCHES]; /* of each; 0: it has nothing left */
    double one_rank_s;                               /* the same work on one rank with one thread */
    double speedup;                                  /* one_rank_s / end_s */
    double efficiency; /* speedup / the most threads that ever compute at once */
} agr_placement;

/** Checks the numbers. AGR_INPUT. */
agr_status agr_placement_check(const agr_placement_input *input, agr_error *err);

/** The placement with the earliest end. One with more teams is preferred when it costs less than
 * 1 % (branches in teams of their own never wait for each other's epochs), and fewer ranks when
 * they are as fast. AGR_INPUT. */
agr_status agr_placement_plan(const agr_placement_input *input, agr_placement *placement,
                              agr_error *err);

/** The same among those that give every rank a place, which may be later than with fewer: for who
 * tries one count after the other anyway. */
agr_status agr_placement_plan_all(const agr_placement_input *input, agr_placement *placement,
                                  agr_error *err);

/** A placement by hand: "age:8,gender:2,race:2", "age:3,gender+race:1" (one team for two branches),
 * or "one-per-rank" (one branch a rank, in the order of the config). Every branch exactly once;
 * until a hand-over all ranks of a team compute, also when there are fewer cores than ranks, and
 * ranks not mentioned sleep. Predicts as agr_placement_plan() does.
 * AGR_USAGE: unknown or missing branch, more ranks than there are. */
agr_status agr_placement_parse(const char *text, const agr_placement_input *input,
                               agr_placement *placement, agr_error *err);

/** The fastest use of `cores` cores on `n_ranks` ranks for a team that trains these branches; among
 * equals the fewest ranks. step_ms is that of branch[0]. */
agr_layout agr_placement_layout(const agr_placement_input *input, const int *branch, int n_branches,
                                int n_ranks, double cores);

/** thread_loss of work that takes one thread one_s and two threads two_s, AGR_PLACEMENT_MOST_LOSS at most;
 * AGR_PLACEMENT_THREAD_LOSS where two are more than twice as fast: one was disturbed. */
double agr_placement_thread_loss(double one_s, double two_s);

/** Milliseconds of one step of a branch on n_computing ranks with `threads` threads each. */
double agr_placement_step_ms(const agr_placement_input *input, int branch, int n_computing,
                             int threads);

/** What a step of a branch sends (placement_network.c). */
typedef struct {
    int n_nodes;       /* that its computing ranks are on */
    int n_rounds;      /* of small messages, each waiting for the one before */
    double n_messages; /* that a rank sends, all together */
    struct {
        double sums, gradients; /* bytes */
    } inside,                   /* that a rank sends to ranks of its node */
        between;                /* that a node sends to others */
} agr_traffic;

/** In a team of n_computing ranks; nothing of a single one. */
agr_traffic agr_placement_traffic(const agr_placement_input *input, int branch, int n_computing,
                                  int threads);

/** Milliseconds by which that makes a step longer whose fullest rank computes for compute_ms. */
double agr_placement_exchange_ms(const agr_placement_input *input, int branch, int n_computing,
                                 int threads, double compute_ms);

/** Which of a team's ranks compute: as many as layout.n_computing, at most
 * floor(its node's cores / threads) of a node, the leader first; all, when the layout is by hand.
 * world_rank[n_ranks] may be any list of ranks; computing[] receives a part of it, in order.
 * Returns how many (fewer where nodes are too narrow). */
int agr_placement_computing(const agr_placement_input *input, const int *world_rank, int n_ranks,
                            const agr_layout *layout, int *computing);

/* ---- in words: placement_words.c ---- */

/** Every team with every branch: "age: ranks 0-7 (8 x 1 thread); gender+race: rank 8 ...", one line. */
void agr_placement_describe(const agr_placement_input *input, const agr_placement *placement,
                            agr_text *text);

/** The same with what is alike summed up, and the most of it left out where little is alike: "gender x 8 +
 * race x 8: rank 0 (1 x 1 thread)", "25 teams of age: ranks 0-99 (4 x 1 thread each)". Without branches of
 * one kind word for word the same, up to 8 teams. */
void agr_placement_sum_up(const agr_placement_input *input, const agr_placement *placement,
                          agr_text *text);

/** What is alike in a placement. */
typedef struct {
    int first_branch[AGR_PLACEMENT_MAX_BRANCHES]; /* for each branch the first one of its kind */
    int first_team[AGR_PLACEMENT_MAX_BRANCHES]; /* for each team the first one with as many branches
                                                     of each kind, as many ranks and the same layout */
    int n_teams[AGR_PLACEMENT_MAX_BRANCHES];    /* for a first team how many there are like it */
} agr_placement_likeness;

void agr_placement_compare(const agr_placement_input *input, const agr_placement *placement,
                           agr_placement_likeness *likeness);

/** Appends what team t and those like it train, t being the first: "25 teams of age", "gender x 8 + race";
 * a single branch of a kind in a single team by its own name. */
void agr_placement_add_branches(const agr_placement_input *input, const agr_placement *placement,
                                const agr_placement_likeness *likeness, int t, agr_text *text);

/** Appends their ranks: "rank 0", "ranks 0-3, 8-11". */
void agr_placement_add_ranks(const agr_placement *placement, const agr_placement_likeness *likeness,
                             int t, agr_text *text);

#endif
