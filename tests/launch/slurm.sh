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

# Submitted from elsewhere: it runs there, and Slurm says where the script came from; or launch/env has said it.
mkdir "$folder/elsewhere"
cat >"$folder/bin/scontrol" <<SCRIPT
#!/bin/sh
echo "JobId=42 JobName=agr-mpi"
echo "   Command=$repository/launch/slurm.sbatch --epochs 3"
echo "   WorkDir=$folder/elsewhere"
SCRIPT
export SLURM_SUBMIT_DIR=$folder/elsewhere
for known in "" "$repository"; do
    rm "$folder/seen"
    (
        unset AGR_HOME
        [[ -z $known ]] || export AGR_HOME=$known
        FAKE_STATUS=0 bash "$folder/spooled" --epochs 3
    )
    expect "code from elsewhere" 0 $?
    expect_words "arguments from elsewhere" "agr-mpi train --resume=auto --epochs 3" "$(cat "$folder/seen")"
    expect_words "its folder" "folder $folder/elsewhere" "$(cat "$folder/seen")"
done

# An element of an array is a seed; what is said explicitly counts.
rm "$folder/seen"
SLURM_ARRAY_TASK_ID=7 FAKE_STATUS=0 AGR_HOME=$repository bash "$folder/spooled" --lr 0.1
expect "code of an element" 0 $?
expect_words "its arguments" "train --resume=auto --seed 7 --run runs/seed-7 --lr 0.1" "$(cat "$folder/seen")"

# A crash is tried again three times, an error not at all.
cat >"$folder/bin/scontrol" <<SCRIPT
#!/bin/sh
echo "scontrol \$*" >>"$folder/seen"
SCRIPT
export AGR_HOME=$repository
# An element is put back alone: the id of one of them is that of the whole array.
rm "$folder/seen"
SLURM_ARRAY_JOB_ID=42 SLURM_ARRAY_TASK_ID=7 FAKE_STATUS=75 bash "$folder/spooled"
expect "requeue of an element" "scontrol requeue 42_7" "$(grep scontrol "$folder/seen")"

for try in 1 2 3 4; do
    rm "$folder/seen"
    FAKE_STATUS=139 bash "$folder/spooled"
    expect "code of crash $try" "$((try < 4 ? 0 : 139))" $?
    expect "requeue after crash $try" "$([[ $try -eq 4 ]] || echo 'scontrol requeue 42')" "$(grep scontrol "$folder/seen")"
done
FAKE_STATUS=139 bash "$folder/spooled"
expect "code of a crash after that" 0 $?
FAKE_STATUS=0 bash "$folder/spooled"
expect "files left after a good end" "" "$(ls -A "$folder/elsewhere")"
finish
