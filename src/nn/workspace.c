/* Memory that networks take turns in. */
#include <agr/nn/workspace.h>

agr_status agr_workspace_reserve(agr_workspace *workspace, size_t n_bytes, agr_error *err)
{
    *workspace = (agr_workspace){0};
    agr_arena_take(&workspace->arena, n_bytes, 1);
    return agr_arena_allocate(&workspace->arena, err);
}

void agr_workspace_release(agr_workspace *workspace)
{
    agr_arena_release(&workspace->arena);
    *workspace = (agr_workspace){0};
}
