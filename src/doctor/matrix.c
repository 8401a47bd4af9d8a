/* Matrix units of the processor, and whether the system lets a process use them. */
#include "probe_impl.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Linux asks a process to ask for the 8 KiB of AMX's tiles (Documentation/arch/x86/xstate.rst). */
enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };

/* Is this word among the flags of the first processor? */
static bool has_flag(const char *flag)
{
    static char line[8192];
    char word[64];
    bool has = false;
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (file == NULL)
        return false;
    while (fgets(line, sizeof line, file) != NULL && strncmp(line, "flags", 5) != 0)
        continue;
    fclose(file);
    snprintf(word, sizeof word, " %s ", flag);
    line[strcspn(line, "\n")] = ' ';
    has = strncmp(line, "flags", 5) == 0 && strstr(line, word) != NULL;
    return has;
}

static bool is_granted(void)
{
#if defined(__x86_64__)
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
#else
    return false;
#endif
}

void probe_matrix(const agr_doctor_options *options, agr_findings *findings)
{
    (void)options;
    const char *vectors =
        has_flag("avx512_bf16") ? "; bfloat16 in vectors: yes" : "; bfloat16 in vectors: no";
    if (!has_flag("amx_tile")) {
        agr_findings_add(findings, AGR_HEALTH_OK, "none in this processor (AMX)%s", vectors);
    } else if (is_granted()) {
        agr_findings_add(findings, AGR_HEALTH_OK, "AMX, and the system lets it be used%s", vectors);
    } else {
        agr_finding *finding = agr_findings_add(
            findings, AGR_HEALTH_WARNING, "AMX, but the system does not let it be used%s", vectors);
        agr_finding_remedy(finding, "Linux 5.16 or later, and a container or virtual machine that "
                                    "does not forbid arch_prctl and AMX's state");
    }
}
