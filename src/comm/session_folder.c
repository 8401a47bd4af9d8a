/* A session folder for a process that has no launcher. Open MPI keeps one under /tmp while a process runs; processes without a
 * launcher would all share a single one and take it away from each other: of many that begin and end side by side, one now and
 * then failed in MPI_Init. */
#include "comm_impl.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char variable[] = "OMPI_MCA_orte_tmpdir_base";

void agr_session_folder_make(char folder[AGR_PATH_BYTES])
{
    const char *tmp = getenv("TMPDIR");
    folder[0] = '\0';
    if (getenv("OMPI_COMM_WORLD_SIZE") != NULL || getenv("PMIX_RANK") != NULL ||
        getenv(variable) != NULL)
        return;
    const int length = snprintf(folder, AGR_PATH_BYTES, "%s/agr-mpi.XXXXXX",
                                tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
    if (length >= AGR_PATH_BYTES || mkdtemp(folder) == NULL || setenv(variable, folder, 1) != 0)
        folder[0] = '\0'; /* the shared one, then */
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    remove(path);
    return 0;
}

void agr_session_folder_remove(const char folder[AGR_PATH_BYTES])
{
    enum { N_DESCRIPTORS = 4 };
    if (folder[0] == '\0')
        return;
    unsetenv(variable);
    nftw(folder, remove_entry, N_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}
