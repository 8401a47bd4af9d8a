# agr-mpi plan: layers, parameters, placement and the staircase of useful rank counts.
run plan --images 1000 --ranks 3; code 0; no_err
out 'all branches: 3572593 parameters'; out 'conv2d_5'; out 'branch gender'; out '277569'
out 'placement of 3 ranks'; out 'all branches done after'; out 'useful rank counts'
out 'a second thread loses: age'
small=$source/tests/mpi/train/small.yaml
run plan --config "$small" --set comm.cores_per_node=0 --images 1000 --ranks 5 --placement age:3,gender:1,race:1; code 0; no_err
out 'age: ranks 0-2, 3 computing x 1 thread'
run plan --config "$small"; code 1; err "no dataset at "; err '--images N'
run plan --config "$small" --images 100 --branches race,age; code 0; out 'epochs: race 4, age 4'
# A word that others use finds its name here.
printf 'layers: [Conv2D: {filters: 4}]\nheads: [{name: o, target: t, loss: mse}]\n' >words.yaml
run plan --images 9 --set branches.x=./words.yaml --branches x; code 1; err "hint: did you mean 'conv2d'?"
sed -i 's/Conv2D/conv2d/; s/filters/filter/' words.yaml
run plan --images 9 --set branches.x=./words.yaml --branches x; code 1; err "filters: expected an integer"; err "hint: there is 'filter': did you mean 'filters'?"
sed -i 's/filter: 4/filters: 4, kernel: 3/' words.yaml
run plan --images 9 --set branches.x=./words.yaml --branches x; code 1; err "unknown key 'kernel'"; err "hint: did you mean 'kernel_size'?"
run plan --images 0; code 2; no_out; err '--images'
run plan --images 10 --ranks 0; code 2; no_out; err '--ranks'
run plan --config "$small" --images 10 --placement age:1; code 2; err "branch 'gender' has no ranks"
run plan --config "$small" --images 10 --placement height:1; code 2; err "no branch 'height'"
run plan --config absent.yaml; code 1; no_out; err 'absent.yaml'

# A dataset is asked whether the heads fit it, as train does; one without training samples is not told as absent.
run synth faces --count 30; code 0
run prepare faces -o set.h5 --size 32 --threads 1; code 0
run prepare faces --labels faces/labels.csv -o eyes.h5 --size 32 --threads 1; code 0
run plan --config "$small" --data set.h5; code 0; out '24 training images'
run plan --data eyes.h5 --set train.branches=eyes; code 0; out 'branch eyes'
run train --config "$small" --data eyes.h5 --run r --branches eyes --threads 1 --set train.max_steps=1; code 0
run plan --config "$small" --data set.h5 --set train.branches=age,eyes; code 1; no_out; err "no label 'eye_color'"
run prepare faces --labels faces/labels.csv -o three.h5 --size 32 --threads 1 --classes gender=male,female,other; code 0
run plan --config "$small" --data three.h5; code 1; no_out; err "'gender"
(echo path,split; tail -n +2 faces/labels.csv | sed 's/,.*/,validation/') >split.csv
run prepare faces -o judged.h5 --size 32 --threads 1 --split-file split.csv; code 0
run plan --config "$small" --data judged.h5; code 1; no_out; err "dataset 'judged.h5' has no training samples"

# The optimiser's memory is what it remembers of each weight: two numbers, one, or none.
while read -r mebibytes kind; do
    # shellcheck disable=SC2086
    run plan --images 100 --branches gender --set optimizer.kind=$kind; code 0; out "optimizer $mebibytes,"
done <<END
2.1 adam
2.1 adamw
1.1 sgd --set optimizer.momentum=0.9
0.0 sgd
END

# A checkpoint holds all members of a population; what they train in is there once.
mebibytes() { sed -n "s/.*$1 \([0-9.]*\).*/\1/p" "$folder/out"; }
run plan --images 100 --branches gender; code 0
one=$(mebibytes 'takes up to') room=$(mebibytes 'after the other')
run plan --images 100 --branches gender --replicas 8; code 0
call='plan of eight members'
checks=$((checks + 2))
awk -v one="$one" -v all="$(mebibytes 'takes up to')" 'BEGIN { exit !(one > 0 && all > 7.5 * one && all < 8.5 * one) }' ||
    fail "expected eight times $one MiB, found $(mebibytes 'takes up to')"
