/**
 * Successive halving: which members of a population end early, and who has to wait to hear it.
 *
 * At the rung train.halving.at[i] the members of one base on one fold are compared by the best value
 * of train.monitor that they had up to then; the best keep[i] of as many as there were in the
 * beginning go on (rounded to the nearest number, at least one; equal ones by their order). A rung
 * is settled when all who are still in it have had that epoch, or have ended before. So what comes
 * out follows from the history alone, whatever came when. A member that stands at a rung waits until
 * it is settled.
 *
 * Nobody waits for ever. Of the members that have not ended take one with the fewest epochs. If it
 * stands at no rung, its team trains it or another that is no further. If it waits at a rung, all its
 * rivals have come at least as far or have ended: the rung can be settled, and rank 0 does so.
 *
 * Nothing here is collective.
 */
#ifndef AGR_TRAIN_HALVING_H
#define AGR_TRAIN_HALVING_H

#include <agr/train/history.h>
#include <agr/train/position.h>

/** Where a branch stands among its rivals. */
typedef struct {
    int n_settled; /* rungs of its base and fold */
    int ends_at;   /* the epoch of the rung after which it ends; 0: it goes on */
    int place;     /* at that rung, from 1 */
    int n_rivals;  /* at that rung, itself included */
    int n_kept;    /* of them */
} agr_halving_standing;

/** Fills standing[0 .. config->n_branches-1]. */
void agr_halving_judge(const agr_config *config, const agr_history *history,
                       agr_halving_standing *standing);

/** What teams need to know of it, by branch. Plain data: travels as bytes. */
typedef struct {
    uint8_t n_settled[AGR_CONFIG_MAX_BRANCHES];
    uint8_t ends[AGR_CONFIG_MAX_BRANCHES];
} agr_halving_verdicts;

typedef enum { AGR_HALVING_GO_ON, AGR_HALVING_WAIT, AGR_HALVING_END } agr_halving_order;

/** The rung, from 0, that stands after so many epochs; -1 when none does. */
int agr_halving_rung(const agr_config *config, int64_t epochs);

/** What a branch at this position does next. */
agr_halving_order agr_halving_order_of(const agr_config *config, int branch,
                                       const agr_position *position,
                                       const agr_halving_verdicts *verdicts);

#endif
