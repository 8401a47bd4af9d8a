# Makes what the tests of export read: a run of every layer ('run') with its pictures, and a population ('people').
run synth faces --count 240 --seed 5; code 0
run prepare faces -o set.h5 --size 32 --threads 1 --validation 0.3; code 0
run train --config "$source/tests/cli/export/every_layer.yaml" --data set.h5 --run run --threads 1; code 0
run train --config "$source/tests/mpi/train/small.yaml" --data set.h5 --run people --epochs 1 --branches race \
    --set train.replicas=2 --set 'optimizer.lr=[0.01,0.001]' --threads 1; code 0

# The first Python here that has these packages; without one the test is skipped with a word.
find_python() {
    local candidate
    for candidate in python3 /usr/bin/python3; do
        "$candidate" -c "import $1" 2>/dev/null && python=$candidate && return
    done
    echo "no Python with $1: skipped"
    exit 77
}

# Of the pictures that pictures.py wrote: what predict says of each, to said.jsonl.
say() { # arguments of predict
    run predict --format jsonl --threads 1 "$@" "${seen:-pictures}"; code 0
    cp "$folder/out" said.jsonl
}
second_reader() { # script in this folder, arguments
    call="$*"
    checks=$((checks + 1))
    "$python" "$source/tests/cli/export/$1" "${@:2}" || fail 'expected what the checkpoint holds'
}
