/* The configuration as YAML that reads back to the same values. */
#include "config_impl.h"

#include <stdio.h>
#include <string.h>

enum { ORIGIN_COLUMN = 44 };

/* Ends the line that began at `start`, with its origin behind it when asked for. */
static void end_line(agr_text *text, size_t start, agr_config_style style, agr_origin origin)
{
    if (style == AGR_CONFIG_WITH_ORIGINS) {
        const size_t length = text->length - start;
        agr_text_add(text, "%*s# ", length < ORIGIN_COLUMN ? (int)(ORIGIN_COLUMN - length) : 1, "");
        agr_origin_add(origin, text);
    }
    agr_text_add(text, "\n");
}

static void add_settings(const agr_config *config, agr_config_style style, agr_text *text)
{
    char section[64] = "";
    for (int row = 0; row < agr_config_n_rows(); row++) {
        const char *key = agr_config_row_key(row);
        const char *dot = strchr(key, '.');
        const size_t length = dot != NULL ? (size_t)(dot - key) : 0;
        if (strlen(section) != length || strncmp(section, key, length) != 0) {
            snprintf(section, sizeof section, "%.*s", (int)length, key);
            agr_text_add(text, "%s:\n", section);
        }
        const size_t start = text->length;
        agr_text_add(text, dot != NULL ? "  %s: " : "%s: ", dot != NULL ? dot + 1 : key);
        agr_config_row_value(config, row, text);
        end_line(text, start, style, config->origin[row]);
    }
}

static void add_layer(const agr_layer_config *layer, const char *indent, agr_text *text)
{
    agr_text_add(text, "%s- %s: {name: %s", indent, layer->kind, layer->name);
    for (int i = 0; i < layer->options.n_options; i++) {
        agr_text_add(text, ", %s: ", layer->options.option[i].key);
        agr_value_add_text(text, layer->options.option[i].value);
    }
    agr_text_add(text, "}\n");
}

/* indent: of "heads:". */
static void add_head(const agr_head_config *head, const char *indent, agr_text *text)
{
    char layer_indent[32];
    agr_text_add(text, "%s  - name: %s\n%s    target: %s\n%s    loss: %s\n%s    weight: ", indent,
                 head->name, indent, head->target, indent, head->loss, indent);
    agr_value_add_number(text, head->weight);
    agr_text_add(text, "\n");
    for (int i = 0; i < head->options.n_options; i++) {
        agr_text_add(text, "%s    %s: ", indent, head->options.option[i].key);
        agr_value_add_text(text, head->options.option[i].value);
        agr_text_add(text, "\n");
    }
    if (head->n_layers > 0)
        agr_text_add(text, "%s    layers:\n", indent);
    snprintf(layer_indent, sizeof layer_indent, "%s      ", indent);
    for (int i = 0; i < head->n_layers; i++)
        add_layer(&head->layer[i], layer_indent, text);
}

static void add_network(const agr_branch_config *branch, const char *indent, agr_text *text)
{
    char layer_indent[32];
    snprintf(layer_indent, sizeof layer_indent, "%s  ", indent);
    agr_text_add(text, "%slayers:\n", indent);
    for (int i = 0; i < branch->n_layers; i++)
        add_layer(&branch->layer[i], layer_indent, text);
    agr_text_add(text, "%sheads:\n", indent);
    for (int i = 0; i < branch->n_heads; i++)
        add_head(&branch->head[i], indent, text);
}

/* Some member of this base and this network; NULL: no member is left that has it. */
static const agr_branch_config *member_with(const agr_config *config, const char *base, int network)
{
    for (int b = 0; b < config->n_branches; b++) {
        const agr_member *m = &config->branch[b].member;
        if (strcmp(m->base, base) == 0 && m->network == network)
            return &config->branch[b];
    }
    return NULL;
}

static void add_branch(const agr_config *config, const char *base, agr_config_style style,
                       agr_text *text)
{
    const size_t start = text->length;
    const agr_branch_config *first = member_with(config, base, 0);
    agr_text_add(text, "  %s:", base);
    end_line(text, start, style, (agr_origin){first->source, first->line});
    if (member_with(config, base, 1) == NULL) {
        add_network(first, "    ", text);
        return;
    }
    const agr_branch_config *member;
    for (int network = 0; (member = member_with(config, base, network)) != NULL; network++) {
        agr_text_add(text, "    - name: %s\n", member->network);
        add_network(member, "      ", text);
    }
}

void agr_config_yaml(const agr_config *config, agr_config_style style, agr_text *text)
{
    add_settings(config, style, text);
    agr_text_add(text, "branches:\n");
    for (int b = 0; b < config->n_branches; b++) {
        const char *base = config->branch[b].member.base;
        bool is_written = false;
        for (int before = 0; before < b && !is_written; before++)
            is_written = strcmp(config->branch[before].member.base, base) == 0;
        if (!is_written)
            add_branch(config, base, style, text);
    }
}
