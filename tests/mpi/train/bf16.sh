# compute.precision=bf16: one result on any number of ranks and threads and with the kernels of every instruction set, killed and
# resumed or not; it learns what fp32 learns.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 60
set -- --set compute.precision=bf16 --epochs 2
train_on 1 --run fp32 --threads 1 --epochs 2; code 0
train_on 1 --run one --threads 1 "$@"; code 0
train_on 2 --run two --threads 2 --placement age+gender+race:2 "$@"; code 0
same_run one two
train_on 3 --run three --threads 1 "$@"; code 0
same_run one three
AGR_ISA=generic train_on 1 --run plain --threads 2 "$@"; code 0
same_run one plain
cmp -s fp32/history.csv one/history.csv && fail 'bf16 has the bits of fp32: is it in use?'

# The first epoch's losses agree to two digits.
losses() { awk -F, 'NR > 1 && $2 == 1 { printf "%s %.1e\n", $1, $4 }' "$1/history.csv"; }
losses fp32 >fp32.losses
losses one >one.losses
cat fp32.losses one.losses
same fp32.losses one.losses 'bf16 and fp32 learn something else'

# Stopped after an epoch and resumed: the same bits. A change of precision is said.
train_on 1 --run parts --threads 2 --set compute.precision=bf16 --epochs 1; code 0
train_on 2 --run parts --threads 1 "$@" --resume; code 0
same_run one parts
train_on 1 --run one --threads 1 --epochs 3 --resume --set compute.precision=fp32; code 0
err 'began with another compute.precision'
run config --set compute.precision=bf16 --set compute.gemm=openblas; code 2
err 'compute.precision: expected fp32 with compute.gemm openblas, found bf16'
