# agr-mpi doctor: what is well, what is not, and that nothing keeps it.
run synth faces --count 20; code 0
run prepare faces -o set.h5 --size 32 --threads 1; code 0
# No machine is too slow for this one.
patient=(doctor --deadline 600s --data set.h5)
published=$(sed -n 's/^bits *\([0-9a-f]\{16\}\)$/\1/p' "$source/docs/reproducibility.md")
run "${patient[@]}"; code 0; no_err
out 'launcher'; out ', 1 rank on 1 host'; out 'the peak: '; out 'our kernels'; out 'GFLOP/s'; out 'HDF5 '; out 'MiB for 3 branches'; out '20 images of 32x32'; out ' 0 problems'
out "digest ${published:?}, the published one"
# The kernels do not matter, but the best are faster.
if grep -q '^flags.* avx2 ' /proc/cpuinfo; then
    AGR_ISA=avx2 run "${patient[@]}"; code 0; out "digest $published, the published one"
fi
ls -A >left
call='files left behind'
checks=$((checks + 1))
[[ $(ls -A | tr '\n' ' ') == 'faces left set.h5 ' ]] || { fail 'expected none'; show left; }

# What is wrong is named, with its remedy, and makes the exit code.
run "${patient[@]}" --run nowhere --data nowhere.h5; code 1; err 'found 2 problems'
out "problem  run folder    no folder 'nowhere'"; out 'mkdir -p'; out "problem  dataset       no file 'nowhere.h5'"
AGR_ISA=nonsense run "${patient[@]}" --run /proc; code 1; out 'problem  run folder'; out "cannot write '/proc/"
out 'problem  kernels'; out 'unset AGR_ISA'
head -c 3000 set.h5 >cut.h5
OMP_NUM_THREADS=7 AGR_ISA=nonsense run "${patient[@]}" --data cut.h5 --threads 500; code 1; out 'problem  dataset'
out 'warning  settings      OMP_NUM_THREADS=7 is not read'; out '--threads 7'; out 'warning  settings      1 rank x 500 threads on a host'
AGR_ISA=nonsense run "${patient[@]}" --set data.batch_size=0; code 1; out 'problem  settings'; out 'data.batch_size'
mkfifo pipe
run doctor --deadline 4s --data set.h5 -c pipe; code 1; out 'problem  settings      no answer within'
run doctor --deadline; code 2; no_out; err '--deadline'

# A job of Slurm: how long it may run, by a squeue of our own; one that hangs is named and keeps nobody.
mkdir bin
say_squeue() {
    printf '#!/bin/sh\n%s\n' "$1" >bin/squeue
    chmod +x bin/squeue
}
job=(env "PATH=$PWD/bin:$PATH" SLURM_JOB_ID=17 SLURM_CPUS_PER_TASK=2 "$program")
run_job() {
    call="agr-mpi $* (in a job)"
    "${job[@]}" "$@" >"$folder/out" 2>"$folder/err" </dev/null
    exit_code=$?
}
say_squeue 'echo 1-02:30:00'
run_job "${patient[@]}" --threads 3; code 0; out 'job 17 on 1 node, 2 cores a task'; out '26 h 30 min left'
out '3 threads a rank on SLURM_CPUS_PER_TASK=2 cores'
say_squeue 'exit 1'
run_job "${patient[@]}"; code 0; out 'nothing says when this job ends'; out 'squeue -h -j'
say_squeue "echo \$\$ >$PWD/asked; exec sleep 1000"
run_job doctor --deadline 4s --data set.h5; code 1; out 'problem  slurm         no answer within'
call='what hung'
checks=$((checks + 1))
for ((i = 0; i < 600; i++)); do
    kill -0 "$(cat asked)" 2>/dev/null || break # its new parent may take a moment to bury it
    sleep 0.1
done
[[ $i -lt 600 ]] || fail 'expected its end'
# A launcher that MPI cannot hear: it would end in MPI_Init, so that is not begun.
step=(env -u OMPI_COMM_WORLD_SIZE -u PMIX_RANK SLURM_PROCID=0 SLURM_JOBID=17 SLURM_STEP_ID=0 SLURM_NODELIST=a)
job=("${step[@]}" SLURM_STEP_NUM_TASKS=2 "$program")
if "${MPIEXEC:-mpiexec}" --version | grep -q 'Open MPI\|OpenRTE'; then
    run_job "${patient[@]}"; code 1; out 'srun started 2 processes that MPI cannot join'; out 'srun --mpi=pmix'
fi
run_job bench --steps 1; code 2; no_out; err 'srun started 2 processes that do not know of each other'; err 'srun --mpi=pmix'
job=("${step[@]}" SLURM_STEP_NUM_TASKS=1 "$program") # needs nobody else
run_job "${patient[@]}"; code 0; out '1 rank on 1 host'

# Several ranks: each thing is said once.
run_on 3 "${patient[@]}"; code 0; out ', 3 ranks on 1 host'; out 'round trip between ranks of a host'; out 'bandwidth'
call='findings of three ranks'
checks=$((checks + 1))
[[ $(grep -c 'published' "$folder/out") == 1 ]] || { fail 'expected the digest once'; show "$folder/out"; }

# A rank that never comes to MPI: the others say so instead of waiting for it.
call='mpirun with a rank that sleeps'
"${MPIEXEC:-mpiexec}" -n 1 "$program" doctor --deadline 5s --data set.h5 : -n 1 sleep 1000 >"$folder/out" 2>"$folder/err" </dev/null
exit_code=$?
code 1; out 'problem  mpi           starting MPI did not end in the 4.5 s'

# JSON says the same.
run "${patient[@]}" --json; code 0; out '"problems":	0'; out '"subject":	"bits"'
if command -v python3 >/dev/null; then
    call='its JSON'
    checks=$((checks + 1))
    python3 - "$folder/out" 2>"$folder/err" <<'END' || { fail 'expected sound JSON'; show "$folder/err"; }
import json, sys
said = json.load(open(sys.argv[1]))
findings = said["findings"]
assert len(findings) == said["ok"] + said["warnings"] + said["problems"], said
assert {f["health"] for f in findings} <= {"ok", "warning", "problem"}, findings
assert all(f["remedy"] for f in findings if f["health"] != "ok"), findings
assert any(f["subject"] == "rates" and f["least"] > 0 for f in findings), findings
END
fi
