/* What an index reads, in memory that lives as long as its checkpoint. */
#include "checkpoint_index_impl.h"

#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

agr_status checkpoint_index_lacks_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for its index");
}

agr_status checkpoint_keep(agr_checkpoint *checkpoint, void *memory, agr_error *err)
{
    kept_memory *link = malloc(sizeof *link);
    if (link == NULL) {
        free(memory);
        return checkpoint_index_lacks_memory(err);
    }
    *link = (kept_memory){.next = checkpoint->kept, .memory = memory};
    checkpoint->kept = link;
    return AGR_OK;
}

agr_status checkpoint_keep_zeroed(agr_checkpoint *checkpoint, size_t n, size_t item_bytes,
                                  void **memory, agr_error *err)
{
    *memory = calloc(n + 1, item_bytes);
    if (*memory == NULL)
        return checkpoint_index_lacks_memory(err);
    return checkpoint_keep(checkpoint, *memory, err);
}

agr_status checkpoint_keep_text(agr_checkpoint *checkpoint, hid_t object, const char *name,
                                const char **text, agr_error *err)
{
    char *read;
    AGR_TRY(h5_read_text(object, name, &read, err));
    *text = read != NULL ? read : "";
    return checkpoint_keep(checkpoint, read, err);
}

agr_status checkpoint_keep_texts(agr_checkpoint *checkpoint, hid_t object, const char *name,
                                 const char *const **texts, int *n_texts, agr_error *err)
{
    char **read;
    AGR_TRY(h5_read_texts(object, name, &read, n_texts, err));
    *texts = (const char *const *)read;
    return checkpoint_keep(checkpoint, read, err);
}

/* ---- walking through groups ---- */

static agr_status visit_name(void *context, hid_t group, const char *name, bool is_group,
                             agr_error *err)
{
    checkpoint_names *list = context;
    (void)group;
    if (is_group != list->wants_groups)
        return AGR_OK;
    char field[AGR_NAME_BYTES];
    if (agr_state_name(field, name, err) != AGR_OK)
        return agr_error_set(err, AGR_FORMAT, "'%.80s' is no name of ours", name);
    char(*grown)[AGR_NAME_BYTES] = realloc(list->names, ((size_t)list->n + 1) * sizeof *grown);
    if (grown == NULL)
        return checkpoint_index_lacks_memory(err);
    memcpy(grown[list->n], field, sizeof field);
    list->names = grown;
    list->n++;
    return AGR_OK;
}

agr_status checkpoint_list_names(agr_checkpoint *checkpoint, hid_t group, bool wants_groups,
                                 checkpoint_names *list, agr_error *err)
{
    *list = (checkpoint_names){.wants_groups = wants_groups};
    const agr_status status = h5_for_each(group, visit_name, list, err);
    AGR_TRY(checkpoint_keep(checkpoint, list->names, err));
    return status;
}
