/* The child that reads a file before we do. See vet_impl.h. */
#include "vet_impl.h"

#include "dataset_impl.h"

#include <agr/base/clock.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_KNOWN = 64, REASON_BYTES = 200, EXIT_REFUSED = 3 };

/* ---- files that need no child ---- */

static uint64_t known[N_KNOWN];
static int next_known;

static bool is_known(uint64_t identity)
{
    for (int i = 0; i < N_KNOWN; i++)
        if (known[i] == identity)
            return true;
    return false;
}

static void remember(uint64_t identity)
{
    known[next_known] = identity;
    next_known = (next_known + 1) % N_KNOWN;
}

void vet_trust(const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0)
        remember(dataset_identity_of(&info));
}

/* ---- the child ---- */

/* At the hard limit of time the system kills without a reason: it is one second behind. */
static void limit(int resource, uint64_t value)
{
    struct rlimit now;
    if (getrlimit(resource, &now) != 0)
        return;
    if (now.rlim_max > value)
        now.rlim_max = value + 1;
    now.rlim_cur = now.rlim_max > value ? value : now.rlim_max;
    setrlimit(resource, &now);
}

/* Of this process, which is the child's at its start; 0 where the system does not say. */
static uint64_t address_bytes(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%llu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* What a dying library says is nobody's business, and how we end on signals is not the child's. */
static void settle_in(const vet_limits *limits, uint64_t memory_bytes)
{
    static const int signals[] = {SIGSEGV, SIGBUS,  SIGABRT, SIGFPE,  SIGILL,
                                  SIGTERM, SIGUSR1, SIGINT,  SIGALRM, SIGXCPU};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2 && nowhere >= 0; fd++)
        dup2(nowhere, fd);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CPU, (uint64_t)limits->cpu_s);
    if (memory_bytes > 0)
        limit(RLIMIT_AS, memory_bytes);
}

static _Noreturn void be_child(const char *path, const vet_limits *limits, uint64_t memory_bytes,
                               int answer)
{
    char reason[REASON_BYTES] = "";
    settle_in(limits, memory_bytes);
    if (vet_walk(path, reason, sizeof reason))
        _exit(0);
    const ssize_t written = write(answer, reason, strlen(reason));
    _exit(written > 0 ? EXIT_REFUSED : 1);
}

/* ---- its parent ---- */

/* Until the child has ended, which closes its end. Whether that was in time. */
static bool wait_for_end(int answer, char reason[REASON_BYTES], int wall_s)
{
    const double deadline_s = agr_clock_s() + wall_s;
    size_t n_read = 0;
    for (;;) {
        const double left_s = deadline_s - agr_clock_s();
        struct pollfd ready = {.fd = answer, .events = POLLIN};
        const int n_ready = poll(&ready, 1, left_s > 0 ? (int)(left_s * 1e3) + 1 : 0);
        if (n_ready < 0 && errno == EINTR)
            continue;
        if (n_ready <= 0)
            return false;
        const ssize_t n = read(answer, reason + n_read, REASON_BYTES - 1 - n_read);
        if (n <= 0)
            return true;
        n_read += (size_t)n;
    }
}

static agr_status judge(int status, bool in_time, const char *reason, const vet_limits *limits,
                        agr_error *err)
{
    if (!in_time || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
        agr_error_set(err, AGR_FORMAT, "HDF5 does not come to an end with it (within %d s)",
                      in_time ? limits->cpu_s : limits->wall_s);
    else if (WIFSIGNALED(status))
        agr_error_set(err, AGR_FORMAT, "HDF5 crashes on it (%s)", strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) == EXIT_REFUSED)
        agr_error_set(err, AGR_FORMAT, "%s", reason);
    else if (WEXITSTATUS(status) != 0)
        agr_error_set(err, AGR_FORMAT, "HDF5 crashes on it (exit code %d)", WEXITSTATUS(status));
    else
        return AGR_OK;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_REFUSED)
        return AGR_FORMAT;
    return agr_error_hint(err, "damaged, or made to do harm: get it anew from who made it");
}

static agr_status run_child(const char *path, const vet_limits *limits, agr_error *err)
{
    int pair[2];
    char reason[REASON_BYTES] = "";
    const uint64_t own_bytes = address_bytes();
    if (pipe2(pair, O_CLOEXEC) != 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot start a process to check it");
    const pid_t pid = fork();
    if (pid == 0)
        be_child(path, limits, own_bytes > 0 ? own_bytes + limits->memory_bytes : 0, pair[1]);
    const int fork_errno = errno;
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return agr_error_set_errno(err, AGR_IO, fork_errno, "cannot start a process to check it");
    }
    const bool in_time = wait_for_end(pair[0], reason, limits->wall_s);
    close(pair[0]);
    if (!in_time)
        kill(pid, SIGKILL);
    int status = 0;
    pid_t ended;
    do
        ended = waitpid(pid, &status, 0);
    while (ended < 0 && errno == EINTR);
    if (ended < 0)
        return agr_error_set_errno(err, AGR_IO, errno,
                                   "cannot wait for the process that checks it");
    return judge(status, in_time, reason, limits, err);
}

vet_limits vet_limits_for(uint64_t file_bytes)
{
    enum { CPU_S = 30, BYTES_IN_1_S = 16 << 20, MAX_MORE_S = 3600, WALL_TO_CPU = 4 };
    const uint64_t more_s = file_bytes / BYTES_IN_1_S;
    const int cpu_s = CPU_S + (int)(more_s < MAX_MORE_S ? more_s : MAX_MORE_S);
    return (vet_limits){
        .memory_bytes = (uint64_t)2 << 30, .cpu_s = cpu_s, .wall_s = WALL_TO_CPU * cpu_s};
}

agr_status vet_file(const char *path, const vet_limits *limits, agr_error *err)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot measure");
    const uint64_t identity = dataset_identity_of(&info);
    if (is_known(identity))
        return AGR_OK;
    AGR_TRY(run_child(path, limits, err));
    remember(identity);
    return AGR_OK;
}
