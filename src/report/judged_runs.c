/* Judges several runs on the same images. */
#include <agr/report/judged_runs.h>

#include <stdio.h>
#include <stdlib.h>

/* Whether a failure is that of a dataset only: every rank has the models, none has pictures. One
 * answer on all ranks. */
static agr_status lacks_dataset(const agr_evaluation *e, agr_world *world, bool *lacks,
                                agr_error *err)
{
    int64_t has_all = e->models.checkpoint == NULL || e->dataset != NULL;
    AGR_TRY(agr_group_max(agr_world_group(world), &has_all, 1, err));
    *lacks = has_all == 0;
    return AGR_OK;
}

static agr_status judge_run(agr_judged_run *run, agr_world *world,
                            const agr_evaluation_request *request, agr_judging judging,
                            agr_error *err)
{
    run->evaluation = calloc(1, sizeof *run->evaluation);
    const agr_status allocated =
        run->evaluation != NULL ? AGR_OK : agr_error_set(err, AGR_MEMORY, "out of memory");
    AGR_TRY(agr_agree(agr_world_group(world), allocated, err));
    const agr_status status = agr_evaluation_run(run->evaluation, world, request, err);
    run->judged = status == AGR_OK;
    if (status != AGR_NOT_FOUND || judging == AGR_JUDGE_ALL)
        return status;
    agr_error other = {0};
    bool lacks;
    if (lacks_dataset(run->evaluation, world, &lacks, &other) != AGR_OK || !lacks)
        return status;
    snprintf(run->why_not, sizeof run->why_not, "no dataset at '%s'",
             request->data != NULL ? request->data : run->evaluation->models.config.data.path);
    *err = (agr_error){0};
    return AGR_OK;
}

agr_status agr_judged_runs_open(agr_judged_runs *runs, agr_world *world, const char *const *path,
                                int n, const agr_evaluation_request *request, agr_judging judging,
                                agr_error *err)
{
    *runs = (agr_judged_runs){0};
    if (n > AGR_MAX_JUDGED_RUNS)
        return agr_error_set(err, AGR_USAGE, "expected at most %d runs, found %d",
                             AGR_MAX_JUDGED_RUNS, n);
    agr_evaluation_request asked = *request;
    for (int i = 0; i < n; i++) {
        agr_judged_run *run = &runs->run[i];
        asked.models.checkpoint = run->path = path[i];
        runs->n = i + 1;
        AGR_TRY(judge_run(run, world, &asked, judging, err));
        if (asked.data == NULL)
            asked.data = run->evaluation->models.config.data.path;
    }
    return AGR_OK;
}

void agr_judged_runs_release(agr_judged_runs *runs)
{
    for (int i = 0; i < runs->n; i++) {
        if (runs->run[i].evaluation != NULL)
            agr_evaluation_release(runs->run[i].evaluation);
        free(runs->run[i].evaluation);
    }
    *runs = (agr_judged_runs){0};
}
