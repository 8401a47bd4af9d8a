/* Writes findings down. */
#include <agr/doctor/finding.h>

#include <agr/base/error.h>
#include <stdarg.h>
#include <stdio.h>

const char *agr_health_name(agr_health health)
{
    static const char *const name[AGR_HEALTH_COUNT] = {"ok", "warning", "problem"};
    AGR_ASSERT(health >= 0 && health < AGR_HEALTH_COUNT);
    return name[health];
}

agr_finding *agr_findings_add(agr_findings *findings, agr_health health, const char *format, ...)
{
    AGR_ASSERT(findings->n < AGR_MAX_FINDINGS);
    agr_finding *finding = &findings->item[findings->n++];
    *finding = (agr_finding){.health = health};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->text, sizeof finding->text, format, arguments);
    va_end(arguments);
    return finding;
}

void agr_finding_remedy(agr_finding *finding, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding->remedy, sizeof finding->remedy, format, arguments);
    va_end(arguments);
}

void agr_finding_measure(agr_finding *finding, double value, const char *unit)
{
    finding->value = value;
    snprintf(finding->unit, sizeof finding->unit, "%s", unit);
}
