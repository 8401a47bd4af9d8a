/* Has the models of a checkpoint say something about the samples of a dataset, on all ranks. */
#include "evaluation_impl.h"
#include "out_of_fold.h"

#include <agr/train/evaluate.h>
#include <agr/train/start.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int64_t row_of(const agr_evaluation *e, int64_t index)
{
    return e->row != NULL ? e->row[index] : index;
}

static void keep_row(void *context, int64_t index, const float *const *prediction)
{
    agr_evaluation *e = context;
    const agr_model *model = e->result[e->first_result].model;
    const int64_t row = row_of(e, index);
    for (int h = 0; h < agr_network_n_heads(model->network); h++) {
        agr_evaluated_head *r = &e->result[e->first_result + h];
        memcpy(r->output + row * r->n_columns, prediction[h],
               (size_t)r->n_columns * sizeof *r->output);
    }
}

/* The mean of what was said of the picture and of its mirror image. */
static void mix_row(void *context, int64_t index, const float *const *prediction)
{
    agr_evaluation *e = context;
    const agr_model *model = e->result[e->first_result].model;
    const int64_t row = row_of(e, index);
    for (int h = 0; h < agr_network_n_heads(model->network); h++) {
        agr_evaluated_head *r = &e->result[e->first_result + h];
        for (int64_t c = 0; c < r->n_columns; c++) {
            float *output = &r->output[row * r->n_columns + c];
            *output = (*output + prediction[h][c]) / 2;
        }
    }
}

/* Rows are NaN where another rank has judged the sample: whoever has a row, has it whole. */
static agr_status gather_rows(agr_evaluation *e, agr_evaluated_head *r, agr_error *err)
{
    const size_t n_bytes = (size_t)(e->n_samples * r->n_columns) * sizeof *r->output;
    agr_gathered all;
    AGR_TRY(agr_group_gather(agr_world_group(e->world), 0, r->output, n_bytes, &all, err));
    for (int rank = 1; rank < all.n_parts; rank++) {
        const float *theirs = (const float *)(const void *)(all.bytes + all.begin[rank]);
        for (int64_t i = 0; i < e->n_samples * r->n_columns; i++)
            if (isnan(r->output[i]))
                r->output[i] = theirs[i];
    }
    agr_gathered_release(&all);
    return AGR_OK;
}

static agr_status add_results(agr_evaluation *e, const agr_model *model, agr_error *err)
{
    e->first_result = e->n_results;
    for (int h = 0; h < agr_network_n_heads(model->network); h++) {
        if (e->n_results == (int)(sizeof e->result / sizeof *e->result))
            return agr_error_set(err, AGR_UNSUPPORTED, "too many heads to evaluate at once");
        agr_evaluated_head *r = &e->result[e->n_results];
        *r = (agr_evaluated_head){.model = model,
                                  .head = h,
                                  .n_columns = agr_network_head(model->network, h)->loss.n_columns};
        r->output = malloc((size_t)(e->n_samples * r->n_columns) * sizeof *r->output);
        if (r->output == NULL)
            return agr_error_set(err, AGR_MEMORY, "out of memory");
        for (int64_t i = 0; i < e->n_samples * r->n_columns; i++)
            r->output[i] = NAN;
        e->n_results++;
    }
    return AGR_OK;
}

/* ---- questions ---- */

