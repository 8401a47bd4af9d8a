# What the scripts about training say beside tests/cli/harness.sh. $digest is tests/support/checkpoint_digest.
#
#     small_set N                  set.h5: N made pictures of 32x32
#     train_on N [options...]      the small configuration on N ranks; one without a launcher
#     go_on N [options...]        train without naming a configuration: with that of the run
#     train_asked_on N [options]   the same with a request to stop that waits from the start: each team does one unit of work
#     start_on N [options...]      the same in the background: $launcher is its process, the output is in the files say and talk
#     lines_with TEXT FILE         prints how many lines of the file hold the text; there need be no file
#     await TEXT FILE [COUNT]      waits until COUNT (1) lines do
#     await_end                    waits for the launcher; $exit_code is its code
#     runs                         the launcher has not ended
#     ranks                        the process numbers of its ranks
#     rank_process N               the process number of rank N
#     stand_still PROCESS          stops this process; returns when it does stand still
#     kill_all RUN                 SIGKILL to the launcher and all its ranks, at once; returns when they have let go of the run
#     same_run A B                 two run folders hold the same to the last bit
#     same_end A B                 the same for the slots latest and best, whatever happened on the way
#     goes_on N RUN [options...]   resumes RUN on N ranks, until each branch has two epochs more than any has now; it then is the
#                                  same_run as one of so many epochs that was never stopped. Both have "${options[@]}", too
#     says FILE TEXT               a file holds this text
#     sound RUN                    its checkpoint is one
#     value RUN BRANCH SLOT NAME   prints a number of a slot;   is WHAT FOUND EXPECTED compares it
#
# Nothing here passes or fails by how fast a machine is. A run that is to be stopped is given more epochs than any machine does
# meanwhile ($endless), is stopped when something has happened, and is compared with a whole run of as many epochs as it then
# goes on to have. Whatever is awaited has all the time it wants ($patience_s guards against waiting for ever).
config=$source/tests/mpi/train/small.yaml
export OMPI_MCA_mpi_yield_when_idle=1
launcher='' endless=1000000 patience_s=${AGR_TEST_PATIENCE_S:-600}

