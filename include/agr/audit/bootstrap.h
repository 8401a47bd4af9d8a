/**
 * Draws a set anew, with replacement: what would the figures have been on another set of this size?
 *
 * Drawn are groups of copies, each whole, as many as there are: copies of a picture are no news. A
 * draw is a function of (seed, draw, number of groups) alone.
 *
 * Source: Davison and Hinkley 1997, "Bootstrap methods and their application", sections 2.2 and 3.8.
 */
#ifndef AGR_AUDIT_BOOTSTRAP_H
#define AGR_AUDIT_BOOTSTRAP_H

#include <stdint.h>

/** Letters: N rows, G groups, B draws. Plain data. */
typedef struct {
    uint64_t seed;
    int64_t n_draws;      /* B */
    int64_t n_groups;     /* G, at most 2^32 */
    const int64_t *group; /* [N] of each row, 0 .. G - 1; borrowed */
} agr_audit_bootstrap;

/** How often each group stands in this draw: times [G], which add up to G. */
void agr_audit_bootstrap_draw(const agr_audit_bootstrap *bootstrap, int64_t draw, int32_t *times);

#endif
