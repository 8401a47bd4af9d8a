/* A run record as JSON. */
#include <agr/report/run_record.h>

#include <math.h>

static void add_number(cJSON *to, const char *name, double value)
{
    if (isfinite(value))
        cJSON_AddNumberToObject(to, name, value);
    else
        cJSON_AddNullToObject(to, name);
}

static void add_epoch(cJSON *epochs, const agr_run_branch *branch, int64_t i)
{
    cJSON *epoch = cJSON_CreateObject();
    cJSON_AddNumberToObject(epoch, "epoch", (double)i + 1);
    for (int h = 0; h < branch->n_heads; h++) {
        const agr_run_head *head = &branch->head[h];
        cJSON *figures = cJSON_AddObjectToObject(epoch, head->name);
        cJSON_AddStringToObject(figures, "metric", head->metric);
        add_number(figures, "loss", head->loss[i]);
        add_number(figures, "val_loss", head->val_loss[i]);
        add_number(figures, "value", head->value[i]);
        add_number(figures, "val_value", head->val_value[i]);
    }
    cJSON_AddItemToArray(epochs, epoch);
}

static void add_branch(cJSON *branches, const agr_run_branch *branch)
{
    cJSON *item = cJSON_AddObjectToObject(branches, branch->name);
    cJSON_AddNumberToObject(item, "epochs", (double)branch->n_epochs);
    if (branch->planned > 0)
        cJSON_AddNumberToObject(item, "planned", (double)branch->planned);
    if (branch->best_epoch > 0)
        cJSON_AddNumberToObject(item, "best_epoch", (double)branch->best_epoch);
    cJSON *history = cJSON_AddArrayToObject(item, "history");
    for (int64_t i = 0; i < branch->n_epochs; i++)
        add_epoch(history, branch, i);
}

static void add_totals(cJSON *run, const agr_run_record *record)
{
    cJSON *totals = cJSON_AddArrayToObject(run, "total");
    for (int64_t i = 0; i < record->n_totals; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddNumberToObject(item, "epoch", (double)i + 1);
        add_number(item, "loss", record->total[i]);
        add_number(item, "val_loss", record->val_total[i]);
        cJSON_AddItemToArray(totals, item);
    }
}

static void add_spans(cJSON *run, const agr_run_record *record)
{
    cJSON *spans = cJSON_AddArrayToObject(run, "teams");
    for (int64_t i = 0; i < record->n_spans; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddNumberToObject(item, "rank", record->span[i].rank);
        cJSON_AddStringToObject(item, "branch", record->branch[record->span[i].branch].name);
        cJSON_AddNumberToObject(item, "from_s", record->span[i].from_s);
        cJSON_AddNumberToObject(item, "to_s", record->span[i].to_s);
        cJSON_AddItemToArray(spans, item);
    }
}

cJSON *agr_run_record_json(const agr_run_record *record)
{
    cJSON *run = cJSON_CreateObject();
    cJSON_AddStringToObject(run, "path", record->path);
    cJSON_AddStringToObject(run, "state", agr_run_state_name(record->state));
    if (record->n_starts > 0)
        cJSON_AddNumberToObject(run, "started", record->started_s);
    cJSON_AddNumberToObject(run, "starts", record->n_starts);
    cJSON_AddNumberToObject(run, "ranks", record->n_ranks);
    cJSON_AddStringToObject(run, "placement", record->placement);
    cJSON_AddNumberToObject(run, "trained_s", record->trained_s);
    if (record->last_event[0] != '\0') {
        cJSON *event = cJSON_AddObjectToObject(run, "last_event");
        cJSON_AddStringToObject(event, "what", record->last_event);
        cJSON_AddNumberToObject(event, "time", record->last_event_s);
    }
    cJSON *branches = cJSON_AddObjectToObject(run, "branches");
    for (int b = 0; b < record->n_branches; b++)
        add_branch(branches, &record->branch[b]);
    add_totals(run, record);
    add_spans(run, record);
    return run;
}
