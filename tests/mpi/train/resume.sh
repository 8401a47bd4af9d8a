# Going on with a run, and what may be changed in doing so.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 150
train_on 1 --run whole --threads 1; code 0
config_of_whole=$config

# The slots: backups as asked for, best where the smallest validation loss is.
for branch in age gender race; do
    is "$branch: epoch of the backup" "$(value whole $branch epoch_0002 epoch)" 2
    is "$branch: epoch of best" "$(value whole $branch best epoch)" \
        "$(awk -F, -v b=$branch '$2 == b && (least == "" || $6 < least) { least = $6; epoch = $1 } END { print epoch }' whole/history.csv)"
done

train_on 1 --run part --threads 1 --epochs 2; code 0
cp -r part fork
train_on 1 --run part; code 1; err "run folder 'part' already holds a checkpoint"; err '--resume goes on with it'
train_on 1 --run nothing --resume; code 1; err 'holds no checkpoint to resume'; err '--resume=auto'
train_on 1 --run nothing --resume=maybe; code 2; err "expected nothing or 'auto', found 'maybe'"
train_on 1 --run part --resume --epochs +x; code 2; err "expected N or +N, found '+x'"

# A history that runs ahead of the checkpoint is cut back to it; nothing is trained when all is done.
cp whole/history.csv fork/history.csv
train_on 2 --run fork --resume --epochs 2 --threads 1; code 0
same part/history.csv fork/history.csv 'the history was not cut back'
"$digest" part/checkpoint.h5 >a; "$digest" fork/checkpoint.h5 >b; same a b 'a finished run changed'

# More epochs; the configuration comes from the checkpoint.
config=''
resume() { # N options...
    local n=$1
    shift
    call="train on $n ranks: $*"
    on_ranks "$n" train "$@" >"$folder/out" 2>"$folder/err" </dev/null
    exit_code=$?
}
resume 2 --run fork --resume --epochs +2; code 0; same_end whole fork

# Adam's count goes on when the schedule starts again.
for run in rate reset damaged both; do cp -r part $run; done
resume 1 --run rate --resume --epochs +1 --lr 0.001; code 0
is adam_step "$(value rate age latest adam_step)" 24
is schedule_step "$(value rate age latest schedule_step)" 8
resume 1 --run reset --resume --epochs +1 --reset-optimizer; code 0
is adam_step "$(value reset age latest adam_step)" 8
is train_steps "$(value reset age latest train_steps)" 24

# Inside an epoch: only with the batches it began with.
config=$config_of_whole
train_on 3 --run middle --threads 1 --set train.max_steps=3; code 0
is 'batches of the epoch' "$(value middle age latest step)" 3
resume 1 --run middle --resume --set train.max_steps=0 --set data.batch_size=8; code 1
err 'stands inside an epoch of batches of 16: expected data.batch_size 16, found 8'
resume 2 --run middle --resume --set train.max_steps=0; code 0; same_run whole middle

# A damaged file: the one before is taken, with a word.
resume 1 --run damaged --resume --epochs 4 --set train.max_steps=20; code 0
printf 'damaged' | dd of=damaged/checkpoint.h5 bs=1 seek=200000 conv=notrunc 2>/dev/null
resume 2 --run damaged --resume --epochs 4 --set train.max_steps=0; code 0; err '.prev'
same_end whole damaged
printf 'x' >both/checkpoint.h5; rm -f both/checkpoint.h5.prev
resume 2 --run both --resume; code 1; err "checkpoint 'both/checkpoint.h5'"

# The patience of an early stop goes on, too: stopped inside epochs, one of them after the best.
patient=(--threads 1 --branches gender --epochs 12 --set train.early_stop_patience=3)
train_on 1 --run patient_whole "${patient[@]}"; code 0; out 'stopped early'
for steps in 19 38; do train_on 2 --run patient "${patient[@]}" --resume=auto --set train.max_steps=$steps; code 0; done
is 'epochs since the best' "$(($(value patient gender latest epoch) - $(value patient gender best epoch)))" 1
train_on 3 --run patient "${patient[@]}" --resume; code 0; out 'stopped early'; same_run patient_whole patient

# Weights from elsewhere.
config=$config_of_whole
for seed in 42 7; do
    run init --config "$config" --data set.h5 --seed $seed -o "weights_$seed.h5"; code 0
    train_on 3 --run "from_$seed" --threads 1 --init "weights_$seed.h5"; code 0
done
same_run whole from_42
"$digest" from_7/checkpoint.h5 >a; "$digest" whole/checkpoint.h5 >b
checks=$((checks + 1))
cmp -s a b && fail 'other weights at the start changed nothing'
train_on 2 --run from_none --init absent.h5; code 1; err "absent.h5'"

# One process at a time.
start_on 1 --run busy --threads 1 --epochs $endless --set checkpoint.backup_epochs=0
await 'epoch 1/' say
train_on 1 --run busy --resume=auto; code 1; err "run folder 'busy' is in use by another process"
kill -TERM "$launcher"
await_end; code 75