[ "$room" = "$(mebibytes 'after the other')" ] || fail "expected $room MiB, found $(mebibytes 'after the other')"

# A network is what it is said to be; bytes take their time, however fast the ranks are.
last_step_ms() { sed -n 's/^  age: .* step \([0-9.e+]*\) ms,.*/\1/p' "$folder/out"; }
many="plan --branches age --images 20000 --ranks 256 --ranks-per-node 16 --set data.batch_size=512"
run $many --network 25Gb,20us --placement age:256; code 0; no_err
out 'network, not measured: between nodes 3.12 GB/s, round trip 20 us, inside a node 5 GB/s'
call='plan at 25 Gb/s'
checks=$((checks + 1))
awk -v ms="$(last_step_ms)" 'BEGIN { exit !(ms > 7.2) }' || fail "expected more than 7.2 ms, found $(last_step_ms)"
run $many --network 100Mb,1ms --placement age:256; code 0
call='plan at 100 Mb/s'
checks=$((checks + 1))
awk -v ms="$(last_step_ms)" 'BEGIN { exit !(ms > 1800) }' || fail "expected more than 1800 ms, found $(last_step_ms)"
run plan --images 100 --ranks 3; code 0; out 'network, not measured: inside a node 5 GB/s, round trip 5 us'
run plan --images 100 --network 25Gb; code 2; err "such as 25Gb,20us, found '25Gb'"; err 'hint: Mb and Gb are bits'
run plan --images 100 --set comm.network=fast; code 2; err "found 'fast'"

# What bounds the work bounds the plan: one step instead of 250,000, whatever a step takes here.
seconds_to_end() {
    sed -n 's/.*all branches done after \(.*\), with hand-over.*/\1/p' "$folder/out" |
        awk '/ ms$/ { print $1 / 1000 } / s$/ { print $1 } /^[0-9]* min$/ { print $1 * 60 } / h / { print $1 * 3600 + $3 * 60 }'
}
run plan --config "$small" --images 1000000; code 0
whole_s=$(seconds_to_end)
run plan --config "$small" --images 1000000 --set train.max_steps=1; code 0; out 'at most 1 steps each'
call='plan of one step'
checks=$((checks + 1))
awk -v one="$(seconds_to_end)" -v whole="$whole_s" 'BEGIN { exit !(one > 0 && one * 100 < whole) }' ||
    fail "expected far less than $whole_s s, found $(seconds_to_end) s"
run plan --config "$small" --images 100 --set train.branch_epochs=age:7; code 0; out 'epochs: age 7, gender 4, race 4'
run plan --config "$small" --images 100 --ranks 2; code 0; out 'on a node with 64 cores'

# The table's row for the planned rank count says what the placement says.
# Sixteen micro-batches: however slow threads are here, a rank for each is faster than any fewer.
run plan --images 20000 --ranks 16 --set comm.cores_per_node=0; code 0; out '16 on a node with 16 cores'
call='plan for 16 ranks'
checks=$((checks + 2))
said=$(sed -n 's/.*with hand-over: \([0-9.]*\) x one.*/\1x/p' "$folder/out")
row=$(awk '$1 == "16" { print $NF }' "$folder/out")
[ "$row" = "$said" ] || fail "expected $said in the table, found '$row'"
! grep -q '0-0\| 0\.0 s' "$folder/out" || fail "expected 'rank 0' and milliseconds"
# Beyond 64 ranks the table goes on in steps, with the planned count among them.
run plan --images 20000 --ranks 201 --ranks-per-node 32 --replicas 5; code 0; out 'useful rank counts up to 402'
call='plan for 201 ranks'
checks=$((checks + 1))
counts=$(awk '$NF ~ /x$/ && $1 > 64 && $1 != 201 { print $1 }' "$folder/out")
[ -n "$counts" ] || fail 'expected rows beyond 64 ranks'
for count in $counts; do
    [ $((count % (count < 128 ? 8 : count < 256 ? 16 : 32))) = 0 ] || fail "found a row for $count ranks"
done
run_small 1 limited.txt plan --config "$small" --images 100
code 1; err 'cannot write to standard output'
