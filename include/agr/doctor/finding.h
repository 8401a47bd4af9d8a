/**
 * What a probe found: one sentence about this machine or this run, how well it is, and what to do
 * about it.
 */
#ifndef AGR_DOCTOR_FINDING_H
#define AGR_DOCTOR_FINDING_H

#include <stdint.h>

typedef enum {
    AGR_HEALTH_OK,
    AGR_HEALTH_WARNING, /* it will run, slower or at more risk than it could */
    AGR_HEALTH_PROBLEM, /* it will not run, or not rightly */
    AGR_HEALTH_COUNT
} agr_health;

/** "ok", "warning", "problem". */
const char *agr_health_name(agr_health health);

/** Who looks: rank 0 for all, the first rank of each host, or every rank. */
typedef enum { AGR_SCOPE_RUN, AGR_SCOPE_HOST, AGR_SCOPE_RANK } agr_scope;

/** Plain data: may be sent to another rank as bytes. */
typedef struct {
    int32_t place; /* of its probe in the table */
    agr_scope scope;
    agr_health health;
    agr_health when_differing; /* what it is when others found something else in its place; OK:
                                  they may */
    char subject[24];          /* "run folder" */
    char text[320];
    char remedy[320]; /* "": nothing to be done; shown unless all is well */
    double value;     /* what was measured, in `unit` */
    char unit[16];    /* "": nothing was measured */
} agr_finding;

enum { AGR_MAX_FINDINGS = 64 };

/** Of one rank, in the order in which they were made. Starts as {0}. */
typedef struct {
    int32_t n;
    agr_finding item[AGR_MAX_FINDINGS];
} agr_findings;

/** Adds one with this text and returns it, for a remedy or a measure to be added. Borrowed. */
agr_finding *agr_findings_add(agr_findings *findings, agr_health health, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void agr_finding_remedy(agr_finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void agr_finding_measure(agr_finding *finding, double value, const char *unit);

#endif
