/* From branches to their members: one a replica, fold and variant. */
#include "config_impl.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one key of `branches` makes. */
typedef struct {
    const agr_branch_config *network; /* [n_networks] */
    int n_networks;
    int n_variants, n_folds, n_replicas; /* >= 1 */
    bool has_folds;
} family;

static family family_at(const agr_config *config, int first)
{
    family f = {.network = &config->branch[first],
                .n_folds = config->train.folds > 0 ? config->train.folds : 1,
                .n_replicas = config->train.replicas,
                .has_folds = config->train.folds > 0};
    while (first + f.n_networks < config->n_branches &&
           strcmp(f.network[f.n_networks].name, f.network[0].name) == 0)
        f.n_networks++;
    f.n_variants = f.n_networks;
    for (int i = 0; i < config->n_varied; i++)
        f.n_variants *= config->varied[i].n;
    return f;
}

static int64_t size_of(const family *f)
{
    return (int64_t)f->n_variants * f->n_folds * f->n_replicas;
}

/* ---- names ---- */

int agr_variant_name(const char *base, int variant, char *name, size_t n_bytes)
{
    return variant > 0 ? snprintf(name, n_bytes, "%s-v%d", base, variant)
                       : snprintf(name, n_bytes, "%s", base);
}

int agr_config_first_alike(const agr_config *config, int branch)
{
    int first = 0;
    while (!agr_members_are_alike(&config->branch[first].member, &config->branch[branch].member))
        first++;
    return first;
}

int agr_config_count_alike(const agr_config *config, int branch)
{
    int n = 0;
    for (int b = 0; b < config->n_branches; b++)
        n += agr_members_are_alike(&config->branch[b].member, &config->branch[branch].member);
    return n;
}

static agr_status name_member(const family *f, agr_branch_config *branch, agr_error *err)
{
    char name[2 * AGR_CONFIG_NAME_BYTES];
    agr_member *m = &branch->member;
    int length = agr_variant_name(m->base, f->n_variants > 1 ? m->variant : 0, name, sizeof name);
    if (f->has_folds)
        length += snprintf(name + length, sizeof name - (size_t)length, "-f%d", m->fold);
    if (f->n_replicas > 1)
        length += snprintf(name + length, sizeof name - (size_t)length, "-r%d", m->replica);
    if (length >= AGR_CONFIG_NAME_BYTES)
        return agr_error_set(err, AGR_INPUT,
                             "branches: expected names of up to %d characters with what makes them "
                             "a population, found '%s'",
                             AGR_CONFIG_NAME_BYTES - 1, name);
    snprintf(branch->name, sizeof branch->name, "%.*s", AGR_CONFIG_NAME_BYTES - 1, name);
    m->variant = f->n_variants > 1 ? m->variant : 0;
    m->fold = f->has_folds ? m->fold : 0;
    m->replica = f->n_replicas > 1 ? m->replica : 0;
    return AGR_OK;
}

bool agr_member_is_of(const char *name, const char *base)
{
    const size_t length = strlen(base);
    if (strncmp(name, base, length) != 0 || name[length] == '\0')
        return false;
    const char *rest = name + length;
    for (const char *part = "vfr"; *part != '\0'; part++) {
        if (rest[0] != '-' || rest[1] != *part || !isdigit((unsigned char)rest[2]))
            continue;
        rest += 2;
        rest += strspn(rest, "0123456789");
    }
    return *rest == '\0';
}

static agr_status check_names(const agr_config *config, agr_error *err)
{
    for (int i = 0; i < config->n_branches; i++)
        if (agr_config_branch(config, config->branch[i].name) != &config->branch[i])
            return agr_error_set(err, AGR_INPUT,
                                 "branches: '%s' is the name of a branch and of a member of '%s'; "
                                 "rename the branch",
                                 config->branch[i].name, config->branch[i].member.base);
    return AGR_OK;
}

/* ---- members ---- */

