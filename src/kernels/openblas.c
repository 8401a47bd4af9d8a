/* OpenBLAS found and loaded at run time: see openblas.h for why. */
#include <agr/kernels/openblas.h>

#include "openblas_impl.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

typedef void sgemm_function(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transpose_a,
                            CBLAS_TRANSPOSE transpose_b, blasint m, blasint n, blasint k,
                            float alpha, const float *a, blasint lda, const float *b, blasint ldb,
                            float beta, float *c, blasint ldc);
typedef char *corename_function(void);

static struct {
    sgemm_function *sgemm;
    const char *core;
} openblas;

/* What the build found, else what the system has. */
static void *open_library(void)
{
    static const char *const names[] = {AGR_OPENBLAS_LIBRARY, "libopenblas.so.0", "libopenblas.so"};
    void *library = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && library == NULL; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    return library;
}

/* OpenBLAS takes a work area when it is loaded or with the first product, as its version is, and asks
 * for ever where there is no room (ulimit -v). So whether there is room is asked before. */
static agr_status check_room(agr_error *err)
{
    enum { LIBRARY_MIB = 64, AREA_MIB = 128 };
    void *room = malloc((size_t)(LIBRARY_MIB + AREA_MIB) << 20);
    const bool has_room = room != NULL;
    if (has_room)
        *(volatile char *)room = 0; /* or the compiler does without */
    free(room);
    if (has_room)
        return AGR_OK;
    agr_error_set(err, AGR_MEMORY, "expected %d MiB of memory for OpenBLAS, found less",
                  LIBRARY_MIB + AREA_MIB);
    return agr_error_hint(err, "raise ulimit -v, or choose compute.gemm=own");
}

/* A first product, before the room is given to others. */
static agr_status take_work_area(agr_error *err)
{
    enum { SIDE = 256 };
    float *matrix = calloc(3 * SIDE * SIDE, sizeof *matrix);
    if (matrix == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    openblas.sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, matrix, SIDE,
                   matrix + SIDE * SIDE, SIDE, 0, matrix + 2 * SIDE * SIDE, SIDE);
    free(matrix);
    return AGR_OK;
}

agr_status agr_openblas_load(agr_isa isa, agr_error *err)
{
    if (openblas.sgemm != NULL)
        return AGR_OK;
    if (setenv("OPENBLAS_CORETYPE", agr_isa_openblas_core(isa), 0) != 0 ||
        setenv("OPENBLAS_NUM_THREADS", "1", 1) != 0)
        return agr_error_set_errno(err, AGR_MEMORY, errno, "cannot set OPENBLAS_CORETYPE");
    AGR_TRY(check_room(err));
    void *library = open_library();
    corename_function *corename = NULL;
    if (library != NULL) {
        /* POSIX lets a function come as an object pointer; ISO C has no cast for it. */
        *(void **)&openblas.sgemm = dlsym(library, "cblas_sgemm");
        *(void **)&corename = dlsym(library, "openblas_get_corename");
    }
    if (openblas.sgemm == NULL || corename == NULL) {
        agr_error_set(err, AGR_NOT_FOUND, "cannot load OpenBLAS: %s", dlerror());
        return agr_error_hint(err, "install libopenblas0, or choose compute.gemm=own");
    }
    openblas.core = corename();
    return take_work_area(err);
}

const char *agr_openblas_core(void)
{
    return openblas.core;
}

void openblas_sgemm(CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b, int m, int n, int k,
                    float alpha, const float *a, int lda, const float *b, int ldb, float beta,
                    float *c, int ldc)
{
    AGR_ASSERT(openblas.sgemm != NULL);
    openblas.sgemm(CblasRowMajor, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c,
                   ldc);
}
