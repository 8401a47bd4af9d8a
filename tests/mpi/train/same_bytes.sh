# Equal content is an equal file: whatever wrote it, how often it was written on the way, and how often the run stood still.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 80
same_file() { # RUN
    checks=$((checks + 1))
    cmp "one/checkpoint.h5" "$1/checkpoint.h5" >"$folder/a" 2>&1 || fail "equal content, other bytes: $(cat "$folder/a")"
}

train_on 1 --run one --threads 1; code 0
train_on 1 --run again --threads 1; code 0
same_file again
train_on 3 --run three --threads 1; code 0
same_file three

# Each snapshot is written at once at first, then only the last ones.
train_on 2 --run stopped --threads 1 --epochs 2 --set checkpoint.every=1ms; code 0
train_on 3 --run stopped --threads 1 --resume --epochs 4; code 0
same_file stopped
