#include <agr/kernels/isa.h>

#include <agr/base/error.h>
#include <cblas.h>
#include <stdio.h>

static agr_isa chosen_isa = AGR_ISA_COUNT; /* none yet */
static char description[96];

void agr_kernels_select(agr_isa isa)
{
    AGR_ASSERT(isa >= 0 && isa <= agr_isa_detect());
    chosen_isa = isa;
    openblas_set_num_threads(1); /* we bring our own threads */
    snprintf(description, sizeof description, "%s+%s", agr_isa_name(isa), openblas_get_corename());
}

agr_isa agr_kernels_isa(void)
{
    if (chosen_isa == AGR_ISA_COUNT)
        agr_kernels_select(agr_isa_detect());
    return chosen_isa;
}

const char *agr_kernels_description(void)
{
    agr_kernels_isa();
    return description;
}
