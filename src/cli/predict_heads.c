/* From the outputs of networks to the heads that are shown. */
#include "predict_heads.h"

#include <stdlib.h>

/* ---- opening ---- */

static agr_status add_voice(predict_heads *heads, const agr_model *model, int h, agr_error *err)
{
    if (heads->n_voices == PREDICT_MAX_HEADS)
        return agr_error_set(err, AGR_UNSUPPORTED, "expected at most %d heads, found more",
                             PREDICT_MAX_HEADS);
    predict_voice *voice = &heads->voice[heads->n_voices++];
    *voice = (predict_voice){model, h, &agr_network_head(model->network, h)->loss, NULL};
    voice->output =
        malloc((size_t)(PREDICT_BATCH * voice->loss->n_columns) * sizeof *voice->output);
    return voice->output != NULL ? AGR_OK : agr_error_set(err, AGR_MEMORY, "out of memory");
}

static bool are_alike(const predict_voice *a, const predict_voice *b)
{
    return a->head == b->head && agr_ensemble_are_alike(a->model, b->model);
}

/* The voice and those behind it that are like it. */
static predict_chorus gather(const predict_heads *heads, int first)
{
    predict_chorus chorus = {.n_voices = 0};
    for (int v = first; v < heads->n_voices && chorus.n_voices < AGR_MAX_MODELS; v++)
        if (v == first || are_alike(&heads->voice[first], &heads->voice[v]))
            chorus.voice[chorus.n_voices++] = v;
    return chorus;
}

static bool is_first(const predict_heads *heads, int v)
{
    for (int before = 0; before < v; before++)
        if (are_alike(&heads->voice[before], &heads->voice[v]))
            return false;
    return true;
}

static agr_status show(predict_heads *heads, const agr_models *models, predict_chorus who,
                       agr_error *err)
{
    if (heads->n_heads == PREDICT_MAX_HEADS)
        return agr_error_set(err, AGR_UNSUPPORTED, "expected at most %d answers, found more",
                             PREDICT_MAX_HEADS);
    const predict_voice *first = &heads->voice[who.voice[0]];
    predict_chorus *chorus = &heads->chorus[heads->n_heads];
    predict_head *head = &heads->head[heads->n_heads++];
    *chorus = who;
    AGR_TRY(agr_answer_describe(&head->answer, models, first->model, first->head, NULL, err));
    if (chorus->n_voices > 1) {
        agr_ensemble_name(first->model, first->head, chorus->name);
        agr_answer_begin_ensemble(&head->answer, chorus->name);
    }
    for (int k = 1; k < chorus->n_voices; k++)
        agr_answer_add_member(&head->answer, heads->voice[chorus->voice[k]].model, first->head);
    const int n_columns = agr_answer_n_columns(&head->answer);
    head->said = malloc((size_t)(PREDICT_BATCH * n_columns) * sizeof *head->said);
    return head->said != NULL ? AGR_OK : agr_error_set(err, AGR_MEMORY, "out of memory");
}

static agr_status show_population(predict_heads *heads, const agr_models *models, int first,
                                  bool with_members, agr_error *err)
{
    const predict_chorus all = gather(heads, first);
    AGR_TRY(show(heads, models, all, err));
    for (int k = 0; with_members && all.n_voices > 1 && k < all.n_voices; k++)
        AGR_TRY(show(heads, models, (predict_chorus){.n_voices = 1, .voice = {all.voice[k]}}, err));
    return AGR_OK;
}

agr_status predict_heads_open(predict_heads *heads, const agr_models *models, bool with_members,
                              agr_error *err)
{
    for (int m = 0; m < models->n_models; m++)
        for (int h = 0; h < agr_network_n_heads(models->model[m].network); h++)
            AGR_TRY(add_voice(heads, &models->model[m], h, err));
    for (int v = 0; v < heads->n_voices; v++)
        if (is_first(heads, v))
            AGR_TRY(show_population(heads, models, v, with_members, err));
    const size_t n_said = AGR_MAX_MODELS * (1 + AGR_DATASET_MAX_CLASSES);
    heads->each = malloc(n_said * sizeof *heads->each);
    return heads->each != NULL ? AGR_OK : agr_error_set(err, AGR_MEMORY, "out of memory");
}

void predict_heads_release(predict_heads *heads)
{
    for (int v = 0; v < heads->n_voices; v++)
        free(heads->voice[v].output);
    for (int k = 0; k < heads->n_heads; k++) {
        agr_answer_release(&heads->head[k].answer);
        free(heads->head[k].said);
    }
    free(heads->each);
}

/* ---- a batch ---- */

void predict_heads_take(predict_heads *heads, const agr_model *model, int64_t first, int64_t n,
                        predict_take take)
{
    for (int v = 0; v < heads->n_voices; v++) {
        const predict_voice *voice = &heads->voice[v];
        if (voice->model != model)
            continue;
        const float *said = agr_network_predictions(model->network, voice->head);
        float *output = voice->output + first * voice->loss->n_columns;
        for (int64_t i = 0; i < n * voice->loss->n_columns; i++)
            output[i] = take == PREDICT_KEEP ? said[i] : (output[i] + said[i]) / 2;
    }
}

static void say(predict_heads *heads, int k, int64_t i)
{
    const predict_chorus *chorus = &heads->chorus[k];
    const int n_classes = heads->head[k].answer.n_classes;
    double *said = heads->head[k].said + i * agr_answer_n_columns(&heads->head[k].answer);
    double *each = chorus->n_voices > 1 ? heads->each : said;
    for (int c = 0; c < chorus->n_voices; c++) {
        const predict_voice *voice = &heads->voice[chorus->voice[c]];
        agr_answer_say(voice->loss, voice->output + i * voice->loss->n_columns,
                       each + c * (1 + n_classes));
    }
    if (chorus->n_voices > 1)
        agr_ensemble_say(each, chorus->n_voices, n_classes, said);
}

void predict_heads_say(predict_heads *heads, int64_t n)
{
    for (int k = 0; k < heads->n_heads; k++)
        for (int64_t i = 0; i < n; i++)
            say(heads, k, i);
}
