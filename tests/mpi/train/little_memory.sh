# Address space that does not suffice: a run says so and ends, wherever it notices; it neither crashes nor hangs.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 60
for gemm in own openblas; do
    for kib in 100000 120000 150000 200000 250000 300000 350000; do
        rm -rf run
        (ulimit -v $kib && train_on 1 --run run --threads 1 --epochs 1 --set compute.gemm=$gemm && exit "$exit_code")
        exit_code=$? call="train with compute.gemm=$gemm in $kib KiB"
        is 'ends, well or with an error' "$([ "$exit_code" = 0 ] || [ "$exit_code" = 1 ] && echo yes)" yes
        [ "$exit_code" = 0 ] || grep -q 'PMIx_Init failed' "$folder/err" || err 'agr-mpi' # Open MPI 5 may not get as far as us
    done
done
