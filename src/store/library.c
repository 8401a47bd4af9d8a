/* Asks HDF5 for its version. */
#include <agr/store/library.h>

#include <hdf5.h>
#include <stdio.h>

bool agr_hdf5_describe(char *version, size_t n_bytes)
{
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(version, n_bytes, "%u.%u.%u", major, minor, release);
    return major == H5_VERS_MAJOR && minor == H5_VERS_MINOR && release == H5_VERS_RELEASE;
}
