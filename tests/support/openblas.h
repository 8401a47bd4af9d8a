/** For tests that multiply with OpenBLAS: the set-up of their group loads it. */
#ifndef AGR_TEST_SUPPORT_OPENBLAS_H
#define AGR_TEST_SUPPORT_OPENBLAS_H

#include "test.h"

#include <agr/kernels/openblas.h>

static inline int test_load_openblas(void **state)
{
    (void)state;
    agr_error err;
    assert_ok(agr_openblas_load(agr_isa_detect(), &err), err);
    assert_non_null(agr_openblas_core());
    return 0;
}

#endif
