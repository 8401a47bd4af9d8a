/* Asks the MPI library for its name and version. */
#include <agr/comm/library.h>

#include <mpi.h>
#include <stdio.h>
#include <string.h>

void agr_mpi_describe(char *text, size_t n_bytes)
{
    char version[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length = 0;
    if (MPI_Get_library_version(version, &length) != MPI_SUCCESS)
        snprintf(version, sizeof version, "unknown");
    snprintf(text, n_bytes, "%.*s", (int)strcspn(version, ",\n"), version);
}
