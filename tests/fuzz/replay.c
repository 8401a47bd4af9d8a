/* replay FOLDER GOOD...: runs every file of the folder through the fuzz target, so that what was
 * once found stays found. Those named GOOD must be read, not refused: a target that never comes
 * past opening its input would find nothing and still pass. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    enum { MAX_BYTES = 1 << 24 };
    uint8_t *data = file != NULL ? malloc(MAX_BYTES) : NULL;
    if (data == NULL) {
        perror(path);
        exit(2);
    }
    const size_t n_bytes = fread(data, 1, MAX_BYTES, file);
    fclose(file);
    uint8_t *exact = realloc(data, n_bytes > 0 ? n_bytes : 1); /* so that overruns are seen */
    printf("%s: ", path);
    fflush(stdout);
    const bool is_good = fuzz_read(exact, n_bytes);
    printf("%s\n", is_good ? "good" : "refused");
    free(exact);
    return is_good;
}

/* How many of the good ones were refused or are not there. */
static int count_missing_good(int n_good, char **good, const bool *was_good)
{
    int n_missing = 0;
    for (int g = 0; g < n_good; g++)
        if (!was_good[g]) {
            printf("'%s': expected a good input, found none or a refused one\n", good[g]);
            n_missing++;
        }
    return n_missing;
}

int main(int argc, char **argv)
{
    DIR *folder = argc >= 2 ? opendir(argv[1]) : NULL;
    if (folder == NULL) {
        fprintf(stderr, "expected a folder of inputs\n");
        return 2;
    }
    const int n_good = argc - 2;
    char **good = argv + 2;
    bool *was_good = calloc((size_t)n_good + 1, sizeof *was_good);
    int n_files = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        const bool is_good = replay_file(path);
        for (int g = 0; g < n_good; g++)
            if (is_good && strcmp(entry->d_name, good[g]) == 0)
                was_good[g] = true;
        n_files++;
    }
    closedir(folder);
    const int n_missing = count_missing_good(n_good, good, was_good);
    free(was_good);
    printf("%d inputs\n", n_files);
    return n_files > 0 && n_missing == 0 ? 0 : 1;
}
