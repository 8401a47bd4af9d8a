# Sourced by the tests of tests/slurm, inside tests/cli/harness.sh: a Slurm of its own on this machine, with a slurmd for each virtual
# node under a host name of its own, and munge with a key of its own.
#
#     slurm_begin 2                        node0 and node1, of four processors each; skips the test (77) where that is not possible
#     await FILE TEXT [COUNT]              until a file has so many lines with the text
#     requeued JOB COUNT                   until the job has been put back so often; it need not wait its two minutes then
#     until_done COMMAND...                until a command succeeds
#     ended JOB...                         until jobs have ended with 0
#
# shellcheck shell=bash disable=SC2154 # folder, program: the harness has them

patience_s=${AGR_TEST_PATIENCE_S:-600}

slurm_skip() {
    echo "skipped: $1"
    exit 77
}

slurm_end() {
    local end_s=$((SECONDS + 300))
    squeue -h -o %A | xargs -r scancel 2>/dev/null
    while [ -n "$(squeue -h 2>/dev/null)" ] && [ "$SECONDS" -lt "$end_s" ]; do
        sleep 0.2
    done
    scontrol shutdown 2>/dev/null
    kill "$(cat "$slurm/munge.pid")" 2>/dev/null
    while [ -n "$(cat "$slurm"/*.pid 2>/dev/null)" ] && [ "$SECONDS" -lt "$end_s" ]; do
        sleep 0.2
    done
    rm -rf "$folder" "$slurm"
}

slurm_conf() { # nodes, port
    cat <<CONF
ClusterName=agr
SlurmctldHost=localhost
SlurmctldPort=$2
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$slurm/munge.socket
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool-%n
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd-%n.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
NodeName=node[0-$(($1 - 1))] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[$(($2 + 1))-$(($2 + $1))] CPUs=4
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
}

slurm_begin() { # how many nodes
    local tool i
    [[ $(id -u) == 0 ]] || slurm_skip 'only root may start these daemons'
    for tool in slurmctld slurmd sbatch munged unshare; do
        command -v "$tool" >/dev/null || slurm_skip "no $tool (packages slurm-wlm, munge)"
    done
    "${MPIEXEC:-mpiexec}" --version | grep -q '(OpenRTE) 4' || slurm_skip 'written for mpirun of Open MPI 4'
    unshare --uts true 2>/dev/null || slurm_skip 'no host names of its own here'
    slurm=$(mktemp -d /tmp/agr-slurm.XXXXXX)
    export SLURM_CONF=$slurm/slurm.conf
    trap slurm_end EXIT
    mkdir "$slurm/state"
    chmod 755 "$slurm"
    slurm_conf "$1" $((20000 + $$ % 10000)) >"$SLURM_CONF"
    (umask 077 && head -c 128 /dev/urandom >"$slurm/key")
    munged --force --socket="$slurm/munge.socket" --key-file="$slurm/key" --pid-file="$slurm/munge.pid" \
        --log-file="$slurm/munge.log" --seed-file="$slurm/seed" || slurm_skip 'munged does not start here'
    slurmctld -c || slurm_skip 'slurmctld does not start here'
    for ((i = 0; i < $1; i++)); do
        unshare --uts bash -c 'hostname "node$1" && exec slurmd -N "node$1"' bash "$i" || slurm_skip 'slurmd does not start here'
    done
}

await() { # FILE TEXT [COUNT]
    local end_s=$((SECONDS + patience_s))
    until [ "$(grep -cF -- "$2" "$1" 2>/dev/null)" -ge "${3:-1}" ] 2>/dev/null; do
        [ "$SECONDS" -lt "$end_s" ] || { fail "expected '$2' ${3:-1} times in $1"; squeue; tail -n 20 "$1"; exit 1; }
        sleep 0.1
    done
}

# Credentials of the start before are revoked to the second, so the next one begins in a later second.
requeued() { # JOB COUNT
    local id
    until_done is_pending "$1" "$2"
    id=$(scontrol -o show job "$1" | sed 's/^JobId=\([0-9]*\) .*/\1/')
    until_done has_left "$id" "$2"
    scontrol update JobId="$1" StartTime=now+3seconds
}

is_pending() { # JOB COUNT
    scontrol -o show job "$1" | grep -q "JobState=PENDING .*Restarts=$2 "
}

has_left() { # ID COUNT
    [ "$(cat "$slurm"/slurmd-node*.log | grep -cF "[$1.batch] done with job")" -ge "$2" ]
}

until_done() { # COMMAND...
    local end_s=$((SECONDS + patience_s))
    until "$@"; do
        [ "$SECONDS" -lt "$end_s" ] || { fail "expected to do: $*"; squeue; exit 1; }
        sleep 0.1
    done
}

ended() { # JOB...
    local job end_s=$((SECONDS + patience_s))
    for job; do
        while scontrol -o show job "$job" | grep -qE 'JobState=(PENDING|RUNNING|COMPLETING) '; do
            [ "$SECONDS" -lt "$end_s" ] || { fail "expected job $job to end"; scontrol show job "$job"; exit 1; }
            sleep 0.1
        done
        scontrol -o show job "$job" | grep -q 'JobState=COMPLETED .*ExitCode=0:0' || { fail "expected job $job to end well"; tail -n 12 agr-mpi-*.log; }
    done
}
