/* Networks: from YAML to layers and heads. Which layers and losses exist is not known here. */
#include "config_impl.h"

#include <agr/base/parse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LAYERS = 1024, MAX_HEADS = 64 };

agr_branch_config *agr_config_branch(const agr_config *config, const char *name)
{
    for (int i = 0; i < config->n_branches; i++)
        if (strcmp(config->branch[i].name, name) == 0)
            return &config->branch[i];
    return NULL;
}

/* ---- memory ---- */

static void layers_release(agr_layer_config **layer, int *n_layers)
{
    free(*layer);
    *layer = NULL;
    *n_layers = 0;
}

void agr_branch_release(agr_branch_config *branch)
{
    for (int i = 0; i < branch->n_heads; i++)
        layers_release(&branch->head[i].layer, &branch->head[i].n_layers);
    free(branch->head);
    layers_release(&branch->layer, &branch->n_layers);
    *branch = (agr_branch_config){0};
}

void agr_branches_release(agr_config *config)
{
    for (int i = 0; i < config->n_branches; i++)
        agr_branch_release(&config->branch[i]);
    free(config->branch);
    config->branch = NULL;
    config->n_branches = 0;
}

static int count_items(const agr_yaml *node)
{
    int n_items = 0;
    for (const agr_yaml *item = node->first; item != NULL; item = item->next)
        n_items++;
    return n_items;
}

/* An array of as many zeroed items as the node has, between 1 and max_items. */
static agr_status yaml_allocate(const agr_yaml *node, agr_yaml_kind kind, size_t item_bytes,
                                int max_items, const char *subject, const agr_place *place,
                                void **items, agr_error *err)
{
    char found[128];
    if (node->kind != kind)
        return agr_place_fail(place, node->line, err, "%s: expected %s, found %s", subject,
                              kind == AGR_YAML_LIST ? "a list" : "a map",
                              agr_yaml_found(node, found));
    const int n_items = count_items(node);
    if (n_items < 1 || n_items > max_items)
        return agr_place_fail(place, node->line, err, "%s: expected 1 to %d entries, found %d",
                              subject, max_items, n_items);
    *items = calloc((size_t)n_items, item_bytes);
    return *items != NULL ? AGR_OK : agr_error_set(err, AGR_MEMORY, "out of memory");
}

/* ---- options ---- */

static agr_status take_name(const agr_yaml *node, char name[AGR_CONFIG_NAME_BYTES],
                            const char *subject, const agr_place *place, agr_error *err)
{
    char found[128];
    if (node->kind != AGR_YAML_SCALAR || !agr_value_is_name(node->text))
        return agr_place_fail(place, node->line, err,
                              "%s: expected a name of up to %d letters, digits, '_' and '-', "
                              "found %s",
                              subject, AGR_CONFIG_NAME_BYTES - 1, agr_yaml_found(node, found));
    strcpy(name, node->text);
    return AGR_OK;
}

static agr_option *find_option(agr_options *options, const char *key)
{
    for (int i = 0; i < options->n_options; i++)
        if (strcmp(options->option[i].key, key) == 0)
            return &options->option[i];
    return NULL;
}

/* Adds or replaces one option. */
static agr_status put_option(agr_options *options, const agr_yaml *node, const agr_place *place,
                             agr_error *err)
{
    char subject[sizeof options->subject + AGR_CONFIG_KIND_BYTES + 4];
    if (strlen(node->key) >= AGR_CONFIG_KIND_BYTES || !agr_value_is_name(node->key))
        return agr_place_fail(place, node->line, err,
                              "%s: expected keys of up to %d letters, digits and '_', "
                              "found '%.100s'",
                              options->subject, AGR_CONFIG_KIND_BYTES - 1, node->key);
    snprintf(subject, sizeof subject, "%s: %s", options->subject, node->key);
    agr_option *option = find_option(options, node->key);
    if (option == NULL) {
        if (options->n_options == AGR_CONFIG_MAX_OPTIONS)
            return agr_place_fail(place, node->line, err, "%s: expected at most %d options",
                                  options->subject, AGR_CONFIG_MAX_OPTIONS);
        option = &options->option[options->n_options];
        strcpy(option->key, node->key);
    }
    AGR_TRY(agr_value_take(node, option->value, sizeof option->value, subject, place, err));
    option->line = node->line;
    if (option == &options->option[options->n_options])
        options->n_options++;
    return AGR_OK;
}

