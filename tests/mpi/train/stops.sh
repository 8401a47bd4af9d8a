# Stops on request: exit code 75, the checkpoint in place, and going on ends in the bits of the run that was never stopped.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 150
options=(--epochs 8 --threads 1)
train_on 1 --run whole "${options[@]}"; code 0

start_on 3 --run usr1 "${options[@]}" --placement age:1,gender:1,race:1
await 'epoch 1/8  age' say
kill -USR1 "$launcher"
await_end; code 75; err 'stopped on request; go on with --resume'; sound usr1
train_on 2 --run usr1 --resume "${options[@]}"; code 0; same_run whole usr1

# A request that reaches one rank alone, in a team or idle, is meant for the run.
for rank in 0 2; do
    start_on 3 --run "one$rank" "${options[@]}" --placement age:1,gender:1,race:1
    await 'epoch 1/8  age' say
    kill -USR1 "$(rank_process "$rank")"
    await_end; code 75; sound "one$rank"
    train_on 3 --run "one$rank" --resume "${options[@]}"; code 0; same_run whole "one$rank"
done
start_on 3 --run idle "${options[@]}" --epochs 100000 --placement age:1,gender:1,race:1 \
    --set train.branch_epochs=race:1 --set comm.cores_per_node=1
await 'epoch 2/100000  age' say
kill -USR1 "$(rank_process 2)"
await_end; code 75; sound idle

# A request that comes while the program starts is kept: the run stops at its first step.
call='train with a request that waits'
env --block-signal=USR1 sh -c 'kill -USR1 $$; exec "$@"' sh \
    "$program" train --config "$config" --data set.h5 --run early "${options[@]}" >"$folder/out" 2>"$folder/err"
exit_code=$?; code 75; sound early
train_on 1 --run early --resume "${options[@]}"; code 0; same_run whole early

# Outside a launcher INT and TERM mean the same.
for signal in TERM INT; do
    start_on 1 --run "$signal" "${options[@]}"
    await 'epoch 1/8  age' say
    kill -"$signal" "$launcher"
    await_end; code 75; sound "$signal"
    train_on 3 --run "$signal" --resume "${options[@]}"; code 0; same_run whole "$signal"
done

train_on 2 --run limit "${options[@]}" --max-time 0.3s; code 75; sound limit
train_on 1 --run limit --resume=auto "${options[@]}"; code 0; same_run whole limit
SLURM_JOB_END_TIME=$(date +%s) train_on 1 --run job --threads 1 --epochs 100000; code 75; sound job

# Inside validation: nearly all of this set is for validation. Stop and go on until it has happened.
"$program" prepare faces -o judged.h5 --size 32 --validation 0.95 --threads 1 >/dev/null 2>&1
judged=(--data judged.h5 --epochs 200 --threads 1 --set checkpoint.backup_epochs=0)
train_on 1 --run judge_whole "${judged[@]}"; code 0
n_inside=0
for ((i = 0; i < 12 && n_inside < 2; i++)); do
    start_on 2 --run judge "${judged[@]}" --resume=auto
    await placement: say
    sleep 0.2
    kill -USR1 "$launcher"
    await_end
    [ "$exit_code" = 75 ] || break
    case "$(value judge age latest phase)" in 1) n_inside=$((n_inside + 1)) ;; esac
done
printf '%d stops, %d of them inside validation\n' "$i" "$n_inside"
is 'stops inside validation' "$((n_inside > 0))" 1
train_on 1 --run judge --resume=auto "${judged[@]}"; code 0; same_run judge_whole judge
