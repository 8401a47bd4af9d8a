/* Tells how the ranks of a run spent their time. */
#include "utilisation_impl.h"

#include <agr/base/text.h>
#include <agr/comm/wait.h>
#include <string.h>

enum { MOST_LINES = 16 }; /* of ranks one by one */

/* One rank's time. */
typedef struct {
    agr_wait_times times;
    bool has_trained;
} account;

/* Percent of the elapsed time. */
typedef struct {
    double computing, exchange, phase, idle;
} shares;

static account account_at(const agr_gathered *all, int rank)
{
    account a;
    memcpy(&a, all->bytes + all->begin[rank], sizeof a);
    return a;
}

static shares shares_of(const account *a)
{
    const agr_wait_times *t = &a->times;
    const double percent = t->elapsed_s > 0 ? 100 / t->elapsed_s : 0;
    return (shares){.computing = percent * agr_wait_computing_s(t),
                    .exchange = percent * t->waiting_s[AGR_WAIT_EXCHANGE],
                    .phase = percent * t->waiting_s[AGR_WAIT_PHASE],
                    .idle = percent * t->waiting_s[AGR_WAIT_IDLE]};
}

static void add_shares(const shares *s, agr_text *line)
{
    agr_text_add(line,
                 "computing %5.1f %%   in exchange %5.1f %%   between phases %5.1f %%   idle %5.1f "
                 "%%",
                 s->computing, s->exchange, s->phase, s->idle);
}

static void say(registrar *r, agr_text *line)
{
    if (!line->failed)
        registrar_say(r, "%s", line->data);
    agr_text_release(line);
}

static void say_each(registrar *r, const agr_gathered *all)
{
    for (int rank = 0; rank < all->n_parts; rank++) {
        const account a = account_at(all, rank);
        const shares s = shares_of(&a);
        agr_text line = {0};
        if (!a.has_trained)
            continue;
        agr_text_add(&line, "rank %-3d ", rank);
        add_shares(&s, &line);
        say(r, &line);
    }
}

static void say_means(registrar *r, const agr_gathered *all, int n)
{
    shares mean = {0};
    double least = 0, most = 0;
    int idlest = -1, busiest = -1;
    agr_text line = {0};
    for (int rank = 0; rank < all->n_parts; rank++) {
        const account a = account_at(all, rank);
        const shares s = shares_of(&a);
        if (!a.has_trained)
            continue;
        mean.computing += s.computing / n;
        mean.exchange += s.exchange / n;
        mean.phase += s.phase / n;
        mean.idle += s.idle / n;
        if (idlest < 0 || s.computing < least) {
            idlest = rank;
            least = s.computing;
        }
        if (busiest < 0 || s.computing > most) {
            busiest = rank;
            most = s.computing;
        }
    }
    agr_text_add(&line, "%d ranks ", n);
    add_shares(&mean, &line);
    agr_text_add(&line, "   (means; computing: least %.1f %% on rank %d, most %.1f %% on rank %d)",
                 least, idlest, most, busiest);
    say(r, &line);
}

/* "ranks 2-11, 14 had no branch" */
static void say_without(registrar *r, const agr_gathered *all, int n)
{
    agr_text line = {0};
    agr_text_add(&line, n == 1 ? "rank" : "ranks");
    const char *before = " ";
    for (int rank = 0; rank < all->n_parts; rank++) {
        int end = rank;
        while (end < all->n_parts && !account_at(all, end).has_trained)
            end++;
        if (end == rank)
            continue;
        agr_text_add(&line, "%s%d", before, rank);
        if (end - rank > 1)
            agr_text_add(&line, "-%d", end - 1);
        before = ", ";
        rank = end;
    }
    agr_text_add(&line, " had no branch to train");
    say(r, &line);
}

agr_status utilisation_say(agr_world *world, bool has_trained, registrar *books, agr_error *err)
{
    account mine = {.has_trained = has_trained};
    agr_gathered all;
    mine.times = agr_wait_read_times(world);
    AGR_TRY(agr_group_gather(agr_world_group(world), 0, &mine, sizeof mine, &all, err));
    if (books != NULL) {
        int n = 0;
        for (int rank = 0; rank < all.n_parts; rank++)
            n += account_at(&all, rank).has_trained;
        if (n <= MOST_LINES)
            say_each(books, &all);
        else
            say_means(books, &all, n);
        if (n < all.n_parts)
            say_without(books, &all, all.n_parts - n);
    }
    agr_gathered_release(&all);
    return AGR_OK;
}
