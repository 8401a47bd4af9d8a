# agr-mpi bench: the training step of a branch, measured.
run bench --branch gender --batch 4 --steps 2 --threads 1; code 0; no_err
out 'branch gender, batch 4, 1 rank x 1 thread'; out 'conv2d_5'; out 'sgemm'; out 'in registers fp32 '; out 'of a step: '; out 'assembly '; out 'images/s'
run bench --branch gender --batch 4 --steps 2 --threads 1 --json; code 0; no_err
out '"images_per_s":'; out '"layers":'; out '"branch":	"gender"'; out '"sgemm_gflops":'; out '"bf16_gflops":'; out '"step_ms_by_kind":'
run_on 2 bench --branch gender --batch 8 --steps 2 --threads 1 --json; code 0; out '"ranks":	2'; out '"exchange_share":'; out '"sent_a_step":'; out '"bytes_to_other_nodes":'
SLURM_CPUS_PER_TASK=1 run bench --branch gender --batch 4 --steps 1; code 0; out '1 rank x 1 thread'
run bench --branch gender --batch 4 --steps 1 --threads 1 --precision bf16; code 0; no_err; out '1 thread, bf16, kernels'
run bench --branch gender --precision half; code 2; no_out; err 'half'
run bench --branch height; code 2; no_out; err 'height'
run bench --steps 0; code 2; no_out; err '--steps'
run bench --batch x; code 2; no_out; err "'x'"
run bench --branch gender,age; code 2; no_out; err "--branch: expected one branch, found 'gender,age'"
run bench --branches gender,age; code 2; no_out; err "--branches: expected one branch, found 'gender,age'"
run bench --branches gender --batch 4 --steps 1 --threads 1; code 0; out 'branch gender'
run bench --branch gender --batch 4 --steps 1 --set threads=2; code 0; out '1 rank x 2 threads'
run_small 1 limited.txt bench --branch gender --batch 4 --steps 1
code 1; err 'cannot write to standard output'
