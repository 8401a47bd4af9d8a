/* Notes which ranks train what. */
#include "team_events_impl.h"

#include <agr/base/text.h>

static void add_members(agr_text *text, const int32_t *rank, int n)
{
    for (int i = 0; i < n; i++)
        agr_text_add(text, "%s%d", i > 0 ? ", " : "", rank[i]);
}

void team_event_formed(agr_run_folder *folder, const agr_placement_input *input,
                       const agr_placement *placement, int t)
{
    const agr_placement_team *team = &placement->team[t];
    int rank[AGR_TEAM_MAX_RANKS], computing[AGR_TEAM_MAX_RANKS];
    agr_text branches = {0}, members = {0};
    for (int i = 0; i < team->n_ranks; i++)
        rank[i] = team->first_rank + i;
    add_members(&members, computing,
                agr_placement_computing(input, rank, team->n_ranks, &team->layout, computing));
    for (int b = 0; b < team->n_branches; b++)
        agr_text_add(&branches, "%s\"%s\"", b > 0 ? ", " : "", input->branch[team->branch[b]].name);
    if (!branches.failed && !members.failed)
        agr_run_folder_event(folder, "team formed",
                             "\"team\": %d, \"branches\": [%s], \"members\": [%s], \"threads\": %d",
                             t, branches.data, members.data, team->layout.threads);
    agr_text_release(&branches);
    agr_text_release(&members);
}

void team_event_changed(agr_run_folder *folder, const agr_invitation *invitation)
{
    agr_text members = {0};
    add_members(&members, invitation->rank, invitation->n_ranks);
    if (!members.failed)
        agr_run_folder_event(
            folder, "team", "\"team\": %d, \"ranks\": %d, \"members\": [%s], \"threads\": %d",
            invitation->team, invitation->n_ranks, members.data, invitation->threads);
    agr_text_release(&members);
}
