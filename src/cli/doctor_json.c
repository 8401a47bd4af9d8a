/* What the doctor found, for programs. */
#include "doctor_text.h"

static cJSON *make_finding(const agr_diagnosis_row *row)
{
    const agr_finding *finding = &row->finding;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "subject", finding->subject);
    cJSON_AddStringToObject(object, "health", agr_health_name(finding->health));
    cJSON_AddStringToObject(object, "text", finding->text);
    if (finding->unit[0] != '\0') {
        cJSON_AddNumberToObject(object, "least", row->least);
        cJSON_AddNumberToObject(object, "most", row->most);
        cJSON_AddStringToObject(object, "unit", finding->unit);
    }
    if (finding->health != AGR_HEALTH_OK)
        cJSON_AddStringToObject(object, "remedy", finding->remedy);
    cJSON_AddNumberToObject(object, "ranks", row->n_ranks);
    cJSON_AddNumberToObject(object, "hosts", row->n_hosts);
    if (row->where[0] != '\0')
        cJSON_AddStringToObject(object, "where", row->where);
    return object;
}

cJSON *doctor_json(const agr_diagnosis *d)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddNumberToObject(root, "ranks", d->n_ranks);
    cJSON_AddNumberToObject(root, "hosts", d->n_hosts);
    cJSON_AddNumberToObject(root, "ok", d->count[AGR_HEALTH_OK]);
    cJSON_AddNumberToObject(root, "warnings", d->count[AGR_HEALTH_WARNING]);
    cJSON_AddNumberToObject(root, "problems", d->count[AGR_HEALTH_PROBLEM]);
    cJSON *findings = cJSON_AddArrayToObject(root, "findings");
    for (int i = 0; i < d->n_rows; i++)
        cJSON_AddItemToArray(findings, make_finding(&d->row[i]));
    return root;
}
