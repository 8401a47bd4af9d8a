/* OpenBLAS 0.3.21 does not know processors younger than itself and falls back to kernels of half
 * their speed; its choice can only be corrected by an environment variable that it reads while
 * being loaded, before main(). So a program that computes sets the variable and starts itself
 * again, once, and before MPI_Init: a process that has talked to the launcher must not be replaced.
 * A user's own OPENBLAS_CORETYPE stands. */
#include "cli.h"

#include <agr/base/cpu.h>
#include <agr/base/file.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

agr_status cli_choose_openblas_core(char **argv, agr_error *err)
{
    agr_isa isa;
    AGR_TRY(agr_isa_choose(&isa, err));
    if (getenv("OPENBLAS_CORETYPE") != NULL)
        return AGR_OK;
    /* By its path: through /proc/self/exe the process would be called "exe" in every list. */
    char own_path[AGR_PATH_BYTES] = "";
    const ssize_t length = readlink("/proc/self/exe", own_path, sizeof own_path - 1);
    own_path[length > 0 ? length : 0] = '\0';
    if (setenv("OPENBLAS_CORETYPE", agr_isa_openblas_core(isa), 0) != 0)
        return agr_error_set_errno(err, AGR_MEMORY, errno, "cannot set OPENBLAS_CORETYPE");
    execv(own_path, argv);
    execv("/proc/self/exe", argv); /* the file was replaced meanwhile; this program still runs */
    return AGR_OK;                 /* no /proc: go on with what OpenBLAS has chosen */
}
