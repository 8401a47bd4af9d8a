/* Who is inside HDF5, and how its errors become ours. */
#include "h5_impl.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void)
{
    H5dont_atexit(); /* after a failed write HDF5's exit handler touches freed memory */
}

void h5_lock(void)
{
    pthread_once(&once, start);
    pthread_mutex_lock(&lock);
    /* Errors are ours to tell. A thread-safe build asks every thread anew whether to print them. */
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void h5_unlock(void)
{
    pthread_mutex_unlock(&lock);
}

hid_t h5_access_list(void)
{
    const hid_t list = H5Pcreate(H5P_FILE_ACCESS);
    /* NFS and Lustre refuse HDF5's locks; our own (flock on the run folder) is enough. */
    H5Pset_file_locking(list, false, true);
    H5Pset_fclose_degree(list, H5F_CLOSE_STRONG);
    H5Pset_alignment(list, H5_LARGE_BYTES, H5_PAGE_BYTES);
    return list;
}

static herr_t take_innermost(unsigned n, const H5E_error2_t *record, void *reason)
{
    if (n == 0 && record->desc != NULL)
        snprintf(reason, AGR_ERROR_TEXT_BYTES / 2, "%s", record->desc);
    return 0;
}

agr_status h5_fail(agr_error *err, agr_status status, const char *format, ...)
{
    char reason[AGR_ERROR_TEXT_BYTES / 2] = "";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, reason);
    H5Eclear2(H5E_DEFAULT);
    char text[AGR_ERROR_TEXT_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (reason[0] == '\0')
        return agr_error_set(err, status, "%s", text);
    return agr_error_set(err, status, "%s: %s", text, reason);
}
