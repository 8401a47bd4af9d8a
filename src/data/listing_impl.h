/** The files of some folders, in an order that is the same everywhere. */
#ifndef AGR_DATA_LISTING_IMPL_H
#define AGR_DATA_LISTING_IMPL_H

#include "rejects_impl.h"

#include <stdint.h>

/** One file that may be a picture. */
typedef struct {
    char *path;         /* how to open it; owned */
    const char *folder; /* the folder argument it was found under; borrowed */
    /* How the dataset calls it: the end of path that lies below the folder, with the folder's own
     * name in front when several folders were given. */
    const char *name;
} agr_listed_file;

typedef struct {
    int64_t n_files, room;
    agr_listed_file *file; /* owned; sorted by name, bytewise */
    int64_t n_ignored;     /* junk of file managers, hidden files, tables and texts, pipes */
} agr_listing;

/**
 * Lists the files below the folders, following symbolic links but never into a folder that it is
 * already inside of. What cannot be listed becomes a reject.
 *
 * AGR_NOT_FOUND when a folder is missing; AGR_INPUT when it is a file (with the remedy when it is
 * an archive), when two folders have one name, or when nothing that may be a picture is below them.
 * Caller releases.
 */
agr_status agr_listing_create(int n_folders, char *const *folder, agr_listing *listing,
                              agr_rejects *rejects, agr_error *err);
void agr_listing_release(agr_listing *listing);

#endif
