# agr-mpi evaluate: figures in words and JSON, tables, and what is wrong with a request.
small=$source/tests/mpi/train/small.yaml
run synth faces --count 60 --seed 3; code 0
run prepare faces -o set.h5 --size 32 --threads 1 --test 0.1; code 0
run train --config "$small" --data set.h5 --run r --epochs 2 --threads 1; code 0

run evaluate --checkpoint r --data set.h5; code 0; no_err
out 'age '; out 'mae '; out 'accuracy '; out 'true \ said'; out 'slot best'
run evaluate --checkpoint r/checkpoint.h5 --data set.h5 --json --slot latest --split train \
    --predictions raw.tsv --rows rows.csv; code 0; no_err
out '"split":	"train"'; out '"age":	{'; out '"mae":'; out '"gender":	{'; out '"race":	{'; out '"accuracy":'; out '"slot":	"latest"'
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
run evaluate --threads 0; code 2; no_out; err '--threads'
