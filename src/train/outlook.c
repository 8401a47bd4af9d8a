/* What a run has before it, from what it has told so far. */
#include "outlook_impl.h"

#include <agr/base/size.h>
#include <math.h>

void outlook_begin(outlook *o, const agr_placement_input *input, const agr_board *board,
                   const outlook_branch *branches)
{
    *o = (outlook){.board = board, .input = *input};
    o->view.n_branches = input->n_branches;
    o->view.total = (agr_standing){.name = "total", .loss = (double)NAN, .value = (double)NAN};
    for (int b = 0; b < input->n_branches; b++) {
        const outlook_branch *about = &branches[b];
        o->all_images[b] = about->all_images;
        o->view.branch[b] = (agr_standing){.name = about->name,
                                           .metric = about->metric,
                                           .epoch = agr_min_i64(about->epoch + 1, about->n_epochs),
                                           .n_epochs = about->n_epochs,
                                           .loss = (double)NAN,
                                           .value = (double)NAN};
        o->view.total.n_epochs = agr_max_i64(o->view.total.n_epochs, about->n_epochs);
    }
}

/* ---- what is told ---- */

static void measure(outlook *o, int b, double images_per_s, bool is_whole_epoch)
{
    agr_placement_branch *branch = &o->input.branch[b];
    const double model_ms = agr_board_step_ms(o->board, b);
    if (images_per_s <= 0 || model_ms <= 0)
        return;
    const double drift = (double)branch->batch / images_per_s * 1e3 / model_ms;
    if (model_ms != o->model_ms[b])
        o->is_settled[b] = false;
    if (!o->is_settled[b])
        branch->drift = drift;
    else if (is_whole_epoch)
        branch->drift = (branch->drift + drift) / 2;
    o->is_settled[b] = o->is_settled[b] || is_whole_epoch;
    o->model_ms[b] = model_ms;
}

void outlook_pace(outlook *o, const agr_pace *pace)
{
    agr_standing *standing = &o->view.branch[pace->branch];
    standing->epoch = pace->epoch;
    standing->validates = pace->validates;
    standing->loss = pace->loss;
    standing->value = pace->metric;
    standing->images_per_s = pace->images_per_s;
    outlook_left(o, pace->branch, pace->images_left);
    measure(o, pace->branch, pace->images_per_s, false);
}

void outlook_epoch(outlook *o, const agr_epoch_report *report)
{
    agr_standing *standing = &o->view.branch[report->branch];
    standing->epoch = report->epoch;
    standing->validates = false;
    standing->loss = report->train[0].loss;
    standing->value = report->train[0].metric;
    standing->images_per_s = report->images_per_s;
    measure(o, report->branch, report->images_per_s, true);
}

void outlook_left(outlook *o, int branch, double images_left)
{
    o->input.branch[branch].images_left = images_left;
}

void outlook_total(outlook *o, int64_t epoch, double loss)
{
    o->view.total.epoch = epoch;
    o->view.total.loss = loss;
}

/* ---- what follows ---- */

static double part_done(double left, double all)
{
    return all > 0 ? fmin(1, fmax(0, 1 - left / all)) : 1;
}

/* A team trains its branches in turns: k of them with paces p see k / (1/p + 1/p + ...) images a
 * second. */
static double pace_of_team(const outlook *o, const agr_placement_team *team)
{
    double n = 0, per_image_s = 0;
    for (int i = 0; i < team->n_branches; i++) {
        const agr_standing *standing = &o->view.branch[team->branch[i]];
        if (standing->has_ended || standing->images_per_s <= 0)
            continue;
        n++;
        per_image_s += 1 / standing->images_per_s;
    }
    return n > 0 ? n / per_image_s : 0;
}

static void stand_branch(outlook *o, int b, const agr_placement *rest)
{
    agr_standing *standing = &o->view.branch[b];
    const double left = o->input.branch[b].images_left;
    standing->n_ranks = agr_board_ranks(o->board, b);
    standing->has_ended = left <= 0 || standing->n_ranks == 0;
    standing->left_s = standing->has_ended ? 0 : rest->branch_end_s[b];
    standing->done = standing->has_ended ? 1 : part_done(left, o->all_images[b]);
}

const agr_outlook *outlook_view(outlook *o)
{
    agr_placement rest;
    agr_standing *total = &o->view.total;
    double left = 0, all = 0;
    agr_board_predict(o->board, &o->input, &rest);
    total->has_ended = true;
    for (int b = 0; b < o->view.n_branches; b++) {
        const double image_ms = o->input.branch[b].image_ms;
        stand_branch(o, b, &rest);
        total->has_ended = total->has_ended && o->view.branch[b].has_ended;
        all += o->all_images[b] * image_ms;
        left += (1 - o->view.branch[b].done) * o->all_images[b] * image_ms;
    }
    total->images_per_s = 0;
    for (int t = 0; t < rest.n_teams; t++)
        total->images_per_s += pace_of_team(o, &rest.team[t]);
    total->n_ranks = o->input.n_ranks;
    total->left_s = rest.end_s;
    total->done = part_done(left, all);
    return &o->view;
}
