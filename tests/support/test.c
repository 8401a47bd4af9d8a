#include "test.h"

#include <ftw.h>
#include <unistd.h>

const char *test_status_text(agr_status status)
{
    switch (status) {
#define X(name, text)                                                                              \
    case AGR_##name:                                                                               \
        return text;
        AGR_STATUS_LIST(X)
#undef X
    }
    return "unknown status";
}

const char *test_folder_make(char path[256])
{
    const char *base = getenv("TMPDIR");
    snprintf(path, 256, "%s/agr-test-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(path) == NULL)
        fail_msg("cannot make a folder for the test at '%s'", path);
    return path;
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

void test_folder_remove(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

double test_relative_difference(const float *a, const float *b, size_t n)
{
    double largest = 0, difference = 0;
    for (size_t i = 0; i < n; i++) {
        const double d = fabs((double)a[i] - (double)b[i]);
        if (!(d <= difference))
            difference = d;
        if (fabs((double)b[i]) > largest)
            largest = fabs((double)b[i]);
    }
    return difference == 0 ? 0 : difference / (largest > 0 ? largest : 1e-30);
}
