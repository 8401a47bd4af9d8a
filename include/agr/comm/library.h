/** The MPI library, by its own name. */
#ifndef AGR_COMM_LIBRARY_H
#define AGR_COMM_LIBRARY_H

#include <stddef.h>

/** "Open MPI v4.1.4": what the library says of itself, up to the first comma or line break. Before MPI
 * is started, too. */
void agr_mpi_describe(char *text, size_t n_bytes);

#endif
