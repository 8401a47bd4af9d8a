/* What a report of a fault needs to say about the program. */
#include "version.h"

#include <agr/comm/library.h>
#include <agr/kernels/isa.h>
#include <agr/store/library.h>
#include <stdio.h>

enum { TEXT_BYTES = 256 };

agr_status version_print(bool verbose, agr_error *err)
{
    char mpi[TEXT_BYTES], hdf5[TEXT_BYTES];
    agr_isa isa;
    printf("agr-mpi %s\n", AGR_VERSION);
    if (!verbose)
        return AGR_OK;
    AGR_TRY(agr_isa_choose(&isa, err));
    agr_kernels_select(isa);
    agr_mpi_describe(mpi, sizeof mpi);
    agr_hdf5_describe(hdf5, sizeof hdf5);
    printf("compiler  %s\nflags     %s\nkernels   %s\nMPI       %s\nHDF5      %s\n"
           "OpenBLAS  loaded when compute.gemm asks for it\n",
           AGR_COMPILER, AGR_BUILD_FLAGS, agr_kernels_description(), mpi, hdf5);
    return AGR_OK;
}
