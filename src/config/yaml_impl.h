/** YAML text as a tree. The only file that knows libyaml is yaml.c. */
#ifndef AGR_CONFIG_YAML_IMPL_H
#define AGR_CONFIG_YAML_IMPL_H

#include <agr/base/error.h>
#include <stddef.h>

enum {
    AGR_YAML_MAX_DEPTH = 16,
    AGR_YAML_MAX_NODES = 10000,
    AGR_YAML_MAX_BYTES = 1 << 20,
};

typedef enum { AGR_YAML_SCALAR, AGR_YAML_LIST, AGR_YAML_MAP } agr_yaml_kind;

typedef struct agr_yaml agr_yaml;
struct agr_yaml {
    agr_yaml_kind kind;
    int line;       /* from 1 */
    char *key;      /* in a map: its key; else NULL */
    char *text;     /* of a scalar; printable UTF-8, no control characters */
    agr_yaml *next; /* sibling */
    agr_yaml *first;
};

/** Reads one YAML document. An empty text is an empty map. Refused, with file:line: a second
 * document, anchors, aliases and tags, keys that are no scalars or stand twice in one map, control
 * characters, depth, size. Caller destroys. */
agr_status agr_yaml_read(const char *text, size_t n_bytes, const char *source, agr_yaml **root,
                         agr_error *err);

/** NULL is accepted. */
void agr_yaml_destroy(agr_yaml *root);

/** The member of a map, or NULL. */
const agr_yaml *agr_yaml_member(const agr_yaml *map, const char *key);

/** "a map", "a list", or the scalar itself in quotes: the X of "found X". */
const char *agr_yaml_found(const agr_yaml *node, char buffer[128]);

#endif
