# What varies the training pictures does so in the same way on any number of ranks and after a stop, and is off unless asked for.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 150

train_on 2 --run none --threads 1 --epochs 2; code 0
"$digest" none/checkpoint.h5 | grep ' latest ' >>digests
erase=(--set augment.erase=0.5)
colour=(--set augment.brightness=0.2 --set augment.contrast=0.2 --set augment.saturation=0.5)
mixup=(--set augment.mixup=0.4)
for kind in erase colour mixup; do
    declare -n options=$kind
    train_on 1 --run alone --threads 1 --epochs 2 "${options[@]}"; code 0
    train_on 2 --run two --threads 2 --epochs 2 "${options[@]}"; code 0
    train_on 3 --run team --threads 1 --epochs 2 "${options[@]}" --placement age:2,gender+race:1; code 0
    train_on 2 --run part --threads 1 --epochs 2 "${options[@]}" --set train.max_steps=11; code 0
    go_on 3 --run part --resume --set train.max_steps=0; code 0
    for run in two team part; do same_run alone $run; done
    "$digest" alone/checkpoint.h5 | grep ' latest ' >>digests
    rm -r alone two team part
done
is 'branches that end differently' "$(sort -u digests | wc -l)" 12
