#!/bin/bash
# launch/slurm.sbatch: the warning signal reaches mpirun, a stopped run goes back into the queue, a failed one does not.
# shellcheck source=tests/launch/support.sh
. "$(dirname "$0")/support.sh"
fake_mpirun
cat >"$folder/bin/scontrol" <<SCRIPT
#!/bin/sh
echo "scontrol \$*" >>"$folder/seen"
SCRIPT
chmod +x "$folder/bin/scontrol"
export SLURM_SUBMIT_DIR=$repository SLURM_JOB_ID=42
cp "$repository/launch/slurm.sbatch" "$folder/spooled" # Slurm runs a copy from its own folder

cd /
bash "$folder/spooled" --run runs/x &
pid=$!
wait_seen ready
kill -USR1 $pid
wait $pid
expect "code of a requeued job" 0 $?
expect_words "arguments" "arguments --bind-to none agr-mpi train --resume=auto --run runs/x" "$(cat "$folder/seen")"
expect_words "signal" usr1 "$(cat "$folder/seen")"
expect_words "requeue" "scontrol requeue 42" "$(cat "$folder/seen")"

rm "$folder/seen"
FAKE_STATUS=3 bash "$folder/spooled"
expect "code of a failed job" 3 $?
expect "no requeue" "" "$(grep scontrol "$folder/seen")"
finish
