/* The file system of the run folder: what train will ask of it, asked of it now. */
#include "probe_impl.h"

#include <agr/base/clock.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#define SLOW_BYTES_PER_S 10e6
#define WRITE_PART 0.05 /* of the whole time */
enum { PIECE_BYTES = 1 << 20, MOST_PIECES = 32, FEW_MIB = 1024, TOO_FEW_MIB = 64 };

static char marker[AGR_PATH_BYTES];

static const char *folder_of(const agr_doctor_options *options)
{
    return options->run != NULL ? options->run : ".";
}

void doctor_marker_choose(const agr_doctor_options *options)
{
    char host[64] = "host";
    gethostname(host, sizeof host - 1);
    snprintf(marker, sizeof marker, "%s/.agr-mpi-doctor.%s.%ld", folder_of(options), host,
             (long)getpid());
}

static const char *name_of_type(long type)
{
    static const struct {
        long type;
        const char *name;
    } known[] = {{0x6969, "nfs"},         {0x0bd00bd0, "lustre"}, {0xef53, "ext4"},
                 {0x58465342, "xfs"},     {0x9123683e, "btrfs"},  {0x01021994, "tmpfs"},
                 {0x794c7630, "overlay"}, {0x65735546, "fuse"},   {0x47504653, "gpfs"},
                 {0x19830326, "beegfs"},  {0x00c36400, "ceph"},   {0xff534d42, "cifs"},
                 {0x01021997, "9p"},      {0x2fc12fc1, "zfs"},    {0xfe534d42, "smb"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].type == type)
            return known[i].name;
    return "file system of unknown kind";
}

static void look_at_space(const char *folder, agr_findings *findings)
{
    struct statvfs info;
    struct statfs kind;
    const bool is_known = statvfs(folder, &info) == 0 && statfs(folder, &kind) == 0;
    if (!is_known || info.f_blocks == 0)
        return;
    const double free_mib = (double)info.f_bavail * (double)info.f_frsize / 0x1p20;
    const agr_health health = free_mib < TOO_FEW_MIB ? AGR_HEALTH_PROBLEM
                              : free_mib < FEW_MIB   ? AGR_HEALTH_WARNING
                                                     : AGR_HEALTH_OK;
    agr_finding *finding = agr_findings_add(findings, health, "'%.200s' on %s, free", folder,
                                            name_of_type(kind.f_type));
    agr_finding_measure(finding, free_mib / 1024, "GiB");
    agr_finding_remedy(finding, "make room: a checkpoint is written beside the one it replaces");
}

static void say_failure(const agr_error *err, agr_findings *findings)
{
    agr_finding *finding = agr_findings_add(findings, AGR_HEALTH_PROBLEM, "%.300s", err->text);
    agr_finding_remedy(finding, "%.300s",
                       err->hint[0] != '\0' ? err->hint
                                            : "choose a folder that can be written: --run DIR");
}

/* Writes for a while and flushes; bytes a second, or -1 with errno. */
static double write_for_a_while(int fd, double limit_s)
{
    char *piece = calloc(1, PIECE_BYTES);
    const double begin_s = agr_clock_s();
    double written = 0;
    bool failed = piece == NULL;
    for (int i = 0; i < MOST_PIECES && !failed && agr_clock_s() - begin_s < limit_s; i++) {
        failed = !agr_file_append(fd, piece, PIECE_BYTES);
        written += PIECE_BYTES;
    }
    failed = failed || fsync(fd) != 0;
    free(piece);
    return failed ? -1 : written / (agr_clock_s() - begin_s);
}

static agr_status write_file(const agr_doctor_options *options, const char *path, double *rate,
                             agr_error *err)
{
    const int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0)
        return agr_error_set_errno(err, AGR_IO, errno, "cannot open '%s'", path);
    *rate = write_for_a_while(fd, options->deadline_s * WRITE_PART);
    const int reason = errno;
    close(fd);
    return *rate >= 0 ? AGR_OK
                      : agr_error_set_errno(err, AGR_IO, reason, "cannot write '%s'", path);
}

/* As a checkpoint is written: beside its place, flushed, renamed, the folder flushed. */
static agr_status replace_marker(const agr_doctor_options *options, double *rate, agr_error *err)
{
    agr_replacement replacement;
    AGR_TRY(agr_replacement_begin(&replacement, marker, err));
    const agr_status status = write_file(options, replacement.temporary_path, rate, err);
    if (status != AGR_OK) {
        agr_replacement_abandon(&replacement);
        return status;
    }
    AGR_TRY(agr_replacement_commit(&replacement, false, err));
    return truncate(marker, 0) == 0
               ? AGR_OK
               : agr_error_set_errno(err, AGR_IO, errno, "cannot shorten '%s'", marker);
}

