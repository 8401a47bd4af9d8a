/** The HDF5 library, by its own version. */
#ifndef AGR_STORE_LIBRARY_H
#define AGR_STORE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

/** "1.10.8": of the library that is loaded. false when it is not the one that the program was built
 * with (then HDF5 itself ends the process at the first call). Takes HDF5's one thread. */
bool agr_hdf5_describe(char *version, size_t n_bytes);

#endif
