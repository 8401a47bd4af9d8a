# launch/slurm.sbatch under a real Slurm: a run over two nodes is asked to stop, requeued, loses a rank, is requeued; an array trains
# two seeds, each requeued once. All end in the bits of runs that nothing disturbed.
# shellcheck source=tests/slurm/slurm.sh
. "$source/tests/slurm/slurm.sh"
slurm_begin 2
unset AGR_HOME
mkdir -p home/build/release && cp -r "$source/launch" home/
# The program as the jobs find it: its starts go on for ever until one that ends at what the file 'epochs' will say.
cat >home/build/release/agr-mpi <<SCRIPT
#!/bin/bash
epochs=1000000
if [[ \${SLURM_RESTART_COUNT:-0} -ge \$last_start ]]; then
    until [[ -s epochs ]]; do sleep 0.1; done
    epochs=\$(<epochs)
fi
exec $program "\$@" --epochs "\$epochs"
SCRIPT
chmod +x home/build/release/agr-mpi
small=$source/tests/mpi/train/small.yaml
run synth faces --count 40; code 0
run prepare faces -o set.h5 --size 32 --threads 1; code 0
of_run=(--config "$small" --data set.h5 --threads 1 --set checkpoint.backup_epochs=0)

two=$(last_start=2 sbatch --parsable --nodes=2 --ntasks=4 --ntasks-per-node=2 --cpus-per-task=1 --time=60 \
    home/launch/slurm.sbatch "${of_run[@]}" --seed 1 --run "$PWD/two")
await two/log.txt 'epoch 1'
scancel --signal=USR1 --batch "$two"
requeued "$two" 1
await two/log.txt resumed
# A rank of it goes without a word.
until_done pkill -KILL -o -f "^$program train .*--run $PWD/two "
requeued "$two" 2

array=$(last_start=1 sbatch --parsable --array=1-2 --nodes=1 --ntasks=2 --cpus-per-task=1 --time=60 \
    home/launch/slurm.sbatch "${of_run[@]}")
for seed in 1 2; do
    await runs/seed-$seed/log.txt 'epoch 1'
    scancel --signal=USR1 --batch "${array}_$seed"
    requeued "${array}_$seed" 1
done

# No run has gone farther than this, and all go there.
last=$(sed -n 's/^epoch \([0-9]*\)[/ ].*/\1/p' two/log.txt runs/seed-*/log.txt | sort -n | tail -1)
n=$((last + 2))
echo "$n" >epochs.new && mv epochs.new epochs
ended "$two" "${array}_1" "${array}_2"
for seed in 1 2; do
    run train "${of_run[@]}" --seed $seed --run alone-$seed --epochs $n; code 0
    run inspect alone-$seed --digest; code 0
    cp "$folder/out" alone-$seed.txt
    run inspect runs/seed-$seed --digest; code 0
    same alone-$seed.txt "$folder/out" "expected the bits of a run of seed $seed that nothing disturbed"
done
run inspect two --digest; code 0
same alone-1.txt "$folder/out" 'expected the bits of a run that nothing disturbed'
cmp -s alone-1.txt alone-2.txt && fail 'expected other bits of another seed'
[ -z "$(ls -A | grep agr-mpi-crashes)" ] || fail 'expected no notes of crashes after a good end'