small_set() {
    "$program" synth faces --count "$1" --seed 5 >/dev/null &&
        "$program" prepare faces -o set.h5 --size 32 --threads 1 >/dev/null 2>&1 || fail 'cannot make a dataset'
}
on_ranks() { # N [options...]
    local n=$1
    shift
    [ "$n" = 1 ] || set -- "${MPIEXEC:-mpiexec}" -n "$n" "$program" "$@"
    [ "$n" != 1 ] || set -- "$program" "$@"
    "$@"
}
train_on() {
    local n=$1
    shift
    call="train on $n ranks: $*"
    on_ranks "$n" train --config "$config" --data set.h5 "$@" >"$folder/out" 2>"$folder/err" </dev/null
    exit_code=$?
}
go_on() {
    local n=$1
    shift
    call="train on $n ranks: $*"
    on_ranks "$n" train "$@" >"$folder/out" 2>"$folder/err" </dev/null
    exit_code=$?
}
start_on() {
    local n=$1
    shift
    call="train on $n ranks: $*"
    : >say
    if [ "$n" = 1 ]; then
        "$program" train --config "$config" --data set.h5 "$@" >say 2>talk </dev/null &
    else
        "${MPIEXEC:-mpiexec}" -n "$n" "$program" train --config "$config" --data set.h5 "$@" >say 2>talk </dev/null &
    fi
    launcher=$!
}
train_asked_on() {
    local n=$1 launch=("${MPIEXEC:-mpiexec}" -n "$1")
    shift
    [ "$n" != 1 ] || launch=()
    call="train on $n ranks, asked to stop: $*"
    "${launch[@]}" "${asked[@]}" "$program" train --config "$config" --data set.h5 "$@" >"$folder/out" 2>"$folder/err" </dev/null
    exit_code=$?
}
runs() { # it may be gone at any instant
    local state
    state=$(state_of "$launcher")
    [ -n "$state" ] && [ "$state" != Z ]
}
state_of() {
    sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null
}
lines_with() {
    if [ -e "$2" ]; then grep -cF -- "$1" "$2"; else echo 0; fi
}
await() {
    local end_s=$((SECONDS + patience_s)) n=${3:-1} alive=yes
    while [ "$SECONDS" -lt "$end_s" ]; do
        [ "$(lines_with "$1" "$2")" -lt "$n" ] || return 0
        [ $alive = yes ] || { fail "expected '$1' in $2, $n times, before the end"; show talk; return 1; }
        runs || alive=no # what it wrote last counts, too
        sleep 0.02
    done
    fail "expected '$1' in $2, $n times"
    show talk
    return 1
}
await_end() {
    local end_s=$((SECONDS + patience_s))
    while runs && [ "$SECONDS" -lt "$end_s" ]; do sleep 0.02; done
    if runs; then
        fail "it has not ended"
        kill_all
        exit_code=late
    else
        wait "$launcher"
        exit_code=$?
    fi
    cp say "$folder/out"
    cp talk "$folder/err"
}
ranks() {
    cat /proc/"$launcher"/task/*/children 2>/dev/null
}
rank_process() {
    local process
    while runs; do # the list of children may lack one while another comes or goes
        for process in $(ranks); do
            tr '\0' '\n' <"/proc/$process/environ" | grep -qx "OMPI_COMM_WORLD_RANK=$1" && echo "$process" && return
        done
    done
}
stand_still() {
    kill -STOP "$1" || return
    until [ "$(state_of "$1")" = T ] || ! runs; do :; done
}
kill_all() {
    # shellcheck disable=SC2046
    kill -KILL "$launcher" $(ranks) 2>/dev/null
    wait "$launcher" 2>/dev/null
    [ $# = 0 ] || ! [ -e "$1/lock" ] || flock -w "$patience_s" "$1/lock" true || fail "$1 is still in use"
}
same_run() {
    "$digest" "$1/checkpoint.h5" >"$folder/a" 2>&1 || fail "$1: $(cat "$folder/a")"
    "$digest" "$2/checkpoint.h5" >"$folder/b" 2>&1 || fail "$2: $(cat "$folder/b")"
    same "$folder/a" "$folder/b" "the checkpoints of $1 and $2 differ"
    same "$1/history.csv" "$2/history.csv" "the histories of $1 and $2 differ"
}
same_end() {
    "$digest" "$1/checkpoint.h5" 2>&1 | grep -E ' (latest|best) ' >"$folder/a"
    "$digest" "$2/checkpoint.h5" 2>&1 | grep -E ' (latest|best) ' >"$folder/b"
    same "$folder/a" "$folder/b" "$1 and $2 did not end the same"
    same "$1/history.csv" "$2/history.csv" "the histories of $1 and $2 differ"
}
epochs_of() { # RUN: the most that a branch has complete
    "$digest" "$1/checkpoint.h5" | awk '$2 == "latest" && $4 > most { most = $4 } END { print most + 0 }'
}
goes_on() {
    local n=$1 run=$2 epochs
    shift 2
    epochs=$(($(epochs_of "$run") + 2))
    train_on "$n" --run "$run" --resume "${options[@]}" --epochs "$epochs" "$@"; code 0
    [ -e "whole_$epochs" ] || { train_on 1 --run "whole_$epochs" "${options[@]}" --epochs "$epochs"; code 0; }
    same_run "whole_$epochs" "$run"
}
says() {
    checks=$((checks + 1))
    grep -qF -- "$2" "$1" || { fail "expected '$2' in $1, found"; show "$1"; }
}
sound() { # RUN
    checks=$((checks + 1))
    "$digest" "$1/checkpoint.h5" >"$folder/a" 2>&1 || fail "$1: $(cat "$folder/a")"
}
value() { # RUN BRANCH SLOT NAME: a number of a slot
    "$digest" "$1/checkpoint.h5" | awk -v branch="$2" -v slot="$3" -v name="$4" \
        '$1 == branch && $2 == slot { for (i = 3; i < NF; i++) if ($i == name) print $(i + 1) }'
}
is() { # WHAT FOUND EXPECTED
    checks=$((checks + 1))
    [ "$2" = "$3" ] || fail "$1: expected $3, found $2"
}
