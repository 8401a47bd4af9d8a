# The HDF5 file of a Keras model, read the way TensorFlow 2.2 reads it by a reader in numpy and h5py.
. "$source/tests/cli/export/run.sh"
find_python 'numpy, h5py'
second_reader pictures.py set.h5 200 pictures

# By TensorFlow.js as well, where npm's @tensorflow/tfjs and h5wasm are installed.
export NODE_PATH=${NODE_PATH:-$(npm root -g 2>/dev/null)}
runtime=''
node -e 'require("@tensorflow/tfjs")' 2>/dev/null && [ -d "$NODE_PATH/h5wasm" ] && runtime=node
compare() { # model, plain or prefixed
    [ -n "$runtime" ] || { echo 'no @tensorflow/tfjs or h5wasm: not run there'; return; }
    checks=$((checks + 1)) call="keras_run.js $1"
    "$runtime" "$source/tests/cli/export/keras_run.js" "$1" pictures.raw 200 32 32 result.json >/dev/null || { fail 'expected it to run'; return; }
    second_reader keras_values.py "$1" result.json said.jsonl "$2"
}

kept='trunk,expected,likeliest' # Keras has no layer that resizes, of TensorFlow 2.2's time, and none that only adds a bias
run export --checkpoint run --branches smaller -o all.h5; code 1; no_out
err "branch 'smaller': layer 'resize': format 'keras' has no class for a resize"
run export --checkpoint run --branches passed -o all.h5; code 1; no_out
err "branch 'passed': layer 'thresholds': format 'keras' has no class for a thresholds"
checks=$((checks + 1))
[ ! -e all.h5 ] || fail 'a refused export left a file'
run export --checkpoint run --branches "$kept" -o run.h5; code 0
say --checkpoint run --branches "$kept"
second_reader keras.py run.h5 run/checkpoint.h5 best "$kept" prefixed pictures.raw said.jsonl unspoken
compare run.h5 prefixed
run export --checkpoint people --branches race-v2-r1 -o member.h5; code 0
say --checkpoint people --branches race-v2-r1
second_reader keras.py member.h5 people/checkpoint.h5 best race-v2-r1 plain pictures.raw said.jsonl
compare member.h5 plain

# What Adam remembers comes along from 'latest', where all branches have gone as many steps.
run export --checkpoint run --branches trunk --slot latest -o trunk.h5; code 0; no_err
second_reader keras.py trunk.h5 run/checkpoint.h5 latest trunk plain moments
run train --config "$source/tests/mpi/train/small.yaml" --data set.h5 --run three --epochs 1 --threads 1; code 0
run export --checkpoint three --slot latest -o three.h5; code 0
second_reader keras.py three.h5 three/checkpoint.h5 latest age,gender,race prefixed moments
run export --checkpoint people --slot latest --format keras -o two_rates.h5; code 0
second_reader keras.py two_rates.h5 people/checkpoint.h5 latest race-v1-r1,race-v1-r2,race-v2-r1,race-v2-r2 prefixed unspoken

run init -o seed.h5; code 0
run export --checkpoint seed.h5 --slot latest --format keras -o seed_model.h5; code 0
second_reader keras.py seed_model.h5 seed.h5 latest age,gender,race plain

# What another program saved comes in by its graph, whatever its layers are called.
run init --config "$source/tests/mpi/train/small.yaml" --size 32 -o fresh.h5; code 0
run export --checkpoint fresh.h5 --slot latest --format keras -o fresh.keras; code 0
second_reader rename.py fresh.keras foreign.h5
run init --from foreign.h5 --config "$source/tests/mpi/train/small.yaml" -o foreign_back.h5; code 0; no_err
same fresh.h5 foreign_back.h5 'other weights come in'
second_reader rename.py fresh.keras broken.h5 nan
run init --from broken.h5 --config "$source/tests/mpi/train/small.yaml" -o no.h5; code 1; err 'expected finite numbers, found nan'
run init --from foreign.h5 -o no.h5; code 1; err "branch 'age': layer '"
