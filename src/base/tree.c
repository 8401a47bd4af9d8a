/* The tree of a batch's micro-batches: which nodes cover a run of leaves, and folding along it. */
#include <agr/base/tree.h>

#include <agr/base/error.h>
#include <agr/base/size.h>

static int64_t last_leaf(int64_t n_leaves, agr_tree_node node)
{
    const int64_t end = ((int64_t)node.index + 1) << node.level;
    return (end < n_leaves ? end : n_leaves) - 1;
}

/* A left child whose sibling would begin beyond the last leaf stands for its parent. */
static agr_tree_node lift(int64_t n_leaves, agr_tree_node node)
{
    while (node.index > 0 && node.index % 2 == 0 && last_leaf(n_leaves, node) == n_leaves - 1) {
        node.level++;
        node.index /= 2;
    }
    return node;
}

int64_t agr_tree_longest_part(int64_t n_leaves, int64_t n_parts)
{
    return (n_leaves + n_parts - 1) / n_parts;
}

void agr_tree_split(int64_t n_leaves, int64_t n_parts, int64_t index, int64_t *begin, int64_t *end)
{
    const int64_t longest = agr_tree_longest_part(n_leaves, n_parts);
    int64_t unit = 1; /* leaves of the subtrees that stay whole */
    while (agr_tree_longest_part((n_leaves + 2 * unit - 1) / (2 * unit), n_parts) * 2 * unit <=
           longest)
        unit *= 2;
    agr_split_range((n_leaves + unit - 1) / unit, n_parts, index, begin, end);
    *begin = agr_min_i64(*begin * unit, n_leaves);
    *end = agr_min_i64(*end * unit, n_leaves);
}

agr_tree agr_tree_begin(int64_t n_leaves)
{
    AGR_ASSERT(n_leaves >= 1 && n_leaves <= 1 << 20);
    return (agr_tree){.n_leaves = (int32_t)n_leaves};
}

int agr_tree_push(agr_tree *tree, agr_tree_node node)
{
    AGR_ASSERT(tree->depth < AGR_TREE_MAX_DEPTH);
    node = lift(tree->n_leaves, node);
    int n_additions = 0;
    while (tree->depth > 0) {
        const agr_tree_node below = tree->node[tree->depth - 1];
        if (node.index % 2 == 0 || below.level != node.level || below.index != node.index - 1)
            break;
        node.level++;
        node.index /= 2;
        node = lift(tree->n_leaves, node);
        tree->depth--;
        n_additions++;
    }
    tree->node[tree->depth++] = node;
    return n_additions;
}

int agr_tree_push_leaf(agr_tree *tree, int64_t leaf)
{
    return agr_tree_push(tree, (agr_tree_node){.level = 0, .index = (int32_t)leaf});
}

int agr_tree_cover(int64_t n_leaves, int64_t first, int64_t count,
                   agr_tree_node cover[AGR_TREE_MAX_DEPTH])
{
    agr_tree tree = agr_tree_begin(n_leaves);
    for (int64_t leaf = first; leaf < first + count; leaf++)
        agr_tree_push_leaf(&tree, leaf);
    for (int i = 0; i < tree.depth; i++)
        cover[i] = tree.node[i];
    return tree.depth;
}

int agr_tree_stack_depth(int64_t n_leaves, int64_t first, int64_t count)
{
    agr_tree tree = agr_tree_begin(n_leaves);
    int deepest = 0;
    for (int64_t leaf = first; leaf < first + count; leaf++) {
        if (tree.depth + 1 > deepest)
            deepest = tree.depth + 1;
        agr_tree_push_leaf(&tree, leaf);
    }
    return deepest;
}

int agr_tree_fold(int64_t n_leaves, const agr_tree_node *nodes, int n_nodes, double *rows,
                  int64_t width)
{
    agr_tree tree = agr_tree_begin(n_leaves);
    for (int i = 0; i < n_nodes; i++) {
        double *top = rows + (int64_t)tree.depth * width;
        const double *pushed = rows + (int64_t)i * width;
        if (top != pushed)
            for (int64_t j = 0; j < width; j++)
                top[j] = pushed[j];
        for (int due = agr_tree_push(&tree, nodes[i]); due > 0; due--, top -= width)
            for (int64_t j = 0; j < width; j++)
                top[j - width] += top[j];
    }
    return tree.depth;
}
