# agr-mpi doctor on three hosts: what they share, what they do not, and how they talk.
# shellcheck source=tests/hosts/hosts.sh
. "$source/tests/hosts/hosts.sh"
hosts_begin 3
patient=(doctor --deadline 600s --data set.h5)
run synth faces --count 12; code 0
run prepare faces -o set.h5 --size 32 --threads 1; code 0
run_hosts 2 "${patient[@]}"; code 0
out '6 ranks on 3 hosts'; out 'on each of 3 hosts'; out 'round trip between hosts'; out 'bandwidth between hosts'
out 'round trip between ranks of a host'; out 'what rank 0 writes into the run folder is seen'; out ' 0 problems'

# A folder that every host has of its own, and datasets that only have their name in common.
mkdir alone others
differs=("$PWD/alone" "$PWD/others")
run_hosts 1 "${patient[@]}" --run alone; code 1
out 'problem  shared folder what rank 0 writes into the run folder is not seen here: No such file'; out '(host1, host2)'
cp set.h5 alone/set.h5
run_hosts 1 doctor --deadline 600s --data alone/set.h5; code 1; out "problem  dataset       no file 'alone/set.h5' (host1, host2)"
