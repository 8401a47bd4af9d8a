# Runs with teams drawn at random, whose ranks are made to stand still for moments drawn at random: whoever is late, nobody waits
# for ever, and the bits are the same. The draws come from a seed that is printed; AGR_TEST_SEED repeats them, AGR_TEST_RUNS says
# how many runs.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 60
seed=${AGR_TEST_SEED:-$(date +%s)}
RANDOM=$seed
printf 'seed %s\n' "$seed"
train_on 1 --run whole --threads 1; code 0

draw_placement() { # sets placement and n
    local order=(age gender race) i j team=''
    for i in 2 1; do j=$((RANDOM % (i + 1))); local swap=${order[i]}; order[i]=${order[j]}; order[j]=$swap; done
    placement='' n=0
    for i in 0 1 2; do
        team=$team${team:++}${order[i]}
        [ "$i" = 2 ] || [ $((RANDOM % 3)) != 0 ] || continue
        local size=$((1 + RANDOM % 3))
        placement=$placement${placement:+,}$team:$size n=$((n + size)) team=''
    done
    n=$((n + RANDOM % 2)) # a rank that nobody named
}

for ((run = 1; run <= ${AGR_TEST_RUNS:-4}; run++)); do
    draw_placement
    rm -rf run
    start_on "$n" --run run --threads 1 --placement "$placement" --set checkpoint.every=0.02s
    await placement: say
    processes=($(ranks))
    [ "$n" != 1 ] || processes=("$launcher")
    for ((i = 0; i < 6; i++)); do
        late=${processes[RANDOM % ${#processes[@]}]}
        kill -STOP "$late" 2>/dev/null
        sleep "0.0$((RANDOM % 10))"
        kill -CONT "$late" 2>/dev/null
        sleep "0.0$((RANDOM % 10))"
    done
    await_end 60; code 0
    same_run whole run
    printf 'run %2d: %s ranks, %s: %s team changes\n' "$run" "$n" "$placement" "$(grep -c '"team",' run/events.jsonl)"
done
