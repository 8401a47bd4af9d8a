# agr-mpi init: untrained weights that training can start from.
small=$source/tests/mpi/train/small.yaml
run init --config "$small" --size 32 --seed 7 -o a.h5; code 0; no_err
run init --config "$small" --size 32 --seed 7 -o b.h5; code 0
same a.h5 b.h5 'the same seed gives other bytes'
run init --config "$small" --size 32 --seed 8 -o c.h5; code 0
checks=$((checks + 1))
cmp -s a.h5 c.h5 && fail 'another seed gives the same bytes'
run inspect a.h5; code 0; out age; out latest
run inspect a.h5 --json; code 0; out '"kernels":	""'

# Whatever is there stays.
echo 'my thesis' >text; cp text kept; cp a.h5 kept.h5
run init --config "$small" --size 32 --seed 9 -o a.h5; code 1; no_out
err "cannot write 'a.h5': it is there already"; err 'hint: take another name, or remove it'
same a.h5 kept.h5 'init changed a checkpoint'
run init --config "$small" --size 32 -o text; code 1; err "'text': it is there already"
same text kept 'init changed a text'
run init --config "$small" --size 32 -o .; code 1; err "'.': it is there already"
run init -o seed.h5 --branches gender; code 0
run inspect seed.h5; code 0; out gender

# Size, classes and the way of resizing are the dataset's.
run synth faces --count 12; code 0
run prepare faces -o area.h5 --size 32 --resize area; code 0
run init --config "$small" --data area.h5 -o area_weights.h5; code 0
run inspect area_weights.h5; code 0; out 'height=32 width=32 resize=area'

# What training would start from, labels included: where they tell it.
run init --config "$small" --data area.h5 --set init.bias=target_mean -o mean.h5; code 0
run train --config "$small" --data area.h5 --set init.bias=target_mean --set optimizer.lr=0 --epochs 1 --run own; code 0
run train --config "$small" --data area.h5 --set optimizer.lr=0 --epochs 1 --init mean.h5 --run from; code 0
same own/history.csv from/history.csv 'init and train start from other biases'
run train --config "$small" --data area.h5 --set optimizer.lr=0 --epochs 1 --init area_weights.h5 --run zero; code 0
checks=$((checks + 1))
cmp -s own/history.csv zero/history.csv && fail 'init.bias changed nothing'
run init --config "$small" --size 32 --branches age --set init.bias=target_mean -o none.h5; code 0
err "warning: init.bias target_mean: without --data FILE no label tells the mean: branch 'age' starts from 0"
run init --config "$small" --size 32 --branches gender --set init.bias=target_mean -o class.h5; code 0; no_err

run init; code 2; no_out; err 'expected -o FILE'
run init -o d.h5 --config absent.yaml; code 1; no_out; err 'absent.yaml'
run init -o d.h5 --data absent.h5; code 1; no_out; err 'absent.h5'
run init -o nowhere/d.h5 --config "$small" --size 32; code 1; no_out; err 'nowhere'
run init -o d.h5 --size 0; code 2; no_out; err '--size'
checks=$((checks + 1))
[ ! -e d.h5 ] || fail 'a failed init left a file'
run_small 1 "$folder/out" init -o d.h5 --config "$small" --size 32
code 1; err "cannot write checkpoint 'd.h5'"; err 'File too large'
checks=$((checks + 1))
[ -z "$(find . -name '*d.h5*' ! -name seed.h5)" ] || fail "left $(find . -name '*d.h5*')"
