#!/bin/bash
# harness.sh SCRIPT PROGRAM SOURCE: runs SCRIPT's calls of the program in a fresh folder and compares exit code, stdout and
# stderr. In a script:
#
#     run config --set optimizer.lr=x      calls the program; keeps its exit code, stdout and stderr
#     run_to FILE config                   the same with stdout going elsewhere
#     run_small KIB FILE config            likewise, when no file may grow beyond so many KiB
#     run_on 3 prepare faces               the same on three ranks
#     run_asked prepare faces              the same with a request to stop (USR1) that waits from the start
#     code 2                               the exit code was this
#     out 'lr: 0.005'   no_out             stdout contained this text / was empty
#     err 'expected'    no_err             stderr likewise
#     err_lines 2                          stderr had this many lines
#     same FILE1 FILE2 WHAT                two files are equal
#
# $program is the program, $source the source folder, $folder/out and $folder/err what the last call wrote; files may be made
# in the current folder. Every failure is reported; one is enough to fail.
set -u
script=$1 program=$(realpath "$2") source=$(realpath "$3")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/work" "$folder/tmp" && cd "$folder/work" || exit 1
# Jobs of other tests that end may take away the folder under /tmp in which Open MPI keeps those that begin.
export TMPDIR=$folder/tmp
export program source folder
failures=0 checks=0 call=''

fail() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n  %s\n' "$call" "$1"
}
show() {
    sed 's/^/  | /' "$1" | head -20
}
run() {
    run_to "$folder/out" "$@"
}
run_to() {
    local file=$1
    shift
    call="agr-mpi $*"
    "$program" "$@" >"$file" 2>"$folder/err" </dev/null
    exit_code=$?
}
run_small() {
    local kib=$1 file=$2
    shift 2
    call="agr-mpi $* (files of at most $kib KiB)"
    (ulimit -f "$kib"; exec "$program" "$@" >"$file" 2>"$folder/err" </dev/null)
    exit_code=$?
}
code() {
    checks=$((checks + 1))
    [ "$exit_code" = "$1" ] || { fail "expected exit code $1, found $exit_code"; show "$folder/err"; }
}
run_on() {
    local n=$1
    shift
    call="mpirun -np $n agr-mpi $*"
    "${MPIEXEC:-mpiexec}" -n "$n" "$program" "$@" >"$folder/out" 2>"$folder/err" </dev/null
    exit_code=$?
}
# The signal is pending when the program starts, and comes when it is ready for it.
asked=(env --block-signal=USR1 sh -c 'kill -USR1 $$; exec "$@"' sh)
run_asked() {
    call="agr-mpi $* (asked to stop)"
    "${asked[@]}" "$program" "$@" >"$folder/out" 2>"$folder/err" </dev/null
    exit_code=$?
}
contains() {
    checks=$((checks + 1))
    grep -qF -- "$2" "$folder/$1" || { fail "expected '$2' on std$1, found"; show "$folder/$1"; }
}
is_empty() {
    checks=$((checks + 1))
    [ ! -s "$folder/$1" ] || { fail "expected nothing on std$1, found"; show "$folder/$1"; }
}
out() { contains out "$1"; }
err() { contains err "$1"; }
no_out() { is_empty out; }
no_err() { is_empty err; }
err_lines() {
    checks=$((checks + 1))
    local n
    n=$(wc -l <"$folder/err")
    [ "$n" = "$1" ] || { fail "expected $1 lines on stderr, found $n"; show "$folder/err"; }
}
same() {
    checks=$((checks + 1))
    cmp -s "$1" "$2" || { fail "$3"; diff "$1" "$2" | head -10; }
}

# shellcheck source=/dev/null
. "$script"
printf '%d checks, %d failed\n' "$checks" "$failures"
[ "$failures" = 0 ] && [ "$checks" -gt 0 ]
