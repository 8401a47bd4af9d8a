# Populations: many branches of one run, on any number of ranks, stopped and resumed, with folds.
run synth faces --count 200 --seed 3; code 0
run prepare faces -o set.h5 --size 32 --threads 1 --test 0.1; code 0
train=(train -c quick --data set.h5 --threads 1 --branches gender,race --epochs 2)
many=("${train[@]}" --folds 2 --replicas 2 --set 'optimizer.lr=[0.003,0.001]')

# The same checkpoint on one rank, on more ranks than cores, and after a stop.
run "${many[@]}" --run one; code 0
out 'placement: gender-v1 x 4 + gender-v2 x 4 + race-v1 x 4 + race-v2 x 4: rank 0 (1 x '
out 'to the end: gender-v1 (4 x) '; out 'best   race-v2   4 members  val_loss '; out '  the best: race-v1-f'
run_on 5 "${many[@]}" --run five; code 0
run_on 2 "${many[@]}" --run stopped --set train.max_steps=3; code 0
run_on 3 "${many[@]}" --run stopped --resume; code 0; out 'resumed: gender-v1 (4 x) epoch 2, step 1; '
checks=$((checks + 1))
grep -q '"placement": "gender-v1-f1-r1+gender-v1-f1-r2+.*race-v2-f2-r2: rank 0 (' one/events.jsonl || fail 'expected every branch by name in events.jsonl'
run inspect one; code 0; out 'placement    gender-v1 x 4 + '
run inspect --digest one; code 0; cp "$folder/out" one.txt; out 'gender-v1-f1-r1 '; out 'race-v2-f2-r2 '
run inspect --digest five; cp "$folder/out" five.txt
run inspect --digest stopped; cp "$folder/out" stopped.txt
same one.txt five.txt 'expected the same weights on five ranks'
same one.txt stopped.txt 'expected the same weights after a stop'

run "${many[@]}" --run one --resume --folds 3; code 1; err 'was divided into 2 folds: expected as many, found 3'

# Its first replica is the branch of a run without any; the second fold is trained on what the first is judged on.
run "${train[@]}" --run plain; code 0
run "${train[@]}" --run twins --replicas 2; code 0
call='the first replica'
checks=$((checks + 1))
digest() { "$program" inspect --digest "$1" | awk -v name="$2" '$1 == name { print $2 }'; }
[ -n "$(digest plain race)" ] && [ "$(digest plain race)" = "$(digest twins race-r1)" ] || fail 'expected the bits of a run without replicas'
checks=$((checks + 1))
[ "$(digest twins race-r1)" != "$(digest twins race-r2)" ] || fail 'expected another replica to differ'

checks=$((checks + 1))
[ "$(digest one race-v1-f1-r1)" != "$(digest one race-v1-f2-r1)" ] || fail 'expected another fold to differ'

run "${train[@]}" --run x --folds 90 --replicas 2 --branches race; code 1; err 'at most 128 branches'
run "${train[@]}" --run x --folds 1; code 2; err 'train.folds: expected 0, or 2 and more, found 1'
run synth few --count 10 --seed 3; code 0
run prepare few -o few.h5 --size 32 --threads 1; code 0
run train -c quick --data few.h5 --run x --folds 30 --branches race; code 1; err "branch 'race-f1'"; err 'for each of 30 folds, found 10'; err 'fewer folds'

# Judged together: mean and interval over members, and the ensemble, which is the mean of what they say.
run evaluate --checkpoint one --split test; code 0
out 'race-v2    4 members, 20 samples, optimizer.lr 0.001'; out '95 % interval  ensemble baseline'; out 'accuracy '
run evaluate --checkpoint one; code 0; out 'members of folds were trained on most of these images'
run evaluate --checkpoint one --split test --branches race --by gender --min-count 2; code 0; out 'slices: of the ensemble'; out 'by gender: 2 cells'
run evaluate --checkpoint one --split test --json; code 0; cp "$folder/out" judged1.json
out '"name":	"race-v2"'; out '"members":	["race-v2-f1-r1", "race-v2-f1-r2", "race-v2-f2-r1", "race-v2-f2-r2"]'
run_on 3 evaluate --checkpoint one --split test --json --threads 1; code 0; cp "$folder/out" judged3.json
same judged1.json judged3.json 'expected the same figures on three ranks'
run evaluate --checkpoint twins --split test --branches gender --rows rows.csv --json; code 0
call='the ensemble of gender'
checks=$((checks + 1))
said=$(awk -F'[:,]' '/"name":\t"gender"/ { here = 1 } here && /"log_loss":/ { for (i = 1; i <= 10 && !/"ensemble"/; i++) getline; print $2 + 0; exit }' "$folder/out")
awk -F, -v said="$said" '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    { p = ($column["gender-r1.p.female"] + $column["gender-r2.p.female"]) / 2
      sum -= log($column["label.gender"] == "female" ? p : 1 - p) }
    END { found = sum / (NR - 1); exit !(said > 0 && found - said < 1e-6 && said - found < 1e-6) }' rows.csv ||
    fail "expected a log_loss of $said for the mean of the members' probabilities"
