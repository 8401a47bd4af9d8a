# compute.gemm=openblas: im2col and sgemm learn what our own kernels learn, and give one result on any number of ranks and threads.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 60
set -- --set compute.gemm=openblas --epochs 2
train_on 1 --run own --threads 1 --epochs 2; code 0
train_on 1 --run one --threads 1 "$@"; code 0
train_on 2 --run two --threads 2 --placement age+gender+race:2 "$@"; code 0
same_run one two
train_on 3 --run three --threads 1 "$@"; code 0
same_run one three
cmp -s own/history.csv one/history.csv && fail 'sgemm has the bits of our own kernels: is it in use?'

# The first epoch's losses agree to three digits.
losses() { awk -F, 'NR > 1 && $2 == 1 { printf "%s %.2e\n", $1, $4 }' "$1/history.csv"; }
head -2 one/history.csv
losses own >own.losses
losses one >one.losses
same own.losses one.losses 'sgemm and our own kernels learn something else'

# A checkpoint's configuration goes with it: the other commands use sgemm, too; going on without it is said.
run inspect one --json; code 0; out '"kernels":	"'; grep -qE '"kernels":.*\+' "$folder/out" || fail 'expected the core type of OpenBLAS among the kernels'
run evaluate --checkpoint one --data set.h5 --json; code 0
train_on 1 --run one --threads 1 --epochs 3 --resume --set compute.gemm=own; code 0
err 'began with another compute.gemm'
