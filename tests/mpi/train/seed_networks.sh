# The networks of the built-in recipe in their real size: the same bits on one rank and on three.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
run synth faces --count 16 --seed 5; code 0
run prepare faces -o set.h5 --threads 1; code 0
config=seed
train_on 1 --run one --threads 1 --epochs 1 --set data.batch_size=6; code 0
train_on 3 --run three --threads 1 --epochs 1 --set data.batch_size=6 --placement age:2,gender+race:1
code 0
same_run one three
"$digest" three/checkpoint.h5
