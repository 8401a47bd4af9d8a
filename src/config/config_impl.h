/** What the files of this room share. */
#ifndef AGR_CONFIG_CONFIG_IMPL_H
#define AGR_CONFIG_CONFIG_IMPL_H

#include "yaml_impl.h"

#include <agr/config/config.h>

/* ---- where things are said (place.c) ---- */

/** The text being read: names its errors and origins. */
typedef struct {
    const char *source; /* interned in the config */
    const char *folder; /* relative network files count from here */
    agr_status fault;   /* AGR_INPUT for a file, AGR_USAGE for the command line */
} agr_place;

/** Sets "<source>:<line>: <text>" (no line when 0) and returns place->fault. */
agr_status agr_place_fail(const agr_place *place, int line, agr_error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** A copy of text owned by the config, the same for equal texts; NULL without memory. */
const char *agr_config_intern(agr_config *config, const char *text);

/* ---- the table of settings (rows.c) ---- */

/** Index of the key's row, or -1. */
int agr_config_row_find(const char *key);

/** Does any row lie in this section ("optimizer")? */
bool agr_config_section_exists(const char *section);

/** Reads the value and keeps its origin. */
agr_status agr_config_row_set(agr_config *config, int row, const char *text, const agr_place *place,
                              int line, agr_error *err);

/** Stores the value alone; false when the text is not what the row expects. */
bool agr_config_row_assign(agr_config *config, int row, const char *text);

/** The one value in the field, where agr_config_row_value() gives a list of varied ones. */
void agr_config_row_field(const agr_config *config, int row, agr_text *text);

/** May it be given a list of values? */
bool agr_config_row_may_vary(int row);

/** Fails where a setting would be ignored because of another (check.c). */
agr_status agr_config_check(const agr_config *config, agr_error *err);

/** "unknown key" with the nearest as hint. */
agr_status agr_config_unknown_key(const char *key, const agr_place *place, int line,
                                  agr_error *err);

/* ---- settings with several values (varied.c) ---- */

/** Reads "a,b,c": the values of a setting that may vary. */
agr_status agr_varied_read(agr_config *config, int row, const char *values, const agr_place *place,
                           int line, agr_error *err);

/** Forgets that a setting varies: it is about to get one value. */
void agr_varied_drop(agr_config *config, int row);

/** Value `index`, from 0. */
void agr_varied_value(const agr_varied *varied, int index, char value[AGR_CONFIG_TEXT_BYTES]);

/* ---- values as text (values.c) ---- */

/** The shortest decimal that reads back to the same number; always a float to YAML readers. */
void agr_value_add_number(agr_text *text, double value);

/** The text itself where YAML takes it plainly, else in double quotes. */
void agr_value_add_text(agr_text *text, const char *value);

/** Is it a name: letters, digits, '_' and '-', not longer than AGR_CONFIG_NAME_BYTES - 1? */
bool agr_value_is_name(const char *text);

/** A scalar, or a list of scalars as "a,b,c", into buffer; AGR_INPUT (place->fault) when it is a
 * map or too long. `subject` goes in front of the complaint. */
agr_status agr_value_take(const agr_yaml *node, char *buffer, size_t n_bytes, const char *subject,
                          const agr_place *place, agr_error *err);

/* ---- networks (networks.c) ---- */

/** Fills an empty branch from a map with `layers` and `heads`. After a failure what was read so far
 * is the branch's, to be released. */
agr_status agr_network_read(agr_branch_config *branch, const agr_yaml *node, const agr_place *place,
                            agr_error *err);

/** What a network is called beside others of its branch. */
agr_status agr_network_take_name(agr_branch_config *branch, const agr_yaml *node,
                                 const agr_place *place, agr_error *err);

/** Changes heads of a network that was read: a map of head name to keys. */
agr_status agr_heads_change(agr_branch_config *branch, const agr_yaml *node, const agr_place *place,
                            agr_error *err);

/** The head of this name; fails with the nearest as hint. */
agr_status agr_head_find(const agr_branch_config *branch, const char *name, int line,
                         const agr_place *place, agr_head_config **head, agr_error *err);

/** Sets one key of a head other than its name. */
agr_status agr_head_put(agr_head_config *head, const agr_yaml *node, const agr_place *place,
                        agr_error *err);

/** Frees what the branch owns and zeroes it. */
void agr_branch_release(agr_branch_config *branch);
void agr_branches_release(agr_config *config);

/* ---- branches (branches.c) ---- */

/** Replaces all branches by those of the map. */
agr_status agr_branches_read(agr_config *config, const agr_yaml *map, const agr_place *place,
                             agr_error *err);

/** `branches.B=network` or `branches.B.heads.H.weight=0.1`; path is what follows
 * "branches.". */
agr_status agr_branches_override(agr_config *config, const char *path, const char *value,
                                 const agr_place *place, agr_error *err);

/** Keeps the branches that train.branches names, in its order, with their epochs, and makes their
 * populations. */
agr_status agr_branches_select(agr_config *config, agr_error *err);

/* ---- populations (population.c) ---- */

/** Is this the name of a member of `base`: "<base>-v2-f1-r3", with any of the three parts? */
bool agr_member_is_of(const char *name, const char *base);

/** Makes all members of the branches, of which those of one name are its networks. */
agr_status agr_population_expand(agr_config *config, agr_error *err);

/* ---- what single branches have of their own (own_values.c) ---- */

/** Reads train.branch_epochs and optimizer.lr_scale into the branches, those included that will not
 * be trained. */
agr_status agr_own_values_read(agr_config *config, agr_error *err);

/** Makes the texts say it of the branches that are left, so that they can be read again. */
void agr_own_values_write(agr_config *config);

/* ---- halving.c ---- */

/** Fills config->halving from the rows of train.halving. */
agr_status agr_halving_read(agr_config *config, agr_error *err);

/* ---- files compiled in (generated) ---- */

typedef struct {
    const char *name; /* "nets/eyes.yaml" */
    const unsigned char *data;
    size_t n_bytes;
} agr_builtin;

extern const agr_builtin agr_builtins[]; /* ends with a NULL name */

/** "<folder><name>.yaml", or NULL. */
const agr_builtin *agr_builtin_find(const char *folder, const char *name);

/** Sets the hint to the nearest built-in of the folder, or to the list of them. */
void agr_builtin_hint(const char *folder, const char *word, agr_error *err);

#endif
