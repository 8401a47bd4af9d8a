# Balance, and what else follows from labels: the same bits on any number of ranks and over a stop inside an epoch.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 150
by=(--set 'balance.by=race*gender')
weights=(--set balance.weights=inverse --set init.bias=target_mean)
both=(--set balance.by=age:0-29,30+ --set balance.weights=effective)

train_on 1 --run none --threads 1 --epochs 2; code 0
for name in by weights both; do
    declare -n settings=$name
    options=(--threads 1 --epochs 2 "${settings[@]}")
    train_on 1 --run "$name" "${options[@]}"; code 0
    train_on 3 --run "${name}_team" "${options[@]}" --placement age:2,gender+race:1; code 0; same_run "$name" "${name}_team"
    train_on 2 --run "${name}_part" "${options[@]}" --set train.max_steps=11; code 0
    is 'batches of the epoch at the stop' "$(value "${name}_part" race latest step)" 3
    train_on 3 --run "${name}_part" "${options[@]}" --resume --set train.max_steps=0; code 0; same_run "$name" "${name}_part"
    "$digest" "$name/checkpoint.h5" | grep ' latest ' >>digests
done
"$digest" none/checkpoint.h5 | grep ' latest ' >>digests
is 'branches that end differently' "$(sort -u digests | wc -l)" 12
says by/log.txt 'balance by race*gender: 10 cells of'
says weights/log.txt 'class weights of race_output: white'
