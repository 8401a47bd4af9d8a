# agr-mpi init --from: a Keras model back into a checkpoint.
. "$source/tests/cli/export/run.sh"

# Out and back: the same bytes of fresh weights, the same answers of trained ones.
run init --config "$source/tests/mpi/train/small.yaml" --size 32 -o fresh.h5; code 0
run export --checkpoint fresh.h5 --slot latest --format keras -o fresh.keras; code 0
run init --from fresh.keras -o back.h5; code 0; no_err
run inspect back.h5 --digest; code 0
cp "$folder/out" back.digest
run inspect fresh.h5 --digest; code 0
same "$folder/out" back.digest 'other weights come back'
same fresh.h5 back.h5 'another file comes back'

answers() { # file, checkpoint, arguments
    run predict --format jsonl --threads 1 --checkpoint "${@:2}" faces; code 0
    cp "$folder/out" "$1"
}
kept=trunk,expected,likeliest
run export --checkpoint run --branches "$kept" -o run.h5; code 0
run init --from run.h5 -o run_back.h5; code 0; no_err
answers run.jsonl run --branches "$kept"
answers run_back.jsonl run_back.h5 --slot latest
same run.jsonl run_back.jsonl 'other answers come back'
run export --checkpoint people --branches race-v2-r1 -o member.h5; code 0
run init --from member.h5 -o member_back.h5; code 0
answers member.jsonl people --branches race-v2-r1
answers member_back.jsonl member_back.h5 --slot latest
same member.jsonl member_back.jsonl 'another member comes back'

# Training goes on from it.
run train --config "$source/tests/cli/export/every_layer.yaml" --branches "$kept" --data set.h5 --init run_back.h5 --run on --threads 1
code 0

# The network of the file must be the one that was asked for.
small=$source/tests/mpi/train
run init --from fresh.keras --config "$source/tests/cli/export/every_layer.yaml" --branches trunk -o no.h5; code 1
err "no output 'number_output'"; err 'hint: outputs of the file: age.age_output, gender.gender_output, race.race_output'
run init --from fresh.keras --branches race --set "branches.race=$small/nets/age.yaml" -o no.h5; code 1; err "no output 'age_output'"
sed 's/filters: 8/filters: 9/' "$small/nets/race.yaml" >wider.yaml
run init --from fresh.keras --branches race --set branches.race=wider.yaml -o no.h5; code 1
err "branch 'race': layer 'race.dense', read as 'dense': 'race.dense/kernel:0': expected 900x5, found 800x5"
sed 's/, activation: relu//' "$small/nets/race.yaml" >linear.yaml
run init --from fresh.keras --branches race --set branches.race=linear.yaml -o no.h5; code 1
err "layer 'race.conv2d', read as 'conv2d': activation: expected \"linear\", found \"relu\""
sed '/dropout/d' "$small/nets/race.yaml" >plain.yaml
run init --from fresh.keras --branches race --set branches.race=plain.yaml -o no.h5; code 1; err 'expected a MaxPooling2D, found a Dropout'
run init --from fresh.h5 -o no.h5; code 1; err "Keras model 'fresh.h5': no attribute 'model_config'"
run init --from absent.h5 -o no.h5; code 1; err "no Keras model at 'absent.h5'"
run init --from fresh.keras --size 32 -o no.h5; code 2; err '--size: the Keras model of --from tells it'
head -c 5000 fresh.keras >cut.h5
run init --from cut.h5 -o no.h5; code 1; err "Keras model 'cut.h5'"
checks=$((checks + 1))
[ ! -e no.h5 ] || fail 'a refused model left a file'
