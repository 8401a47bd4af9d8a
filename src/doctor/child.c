/* A child process a probe: whatever hangs or dies in it leaves its parent well. */
#include "child_impl.h"

#include <agr/base/clock.h>
#include <agr/base/error.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child has a group of its own, so that what it starts ends with it, and holds nothing of ours:
 * a launcher waits for whoever holds its pipes. */
static void settle_in(void)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2 && nowhere >= 0; fd++)
        dup2(nowhere, fd);
}

static _Noreturn void be_child(doctor_child_work *work, const void *context, int question,
                               int answer)
{
    static agr_findings findings;
    settle_in();
    work(context, question, &findings);
    const char *bytes = (const char *)&findings;
    const size_t n_bytes =
        offsetof(agr_findings, item) + (size_t)findings.n * sizeof findings.item[0];
    for (size_t done = 0; done < n_bytes;) {
        const ssize_t n = write(answer, bytes + done, n_bytes - done);
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    _exit(0);
}

static void close_pair(const int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

int doctor_child_start(doctor_child *child, doctor_child_work *work, const void *context)
{
    int question[2], answer[2];
    *child = (doctor_child){.pid = -1, .question = -1, .answer = -1, .begin_s = agr_clock_s()};
    if (pipe2(question, O_CLOEXEC) != 0)
        return -1;
    if (pipe2(answer, O_CLOEXEC) != 0) {
        close_pair(question);
        return -1;
    }
    child->pid = fork();
    if (child->pid < 0) {
        close_pair(question);
        close_pair(answer);
        return -1;
    }
    if (child->pid == 0) {
        close(question[1]);
        close(answer[0]);
        be_child(work, context, question[0], answer[1]);
    }
    close(question[0]);
    close(answer[1]);
    child->question = question[1];
    child->answer = answer[0];
    return 0;
}

void doctor_child_tell(doctor_child *child, const void *bytes, size_t n_bytes)
{
    if (child->question < 0)
        return;
    void (*const before)(int) = signal(SIGPIPE, SIG_IGN);
    const ssize_t written = write(child->question, bytes, n_bytes);
    signal(SIGPIPE, before);
    close(child->question);
    child->question = -1;
    (void)written; /* a child that is gone says so by its answer */
}

/* Reads what comes until the end. Whether that came in time. */
static bool read_answer(doctor_child *child, double deadline_s)
{
    char *bytes = (char *)&child->findings;
    for (;;) {
        const double left_s = deadline_s - agr_clock_s();
        struct pollfd ready = {.fd = child->answer, .events = POLLIN};
        const int n_ready = poll(&ready, 1, left_s > 0 ? (int)(left_s * 1e3) + 1 : 0);
        if (n_ready < 0 && errno == EINTR)
            continue;
        if (n_ready <= 0)
            return false;
        const ssize_t n =
            read(child->answer, bytes + child->n_read, sizeof child->findings - child->n_read);
        if (n <= 0)
            return true;
        child->n_read += (size_t)n;
    }
}

static bool is_whole(const doctor_child *child)
{
    const size_t head = offsetof(agr_findings, item);
    return child->n_read >= head &&
           child->n_read == head + (size_t)child->findings.n * sizeof child->findings.item[0];
}

/* One that sits in a broken file system cannot even be killed: it is given a moment, then left. */
static int bury(pid_t pid)
{
    enum { N_LOOKS = 20 };
    int status = 0;
    for (int i = 0; i < N_LOOKS; i++) {
        if (waitpid(pid, &status, WNOHANG) != 0)
            return status;
        agr_clock_sleep_s(0.005);
    }
    return 0;
}

doctor_child_end doctor_child_finish(doctor_child *child, double deadline_s)
{
    if (child->pid <= 0)
        return CHILD_DIED;
    if (child->question >= 0)
        close(child->question);
    child->question = -1;
    const bool in_time = read_answer(child, deadline_s);
    if (!in_time)
        kill(-child->pid, SIGKILL);
    close(child->answer);
    const int status = bury(child->pid);
    child->pid = 0;
    child->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    const bool answered = is_whole(child);
    if (!answered)
        child->findings.n = 0;
    if (!in_time)
        return CHILD_LATE;
    return answered ? CHILD_ANSWERED : CHILD_DIED;
}
