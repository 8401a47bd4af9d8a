/** What the files of this room share: MPI types stay behind this line. */
#ifndef AGR_COMM_IMPL_H
#define AGR_COMM_IMPL_H

#include <agr/base/file.h>
#include <agr/comm/group.h>
#include <agr/comm/wait.h>
#include <agr/comm/world.h>

#include <mpi.h>
#include <sched.h>

struct agr_group {
    agr_world *world;
    MPI_Comm comm; /* MPI_COMM_NULL in a group of one, which never speaks */
    int rank;
    int size;
    int *world_rank; /* [size], owned */
};

/** Fills *group for this communicator, which the group then owns. */
agr_status agr_group_init(agr_group *group, agr_world *world, MPI_Comm comm, agr_error *err);

/** A group of this rank alone. */
agr_status agr_group_init_alone(agr_group *group, agr_world *world, agr_error *err);

void agr_group_release(agr_group *group);

enum { WAIT_MAX_POLLS = 8 };

typedef struct {
    bool may_spin;
    bool inside; /* a wait is running: tests and polls must not start another */
    double since_s;
    double waiting_s[AGR_WAIT_KINDS];
    double alarm_period_s;
    agr_wait_alarm *alarm;
    void *alarm_context;
    int n_polls;
    struct {
        agr_wait_poll *poll;
        void *context;
    } poll[WAIT_MAX_POLLS];
} wait_state;

/** Half a minute from now a process of its own ends the launcher that started this one, if it then still
 * waits (launcher.c). Before an abort that may not reach every host. */
void comm_end_launcher_later(void);

struct agr_world {
    agr_group group; /* a duplicate of MPI_COMM_WORLD */
    agr_group node;
    int ranks_per_node;
    int64_t *node_of; /* [size] of each rank of the world, the lowest rank of its node; owned */
    char host[MPI_MAX_PROCESSOR_NAME];
    cpu_set_t node_mask; /* union of the node's affinity masks, once gathered */
    bool has_node_mask;
    wait_state wait;
};

/** A session folder for a process without a launcher, while MPI starts. */
typedef struct {
    char path[AGR_PATH_BYTES];
    bool is_made;     /* not where there is a launcher, or the user has chosen a place */
    char *tmp_before; /* $TMPDIR; owned; NULL: none */
} agr_session_folder;

/** Makes it and has TMPDIR name it, where Open MPI looks. Before MPI_Init. */
void agr_session_folder_make(agr_session_folder *session);
/** Removes it with all that lies in it, and gives TMPDIR back. After MPI_Init, which alone looks into
 * it. */
void agr_session_folder_remove(agr_session_folder *session);

/** Point-to-point tags on the world's communicator. */
enum { TAG_TEAM_GATHERS = 1 << 20, TAG_TEAM_FORMS = 1 << 21, TAG_GROUP_BYTES = 7, TAG_LINK = 8 };

/* The files of this room call each other from bottom to top: mpi_check, session_folder, wait, group, world. */

/** AGR_OK for MPI_SUCCESS; else AGR_MPI with "<doing>: <MPI's own words>". */
agr_status agr_mpi_check(int code, const char *doing, agr_error *err);

/** Waits until all requests are complete; they are MPI_REQUEST_NULL afterwards. */
agr_status agr_wait_requests(agr_world *world, agr_wait_kind kind, const char *what,
                             MPI_Request *request, int n_requests, agr_error *err);

#endif
