/* Figures as one JSON object. */
#include "evaluation_impl.h"

#include <stdio.h>

static void add_dataset(const agr_evaluation *e, cJSON *root)
{
    char fingerprint[17];
    snprintf(fingerprint, sizeof fingerprint, "%016llx",
             (unsigned long long)agr_dataset_fingerprint(e->dataset));
    cJSON *dataset = cJSON_AddObjectToObject(root, "dataset");
    cJSON_AddStringToObject(dataset, "path", agr_dataset_path(e->dataset));
    cJSON_AddStringToObject(dataset, "fingerprint", fingerprint);
    cJSON_AddBoolToObject(dataset, "trained_on", agr_evaluation_is_trained_on(e));
}

cJSON *agr_evaluation_json(const agr_evaluation *e)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "split", agr_evaluation_part(e));
    cJSON_AddBoolToObject(root, "flip", e->request.flip);
    add_dataset(e, root);
    agr_evaluation_add_bootstrap(e, root);
    agr_populations_add_json(e, root);
    for (int i = 0; i < e->n_results; i++)
        evaluated_head_add_json(
            e, &e->result[i], cJSON_AddObjectToObject(root, agr_evaluated_name(e, &e->result[i])));
    return root;
}
