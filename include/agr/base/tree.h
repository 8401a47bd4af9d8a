/**
 * The fixed order of every sum over images (the first promise: the same bits on any number of
 * ranks).
 *
 * The n micro-batches of a global batch are the leaves of one binary tree: node (level, index)
 * covers the leaves [index * 2^level, (index + 1) * 2^level) that exist, and is the sum of its two
 * children; a node without a right child passes its left child's value on. Whoever adds, adds in
 * this order: a rank folds the maximal subtrees that lie in its own run of leaves, ranks exchange
 * those, and the rest is folded the same way.
 *
 * Folding is a stack: push the next node, then add the top onto the one below it as often as
 * agr_tree_push() says. What is left on the stack, bottom to top, are the maximal subtrees of what
 * was pushed.
 */
#ifndef AGR_BASE_TREE_H
#define AGR_BASE_TREE_H

#include <stdint.h>

/* Depth that the stack can reach for any run of up to 2^20 leaves: one climbing and one falling
 * flank. */
enum { AGR_TREE_MAX_DEPTH = 40 };

typedef struct {
    int32_t level;
    int32_t index;
} agr_tree_node;

typedef struct {
    int32_t n_leaves; /* of the whole tree */
    int32_t depth;    /* nodes on the stack */
    agr_tree_node node[AGR_TREE_MAX_DEPTH];
} agr_tree;

/** Part `index` (0 <= index < n_parts) of the leaves: [*begin, *end), perhaps none. Cut between subtrees
 * as large as can be had without making the longest part longer, so that a part is few of them: 16
 * leaves over 3 parts are 6 + 6 + 4, not 6 + 5 + 5. The one rule by which ranks divide a batch. */
void agr_tree_split(int64_t n_leaves, int64_t n_parts, int64_t index, int64_t *begin, int64_t *end);

/** Leaves of the longest part, of this many leaves or fewer. */
int64_t agr_tree_longest_part(int64_t n_leaves, int64_t n_parts);

/** An empty stack over the tree of n_leaves >= 1 leaves. */
agr_tree agr_tree_begin(int64_t n_leaves);

/** Pushes the node that follows what was pushed before. Returns how many additions are due: each
 * adds the value on top of the stack onto the one below (value[top - 1] += value[top]) and drops
 * the top. The caller's value for the pushed node belongs at position depth-before-the-push. */
int agr_tree_push(agr_tree *tree, agr_tree_node node);

/** Pushes leaf `leaf`. As agr_tree_push(). */
int agr_tree_push_leaf(agr_tree *tree, int64_t leaf);

/** The maximal subtrees inside the leaves [first, first + count), in leaf order. Returns how many
 * (0 when count is 0, else 1..AGR_TREE_MAX_DEPTH). */
int agr_tree_cover(int64_t n_leaves, int64_t first, int64_t count,
                   agr_tree_node cover[AGR_TREE_MAX_DEPTH]);

/** Depth that the stack reaches while the leaves [first, first + count) are pushed: how many values
 * the caller needs. */
int agr_tree_stack_depth(int64_t n_leaves, int64_t first, int64_t count);

/** Folds rows of doubles in place: rows[i * width ..] are the values of the consecutive nodes[i];
 * afterwards the first rows hold the maximal subtrees. Returns how many those are. */
int agr_tree_fold(int64_t n_leaves, const agr_tree_node *nodes, int n_nodes, double *rows,
                  int64_t width);

#endif
