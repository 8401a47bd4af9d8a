# Stops on request: exit code 75, the checkpoint in place, and going on ends in the bits of the run that was never stopped.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 150
options=(--threads 1 --set checkpoint.backup_epochs=10)

start_on 3 --run usr1 "${options[@]}" --epochs $endless --placement age:1,gender:1,race:1
await "epoch 1/$endless  age" say
kill -USR1 "$launcher"
await_end; code 75; err 'stopped on request; go on with --resume'; sound usr1
goes_on 2 usr1

# A request that reaches one rank alone, in a team or idle, is meant for the run.
for rank in 0 2; do
    start_on 3 --run "one$rank" "${options[@]}" --epochs $endless --placement age:1,gender:1,race:1
    await "epoch 1/$endless  age" say
    kill -USR1 "$(rank_process "$rank")"
    await_end; code 75; sound "one$rank"
    goes_on 3 "one$rank"
done
start_on 3 --run idle "${options[@]}" --epochs $endless --placement age:1,gender:1,race:1 \
    --set train.branch_epochs=race:1 --set comm.cores_per_node=1
await '"event": "team finished"' idle/events.jsonl
kill -USR1 "$(rank_process 2)"
await_end; code 75; sound idle
is 'teams that took the idle rank in' "$(lines_with '"event": "team",' idle/events.jsonl)" 0

# A request that comes while the program starts is kept: the run stops at its first step.
train_asked_on 1 --run early "${options[@]}" --epochs $endless; code 75; sound early
is 'steps of all branches' "$("$digest" early/checkpoint.h5 | awk '$2 == "latest" { n += $10 } END { print n }')" 1
goes_on 1 early

# Outside a launcher INT and TERM mean the same.
for signal in TERM INT; do
    start_on 1 --run "$signal" "${options[@]}" --epochs $endless
    await "epoch 1/$endless  age" say
    kill -"$signal" "$launcher"
    await_end; code 75; sound "$signal"
    goes_on 3 "$signal"
done

train_on 2 --run limit "${options[@]}" --epochs $endless --max-time 0.3s; code 75; sound limit
goes_on 1 limit
SLURM_JOB_END_TIME=$(date +%s) train_on 1 --run job --threads 1 --epochs $endless; code 75; sound job

# Inside validation: nearly all of this set is for validation, so a unit of work after the first is a batch of it.
"$program" prepare faces -o judged.h5 --size 32 --validation 0.95 --threads 1 >/dev/null 2>&1
options=(--data judged.h5 --threads 1)
rm -rf whole_*
for batch in 0 1 2; do
    train_asked_on 2 --run judge "${options[@]}" --epochs $endless --resume=auto --placement age:1,gender+race:1; code 75
    is phase "$(value judge age latest phase)" 1
    is 'validation batches' "$(value judge age latest step)" "$batch"
done
goes_on 1 judge
