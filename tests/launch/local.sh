#!/bin/bash
# launch/local: exit codes pass, the first signal becomes USR1, an echo of it counts for nothing, a later one ends.
# shellcheck source=tests/launch/support.sh
. "$(dirname "$0")/support.sh"
fake_mpirun

FAKE_STATUS=7 "$repository/launch/local" -np 3 agr-mpi train
expect "exit code" 7 $?
expect_words "arguments" "arguments --bind-to none -np 3 agr-mpi train" "$(cat "$folder/seen")"
own_group=$(sed -n 's/^group \([0-9]*\) of \1$/yes/p' "$folder/seen")
expect "mpirun leads its own process group" yes "$own_group"

# What launch/local takes for the time stands still until USR2 comes; it is then 1.2 s later.
later() {
    touch "$folder/later"
    kill -USR2 "$1"
    until [[ ! -e $folder/later ]]; do sleep 0.01; done
}
# shellcheck disable=SC2016 # for the shell that reads it
slow_clock='unset EPOCHREALTIME; EPOCHREALTIME=1000.000000; trap "EPOCHREALTIME=1001.200000; rm $1/later" USR2; shift; . "$0"'
start_local() {
    bash -c "$slow_clock" "$repository/launch/local" "$folder" -np 3 agr-mpi train 2>"$folder/talk" &
    pid=$!
    wait_seen ready
}

# A background process of a script without job control ignores INT, so these tests stop with TERM first.
rm "$folder/seen"
start_local
kill -TERM $pid
kill -TERM $pid
wait $pid
expect "code after a stop" 75 $?
expect "signals of a stop" usr1 "$(grep -E '^(usr1|int|term)$' "$folder/seen" | tr '\n' ' ' | sed 's/ $//')"
expect_words "talk" "stopping after a checkpoint" "$(cat "$folder/talk")"

rm "$folder/seen"
FAKE_DEAF=yes start_local
kill -TERM $pid
wait_seen usr1
kill -TERM $pid
later $pid
kill -TERM $pid
wait $pid
expect "code after the second stop" 143 $?
expect "signals of two stops" "usr1 term" \
    "$(grep -E '^(usr1|int|term)$' "$folder/seen" | tr '\n' ' ' | sed 's/ $//')"

expect "usage" 2 "$("$repository/launch/local" >/dev/null 2>&1; echo $?)"
finish
