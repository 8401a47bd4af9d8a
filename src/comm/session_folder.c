/* A session folder for a process that has no launcher. Open MPI keeps one under /tmp while a process runs; processes without a
 * launcher would all share a single one and take it away from each other: of many that begin and end side by side, one now and
 * then failed in MPI_Init. */
#include "comm_impl.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Open MPI 4 and 5 both make it under this one. */
static const char variable[] = "TMPDIR";

static bool has_launcher(void)
{
    return getenv("OMPI_COMM_WORLD_SIZE") != NULL || getenv("PMIX_RANK") != NULL;
}

void agr_session_folder_make(agr_session_folder *session)
{
    const char *tmp = getenv(variable);
    *session = (agr_session_folder){0};
    if (has_launcher() || getenv("OMPI_MCA_orte_tmpdir_base") != NULL)
        return;
    const int length = snprintf(session->path, sizeof session->path, "%s/agr-mpi.XXXXXX",
                                tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
    session->tmp_before = tmp != NULL ? strdup(tmp) : NULL;
    session->is_made = length < (int)sizeof session->path && mkdtemp(session->path) != NULL;
    if (session->is_made) /* else the shared one, then */
        setenv(variable, session->path, 1);
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    remove(path);
    return 0;
}

void agr_session_folder_remove(agr_session_folder *session)
{
    enum { N_DESCRIPTORS = 4 };
    if (session->is_made) {
        nftw(session->path, remove_entry, N_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
        if (session->tmp_before != NULL)
            setenv(variable, session->tmp_before, 1);
        else
            unsetenv(variable);
    }
    free(session->tmp_before);
}