static void name_options(agr_options *options, const char *kind, const char *name)
{
    if (name[0] != '\0')
        snprintf(options->subject, sizeof options->subject, "%s '%s'", kind, name);
    else
        snprintf(options->subject, sizeof options->subject, "%s", kind);
}

/* ---- layers ---- */

/* `- conv2d: {name: ..., filters: 16}`, or `- flatten`. */
static agr_status read_layer(agr_layer_config *layer, const agr_yaml *node, const agr_place *place,
                             agr_error *err)
{
    char found[128];
    const agr_yaml *body = node->kind == AGR_YAML_MAP ? node->first : NULL;
    const char *kind = node->kind == AGR_YAML_SCALAR ? node->text : body != NULL ? body->key : "";
    if (strlen(kind) >= AGR_CONFIG_KIND_BYTES || !agr_value_is_name(kind) ||
        (body != NULL && body->next != NULL))
        return agr_place_fail(place, node->line, err,
                              "layer: expected one kind with its options such as 'dense: {units: "
                              "1}', found %s",
                              body != NULL && body->next != NULL ? "a map of several"
                                                                 : agr_yaml_found(node, found));
    strcpy(layer->kind, kind);
    layer->options.source = place->source;
    layer->options.line = node->line;
    name_options(&layer->options, kind, "");
    if (body == NULL || (body->kind == AGR_YAML_SCALAR && body->text[0] == '\0'))
        return AGR_OK;
    if (body->kind != AGR_YAML_MAP)
        return agr_place_fail(place, body->line, err, "%s: expected a map of options, found %s",
                              kind, agr_yaml_found(body, found));
    const agr_yaml *name = agr_yaml_member(body, "name");
    if (name != NULL)
        AGR_TRY(take_name(name, layer->name, kind, place, err));
    name_options(&layer->options, kind, layer->name);
    for (const agr_yaml *option = body->first; option != NULL; option = option->next)
        if (option != name)
            AGR_TRY(put_option(&layer->options, option, place, err));
    return AGR_OK;
}

static agr_status read_layers(agr_layer_config **layer, int *n_layers, const agr_yaml *node,
                              const agr_place *place, agr_error *err)
{
    void *items;
    AGR_TRY(yaml_allocate(node, AGR_YAML_LIST, sizeof **layer, MAX_LAYERS, "layers", place, &items,
                          err));
    *layer = items;
    for (const agr_yaml *item = node->first; item != NULL; item = item->next)
        AGR_TRY(read_layer(&(*layer)[(*n_layers)++], item, place, err));
    return AGR_OK;
}

/* ---- heads ---- */

static agr_status take_weight(agr_head_config *head, const agr_yaml *node, const agr_place *place,
                              agr_error *err)
{
    char found[128];
    double weight;
    if (node->kind != AGR_YAML_SCALAR || !agr_parse_number(node->text, &weight) || weight < 0)
        return agr_place_fail(place, node->line, err,
                              "%s: weight: expected a number from 0 up, found %s",
                              head->options.subject, agr_yaml_found(node, found));
    head->weight = weight;
    return AGR_OK;
}

static agr_status take_loss(agr_head_config *head, const agr_yaml *node, const agr_place *place,
                            agr_error *err)
{
    char found[128];
    if (node->kind != AGR_YAML_SCALAR || !agr_value_is_name(node->text) ||
        strlen(node->text) >= sizeof head->loss)
        return agr_place_fail(place, node->line, err,
                              "%s: loss: expected the name of a loss, found %s",
                              head->options.subject, agr_yaml_found(node, found));
    strcpy(head->loss, node->text);
    return AGR_OK;
}

/* One key of a head other than its name. */
agr_status agr_head_put(agr_head_config *head, const agr_yaml *node, const agr_place *place,
                        agr_error *err)
{
    char subject[sizeof head->options.subject + 16];
    if (strcmp(node->key, "target") == 0) {
        snprintf(subject, sizeof subject, "%s: target", head->options.subject);
        return take_name(node, head->target, subject, place, err);
    }
    if (strcmp(node->key, "loss") == 0)
        return take_loss(head, node, place, err);
    if (strcmp(node->key, "weight") == 0)
        return take_weight(head, node, place, err);
    if (strcmp(node->key, "layers") == 0) {
        layers_release(&head->layer, &head->n_layers);
        return read_layers(&head->layer, &head->n_layers, node, place, err);
    }
    return put_option(&head->options, node, place, err);
}

