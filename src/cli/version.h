/** The program's version, and what it was built with. */
#ifndef AGR_CLI_VERSION_H
#define AGR_CLI_VERSION_H

#include <agr/base/error.h>
#include <stdbool.h>

/** Prints "agr-mpi 0.1.0" on stdout; verbose: also compiler, flags, the kernels chosen here, and libraries, a
 * line each. AGR_USAGE when AGR_ISA asks for what there is not. */
agr_status version_print(bool verbose, agr_error *err);

#endif
