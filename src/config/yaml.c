/* Reads the plain part of YAML into a tree with line numbers, and refuses the rest. */
#include "yaml_impl.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

typedef struct {
    yaml_parser_t parser;
    const char *source;
    int n_nodes;
    agr_error *err;
} reader;

static agr_status fail_at(reader *r, size_t line, const char *text)
{
    return agr_error_set(r->err, AGR_INPUT, "%s:%zu: %s", r->source, line + 1, text);
}

static agr_status next_event(reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return AGR_OK;
    const yaml_parser_t *parser = &r->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return agr_error_set(r->err, AGR_MEMORY, "out of memory while reading '%s'", r->source);
    /* A reader error (not UTF-8, a control character) knows an offset, not a line; problem_mark
     * stands at what was read before it. */
    const size_t line =
        parser->error == YAML_READER_ERROR ? parser->mark.line : parser->problem_mark.line;
    char text[256];
    snprintf(text, sizeof text, "expected YAML, found an error: %s%s%s",
             parser->context != NULL ? parser->context : "", parser->context != NULL ? ": " : "",
             parser->problem != NULL ? parser->problem : "unreadable");
    return fail_at(r, line, text);
}

static bool has_control_characters(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            return true;
    return false;
}

/* The text of a scalar event, copied. */
static agr_status take_scalar(reader *r, const yaml_event_t *event, char **text)
{
    const char *value = (const char *)event->data.scalar.value;
    const size_t length = event->data.scalar.length;
    if (has_control_characters(value, length))
        return fail_at(r, event->start_mark.line,
                       "expected printable text, found a control character");
    *text = strndup(value, length);
    return *text != NULL ? AGR_OK : agr_error_set(r->err, AGR_MEMORY, "out of memory");
}

static agr_status refuse_anchors_and_tags(reader *r, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_ALIAS_EVENT)
        anchor = event->data.alias.anchor;
    else if (event->type == YAML_SCALAR_EVENT)
        anchor = event->data.scalar.anchor, tag = event->data.scalar.tag;
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        anchor = event->data.sequence_start.anchor, tag = event->data.sequence_start.tag;
    else if (event->type == YAML_MAPPING_START_EVENT)
        anchor = event->data.mapping_start.anchor, tag = event->data.mapping_start.tag;
    if (anchor != NULL)
        return fail_at(r, event->start_mark.line,
                       "expected plain values, found an anchor or alias (& or *)");
    if (tag != NULL)
        return fail_at(r, event->start_mark.line, "expected plain values, found a tag (!)");
    return AGR_OK;
}

static agr_status read_node(reader *r, yaml_event_t *event, int depth, agr_yaml **node);

static agr_status read_items(reader *r, agr_yaml *list, int depth)
{
    agr_yaml **end = &list->first;
    for (;;) {
        yaml_event_t event;
        AGR_TRY(next_event(r, &event));
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return AGR_OK;
        }
        AGR_TRY(read_node(r, &event, depth, end));
        end = &(*end)->next;
    }
}

static agr_status read_value(reader *r, int depth, agr_yaml **node)
{
    yaml_event_t event;
    AGR_TRY(next_event(r, &event));
    return read_node(r, &event, depth, node);
}

static agr_status read_key(reader *r, const agr_yaml *map, yaml_event_t *event, char **key)
{
    AGR_TRY(refuse_anchors_and_tags(r, event));
    if (event->type != YAML_SCALAR_EVENT)
        return fail_at(r, event->start_mark.line, "expected a word as key, found a map or list");
    AGR_TRY(take_scalar(r, event, key));
    const agr_yaml *first = agr_yaml_member(map, *key);
    if (first == NULL)
        return AGR_OK;
    char text[192];
    snprintf(text, sizeof text, "%.100s: expected once, found again (first on line %d)", *key,
             first->line);
    free(*key);
    *key = NULL;
    return fail_at(r, event->start_mark.line, text);
}

static agr_status read_members(reader *r, agr_yaml *map, int depth)
{
    agr_yaml **end = &map->first;
    for (;;) {
        yaml_event_t event;
        AGR_TRY(next_event(r, &event));
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            return AGR_OK;
        }
        char *key = NULL;
        const int line = (int)event.start_mark.line + 1;
        agr_status status = read_key(r, map, &event, &key);
        yaml_event_delete(&event);
        if (status == AGR_OK)
            status = read_value(r, depth, end);
        if (*end == NULL) {
            free(key);
            return status;
        }
        (*end)->key = key;
        (*end)->line = line;
        AGR_TRY(status);
        end = &(*end)->next;
    }
}

