/* A placement in words: each team by itself, or what is alike summed up. */
#include "placement_impl.h"

#include <string.h>

enum { MOST_SAID = 8 }; /* teams, or sorts of teams, that one line can hold */

/* ---- what is alike ---- */

static const char *kind_of(const agr_placement_branch *branch)
{
    return branch->kind[0] != '\0' ? branch->kind : branch->name;
}

static void compare_branches(const agr_placement_input *input, agr_placement_likeness *likeness)
{
    for (int b = 0; b < input->n_branches; b++) {
        int first = 0;
        while (strcmp(kind_of(&input->branch[first]), kind_of(&input->branch[b])) != 0)
            first++;
        likeness->first_branch[b] = first;
    }
}

/* How many branches of each kind a team trains; a kind goes by its first branch. */
typedef struct {
    uint8_t n[MAX_BRANCHES];
} crowd;

static crowd crowd_of(const agr_placement_team *team, const agr_placement_likeness *likeness)
{
    crowd c = {{0}};
    for (int i = 0; i < team->n_branches; i++)
        c.n[likeness->first_branch[team->branch[i]]]++;
    return c;
}

static bool are_alike(const agr_placement_team *a, const agr_placement_team *b)
{
    return a->n_ranks == b->n_ranks && a->layout.n_computing == b->layout.n_computing &&
           a->layout.threads == b->layout.threads;
}

void agr_placement_compare(const agr_placement_input *input, const agr_placement *placement,
                           agr_placement_likeness *likeness)
{
    crowd crowds[MAX_BRANCHES];
    compare_branches(input, likeness);
    for (int t = 0; t < placement->n_teams; t++) {
        const agr_placement_team *team = placement->team;
        crowds[t] = crowd_of(&team[t], likeness);
        int first = 0;
        while (!are_alike(&team[first], &team[t]) ||
               memcmp(&crowds[first], &crowds[t], sizeof crowds[t]) != 0)
            first++;
        likeness->first_team[t] = first;
        likeness->n_teams[t] = 0;
        likeness->n_teams[first]++;
    }
}

/* ---- summed up ---- */

static void add_kinds(const agr_placement_input *input, const agr_placement_team *team,
                      const agr_placement_likeness *likeness, const char *plus, bool is_alone,
                      agr_text *text)
{
    crowd left = crowd_of(team, likeness);
    for (int i = 0; i < team->n_branches; i++) {
        const agr_placement_branch *branch = &input->branch[team->branch[i]];
        uint8_t *n = &left.n[likeness->first_branch[team->branch[i]]];
        if (*n == 0)
            continue;
        agr_text_add(text, "%s%s", i > 0 ? plus : "",
                     *n == 1 && is_alone ? branch->name : kind_of(branch));
        if (*n > 1)
            agr_text_add(text, " x %d", *n);
        *n = 0;
    }
}

static void add_branches(const agr_placement_input *input, const agr_placement *placement,
                         const agr_placement_likeness *likeness, int t, const char *plus,
                         agr_text *text)
{
    const int n_teams = likeness->n_teams[t];
    if (n_teams > 1)
        agr_text_add(text, "%d teams of ", n_teams);
    add_kinds(input, &placement->team[t], likeness, plus, n_teams == 1, text);
}

void agr_placement_add_branches(const agr_placement_input *input, const agr_placement *placement,
                                const agr_placement_likeness *likeness, int t, agr_text *text)
{
    add_branches(input, placement, likeness, t, " + ", text);
}

static void add_range(int first, int end, const char *comma, agr_text *text)
{
    agr_text_add(text, "%s%d", comma, first);
    if (end - first > 1)
        agr_text_add(text, "-%d", end - 1);
}

void agr_placement_add_ranks(const agr_placement *placement, const agr_placement_likeness *likeness,
                             int t, agr_text *text)
{
    const agr_placement_team *team = placement->team;
    int first = team[t].first_rank, end = first + team[t].n_ranks;
    const char *comma = "";
    const bool is_one = team[t].n_ranks == 1 && likeness->n_teams[t] == 1;
    agr_text_add(text, is_one ? "rank " : "ranks ");
    for (int other = t + 1; other < placement->n_teams; other++) {
        if (likeness->first_team[other] != t)
            continue;
        if (team[other].first_rank != end) {
            add_range(first, end, comma, text);
            comma = ", ";
            first = team[other].first_rank;
        }
        end = team[other].first_rank + team[other].n_ranks;
    }
    add_range(first, end, comma, text);
}

/* ---- whole lines ---- */

static bool has_several_of_a_kind(const agr_placement_team *team,
                                  const agr_placement_likeness *likeness)
{
    const crowd c = crowd_of(team, likeness);
    for (int b = 0; b < MAX_BRANCHES; b++)
        if (c.n[b] > 1)
            return true;
    return false;
}

static void add_team(const agr_placement_input *input, const agr_placement *placement,
                     const agr_placement_likeness *likeness, int t, agr_text *text)
{
    const agr_placement_team *team = &placement->team[t];
    add_branches(input, placement, likeness, t, has_several_of_a_kind(team, likeness) ? " + " : "+",
                 text);
    agr_text_add(text, ": ");
    agr_placement_add_ranks(placement, likeness, t, text);
    agr_text_add(text, " (%d x %d thread%s%s)", team->layout.n_computing, team->layout.threads,
                 team->layout.threads == 1 ? "" : "s", likeness->n_teams[t] > 1 ? " each" : "");
}

static void add_teams(const agr_placement_input *input, const agr_placement *placement,
                      const agr_placement_likeness *likeness, int most, agr_text *text)
{
    int n_said = 0, n_left = placement->n_teams;
    for (int t = 0; t < placement->n_teams; t++) {
        if (likeness->first_team[t] != t)
            continue;
        if (n_said++ == most) {
            agr_text_add(text, "; %d teams more", n_left);
            return;
        }
        agr_text_add(text, "%s", t > 0 ? "; " : "");
        add_team(input, placement, likeness, t, text);
        n_left -= likeness->n_teams[t];
    }
}

void agr_placement_describe(const agr_placement_input *input, const agr_placement *placement,
                            agr_text *text)
{
    agr_placement_likeness none;
    for (int i = 0; i < MAX_BRANCHES; i++) {
        none.first_branch[i] = none.first_team[i] = i;
        none.n_teams[i] = 1;
    }
    add_teams(input, placement, &none, MAX_BRANCHES, text);
}

void agr_placement_sum_up(const agr_placement_input *input, const agr_placement *placement,
                          agr_text *text)
{
    agr_placement_likeness likeness;
    agr_placement_compare(input, placement, &likeness);
    add_teams(input, placement, &likeness, MOST_SAID, text);
}