static agr_status note_question(const evaluated_question *question, int64_t n_samples,
                                agr_evaluated_head *r, agr_error *err)
{
    r->was_asked = calloc((size_t)n_samples, sizeof *r->was_asked);
    if (r->was_asked == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    for (int64_t i = 0; i < question->n; i++)
        r->was_asked[question->row[i]] = true;
    return AGR_OK;
}

static agr_status make_question(agr_evaluation *e, int model, evaluated_question *question,
                                agr_error *err)
{
    *question = (evaluated_question){.sample = e->sample, .n = e->n_samples};
    AGR_TRY(add_results(e, &e->models.model[model], err));
    if (!e->request.out_of_fold)
        return AGR_OK;
    AGR_TRY(out_of_fold_ask(e, model, question, err));
    for (int r = e->first_result; r < e->n_results; r++)
        AGR_TRY(note_question(question, e->n_samples, &e->result[r], err));
    return AGR_OK;
}

/* Runs the model over the samples it is asked about and adds up its sums. */
static agr_status look(agr_evaluation *e, agr_model *model, const evaluated_question *question,
                       bool mirrored, agr_error *err)
{
    agr_head_sums sums[AGR_MAX_HEADS];
    const agr_batch all = {
        .sample = question->sample, .n_samples = question->n, .mirrored = mirrored};
    e->row = question->row;
    AGR_TRY(agr_model_evaluate(model, &e->models.config, &e->set, &all, e->team, sums,
                               mirrored ? mix_row : keep_row, e, err));
    for (int r = e->first_result; r < e->n_results; r++)
        agr_head_sums_add(&e->result[r].sums, &sums[e->result[r].head]);
    return AGR_OK;
}

static agr_status ask(agr_evaluation *e, agr_model *model, const evaluated_question *question,
                      agr_error *err)
{
    AGR_TRY(look(e, model, question, false, err));
    if (e->request.flip)
        AGR_TRY(look(e, model, question, true, err));
    for (int r = e->first_result; r < e->n_results; r++)
        AGR_TRY(gather_rows(e, &e->result[r], err));
    return AGR_OK;
}

static agr_status judge_model(agr_evaluation *e, int model, agr_error *err)
{
    evaluated_question question;
    agr_status status = make_question(e, model, &question, err);
    status = agr_agree(agr_world_group(e->world), status, err);
    if (status == AGR_OK)
        status = ask(e, &e->models.model[model], &question, err);
    evaluated_question_release(&question);
    return status;
}

static agr_status open_team(agr_evaluation *e, agr_error *err)
{
    const int64_t batch_size = e->models.config.data.batch_size;
    const agr_team_limits limits = {.name = "evaluate",
                                    .max_micro_batches = batch_size,
                                    .max_width = AGR_MAX_HEADS * AGR_SUM_COUNT};
    AGR_TRY(agr_start_team(e->world, &limits, e->request.threads, &e->team, &e->pool, err));
    const agr_status planned = agr_models_plan(&e->models, batch_size, agr_team_rank(e->team),
                                               agr_team_size(e->team), e->pool, err);
    return agr_agree(agr_world_group(e->world), planned, err);
}

static agr_status choose_part(agr_evaluation *e, agr_error *err)
{
    AGR_TRY(agr_training_set_of_columns(e->dataset, &e->set, err));
    e->sample = agr_dataset_split_indices(e->dataset, e->request.split, &e->n_samples);
    return e->n_samples > 0
               ? AGR_OK
               : agr_error_set(err, AGR_INPUT, "dataset '%s' has no %s samples",
                               agr_dataset_path(e->dataset), agr_split_name(e->request.split));
}

static agr_status choose_samples(agr_evaluation *e, agr_error *err)
{
    const agr_extent input = e->models.preprocessing.input;
    if (agr_dataset_height(e->dataset) != input.height ||
        agr_dataset_width(e->dataset) != input.width)
        return agr_error_set(err, AGR_INPUT,
                             "dataset '%s': expected images of %lldx%lld as in training, found "
                             "%lldx%lld",
                             agr_dataset_path(e->dataset), (long long)input.height,
                             (long long)input.width, (long long)agr_dataset_height(e->dataset),
                             (long long)agr_dataset_width(e->dataset));
    AGR_TRY(e->request.out_of_fold ? out_of_fold_choose(e, err) : choose_part(e, err));
    AGR_TRY(agr_models_check_labels(&e->models, &e->set, e->sample, e->n_samples, err));
    return agr_evaluation_open_slices(e, err);
}
static agr_status judge_heads(agr_evaluation *e, agr_error *err)
{
    for (int i = 0; i < e->n_results; i++)
        AGR_TRY(agr_evaluated_judge(e, &e->result[i], err));
    return agr_populations_judge(e, &e->populations, err);
}

static agr_status judge_dataset(agr_evaluation *e, agr_error *err)
{
    agr_group *group = agr_world_group(e->world);
    AGR_TRY(agr_agree(group, choose_samples(e, err), err));
    AGR_TRY(open_team(e, err));
    for (int m = 0; m < e->models.n_models; m++)
        AGR_TRY(judge_model(e, m, err));
    const bool reports = agr_world_rank(e->world) == 0;
    return agr_agree(group, reports ? judge_heads(e, err) : AGR_OK, err);
}

agr_status agr_evaluation_run(agr_evaluation *e, agr_world *world,
                              const agr_evaluation_request *request, agr_error *err)
{
    *e = (agr_evaluation){.request = *request, .world = world};
    const agr_status opened = agr_models_open(&e->models, &request->models, err);
    AGR_TRY(agr_agree(agr_world_group(world), opened, err));
    AGR_TRY(agr_start_gemm(world, &e->models.config, err));
    const char *data = request->data != NULL ? request->data : e->models.config.data.path;
    AGR_TRY(agr_start_dataset(world, data, &e->dataset, err));
    return judge_dataset(e, err);
}

void agr_evaluation_release(agr_evaluation *e)
{
    for (int i = 0; i < e->n_results; i++)
        evaluated_release(e, &e->result[i]);
    agr_populations_release(e, &e->populations);
    agr_slicing_release(&e->slicing);
    free(e->group);
    free(e->own_sample);
    agr_team_destroy(e->team);
    agr_pool_destroy(e->pool);
    agr_dataset_close(e->dataset);
    agr_models_release(&e->models);
}
