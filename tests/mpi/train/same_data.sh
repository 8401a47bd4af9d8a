# Every rank opens the dataset for itself: on ranks that find other pictures in its place nobody trains.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 60
for at in 0 1 2; do
    mkdir at_$at
    cp set.h5 at_$at/set.h5
done

# Each rank in a folder of its own, where set.h5 is its own file.
train_apart() { # N [options...]
    local n=$1
    shift
    call="train apart on $n ranks: $*"
    # shellcheck disable=SC2016
    "${MPIEXEC:-mpiexec}" -n "$n" bash -c 'cd "at_$OMPI_COMM_WORLD_RANK" && exec "$@"' apart "$program" train \
        --config "$config" --data set.h5 --epochs 1 --threads 1 "$@" >"$folder/out" 2>"$folder/err" </dev/null
    exit_code=$?
}

train_on 2 --run together --threads 1 --epochs 1; code 0
train_apart 3 --run "$PWD/copies"; code 0
same_run together copies

# One byte of the first picture, on rank 1: labels, names and split are the same.
printf '\377' | dd of=at_1/set.h5 bs=1 seek=5000 conv=notrunc 2>/dev/null
train_apart 1 --run "$PWD/alone"; code 0
train_apart 2 --run "$PWD/apart"; code 1
err "dataset 'set.h5': expected the same content on all ranks, found "; err "$(uname -n) (rank 0), "; err "$(uname -n) (rank 1)"
err 'hint: copy one file to every host'
absent apart/checkpoint.h5
train_apart 3 --run "$PWD/apart"; code 1; err "$(uname -n) (rank 2)"

# evaluate asks the same.
# shellcheck disable=SC2016
"${MPIEXEC:-mpiexec}" -n 2 bash -c 'cd "at_$OMPI_COMM_WORLD_RANK" && exec "$@"' apart "$program" evaluate \
    --checkpoint ../together --data set.h5 >"$folder/out" 2>"$folder/err" </dev/null
exit_code=$?
call='evaluate apart'; code 1; err 'expected the same content on all ranks'
