# Runs with teams drawn at random, whose ranks are made to stand still at moments drawn at random: whoever is late, nobody waits
# for ever, and the bits are the same. In every run a team takes ranks in that another has left, and the leader of a team stands
# still for so long that it is missed. The draws come from a seed that is printed; AGR_TEST_SEED repeats them, AGR_TEST_RUNS says
# how many runs.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 60
seed=${AGR_TEST_SEED:-$(date +%s)}
RANDOM=$seed
printf 'seed %s\n' "$seed"

# Sets placement, n, and the rank that leads age's team. At least two teams; age's has two ranks or more, so that it pays the
# price of an exchange anyway; and the network is said to be fast: a rank more makes it faster.
draw_placement() {
    local order i j swap team size
    placement=''
    until [[ $placement == *,* ]]; do
        order=(age gender race) placement='' n=0 team=''
        for i in 2 1; do j=$((RANDOM % (i + 1))) swap=${order[i]}; order[i]=${order[j]}; order[j]=$swap; done
        for i in 0 1 2; do
            team=$team${team:++}${order[i]}
            [ "$i" = 2 ] || [ $((RANDOM % 3)) != 0 ] || continue
            size=$((1 + RANDOM % 3))
            [[ $team != *age* ]] || { size=$((2 + RANDOM % 2)); leader=$n; }
            placement=$placement${placement:+,}$team:$size n=$((n + size)) team=''
        done
    done
    n=$((n + RANDOM % 2)) # a rank that nobody named
}
epochs() { # [TEXT]: epochs reported so far, of a branch perhaps
    lines_with "\"event\": \"epoch\"${1:+, \"branch\": \"$1\"}" run/events.jsonl
}
missed() { # [RANK]: how often a rank was missed
    lines_with "${1:+rank $1 ($(uname -n)) }is stalled: it has not answered" talk
}
# The rank that leads age's team stands still until it is missed. Who was missed before is missed again only after he was heard,
# so let him go on meanwhile.
stop_leader() {
    local process n_missed i end_s=$((SECONDS + patience_s))
    process=$(rank_process "$leader") n_missed=$(missed "$leader")
    while [ "$(missed "$leader")" = "$n_missed" ]; do
        [ "$SECONDS" -lt "$end_s" ] || { fail "rank $leader stood still and was not missed"; return; }
        await '"branch": "age"' run/events.jsonl $(($(epochs age) + 2)) || return
        kill -STOP "$process"
        for ((i = 0; i < 50 && $(missed "$leader") == n_missed; i++)); do sleep 0.05; done
        kill -CONT "$process"
    done
}

for ((run = 1; run <= ${AGR_TEST_RUNS:-4}; run++)); do
    draw_placement
    options=(--threads 1 --set checkpoint.backup_epochs=10 --set "train.branch_epochs=gender:$((1 + RANDOM % 4)),race:$((1 + RANDOM % 4))")
    rm -rf run whole_*
    start_on "$n" --run run "${options[@]}" --epochs $endless --placement "$placement" --set checkpoint.every=0.02s \
        --set comm.stall_after=0.2s --set comm.network=1000Gb,0
    await placement: say
    for ((i = 0; i < 6; i++)); do
        late=$(rank_process $((RANDOM % n)))
        kill -STOP "$late"
        sleep "0.$((RANDOM % 4))"
        kill -CONT "$late"
    done
    await '"event": "team",' run/events.jsonl
    stop_leader
    kill -USR1 "$launcher"
    await_end; code 75; sound run
    printf 'run %2d: %s ranks, %s: %s changes of teams, %s times a rank was missed\n' "$run" "$n" "$placement" \
        "$(lines_with '"event": "team",' run/events.jsonl)" "$(missed)"
    goes_on 2 run
done
