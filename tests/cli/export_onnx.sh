# An ONNX model, checked by ONNX' own checker (python3-onnx) and run by ONNX Runtime (npm's onnxruntime-node), where they are
# installed.
checker='' runtime=''
/usr/bin/python3 -c 'import onnx' 2>/dev/null && checker=/usr/bin/python3
export NODE_PATH=${NODE_PATH:-$(npm root -g 2>/dev/null)}
node -e 'require("onnxruntime-node")' 2>/dev/null && runtime=node
[ -n "$checker$runtime" ] || { echo 'neither python3-onnx nor onnxruntime-node: skipped'; exit 77; }
. "$source/tests/cli/export/run.sh"
find_python 'numpy, h5py'
second_reader pictures.py set.h5 200 pictures

check() { # model, batch norms in it, branches
    [ -n "$checker" ] || { echo 'no python3-onnx: not checked'; return; }
    local python=$checker
    second_reader onnx_check.py "$@"
}
compare() { # model, facts, limit
    [ -n "$runtime" ] || { echo 'no onnxruntime-node: not run'; return; }
    checks=$((checks + 1)) call="onnx_run.js $1"
    "$runtime" "$source/tests/cli/export/onnx_run.js" "$1" "${seen:-pictures}.raw" "${n:-200}" "${side:-32}" "${side:-32}" result.json || { fail 'expected it to run'; return; }
    second_reader onnx_values.py "$1" result.json "$2" said.jsonl "$3"
}

all=trunk,expected,likeliest,passed,counted,smaller
run export --checkpoint run -o run.safetensors; code 0
run export --checkpoint run -o run.onnx; code 0; no_out; no_err
run export --checkpoint run --fold -o folded.onnx; code 0
say --checkpoint run
check run.onnx 8 "$all"
check folded.onnx 3 "$all"
compare run.onnx run.safetensors 1e-5
compare folded.onnx run.safetensors 1e-5

run export --checkpoint people --branches race-v2-r1 -o member.safetensors; code 0
run export --checkpoint people --branches race-v2-r1 -o member.onnx; code 0
say --checkpoint people --branches race-v2-r1
check member.onnx 1 race-v2-r1
compare member.onnx member.safetensors 1e-5

# The tutorial's own three branches, two steps old, at their own size.
run prepare faces -o large.h5 --threads 1 --validation 0.1; code 0
run train --data large.h5 --run seed --epochs 1 --set data.batch_size=4 --set train.max_steps=2 --threads 1; code 0
seen=large n=4 side=96
second_reader pictures.py large.h5 4 large
run export --checkpoint seed --slot latest -o seed.safetensors; code 0
run export --checkpoint seed --slot latest -o seed.onnx; code 0
run export --checkpoint seed --slot latest --fold -o seed_folded.onnx; code 0
say --checkpoint seed --slot latest
check seed.onnx 14 age,gender,race
check seed_folded.onnx 12 age,gender,race
compare seed.onnx seed.safetensors 1e-5
compare seed_folded.onnx seed.safetensors 1e-5

run export --checkpoint run --fold -o no.h5; code 2; err "--fold: format 'keras' cannot do so"

# Members that have several heads each are told apart by predict's names, or are not exported together.
run train --config "$source/tests/cli/export/every_layer.yaml" --data set.h5 --run twins --epochs 1 --branches trunk --set train.replicas=2 --threads 1
code 0
run export --checkpoint twins -o no.onnx; code 1; err "two heads are called 'number_output'"; err '--branches NAME'
run export --checkpoint twins --branches trunk-r2 -o twin.onnx; code 0
check twin.onnx 6 trunk-r2
