# Killed at random moments and resumed on other numbers of ranks, a run ends in the bits of the run that was never stopped.
# The moments come from a seed that is printed; AGR_TEST_SEED repeats them as far as clocks allow.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 150
seed=${AGR_TEST_SEED:-$(date +%s)}
RANDOM=$seed
printf 'seed %s\n' "$seed"
options=(--threads 1 --epochs 12 --set checkpoint.every=0.05s --set train.early_stop_patience=6)
train_on 1 --run whole "${options[@]}"; code 0

choices=('1 auto' '2 auto' '3 age:1,gender:1,race:1' '4 gender+race:3,age:1' '5 age:3,gender:1,race:1')
n_kills=0 n_ends=0 n_inside_write=0 run=0
while [ "$n_kills" -lt "${AGR_TEST_KILLS:-20}" ]; do
    read -r n placement <<<"${choices[RANDOM % ${#choices[@]}]}"
    moment=$((RANDOM % 900))
    start_on "$n" --run "run_$run" --resume=auto "${options[@]}" --placement "$placement"
    await placement: say
    sleep "$(printf '0.%03d' "$moment")"
    if ! [ -e "/proc/$launcher/exe" ]; then # it was faster than its murderer
        await_end; code 0
        same_run whole "run_$run"
        n_ends=$((n_ends + 1)) run=$((run + 1))
        continue
    fi
    kill_all
    n_kills=$((n_kills + 1))
    for i in 1 2 3 4 5 6 7 8 9 10; do flock -n "run_$run/lock" true && break; sleep 0.3; done # ranks need a moment to die
    torn=$(find "run_$run" -name '*tmp*' | wc -l)
    [ "$torn" = 0 ] || n_inside_write=$((n_inside_write + 1))
    at="nothing yet"
    if [ -e "run_$run/checkpoint.h5" ]; then
        "$digest" "run_$run/checkpoint.h5" >"$folder/a" 2>&1 || fail "a torn checkpoint: $(cat "$folder/a")"
        checks=$((checks + 1))
        at=$(awk '$2 == "latest" { printf "%s %s/%s  ", $1, $4, $10 }' "$folder/a")
    fi
    printf 'kill %2d: %s ranks, %s ms after the start, %s files half written; the checkpoint holds (epoch/step) %s\n' \
        "$n_kills" "$n" "$moment" "$torn" "$at"
done
train_on 3 --run "run_$run" --resume=auto "${options[@]}"; code 0
same_run whole "run_$run"
printf '%d kills, %d of them inside a write; %d runs came to their end, all with the bits of the whole one\n' \
    "$n_kills" "$n_inside_write" "$((n_ends + 1))"
