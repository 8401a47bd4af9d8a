/* Joins what all ranks found: equal findings become one row, with who found it. */
#include <agr/doctor/diagnosis.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_HOSTS_NAMED = 4 };

typedef struct {
    const agr_rank_findings *rank;
    int n_ranks;
    int *host; /* [n_ranks] number of its host, in order of first rank */
    agr_diagnosis *diagnosis;
} joining;

static void number_hosts(joining *j)
{
    int n_hosts = 0;
    for (int r = 0; r < j->n_ranks; r++) {
        int first = 0;
        while (strcmp(j->rank[first].host, j->rank[r].host) != 0)
            first++;
        j->host[r] = first == r ? n_hosts++ : j->host[first];
    }
    j->diagnosis->n_hosts = n_hosts;
}

static bool are_equal(const agr_finding *a, const agr_finding *b)
{
    return a->place == b->place && a->health == b->health && strcmp(a->text, b->text) == 0 &&
           strcmp(a->remedy, b->remedy) == 0 && strcmp(a->unit, b->unit) == 0;
}

static bool has_finding(const agr_rank_findings *rank, const agr_finding *finding)
{
    for (int i = 0; i < rank->findings.n; i++)
        if (are_equal(&rank->findings.item[i], finding))
            return true;
    return false;
}

static int find_row(const agr_diagnosis *d, const agr_finding *finding)
{
    for (int i = 0; i < d->n_rows; i++)
        if (are_equal(&d->row[i].finding, finding))
            return i;
    return -1;
}

/* Rows stand in the order of the table; those of one probe as they came. */
static agr_diagnosis_row *insert_row(agr_diagnosis *d, const agr_finding *finding)
{
    int at = d->n_rows;
    while (at > 0 && d->row[at - 1].finding.place > finding->place)
        at--;
    memmove(&d->row[at + 1], &d->row[at], (size_t)(d->n_rows - at) * sizeof *d->row);
    d->n_rows++;
    d->row[at] =
        (agr_diagnosis_row){.finding = *finding, .least = finding->value, .most = finding->value};
    return &d->row[at];
}

static void join_rank(agr_diagnosis *d, const agr_rank_findings *rank)
{
    for (int i = 0; i < rank->findings.n; i++) {
        const agr_finding *finding = &rank->findings.item[i];
        const int known = find_row(d, finding);
        agr_diagnosis_row *row = known >= 0 ? &d->row[known] : insert_row(d, finding);
        row->least = finding->value < row->least ? finding->value : row->least;
        row->most = finding->value > row->most ? finding->value : row->most;
    }
}

static void add_word(char *text, size_t size, const char *separator, const char *word)
{
    const size_t length = strlen(text);
    snprintf(text + length, size - length, "%s%s", length > 0 ? separator : "", word);
}

/* Counts who found it, and names their hosts. */
static void say_where(const joining *j, agr_diagnosis_row *row)
{
    int last_rank = 0;
    char hosts[sizeof row->where] = "";
    for (int h = 0; h < j->diagnosis->n_hosts; h++) {
        const int before = row->n_ranks;
        for (int r = 0; r < j->n_ranks; r++)
            if (j->host[r] == h && has_finding(&j->rank[r], &row->finding)) {
                row->n_ranks++;
                last_rank = r;
            }
        if (row->n_ranks > before && ++row->n_hosts <= MOST_HOSTS_NAMED)
            add_word(hosts, sizeof hosts, ", ", j->rank[last_rank].host);
    }
    if (row->n_hosts > MOST_HOSTS_NAMED)
        add_word(hosts, sizeof hosts, ", ", "...");
    const agr_scope scope = row->finding.scope;
    if (scope == AGR_SCOPE_HOST && row->n_hosts < j->diagnosis->n_hosts)
        snprintf(row->where, sizeof row->where, "%s", hosts);
    else if (scope == AGR_SCOPE_RANK && row->n_ranks == 1 && j->n_ranks > 1)
        snprintf(row->where, sizeof row->where, "rank %d on %.100s", last_rank, hosts);
    else if (scope == AGR_SCOPE_RANK && row->n_ranks < j->n_ranks)
        snprintf(row->where, sizeof row->where, "%d ranks on %.100s", row->n_ranks, hosts);
}

/* What must be the same everywhere stands in one row. */
static void judge_differences(agr_diagnosis *d)
{
    for (int i = 0; i < d->n_rows; i++)
        for (int other = 0; other < d->n_rows; other++) {
            agr_finding *finding = &d->row[i].finding;
            if (other != i && d->row[other].finding.place == finding->place &&
                d->row[other].finding.when_differing != AGR_HEALTH_OK &&
                finding->when_differing > finding->health)
                finding->health = finding->when_differing;
        }
}

static void count_rows(agr_diagnosis *d)
{
    for (int i = 0; i < d->n_rows; i++)
        d->count[d->row[i].finding.health]++;
}

agr_status agr_diagnosis_make(const agr_rank_findings *rank, int n_ranks, agr_diagnosis *diagnosis,
                              agr_error *err)
{
    size_t n_findings = 1;
    for (int r = 0; r < n_ranks; r++)
        n_findings += (size_t)rank[r].findings.n;
    *diagnosis = (agr_diagnosis){.n_ranks = n_ranks};
    diagnosis->row = calloc(n_findings, sizeof *diagnosis->row);
    joining j = {rank, n_ranks, calloc((size_t)n_ranks, sizeof *j.host), diagnosis};
    if (diagnosis->row == NULL || j.host == NULL) {
        free(j.host);
        agr_diagnosis_release(diagnosis);
        return agr_error_set(err, AGR_MEMORY, "cannot allocate %zu findings", n_findings);
    }
    number_hosts(&j);
    for (int r = 0; r < n_ranks; r++)
        join_rank(diagnosis, &rank[r]);
    for (int i = 0; i < diagnosis->n_rows; i++)
        say_where(&j, &diagnosis->row[i]);
    judge_differences(diagnosis);
    count_rows(diagnosis);
    free(j.host);
    return AGR_OK;
}

void agr_diagnosis_release(agr_diagnosis *diagnosis)
{
    free(diagnosis->row);
    *diagnosis = (agr_diagnosis){0};
}
