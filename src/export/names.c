/* What a layer is called in a file that holds several branches. */
#include "export_impl.h"

#include <string.h>

static bool has_layer(const agr_network *network, const char *name)
{
    for (int i = 0; i < agr_network_n_layers(network); i++)
        if (strcmp(agr_network_layer(network, i)->name, name) == 0)
            return true;
    return false;
}

static bool share_a_name(const agr_network *one, const agr_network *other)
{
    for (int i = 0; i < agr_network_n_layers(one); i++)
        if (has_layer(other, agr_network_layer(one, i)->name))
            return true;
    return false;
}

/* One rule for the whole file: either all layers have their branch before them, or none. */
static bool branches_share_names(const agr_models *models)
{
    for (int m = 1; m < models->n_models; m++)
        for (int other = 0; other < m; other++)
            if (share_a_name(models->model[m].network, models->model[other].network))
                return true;
    return false;
}

void export_add_layer_name(const export_job *job, const agr_model *model, const char *layer,
                           agr_text *name)
{
    if (branches_share_names(&job->models))
        agr_text_add(name, "%s.", model->name);
    agr_text_add(name, "%s", layer);
}
