/* Links and groups, without following any to another file. */
#include "h5_impl.h"

#include <stdio.h>
#include <string.h>

bool h5_has(hid_t group, const char *name)
{
    H5L_info_t info;
    if (H5Lexists(group, name, H5P_DEFAULT) <= 0 ||
        H5Lget_info(group, name, &info, H5P_DEFAULT) < 0)
        return false;
    if (info.type == H5L_TYPE_SOFT)
        return H5Oexists_by_name(group, name, H5P_DEFAULT) > 0;
    return info.type == H5L_TYPE_HARD;
}

bool h5_has_path(hid_t group, const char *path)
{
    char first[256];
    const size_t length = strcspn(path, "/");
    snprintf(first, sizeof first, "%.*s", (int)length, path);
    return h5_has(group, first) && (path[length] == '\0' || h5_has(group, path));
}

agr_status h5_group_create(hid_t parent, const char *name, hid_t *group, agr_error *err)
{
    const hid_t list = H5Pcreate(H5P_GROUP_CREATE);
    H5Pset_obj_track_times(list, false);
    *group = H5Gcreate2(parent, name, H5P_DEFAULT, list, H5P_DEFAULT);
    const agr_status status =
        *group >= 0 ? AGR_OK : h5_fail(err, AGR_IO, "cannot create group '%s'", name);
    H5Pclose(list);
    return status;
}

agr_status h5_group_open(hid_t parent, const char *name, hid_t *group, agr_error *err)
{
    if (!h5_has(parent, name))
        return agr_error_set(err, AGR_FORMAT, "no group '%s'", name);
    *group = H5Gopen2(parent, name, H5P_DEFAULT);
    return *group >= 0 ? AGR_OK : h5_fail(err, AGR_FORMAT, "cannot open group '%s'", name);
}

typedef struct {
    h5_visitor *visit;
    void *context;
    agr_status status;
    int n_visited;
    agr_error *err;
} h5_walk;

/* Asked of the open object: how HDF5 describes an unopened one differs between 1.10 and 1.12. */
static H5I_type_t kind_of(hid_t group, const char *name)
{
    const hid_t object = h5_has(group, name) ? H5Oopen(group, name, H5P_DEFAULT) : -1;
    const H5I_type_t kind = object >= 0 ? H5Iget_type(object) : H5I_BADID;
    if (object >= 0)
        H5Oclose(object);
    return kind;
}

static herr_t visit_child(hid_t group, const char *name, const H5L_info_t *link, void *context)
{
    h5_walk *walk = context;
    (void)link;
    if (++walk->n_visited > H5_MAX_CHILDREN) {
        walk->status = agr_error_set(walk->err, AGR_FORMAT,
                                     "expected at most %d entries, found more", H5_MAX_CHILDREN);
        return 1;
    }
    const H5I_type_t kind = kind_of(group, name);
    if (kind == H5I_BADID)
        walk->status = h5_fail(walk->err, AGR_FORMAT, "'%s' leads nowhere", name);
    else if (kind == H5I_GROUP || kind == H5I_DATASET)
        walk->status = walk->visit(walk->context, group, name, kind == H5I_GROUP, walk->err);
    return walk->status != AGR_OK;
}

agr_status h5_for_each(hid_t group, h5_visitor *visit, void *context, agr_error *err)
{
    h5_walk walk = {.visit = visit, .context = context, .status = AGR_OK, .err = err};
    const herr_t result = H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_child, &walk);
    if (walk.status != AGR_OK)
        return walk.status;
    return result >= 0 ? AGR_OK : h5_fail(err, AGR_FORMAT, "cannot list a group");
}

agr_status h5_group_at(hid_t parent, const char *path, hid_t *group, agr_error *err)
{
    hid_t current = -1;
    const char *from = path;
    while (*from != '\0') {
        char component[256];
        const size_t length = strcspn(from, "/");
        snprintf(component, sizeof component, "%.*s", (int)length, from);
        hid_t next = -1;
        const agr_status status =
            h5_group_open(current >= 0 ? current : parent, component, &next, err);
        if (current >= 0)
            H5Gclose(current);
        if (status != AGR_OK)
            return status;
        current = next;
        from += length + (from[length] == '/');
    }
    *group = current;
    return AGR_OK;
}
