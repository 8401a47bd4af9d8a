/** Files that are mapped into memory and may shrink, or whose disk may fail, while they are read: then
 * the process gets SIGBUS, and says which file it was (agr_dataset_install_bus_handler()). */
#ifndef AGR_STORE_BUS_ERROR_IMPL_H
#define AGR_STORE_BUS_ERROR_IMPL_H

#include <stddef.h>

typedef struct {
    const void *begin;
    size_t size_bytes;
    const char *path;
} bus_error_mapping;

/** The handler may look at *mapping until it is unwatched; borrowed. Of more than 16 at once, the
 * others are not named. Thread-safe. */
void bus_error_watch(const bus_error_mapping *mapping);
void bus_error_unwatch(const bus_error_mapping *mapping);

#endif
