/** A diagnosis as people and programs read it. */
#ifndef AGR_CLI_DOCTOR_TEXT_H
#define AGR_CLI_DOCTOR_TEXT_H

#include <agr/doctor/diagnosis.h>
#include <cjson/cJSON.h>

/** A line a finding on stdout, its remedy below it where all is not well, and a last line that counts. */
void doctor_print_text(const agr_diagnosis *diagnosis);

/** The same as an object (docs/cluster.md). Caller releases. */
cJSON *doctor_json(const agr_diagnosis *diagnosis);

#endif
