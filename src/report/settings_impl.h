/* The settings of a run as people ask for them: what was set, by whom, and what would have been. */
#ifndef AGR_REPORT_SETTINGS_IMPL_H
#define AGR_REPORT_SETTINGS_IMPL_H

#include <agr/base/error.h>
#include <agr/base/text.h>
#include <agr/config/config.h>

typedef struct {
    agr_config builtin;                   /* the built-in seed */
    agr_text origin[AGR_CONFIG_MAX_ROWS]; /* of each row, as the run folder has it; or empty */
} settings;

/** Reads where each value came from out of <run>/config.yaml; a run without one, or one of before
 * origins were written, leaves them empty. Caller releases in every case. */
agr_status settings_read(const char *run, settings *s, agr_error *err);
void settings_release(settings *s);

/** Whether the value of this row is another than the built-in seed's. */
bool settings_differ(const agr_config *one, const agr_config *other, int row);

#endif
