/* Which ranks train what, as events of a run folder. */
#ifndef AGR_TRAIN_TEAM_EVENTS_IMPL_H
#define AGR_TRAIN_TEAM_EVENTS_IMPL_H

#include <agr/comm/handover.h>
#include <agr/train/run_folder.h>

/* "team formed": the branches of team t, and the ranks that compute at the start. */
void team_event_formed(agr_run_folder *folder, const agr_placement_input *input,
                       const agr_placement *placement, int t);

/* "team": the ranks that a team has from now on. */
void team_event_changed(agr_run_folder *folder, const agr_invitation *invitation);

#endif
