# agr-mpi evaluate: figures in words and JSON, tables, and what is wrong with a request.
small=$source/tests/mpi/train/small.yaml
run synth faces --count 60 --seed 3; code 0
run prepare faces -o set.h5 --size 32 --threads 1 --test 0.1; code 0
run train --config "$small" --data set.h5 --run r --epochs 2 --threads 1; code 0

run evaluate --checkpoint r --data set.h5; code 0; no_err
out 'dataset    set.h5 ('; out ', the one trained on), validation samples'
out 'age '; out 'mae '; out 'accuracy '; out 'true \ said'; out 'slot best'
run evaluate --checkpoint r/checkpoint.h5 --data set.h5 --json --slot latest --split train \
    --predictions raw.tsv --rows rows.csv; code 0; no_err
out '"split":	"train"'; out '"path":	"set.h5"'; out '"trained_on":	true'; out '"age":	{'; out '"mae":'; out '"gender":	{'; out '"race":	{'; out '"accuracy":'; out '"slot":	"latest"'
out '"confusion":'

# The figures follow from the tables.
call='evaluate against its own tables'
checks=$((checks + 3))
n=$(($(wc -l <rows.csv) - 1))
[ "$n" = "$(($(wc -l <raw.tsv) - 1))" ] || fail 'expected as many rows in both tables'
grep -q "\"n\":	$n," "$folder/out" || fail "expected n = $n"
correct=$(awk -F, 'NR > 1 && $4 == $5 { n++ } END { printf "%.6f", n / (NR - 1) }' rows.csv)
said=$(awk '/"gender"/ { here = 1 } here && /"accuracy"/ { gsub(/[^0-9.]/, ""); printf "%.6f", $0; exit }' "$folder/out")
[ "$correct" = "$said" ] || fail "expected a gender.accuracy of $correct, found $said"

# The best slot's validation figures are those of training.
run evaluate --checkpoint r --data set.h5 --json --branches age; code 0
call='evaluate against history.csv'
checks=$((checks + 1))
said=$(awk '/"mae"/ { gsub(/[^0-9.]/, ""); printf "%.5f", $0 }' "$folder/out")
trained=$(awk -F, '$2 == "age" && (least == "" || $6 < least) { least = $6; mae = $9 } END { printf "%.5f", mae }' r/history.csv)
[ "$said" = "$trained" ] || fail "expected an age.mae of $trained, found $said"
run evaluate --checkpoint r --data set.h5 --split test; code 0; out 'age'

run evaluate --checkpoint absent; code 1; no_out; err 'absent'
run evaluate --checkpoint set.h5; code 1; no_out; err "'set.h5'"
run evaluate --checkpoint r --data absent.h5; code 1; no_out; err "no dataset at 'absent.h5'"
run evaluate --checkpoint r --data set.h5 --slot epoch_0099; code 1; no_out; err 'epoch_0099'
run evaluate --checkpoint r --data set.h5 --branches height; code 2; no_out; err 'height'
run evaluate --checkpoint r --data set.h5 --split all; code 2; no_out; err "'all'"
run evaluate --checkpoint r --data set.h5 --predictions nowhere/raw.tsv; code 1; err 'nowhere'
run prepare faces -o wide.h5 --size 48 --threads 1; code 0
run evaluate --checkpoint r --data wide.h5; code 1; no_out; err 'expected images of 32x32 as in training, found 48x48'

# A dataset that asks something else than was learnt: nothing is judged, on no rank.
run prepare faces --labels faces/labels.csv -o order.h5 --size 32 --threads 1 --classes gender=female,male; code 0
sed '2s/,male,/,other,/; 2s/,female,/,other,/' faces/labels.csv >faces/more.csv
run prepare faces --labels faces/more.csv -o more.h5 --size 32 --threads 1 --classes gender=male,female,other --validation 0; code 0
plain() { # SET: plain.h5 is it as h5py writes one, without attributes and without a seal
    LC_ALL=C sed 's/format/fermat/g; s/kind/kynd/g' "$1" >plain.h5
    truncate -s -56 plain.h5
}
plain more.h5
for n in 1 2; do
    run_on "$n" evaluate --checkpoint r --data order.h5 --threads 1; code 1; no_out
    err "label 'gender': expected classes male, female, found female, male"; err 'hint: agr-mpi prepare --classes gender=male,female'
    run_on "$n" evaluate --checkpoint r --data more.h5 --split train --threads 1; code 1; no_out
    err "label 'gender': expected classes male, female, found male, female, other"
    run_on "$n" evaluate --checkpoint r --data plain.h5 --split train --threads 1 --branches gender; code 1; no_out
    err "label 'gender': "; err 'expected a whole number from 0 to 1, found 2'
done
run evaluate --checkpoint r --data order.h5 --branches age; code 0
out 'dataset    order.h5 ('; out ', not the one trained on), validation samples'
plain set.h5
run evaluate --checkpoint r --data plain.h5; code 0; out 'accuracy '

run evaluate --checkpoint r --data set.h5 --split val; code 2; no_out; err "hint: did you mean '--split validation'?"
run evaluate --checkpoint r --data set.h5 --rows same --predictions same; code 2; no_out; err "expected two files, found 'same' for both"
run evaluate --checkpoint absent; code 1; err 'hint: agr-mpi train'
run evaluate --help; code 0; out '(default validation)'; out '(default best)'
run_small 1 "$folder/out" evaluate --checkpoint r --data set.h5 --split train --rows limited.csv
code 1; no_out; err "cannot write 'limited.csv': File too large"
checks=$((checks + 1))
[ -z "$(find . -name '*limited.csv*')" ] || fail "left $(find . -name '*limited.csv*')"

# Two branches that judge one label are told apart by their own names.
run train --config "$small" --data set.h5 --run two --threads 1 --set train.max_steps=1 --set branches.age2=age_small; code 0
run evaluate --checkpoint two --data set.h5 --json --rows two.csv; code 0; out '"age":	{'; out '"age2":	{'
call='evaluate with two branches on one label'
checks=$((checks + 2))
[ "$(grep -c '^	"age":' "$folder/out")" = 1 ] || fail 'expected age once'
head -1 two.csv | grep -q ',age2,age2_predicted$' || fail "expected age2 in the head line, found $(head -1 two.csv)"
run predict --checkpoint two faces --format jsonl; code 0; out '"age":'; out '"age2":'
run evaluate --threads 0; code 2; no_out; err '--threads'