static void look_at_locks(agr_findings *findings)
{
    const int fd = open(marker, O_RDWR | O_CLOEXEC);
    const bool locks = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
    const int reason = errno;
    if (fd >= 0)
        close(fd);
    if (locks)
        return;
    agr_finding *finding = agr_findings_add(findings, AGR_HEALTH_WARNING,
                                            "files cannot be locked: %s", strerror(reason));
    agr_finding_remedy(finding, "nothing keeps a second run out of the same folder: mount with "
                                "locks (lustre: -o flock), or take care yourself");
}

static void say_rate(double rate, agr_findings *findings)
{
    agr_finding *finding =
        agr_findings_add(findings, rate < SLOW_BYTES_PER_S ? AGR_HEALTH_WARNING : AGR_HEALTH_OK,
                         "written, flushed and renamed at");
    agr_finding_measure(finding, rate * 1e-6, "MB/s");
    agr_finding_remedy(finding, "checkpoints will take long: a faster file system, or fewer of "
                                "them (--set checkpoint.every=10m)");
}

void probe_folder(const agr_doctor_options *options, agr_findings *findings)
{
    const char *folder = folder_of(options);
    agr_error err = {0};
    double rate = 0;
    if (!agr_path_is_folder(folder)) {
        agr_finding *finding =
            agr_findings_add(findings, AGR_HEALTH_PROBLEM, "no folder '%.200s'", folder);
        agr_finding_remedy(finding,
                           "mkdir -p '%.200s', on a file system that all hosts have; or is "
                           "one not mounted?",
                           folder);
        return;
    }
    look_at_space(folder, findings);
    if (replace_marker(options, &rate, &err) != AGR_OK) {
        say_failure(&err, findings);
        unlink(marker);
        return;
    }
    say_rate(rate, findings);
    look_at_locks(findings);
    if (!options->speaks)
        unlink(marker); /* rank 0's stays for the others to find */
}

/* ---- the same folder on all hosts ---- */

static const char is_seen[] = "what rank 0 writes into the run folder is seen";

static void look_for(const char *path, agr_findings *findings)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const int reason = errno;
    if (fd >= 0) {
        close(fd);
        agr_findings_add(findings, AGR_HEALTH_OK, "%s", is_seen);
        return;
    }
    agr_finding *finding = agr_findings_add(
        findings, AGR_HEALTH_PROBLEM, "what rank 0 writes into the run folder is not seen here: %s",
        strerror(reason));
    agr_finding_remedy(finding, "--run DIR on a file system that all hosts share (NFS, Lustre), "
                                "under the same path");
}

/* The question is the path; none came: nobody wants to know. */
void doctor_look_for_marker(const void *context, int question, agr_findings *findings)
{
    const agr_doctor_options *options = context;
    static char path[AGR_PATH_BYTES];
    prctl(PR_SET_PDEATHSIG, 0); /* it ends with its parent by the end of the question */
    const ssize_t n = read(question, path, sizeof path - 1);
    if (n > 0)
        look_for(path, findings);
    if (options->speaks)
        unlink(marker);
}

/* Rank 0's child comes last: it removes the file. */
agr_status probe_shared_folder(probe_gathering *g, agr_findings *findings, agr_error *err)
{
    static char path[AGR_PATH_BYTES];
    agr_group *world = agr_world_group(g->world);
    const bool is_first = agr_world_rank(g->world) == 0;
    if (is_first && g->has_marker)
        snprintf(path, sizeof path, "%s", marker);
    AGR_TRY(agr_group_broadcast(world, 0, path, sizeof path, err));
    if (!is_first && g->shared != NULL && path[0] != '\0') {
        doctor_child_tell(g->shared, path, strlen(path));
        if (doctor_child_finish(g->shared, agr_clock_s() + g->child_s) == CHILD_ANSWERED)
            *findings = g->shared->findings;
        else
            agr_finding_remedy(agr_findings_add(findings, AGR_HEALTH_PROBLEM,
                                                "the run folder does not answer here"),
                               "look at the mount of its file system on this host");
    } else if (is_first && g->has_marker && g->n_hosts > 1)
        agr_findings_add(findings, AGR_HEALTH_OK, "%s", is_seen);
    return agr_group_barrier(world, err);
}
