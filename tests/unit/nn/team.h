/** A team of parts in one process: threads that meet in a reducer,
 * each with a shard of one batch. */
#ifndef AGR_TESTS_NN_TEAM_H
#define AGR_TESTS_NN_TEAM_H

#include <agr/base/reducer.h>
#include <pthread.h>

enum { TEAM_MAX_PARTS = 8, TEAM_MAX_RANGES = 128 };

typedef struct fake_team fake_team;

/** The reducer of one part. */
typedef struct {
    agr_reducer reducer; /* first: a reducer * is a part * */
    fake_team *team;
    int part;
    agr_shard shard;
    /* of the open gradient */
    float *slots;
    size_t stride;
    struct {
        size_t offset, count;
    } range[TEAM_MAX_RANGES];
    int n_ranges;
    /* of the running sum */
    const double *rows;
    float *total; /* [stride] scratch, owned */
} team_part;

struct fake_team {
    int n_parts;
    pthread_barrier_t barrier;
    team_part part[TEAM_MAX_PARTS];
};

void team_open(fake_team *team, int n_parts);
void team_close(fake_team *team);

#endif