static agr_status copy_items(const void *from, int n, size_t item_bytes, void *to, agr_error *err)
{
    void *items = calloc((size_t)n + 1, item_bytes);
    if (items == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    if (n > 0)
        memcpy(items, from, (size_t)n * item_bytes);
    memcpy(to, &items, sizeof items);
    return AGR_OK;
}

/* A network of its own. What could be copied is to's, to be released, whatever happens. */
static agr_status copy_network(const agr_branch_config *from, agr_branch_config *to, agr_error *err)
{
    *to = *from;
    to->layer = NULL;
    to->head = NULL;
    to->n_heads = 0;
    AGR_TRY(copy_items(from->layer, from->n_layers, sizeof *from->layer, &to->layer, err));
    AGR_TRY(copy_items(from->head, from->n_heads, sizeof *from->head, &to->head, err));
    for (int h = 0; h < from->n_heads; h++) {
        const agr_head_config *head = &from->head[h];
        to->head[h].layer = NULL;
        to->n_heads = h + 1;
        AGR_TRY(
            copy_items(head->layer, head->n_layers, sizeof *head->layer, &to->head[h].layer, err));
    }
    return AGR_OK;
}

/* Member i of a family: variants, in them folds, in them replicas; of a variant's number its
 * network counts most and the last varied setting least. */
static agr_status make_member(const agr_config *config, const family *f, int i,
                              agr_branch_config *branch, agr_error *err)
{
    agr_member m = {.replica = i % f->n_replicas + 1,
                    .fold = i / f->n_replicas % f->n_folds + 1,
                    .variant = i / f->n_replicas / f->n_folds + 1};
    int rest = m.variant - 1;
    for (int k = config->n_varied - 1; k >= 0; k--) {
        m.value[k] = rest % config->varied[k].n;
        rest /= config->varied[k].n;
    }
    m.network = rest;
    memcpy(m.base, f->network[0].name, sizeof m.base);
    AGR_TRY(copy_network(&f->network[m.network], branch, err));
    branch->member = m;
    return name_member(f, branch, err);
}

static agr_status count_members(const agr_config *config, int *n_members, agr_error *err)
{
    int64_t n = 0;
    for (int first = 0; first < config->n_branches;) {
        const family f = family_at(config, first);
        n += size_of(&f);
        first += f.n_networks;
    }
    if (n > AGR_CONFIG_MAX_BRANCHES) {
        agr_error_set(err, AGR_INPUT,
                      "expected at most %d branches with all their variants, folds and replicas, "
                      "found %lld",
                      AGR_CONFIG_MAX_BRANCHES, (long long)n);
        return agr_error_hint(err, "fewer at once: train.branches, train.replicas, train.folds");
    }
    *n_members = (int)n;
    return AGR_OK;
}

static agr_status fill(const agr_config *config, agr_config *members, agr_error *err)
{
    for (int first = 0; first < config->n_branches;) {
        const family f = family_at(config, first);
        for (int i = 0; i < size_of(&f); i++)
            AGR_TRY(make_member(config, &f, i, &members->branch[members->n_branches++], err));
        first += f.n_networks;
    }
    return AGR_OK;
}

agr_status agr_population_expand(agr_config *config, agr_error *err)
{
    int n_members = 0;
    AGR_TRY(count_members(config, &n_members, err));
    agr_config members = {.branch = calloc((size_t)n_members + 1, sizeof *members.branch)};
    if (members.branch == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    const agr_status status = fill(config, &members, err);
    if (status != AGR_OK) {
        agr_branches_release(&members);
        return status;
    }
    agr_branches_release(config);
    config->branch = members.branch;
    config->n_branches = members.n_branches;
    return check_names(config, err);
}

/* ---- what is a member's own ---- */

void agr_config_of_branch(const agr_config *config, int branch, agr_config *own)
{
    const agr_member *m = &config->branch[branch].member;
    *own = *config;
    for (int k = 0; k < config->n_varied; k++) {
        char value[AGR_CONFIG_TEXT_BYTES];
        agr_varied_value(&config->varied[k], m->value[k], value);
        agr_config_row_assign(own, config->varied[k].row, value);
    }
    const double lr_scale = config->branch[branch].own.lr_scale;
    if (lr_scale > 0) {
        own->optimizer.lr *= lr_scale;
        own->schedule.final_lr *= lr_scale;
    }
    own->n_varied = 0;
    own->seed = config->seed + (m->replica > 0 ? m->replica - 1 : 0);
}

static int count_networks(const agr_config *config, const char *base)
{
    int n = 0;
    for (int b = 0; b < config->n_branches; b++)
        if (strcmp(config->branch[b].member.base, base) == 0 &&
            config->branch[b].member.network >= n)
            n = config->branch[b].member.network + 1;
    return n;
}

void agr_config_describe_variant(const agr_config *config, int branch, agr_text *text)
{
    const agr_branch_config *b = &config->branch[branch];
    const char *comma = "";
    if (count_networks(config, b->member.base) > 1) {
        agr_text_add(text, "network %s", b->network);
        comma = ", ";
    }
    for (int k = 0; k < config->n_varied; k++, comma = ", ") {
        char value[AGR_CONFIG_TEXT_BYTES];
        agr_varied_value(&config->varied[k], b->member.value[k], value);
        agr_text_add(text, "%s%s %s", comma, agr_config_row_key(config->varied[k].row), value);
    }
}
