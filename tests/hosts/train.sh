# Training on three hosts: the bits of one process, and no run on datasets that only share their name.
# shellcheck source=tests/hosts/hosts.sh
. "$source/tests/hosts/hosts.sh"
hosts_begin 3
small=$source/tests/mpi/train/small.yaml
mkdir sets others
run synth faces --count 40; code 0
run prepare faces -o sets/set.h5 --size 32 --threads 1; code 0
run train --config "$small" --data sets/set.h5 --run alone --epochs 2 --threads 1; code 0
run inspect alone --digest; code 0
cp "$folder/out" alone.txt
run_hosts 2 train --config "$small" --data sets/set.h5 --run together --epochs 2; code 0
out '6 ranks, using '; out ' on each of 3 hosts'; out 'inside a host, between hosts '
run inspect together --digest; code 0
call='a run on three hosts'
same alone.txt "$folder/out" 'expected the bits of one process'

# Resumed where each host has a folder of its own: leaders would read what is not rank 0's.
going_on=(train --config "$small" --data sets/set.h5 --run together --resume --epochs 3)
mkdir stale
differs=("$PWD/together" "$PWD/stale")
run_hosts 1 "${going_on[@]}"; code 1; err "checkpoint.h5': expected rank 0's file on host1, too: No such file"; err 'hint: put the run'
cp together/checkpoint.h5 stale/
echo >>stale/checkpoint.h5
run_hosts 1 "${going_on[@]}"; code 1; err "expected rank 0's file on host1, found another"
differs=()
run_hosts 1 train --config "$small" --data sets/set.h5 --run begun --init together/checkpoint.h5 --epochs 1 --set comm.network=1Gb,200us; code 0
out 'network as given: '; out 'between hosts 0.125 GB/s, round trip 200 us'
run_hosts 1 "${going_on[@]}"; code 0

run synth faces2 --count 40 --seed 7; code 0
run prepare faces2 -o others/set.h5 --size 32 --threads 1; code 0
differs=("$PWD/sets" "$PWD/others")
run_hosts 1 train --config "$small" --data sets/set.h5 --run mixed --epochs 2; code 1
err 'host0'; err 'host1'
run_hosts 1 doctor --deadline 600s --data sets/set.h5; code 1; out 'problem  dataset'; out '40 images of 32x32'; out '(host1, host2)'