/* Takes the event. What was read before a failure hangs in the tree and goes with it. */
static agr_status read_node(reader *r, yaml_event_t *event, int depth, agr_yaml **node)
{
    agr_status status = refuse_anchors_and_tags(r, event);
    if (status == AGR_OK && (depth > AGR_YAML_MAX_DEPTH || ++r->n_nodes > AGR_YAML_MAX_NODES))
        status = fail_at(r, event->start_mark.line,
                         depth > AGR_YAML_MAX_DEPTH ? "expected at most 16 levels, found more"
                                                    : "expected at most 10000 values, found more");
    if (status == AGR_OK) {
        *node = calloc(1, sizeof **node);
        if (*node == NULL)
            status = agr_error_set(r->err, AGR_MEMORY, "out of memory");
    }
    if (status == AGR_OK) {
        (*node)->line = (int)event->start_mark.line + 1;
        if (event->type == YAML_SCALAR_EVENT)
            status = take_scalar(r, event, &(*node)->text);
    }
    const yaml_event_type_t type = event->type;
    yaml_event_delete(event);
    if (status != AGR_OK || type == YAML_SCALAR_EVENT)
        return status;
    (*node)->kind = type == YAML_SEQUENCE_START_EVENT ? AGR_YAML_LIST : AGR_YAML_MAP;
    return (*node)->kind == AGR_YAML_LIST ? read_items(r, *node, depth + 1)
                                          : read_members(r, *node, depth + 1);
}

/* The next event that is not of this mere frame. */
static agr_status skip_to(reader *r, yaml_event_t *event, yaml_event_type_t frame)
{
    AGR_TRY(next_event(r, event));
    while (event->type == frame) {
        yaml_event_delete(event);
        AGR_TRY(next_event(r, event));
    }
    return AGR_OK;
}

static agr_status read_document(reader *r, agr_yaml **root)
{
    yaml_event_t event;
    AGR_TRY(skip_to(r, &event, YAML_STREAM_START_EVENT));
    if (event.type == YAML_STREAM_END_EVENT) {
        yaml_event_delete(&event);
        *root = calloc(1, sizeof **root);
        if (*root == NULL)
            return agr_error_set(r->err, AGR_MEMORY, "out of memory");
        (*root)->kind = AGR_YAML_MAP;
        (*root)->line = 1;
        return AGR_OK;
    }
    yaml_event_delete(&event); /* document start */
    AGR_TRY(next_event(r, &event));
    AGR_TRY(read_node(r, &event, 1, root));
    AGR_TRY(skip_to(r, &event, YAML_DOCUMENT_END_EVENT));
    const bool is_last = event.type == YAML_STREAM_END_EVENT;
    const size_t line = event.start_mark.line;
    yaml_event_delete(&event);
    return is_last ? AGR_OK : fail_at(r, line, "expected one document, found a second (---)");
}

agr_status agr_yaml_read(const char *text, size_t n_bytes, const char *source, agr_yaml **root,
                         agr_error *err)
{
    *root = NULL;
    if (n_bytes > AGR_YAML_MAX_BYTES)
        return agr_error_set(err, AGR_INPUT, "%s: expected at most %d bytes, found %zu", source,
                             AGR_YAML_MAX_BYTES, n_bytes);
    reader r = {.source = source, .err = err};
    if (!yaml_parser_initialize(&r.parser))
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n_bytes);
    const agr_status status = read_document(&r, root);
    yaml_parser_delete(&r.parser);
    if (status != AGR_OK) {
        agr_yaml_destroy(*root);
        *root = NULL;
    }
    return status;
}

void agr_yaml_destroy(agr_yaml *root)
{
    while (root != NULL) {
        agr_yaml *next = root->next;
        agr_yaml_destroy(root->first);
        free(root->key);
        free(root->text);
        free(root);
        root = next;
    }
}

const agr_yaml *agr_yaml_member(const agr_yaml *map, const char *key)
{
    for (const agr_yaml *node = map->first; node != NULL; node = node->next)
        if (node->key != NULL && strcmp(node->key, key) == 0)
            return node;
    return NULL;
}

const char *agr_yaml_found(const agr_yaml *node, char buffer[128])
{
    if (node->kind == AGR_YAML_MAP)
        return "a map";
    if (node->kind == AGR_YAML_LIST)
        return "a list";
    snprintf(buffer, 128, "'%.100s'", node->text);
    return buffer;
}
