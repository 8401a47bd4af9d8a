/* Runs every file of the given folder through the fuzz entry: what was once found stays found. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    enum { MAX_BYTES = 1 << 24 };
    uint8_t *data = malloc(MAX_BYTES);
    const size_t n_bytes = data != NULL ? fread(data, 1, MAX_BYTES, file) : 0;
    fclose(file);
    uint8_t *exact = realloc(data, n_bytes > 0 ? n_bytes : 1); /* so that overruns are seen */
    if (exact == NULL) {
        free(data);
        return 1;
    }
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(exact, n_bytes);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (folder == NULL) {
        fprintf(stderr, "expected a folder of inputs\n");
        return 2;
    }
    int n_files = 0, n_failed = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        n_failed += replay_file(path);
        n_files++;
    }
    closedir(folder);
    printf("%d inputs\n", n_files);
    return n_files > 0 && n_failed == 0 ? 0 : 1;
}
