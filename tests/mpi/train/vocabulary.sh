# What the scripts about training say beside tests/cli/harness.sh. $digest is tests/support/checkpoint_digest.
#
#     small_set N                  set.h5: N made pictures of 32x32
#     train_on N [options...]      the small configuration on N ranks; one without a launcher
#     start_on N [options...]      the same in the background: $launcher is its process, the output is in the files say and talk
#     await TEXT FILE              waits until the file holds the text, at most 20 s
#     await_end [SECONDS]          waits for the launcher; $exit_code is its code, 'late' after SECONDS (10)
#     ranks                        the process numbers of its ranks
#     kill_all                     SIGKILL to the launcher and all its ranks, at once
#     same_run A B                 two run folders hold the same to the last bit
#     same_end A B                 the same for the slots latest and best, whatever happened on the way
#     says FILE TEXT               a file holds this text
#     sound RUN                    its checkpoint is one
#     value RUN BRANCH SLOT NAME   prints a number of a slot;   is WHAT FOUND EXPECTED compares it
#     rank_process N               the process number of rank N
config=$source/tests/mpi/train/small.yaml
export OMPI_MCA_mpi_yield_when_idle=1
launcher=''

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
await() {
    local i
    for ((i = 0; i < 400; i++)); do
        grep -qF -- "$1" "$2" 2>/dev/null && return
        sleep 0.05
    done
    fail "expected '$1' in $2 within 20 s"
}
await_end() {
    local i
    for ((i = 0; i < ${1:-10} * 20; i++)); do
        [ -e "/proc/$launcher" ] && [ "$(cut -d' ' -f3 "/proc/$launcher/stat" 2>/dev/null)" != Z ] || break
        sleep 0.05
    done
    if [ "$i" = $((${1:-10} * 20)) ]; then
        exit_code=late
        kill_all
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
kill_all() {
    # shellcheck disable=SC2046
    kill -KILL "$launcher" $(ranks) 2>/dev/null
    wait "$launcher" 2>/dev/null
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
rank_process() { # N: the process of this rank
    local process
    for process in $(ranks); do
        tr '\0' '\n' <"/proc/$process/environ" | grep -qx "OMPI_COMM_WORLD_RANK=$1" && echo "$process" && return
    done
}