static agr_status read_head(agr_head_config *head, const agr_yaml *node, const agr_place *place,
                            agr_error *err)
{
    char found[128];
    if (node->kind != AGR_YAML_MAP)
        return agr_place_fail(place, node->line, err, "head: expected a map, found %s",
                              agr_yaml_found(node, found));
    static const char *const required[] = {"name", "target", "loss"};
    for (int i = 0; i < 3; i++)
        if (agr_yaml_member(node, required[i]) == NULL)
            return agr_place_fail(place, node->line, err, "head: expected a %s, found none",
                                  required[i]);
    const agr_yaml *name = agr_yaml_member(node, "name");
    AGR_TRY(take_name(name, head->name, "head", place, err));
    head->weight = 1;
    head->options.source = place->source;
    head->options.line = node->line;
    name_options(&head->options, "head", head->name);
    for (const agr_yaml *member = node->first; member != NULL; member = member->next)
        if (member != name)
            AGR_TRY(agr_head_put(head, member, place, err));
    return AGR_OK;
}

static agr_status read_heads(agr_branch_config *branch, const agr_yaml *node,
                             const agr_place *place, agr_error *err)
{
    void *items;
    AGR_TRY(yaml_allocate(node, AGR_YAML_LIST, sizeof *branch->head, MAX_HEADS, "heads", place,
                          &items, err));
    branch->head = items;
    for (const agr_yaml *item = node->first; item != NULL; item = item->next)
        AGR_TRY(read_head(&branch->head[branch->n_heads++], item, place, err));
    return AGR_OK;
}

static agr_head_config *find_head(const agr_branch_config *branch, const char *name)
{
    for (int i = 0; i < branch->n_heads; i++)
        if (strcmp(branch->head[i].name, name) == 0)
            return &branch->head[i];
    return NULL;
}

agr_status agr_head_find(const agr_branch_config *branch, const char *name, int line,
                         const agr_place *place, agr_head_config **head, agr_error *err)
{
    *head = find_head(branch, name);
    if (*head != NULL)
        return AGR_OK;
    agr_nearest nearest = {.word = name};
    for (int i = 0; i < branch->n_heads; i++)
        agr_nearest_offer(&nearest, branch->head[i].name);
    agr_place_fail(place, line, err,
                   "branches.%s.heads: expected a head of the network, found '%s'", branch->name,
                   name);
    agr_error_hint(err, "did you mean '%s'?",
                   nearest.found != NULL ? nearest.found : branch->head[0].name);
    return place->fault;
}

/* `heads: {hats_output: {weight: 0.1}}` beside `network: hats`. */
static agr_status change_heads(agr_branch_config *branch, const agr_yaml *node,
                               const agr_place *place, agr_error *err)
{
    char found[128];
    if (node->kind != AGR_YAML_MAP)
        return agr_place_fail(place, node->line, err,
                              "branches.%s.heads: expected a map of the network's heads, found %s",
                              branch->name, agr_yaml_found(node, found));
    for (const agr_yaml *item = node->first; item != NULL; item = item->next) {
        agr_head_config *head;
        AGR_TRY(agr_head_find(branch, item->key, item->line, place, &head, err));
        if (item->kind != AGR_YAML_MAP)
            return agr_place_fail(place, item->line, err,
                                  "branches.%s.heads.%s: expected a map, found %s", branch->name,
                                  head->name, agr_yaml_found(item, found));
        for (const agr_yaml *member = item->first; member != NULL; member = member->next)
            AGR_TRY(agr_head_put(head, member, place, err));
    }
    return AGR_OK;
}

/* ---- names inside a branch ---- */

static int count_layers(const agr_branch_config *branch)
{
    int n_layers = branch->n_layers;
    for (int i = 0; i < branch->n_heads; i++)
        n_layers += branch->head[i].n_layers;
    return n_layers;
}

