/* What MPI says of a failed call, in an agr_error. */
#include "comm_impl.h"

agr_status agr_mpi_check(int code, const char *doing, agr_error *err)
{
    if (code == MPI_SUCCESS)
        return AGR_OK;
    char text[MPI_MAX_ERROR_STRING] = "unknown error";
    int length = 0;
    MPI_Error_string(code, text, &length);
    return agr_error_set(err, AGR_MPI, "%s: %s", doing, text);
}
