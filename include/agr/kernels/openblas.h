/**
 * OpenBLAS, which is loaded when somebody asks for it and not before.
 *
 * OpenBLAS chooses its kernels while it is being loaded and takes processors younger than itself for
 * older ones (0.3.21 takes Zen 5 for Haswell and runs at half its speed); an environment variable
 * corrects it, if it is set before that moment. So who wants `sgemm` says for which instruction set,
 * and nobody else pays for the library: no threads of its own, no memory.
 */
#ifndef AGR_KERNELS_OPENBLAS_H
#define AGR_KERNELS_OPENBLAS_H

#include <agr/base/cpu.h>

/** Loads OpenBLAS with its kernels for `isa`, on one thread: we bring our own. The user's
 * OPENBLAS_CORETYPE stands. Before the first threads; later calls do nothing. AGR_NOT_FOUND without
 * the library. */
agr_status agr_openblas_load(agr_isa isa, agr_error *err);

/** "SkylakeX": the core type OpenBLAS says it uses; NULL when it was not loaded. */
const char *agr_openblas_core(void);

#endif
