# Every optimiser trains to the same bits on any number of ranks and over a stop, and only goes on with what it left itself.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 150
settings() { # NAME: the options of this optimiser in $options
    case $1 in
    adam) options=() ;;
    adamw) options=(--set optimizer.kind=adamw --set optimizer.weight_decay=0.1) ;;
    sgd) options=(--set optimizer.kind=sgd --set optimizer.weight_decay=0.01 --set optimizer.clip_norm=1) ;;
    momentum) options=(--set optimizer.kind=sgd --set optimizer.momentum=0.9 --set optimizer.clip_norm=1) ;;
    nesterov) options=(--set optimizer.kind=sgd --set optimizer.momentum=0.9 --set optimizer.nesterov=true --set optimizer.clip_norm=1) ;;
    averaged) options=(--set optimizer.ema=0.9 --set network.label_smoothing=0.2 --set schedule.kind=plateau --set schedule.patience=1 --set schedule.factor=0.5) ;;
    esac
}

for name in adam adamw sgd momentum nesterov averaged; do
    settings $name
    train_on 1 --run $name --threads 1 --epochs 2 "${options[@]}"; code 0
    train_on 3 --run ${name}_team --threads 1 --epochs 2 "${options[@]}" --placement age:2,gender+race:1; code 0
    same_run $name ${name}_team
    train_on 2 --run ${name}_part --threads 1 --epochs 2 "${options[@]}" --set train.max_steps=11; code 0
    is 'steps before the stop' "$(value ${name}_part age latest train_steps)" 11
    go_on 3 --run ${name}_part --resume --set train.max_steps=0; code 0
    same_run $name ${name}_part
    "$digest" $name/checkpoint.h5 | grep ' latest ' >>digests
done
is 'runs that end differently' "$(sort -u digests | wc -l)" 18

# Averages of the weights are what was validated, what `best` holds, and what is judged of a slot that has both; the weights go on.
judged_loss() { # SLOT: that evaluate finds on the validation images
    "$program" evaluate --checkpoint averaged --data set.h5 --branches race --slot "$1" --csv | awk -F, '$3 == "loss" { printf "%.6f\n", $5 }'
}
validation_loss() { # LINES of history to look at
    grep ',race,' averaged/history.csv | "$@" | awk -F, '{ printf "%.6f\n", $6 }'
}
is 'loss of the last averages' "$(judged_loss latest)" "$(validation_loss tail -n 1)"
is 'loss of the best averages' "$(judged_loss best)" "$(validation_loss sort -t, -g -k6,6 | head -n 1)"
is 'reductions of the rate' "$(value averaged gender latest reductions)" "$(grep ',gender,' averaged/history.csv | grep -c ',0$')"
is 'a branch got no better' "$(grep ',gender,' averaged/history.csv | grep -c ',0$')" 1

# Who begins to average has nothing to go on with.
go_on 1 --run adam --resume --epochs 3 --set optimizer.ema=0.9; code 1
err 'expected optimizer/m optimizer/v ema of adam, found optimizer/m optimizer/v'; err 'hint: --reset-optimizer'
# Another optimiser finds nothing that it could go on with, and says so before anybody trains.
go_on 3 --run sgd --resume --epochs 3 --set optimizer.kind=adam --set optimizer.weight_decay=0; code 1
err "branch 'age': expected optimizer/m optimizer/v of adam, found nothing"; err 'hint: --reset-optimizer'
go_on 1 --run adam --resume --epochs 3 --set optimizer.kind=sgd --set optimizer.momentum=0.5; code 1
err "expected optimizer/momentum of sgd with momentum, found optimizer/m optimizer/v"
go_on 1 --run adam --resume --epochs 3 --set optimizer.kind=sgd; code 1
err "expected nothing of sgd, found optimizer/m optimizer/v"
same_run adam adam_team

# A new beginning can be had; a branch that has ended keeps what it has, and does not stand in the way later.
cp -r adam change
go_on 2 --run change --resume --reset-optimizer --set train.branch_epochs=age:4,race:4 --set optimizer.kind=sgd \
    --set optimizer.momentum=0.5 --set optimizer.clip_norm=1 --set train.max_steps=20; code 0
is 'updates since the change' "$(value change age latest adam_step)" 4
is 'updates of a branch that had ended' "$(value change gender latest adam_step)" 16
go_on 3 --run change --resume --set train.max_steps=0; code 0
is 'updates since the change' "$(value change age latest adam_step)" 16

# Adam's moments are those of AdamW.
go_on 1 --run adam --resume --epochs 3 --set optimizer.kind=adamw --set optimizer.weight_decay=0.1; code 0
is 'updates' "$(value adam age latest adam_step)" 24