/* The i-th layer, trunk first, then head by head. */
static agr_layer_config *layer_at(const agr_branch_config *branch, int i)
{
    if (i < branch->n_layers)
        return &branch->layer[i];
    i -= branch->n_layers;
    for (int h = 0; h < branch->n_heads; h++) {
        if (i < branch->head[h].n_layers)
            return &branch->head[h].layer[i];
        i -= branch->head[h].n_layers;
    }
    return NULL;
}

static agr_layer_config *find_layer(const agr_branch_config *branch, const char *name,
                                    const agr_layer_config *except)
{
    const int n_layers = count_layers(branch);
    for (int i = 0; i < n_layers; i++) {
        agr_layer_config *layer = layer_at(branch, i);
        if (layer != except && strcmp(layer->name, name) == 0)
            return layer;
    }
    return NULL;
}

/* Gives unnamed layers Keras-like names (dense, dense_1, ...) and refuses equal ones. */
static agr_status settle_names(agr_branch_config *branch, const agr_place *place, agr_error *err)
{
    const int n_layers = count_layers(branch);
    for (int i = 0; i < n_layers; i++) {
        agr_layer_config *layer = layer_at(branch, i);
        if (layer->name[0] != '\0' && find_layer(branch, layer->name, layer) != NULL)
            return agr_place_fail(place, layer->options.line, err,
                                  "%s: expected a name of its own, found it twice",
                                  layer->options.subject);
    }
    for (int i = 0; i < n_layers; i++) {
        agr_layer_config *layer = layer_at(branch, i);
        for (int number = 0; layer->name[0] == '\0'; number++) {
            char name[AGR_CONFIG_NAME_BYTES];
            if (number == 0)
                snprintf(name, sizeof name, "%s", layer->kind);
            else
                snprintf(name, sizeof name, "%s_%d", layer->kind, number);
            if (find_layer(branch, name, layer) == NULL)
                strcpy(layer->name, name);
        }
        name_options(&layer->options, layer->kind, layer->name);
    }
    for (int i = 0; i < branch->n_heads; i++)
        if (find_head(branch, branch->head[i].name) != &branch->head[i])
            return agr_place_fail(place, branch->head[i].options.line, err,
                                  "%s: expected a name of its own, found it twice",
                                  branch->head[i].options.subject);
    return AGR_OK;
}

/* ---- networks ---- */

agr_status agr_network_take_name(agr_branch_config *branch, const agr_yaml *node,
                                 const agr_place *place, agr_error *err)
{
    return take_name(node, branch->network, "network: name", place, err);
}

/* A map with `layers` and `heads`, in a network file or in a branch itself; a `name` says what the
 * network is called beside others of its branch. */
agr_status agr_network_read(agr_branch_config *branch, const agr_yaml *node, const agr_place *place,
                            agr_error *err)
{
    char found[128];
    if (node->kind != AGR_YAML_MAP)
        return agr_place_fail(place, node->line, err,
                              "network: expected a map with layers and heads, found %s",
                              agr_yaml_found(node, found));
    const agr_yaml *layers = agr_yaml_member(node, "layers");
    const agr_yaml *heads = agr_yaml_member(node, "heads");
    const agr_yaml *name = agr_yaml_member(node, "name");
    for (const agr_yaml *item = node->first; item != NULL; item = item->next)
        if (item != layers && item != heads && item != name)
            return agr_place_fail(place, item->line, err,
                                  "network: expected layers and heads, found '%.100s'", item->key);
    if (layers == NULL || heads == NULL)
        return agr_place_fail(place, node->line, err,
                              "network: expected layers and heads, found %s",
                              layers != NULL  ? "no heads"
                              : heads != NULL ? "no layers"
                                              : "neither");
    branch->source = place->source;
    branch->line = node->line;
    if (name != NULL)
        AGR_TRY(agr_network_take_name(branch, name, place, err));
    AGR_TRY(read_layers(&branch->layer, &branch->n_layers, layers, place, err));
    AGR_TRY(read_heads(branch, heads, place, err));
    return settle_names(branch, place, err);
}

agr_status agr_heads_change(agr_branch_config *branch, const agr_yaml *node, const agr_place *place,
                            agr_error *err)
{
    AGR_TRY(change_heads(branch, node, place, err));
    return settle_names(branch, place, err);
}
