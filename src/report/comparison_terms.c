/* Were the runs trained on equal terms? Data, settings, networks. */
#include "comparison_impl.h"

#include "words_impl.h"

#include <string.h>

static const agr_models *models_of(const agr_comparison *c, int run)
{
    return &c->runs->run[run].evaluation->models;
}

/* ---- data ---- */

static bool trained_alike(const agr_checkpoint_info *a, const agr_checkpoint_info *b)
{
    if (a->n_datasets != b->n_datasets)
        return false;
    for (int i = 0; i < a->n_datasets; i++)
        if (a->datasets[i].fingerprint != b->datasets[i].fingerprint ||
            strcmp(a->datasets[i].since, b->datasets[i].since) != 0)
            return false;
    return a->dataset_fingerprint == b->dataset_fingerprint;
}

static bool have_same_data(const agr_comparison *c)
{
    const agr_checkpoint_info *first = agr_checkpoint_about(models_of(c, 0)->checkpoint);
    for (int r = 1; r < c->runs->n; r++)
        if (!trained_alike(first, agr_checkpoint_about(models_of(c, r)->checkpoint)))
            return false;
    return true;
}

/* ---- settings ---- */

/* Where and how fast something is computed changes no bit of it; nor does what a path is called. */
static bool bears_on_weights(const char *key)
{
    static const char *const harmless[] = {"threads", "comm.", "checkpoint.", "data.path",
                                           "train.tensorboard"};
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (strncmp(key, harmless[i], strlen(harmless[i])) == 0)
            return false;
    return true;
}

/* Keeps a setting whose values differ; returns whether it did. The texts become the setting's. */
static bool keep_if_different(agr_comparison *c, const char *key, agr_text *value)
{
    bool differs = false, failed = false;
    for (int r = 0; r < c->runs->n; r++)
        failed = failed || value[r].failed;
    for (int r = 1; r < c->runs->n && !failed; r++)
        differs = differs || strcmp(value[0].data, value[r].data) != 0;
    if (!differs || c->n_settings == AGR_MAX_COMPARED_SETTINGS) {
        for (int r = 0; r < c->runs->n; r++)
            agr_text_release(&value[r]);
        return false;
    }
    agr_compared_setting *setting = &c->setting[c->n_settings++];
    setting->key = key;
    setting->bears_on_weights = bears_on_weights(key);
    memcpy(setting->value, value, (size_t)c->runs->n * sizeof *value);
    return true;
}

static void compare_settings(agr_comparison *c)
{
    for (int row = 0; row < agr_config_n_rows(); row++) {
        agr_text value[AGR_MAX_JUDGED_RUNS] = {0};
        for (int r = 0; r < c->runs->n; r++)
            agr_config_row_value(&models_of(c, r)->config, row, &value[r]);
        keep_if_different(c, agr_config_row_key(row), value);
    }
}

/* ---- networks ---- */

/* The lines of one branch in a configuration's text. */
static void add_network(const agr_config *config, const char *name, agr_text *lines)
{
    agr_text yaml = {0}, head = {0};
    agr_config_yaml(config, AGR_CONFIG_PLAIN, &yaml);
    agr_text_add(&head, "\n  %s:\n", name);
    lines->failed = lines->failed || yaml.failed || head.failed;
    const char *begin = lines->failed ? NULL : strstr(yaml.data, "\nbranches:\n");
    begin = begin != NULL ? strstr(begin, head.data) : NULL;
    if (begin != NULL) {
        const char *end = begin + head.length;
        while (strncmp(end, "    ", 4) == 0)
            end += strcspn(end, "\n") + 1;
        agr_text_add_bytes(lines, begin + head.length, (size_t)(end - begin) - head.length);
    } else {
        agr_text_add(lines, "none");
    }
    agr_text_release(&yaml);
    agr_text_release(&head);
}

/* "12 layers, 61,377 parameters": a network's text is too long for a table. */
static void describe_network(const agr_models *models, const char *name, agr_text *words)
{
    for (int m = 0; m < models->n_models; m++)
        if (strcmp(models->model[m].name, name) == 0) {
            const agr_network *network = models->model[m].network;
            agr_text_add(words, "%d layers, %s parameters", agr_network_n_layers(network),
                         words_count(agr_network_total_cost(network).n_parameters).text);
            return;
        }
    agr_text_add(words, "none");
}

static void compare_network(agr_comparison *c, const char *name)
{
    agr_text value[AGR_MAX_JUDGED_RUNS] = {0};
    for (int r = 0; r < c->runs->n; r++)
        add_network(&models_of(c, r)->config, name, &value[r]);
    if (!keep_if_different(c, name, value))
        return;
    agr_compared_setting *setting = &c->setting[c->n_settings - 1];
    setting->is_network = setting->bears_on_weights = true;
    for (int r = 0; r < c->runs->n; r++) {
        agr_text_release(&setting->value[r]);
        describe_network(models_of(c, r), name, &setting->value[r]);
    }
}

static bool has_branch_before(const agr_comparison *c, int run, const char *name)
{
    for (int r = 0; r < run; r++)
        for (int b = 0; b < models_of(c, r)->config.n_branches; b++)
            if (strcmp(models_of(c, r)->config.branch[b].name, name) == 0)
                return true;
    return false;
}

static void compare_networks(agr_comparison *c)
{
    for (int r = 0; r < c->runs->n; r++) {
        const agr_config *config = &models_of(c, r)->config;
        for (int b = 0; b < config->n_branches; b++)
            if (!has_branch_before(c, r, config->branch[b].name))
                compare_network(c, config->branch[b].name);
    }
}

agr_status comparison_find_terms(agr_comparison *c, agr_error *err)
{
    c->same_data = have_same_data(c);
    compare_settings(c);
    compare_networks(c);
    c->same_terms = c->same_data;
    for (int s = 0; s < c->n_settings; s++) {
        c->same_terms = c->same_terms && !c->setting[s].bears_on_weights;
        for (int r = 0; r < c->runs->n; r++)
            if (c->setting[s].value[r].failed)
                return agr_error_set(err, AGR_MEMORY, "out of memory");
    }
    return AGR_OK;
}
