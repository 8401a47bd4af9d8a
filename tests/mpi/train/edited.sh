# Checkpoints edited by hand: what cannot be is refused by name, with what was expected and found, on all ranks.
# $edit is tests/support/checkpoint_edit.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 60
train_on 1 --run sound --threads 1 --epochs 2; code 0
latest=/branches/age/latest

# refused WORDS EDIT...: after this edit, --resume says WORDS and how to go on, and leaves the file as it is.
refused() {
    local words=$1
    shift
    rm -rf edited
    cp -r sound edited
    "$edit" edited/checkpoint.h5 "$@" || fail "cannot make the edit: $*"
    cp edited/checkpoint.h5 before.h5
    for n in 1 2; do
        train_on "$n" --run edited --threads 1 --resume --epochs 3; code 1
        err "checkpoint 'edited/checkpoint.h5': $words"
        err 'hint: edited by hand? put it right, or take the file from before'
        same before.h5 edited/checkpoint.h5 'the refused file changed'
    done
}

refused "attribute 'order' of '/branches': expected each branch once, found 'age' twice" \
    texts /branches order age gender age
refused "attribute 'order' of '/branches': expected the branches of the file, found 'eyes'" \
    texts /branches order age gender eyes
refused "attribute 'order' of '/branches': expected all 3 branches of the file, found 2" \
    texts /branches order age gender
refused "branch 'age': epoch: expected 0 to 2147483647, found 4611686018427387904" \
    set $latest/epoch 4611686018427387904
refused "history of branch 'age': expected a row for each of 3 epochs, found 2" set $latest/epoch 3
refused "branch 'age': train_steps: expected 0 to 9007199254740992, found -1" set $latest/train_steps -1
refused "branch 'age': learning_rate: expected a finite number from 0, found nan" set $latest/learning_rate nan
refused "branch 'age': layer 'conv2d': kernel: expected finite numbers, found nan at 0 of" \
    set $latest/weights/conv2d/kernel nan
refused "branch 'age': layer 'conv2d': optimizer/v kernel: expected finite numbers, found inf at 0 of" \
    set $latest/optimizer/v/conv2d/kernel inf
refused "branch 'age': slot 'latest': expected attribute 'layers', the layers in network order, found none" \
    drop $latest layers
refused "branch 'age': slot 'latest': attribute 'layers': expected each layer once, found 'conv2d' twice" \
    texts $latest layers conv2d conv2d
refused "branch 'age': slot 'latest': 'weights': expected layers that attribute 'layers' lists, found '" \
    texts $latest layers conv2d
refused "branch 'age': slot 'latest': 'weights': 'kernel': expected floating-point numbers, found whole ones" \
    whole $latest/weights/conv2d/kernel
refused "attribute 'datasets': expected '<16 hex digits> <since> <path>', found 'set.h5'" texts / datasets set.h5
refused "attribute 'seed': expected no number below 0, found -1" number / seed -1

# What can be goes on: weights of one's own, with the warning that they carry no checksum.
rm -rf edited
cp -r sound edited
"$edit" edited/checkpoint.h5 set $latest/weights/conv2d/kernel 0.25
train_on 2 --run edited --threads 1 --resume --epochs 3; code 0; err 'no checksum'
