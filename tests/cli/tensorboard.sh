# train.tensorboard: what a reader of its own finds in the event files, after a start, a resume, and a resume from before what
# had been said. Skipped without python3.
command -v python3 >/dev/null || { echo 'no python3: skipped'; exit 77; }
small=$source/tests/mpi/train/small.yaml

agrees() { # RUN FILES-A-FOLDER
    call="the event files of $1"
    checks=$((checks + 1))
    python3 "$source/tests/cli/tensorboard_events.py" "$1" "$2" 2>"$folder/err" || { fail 'expected the history'; show "$folder/err"; }
}

run synth faces --count 60 --seed 3; code 0
run prepare faces -o set.h5 --size 32 --threads 1; code 0
run train --config "$small" --data set.h5 --run plain --epochs 1 --threads 1; code 0
checks=$((checks + 1))
[ ! -e plain/tensorboard ] || fail 'nobody had asked for event files'

run train --config "$small" --data set.h5 --run r --epochs 2 --threads 1 --set train.tensorboard=true; code 0
agrees r 1
cp r/checkpoint.h5 after-2.h5
run_on 2 train --run r --resume --epochs 4; code 0
agrees r 2
cp after-2.h5 r/checkpoint.h5 # as if a kill had come before epochs 3 and 4 were in the checkpoint
run train --run r --resume --epochs 5 --threads 1; code 0
agrees r 3

# One network with several heads, no validation images.
run prepare faces -o all.h5 --size 96 --threads 1 --validation 0; code 0
run train --set branches.shared=shared --branches shared --data all.h5 --run heads --epochs 1 --set train.tensorboard=true; code 0
agrees heads 1

# What cannot be written is said once, and the run goes on.
mkdir blocked && touch blocked/tensorboard
run train --config "$small" --data set.h5 --run blocked --epochs 2 --threads 1 --set train.tensorboard=true; code 0
checks=$((checks + 1))
[ "$(grep -c 'nothing more is written for TensorBoard: ' "$folder/err")" = 1 ] || { fail 'expected one complaint'; show "$folder/err"; }
