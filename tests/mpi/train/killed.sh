# Killed at moments drawn at random and resumed on other numbers of ranks, a run ends in the bits of the run that was never
# stopped. A moment is an event: so many more lines in events.jsonl, a checkpoint just written, a checkpoint half written. The
# draws come from a seed that is printed; AGR_TEST_SEED repeats them as far as clocks allow.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 150
seed=${AGR_TEST_SEED:-$(date +%s)}
RANDOM=$seed
printf 'seed %s\n' "$seed"
# Two branches end on the way, so ranks change teams.
options=(--threads 1 --set checkpoint.every=0.02s --set checkpoint.backup_epochs=10 --set train.branch_epochs=gender:4,race:8)

half_written() {
    compgen -G "run/.checkpoint.h5.tmp.*" >/dev/null
}
# Rank 0 stands still inside a write.
await_write() {
    local writer=$launcher
    [ "$n" = 1 ] || writer=$(rank_process 0)
    while runs; do
        half_written || continue
        stand_still "$writer"
        half_written && return
        kill -CONT "$writer"
    done
    fail 'expected a write before the end'
}

choices=('1 auto' '2 auto' '3 age:1,gender:1,race:1' '4 gender+race:3,age:1' '5 age:3,gender:1,race:1')
n_kills=${AGR_TEST_KILLS:-20}
mkdir run
: >run/events.jsonl
for ((kill = 1; kill <= n_kills; kill++)); do
    read -r n placement <<<"${choices[RANDOM % ${#choices[@]}]}"
    n_events=$(lines_with '"event"' run/events.jsonl)
    n_written=$(lines_with '"event": "checkpoint"' run/events.jsonl)
    more=$((1 + RANDOM % 40))
    start_on "$n" --run run --resume=auto "${options[@]}" --epochs $endless --placement "$placement"
    case $((kill % 4)) in
    0) await_write; moment='inside a write' ;;
    1) await '"event": "checkpoint"' run/events.jsonl $((n_written + 1)); moment='a checkpoint' ;;
    *) await '"event"' run/events.jsonl $((n_events + more)); moment="$more events" ;;
    esac
    kill_all run
    torn=$(find run -name '*tmp*' | wc -l)
    [ $((kill % 4)) != 0 ] || is 'the kill left a file half written' "$((torn > 0))" 1
    at='nothing yet'
    [ ! -e run/checkpoint.h5 ] || { sound run; at=$(awk '$2 == "latest" { printf "%s %s/%s  ", $1, $4, $10 }' "$folder/a"); }
    printf 'kill %2d: %s ranks, at %-14s  %s files half written; the checkpoint holds (epoch/step) %s\n' \
        "$kill" "$n" "$moment" "$torn" "$at"
done
goes_on 3 run
printf '%d kills, a run of %d epochs, %s changes of teams\n' "$n_kills" "$(epochs_of run)" "$(lines_with '"event": "team",' run/events.jsonl)"
