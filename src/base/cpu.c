/* Asks the processor and the system: instruction sets, cores that are ours, the model's name. */
#include <agr/base/cpu.h>

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#endif

static const struct {
    const char *name;
    const char *openblas_core;
} isa_table[AGR_ISA_COUNT] = {
    [AGR_ISA_GENERIC] = {"generic", "Prescott"},
    [AGR_ISA_AVX2] = {"avx2", "Haswell"},
    [AGR_ISA_AVX512] = {"avx512", "SkylakeX"},
    [AGR_ISA_AVX512_BF16] = {"avx512_bf16", "SkylakeX"},
    [AGR_ISA_AMX] = {"amx", "SkylakeX"},
};

const char *agr_isa_name(agr_isa isa)
{
    AGR_ASSERT(isa >= 0 && isa < AGR_ISA_COUNT);
    return isa_table[isa].name;
}

const char *agr_isa_openblas_core(agr_isa isa)
{
    AGR_ASSERT(isa >= 0 && isa < AGR_ISA_COUNT);
    return isa_table[isa].openblas_core;
}

#if defined(__x86_64__)
/* VDPBF16PS: leaf 7, subleaf 1. */
static bool has_avx512_bf16(void)
{
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1U << 5) != 0;
}

/* AMX_BF16 and AMX_TILE: leaf 7. The tiles' registers are given to a process that asks. */
static bool has_amx(void)
{
    enum { ASK = 0x1023, TILE_DATA = 18 };
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & 1U << 22) != 0 && (d & 1U << 24) != 0 &&
           syscall(SYS_arch_prctl, ASK, TILE_DATA) == 0;
}
#endif

agr_isa agr_isa_detect(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        if (!has_avx512_bf16())
            return AGR_ISA_AVX512;
        return has_amx() ? AGR_ISA_AMX : AGR_ISA_AVX512_BF16;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return AGR_ISA_AVX2;
#endif
    return AGR_ISA_GENERIC;
}

agr_status agr_isa_choose(agr_isa *isa, agr_error *err)
{
    const agr_isa best = agr_isa_detect();
    const char *wish = getenv("AGR_ISA");
    *isa = best;
    if (wish == NULL || wish[0] == '\0')
        return AGR_OK;
    for (int i = 0; i < AGR_ISA_COUNT; i++) {
        if (strcmp(wish, isa_table[i].name) != 0)
            continue;
        if ((agr_isa)i > best)
            return agr_error_set(err, AGR_USAGE,
                                 "AGR_ISA: this processor lacks '%s', expected '%s' or lower", wish,
                                 agr_isa_name(best));
        *isa = (agr_isa)i;
        return AGR_OK;
    }
    return agr_error_set(err, AGR_USAGE,
                         "AGR_ISA: expected generic, avx2, avx512, "
                         "avx512_bf16 or amx, found '%s'",
                         wish);
}

/* Cores that a cgroup (version 2) grants, or a large number without a limit. */
static int quota_cores(void)
{
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "r");
    if (file == NULL)
        return 1 << 20;
    double quota_us, period_us;
    const int n_read = fscanf(file, "%lf %lf", &quota_us, &period_us);
    fclose(file);
    if (n_read != 2 || period_us <= 0)
        return 1 << 20;
    const int cores = (int)(quota_us / period_us + 0.999);
    return cores > 0 ? cores : 1;
}

int agr_cpu_available(void)
{
    cpu_set_t mask;
    int cores = agr_cpu_online();
    if (sched_getaffinity(0, sizeof mask, &mask) == 0)
        cores = CPU_COUNT(&mask);
    const int quota = quota_cores();
    if (quota < cores)
        cores = quota;
    return cores > 0 ? cores : 1;
}

int agr_cpu_online(void)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (int)cores : 1;
}

static char cpu_model[128] = "unknown";

static void read_cpu_model(void)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (file == NULL)
        return;
    char line[256];
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "model name", 10) != 0)
            continue;
        const char *value = strchr(line, ':');
        if (value != NULL) {
            value += strspn(value, ": ");
            snprintf(cpu_model, sizeof cpu_model, "%.*s", (int)strcspn(value, "\n"), value);
        }
        break;
    }
    fclose(file);
}

const char *agr_cpu_model(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_cpu_model);
    return cpu_model;
}
