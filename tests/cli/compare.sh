# agr-mpi compare: runs on the same images, better only where that is shown, on equal terms or not.
small=$source/tests/mpi/train/small.yaml
run synth faces --count 200 --seed 3; code 0
run prepare faces -o set.h5 --size 32 --threads 1 --validation 0.4; code 0
run train --config "$small" --data set.h5 --run r --epochs 10 --threads 1; code 0
run train --config "$small" --data set.h5 --run other --epochs 3 --threads 1 --lr 0.002 --seed 5; code 0
run init --config "$small" --data set.h5 -o fresh.h5; code 0

# What every run is worth is what evaluate says; a run that learnt nothing loses.
run compare r fresh.h5 --threads 1; code 0
checks=$((checks + 1))
awk 'length > 80 && !/^(judged|[A-H]) / { print; wide = 1 } END { exit wide }' "$folder/out" >"$folder/why" || { fail 'expected at most 80 columns, found'; show "$folder/why"; }
out 'judged on   set.h5 ('; out ' 80 validation samples: the same for all runs'; out 'A is better'; out 'not shown at this size'
run compare r fresh.h5 --csv --threads 1; code 0; cp "$folder/out" two.csv
run evaluate --checkpoint r --csv --threads 1; code 0
call='compare beside evaluate'
checks=$((checks + 2))
[ "$(awk -F, '$2 == "race" && $3 == "log_loss" { print $5 }' "$folder/out")" = "$(awk -F, '$1 == "race" && $2 == "log_loss" { print $5 }' two.csv)" ] ||
    fail 'expected the log_loss of evaluate'
awk -F, '$1 == "race" && $2 == "log_loss" { exit !($9 > 0 && $9 < $8 && $8 < $10 && $11 == "yes" && $12 == "r") }' two.csv ||
    fail "expected r to be shown better, found $(grep '^race,log_loss,' two.csv)"

call='wall time of compare'
checks=$((checks + 1))
"$program" compare r r/checkpoint.h5 --json --threads 1 | tr -d '\n\t ' | grep -qE '"wall_s":[0-9.]+[,}].*"wall_s":null' ||
    fail 'expected the seconds of the run, and none of a checkpoint'

# A run does not beat itself.
run compare r r/checkpoint.h5 --csv --threads 1; code 0
call='a run beside itself'
checks=$((checks + 1))
awk -F, 'NR > 1 && ($8 != 0 || $11 != "no" || $12 != "") { print; bad = 1 } END { exit bad || NR < 10 }' "$folder/out" >"$folder/why" ||
    { fail 'expected no difference'; show "$folder/why"; }
run compare r r --threads 1; code 0; out 'terms       equal: data, settings and networks are the same'

# The same bits on any number of ranks.
for n in 1 2 3; do
    run_on "$n" compare r other fresh.h5 --json --threads 1; code 0
    cp "$folder/out" "c$n"
done
same c1 c2 'expected the same on 2 ranks'
same c1 c3 'expected the same on 3 ranks'
run train --config "$small" --data set.h5 --run near --epochs 10 --threads 1 --lr 0.002; code 0
run compare r near --json; code 0; out '"equal":	false'; out '"same_data":	true'; out '"key":	"optimizer.lr"'; out '"values":	["0.01", "0.002"]'
out '"parameters":'; out '"multiply_adds":'; out '"wall_s":'; out '"winner":'; out '"pairs":'

# Terms: what bears on the weights, networks, data.
run train --config "$small" --data set.h5 --run slow --epochs 10 --threads 2 --set checkpoint.every=5s; code 0
run compare r slow; code 0; out 'terms       equal'; out 'checkpoint.every   (does not bear on the weights)'
run train --config "$small" --data set.h5 --run net --epochs 1 --threads 1 --set branches.age=age_small; code 0
run compare r net; code 0; out 'network of age'; out '24,289 parameters'
run prepare faces -o set7.h5 --size 32 --threads 1 --seed 7; code 0
run train --config "$small" --data set7.h5 --run seven --epochs 1 --threads 1; code 0
run compare r seven; code 0; out 'judged on   set.h5'; out 'not equal: trained on different data'; out 'seven   (trained on another dataset'
run compare r seven --data set7.h5; code 0; out 'judged on   set7.h5'
run train --config "$small" --data set.h5 --run some --epochs 1 --threads 1 --set train.branches=race; code 0
run compare some r; code 0; out 'age: only B has it'; out 'race'

run compare r; code 2; no_out
run compare r absent; code 1; no_out; err "'absent'"
run compare r other --json --csv; code 2; no_out; err 'expected --json or --csv, found both'
run compare r other --data absent.h5; code 1; no_out; err "no dataset at 'absent.h5'"
