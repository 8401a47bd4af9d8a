# agr-mpi card: Markdown that says what was measured, and nothing that was not.
small=$source/tests/mpi/train/small.yaml
run synth faces --count 160 --seed 3; code 0
cp "faces/$(ls faces | grep -m1 jpg)" "faces/1_0_0_copy.jpg"
run prepare faces -o set.h5 --size 32 --threads 1 --validation 0.5 --test 0.1; code 0
run train --config "$small" --data set.h5 --run r --epochs 3 --threads 1; code 0

run card r -o card.md --threads 1; code 0; no_out; err 'wrote card.md'
run card r --threads 1; code 0; no_err; cp "$folder/out" said.md
same card.md said.md 'expected the same card on standard output'
for n in 2 3; do
    run_on "$n" card r -o "card$n.md" --threads 1; code 0
    same card.md "card$n.md" "expected the same card on $n ranks"
done
cp card.md "$folder/out"; call='the card'
for heading in '# Model card: r' '## The model' '## What the labels mean' '## Data' '### Faults of the data' '### Licence of the data' \
    '## How good it is' '## For whom it is good, and for whom less' '### race by gender' '## What it must not be used for' '## The same again'; do
    checks=$((checks + 1))
    grep -qxF "$heading" card.md || fail "expected the heading '$heading'"
done
out '- **race**: one of 5 classes: white, black, asian, indian, other'
out 'set.h5: 161 pictures'; out 'It is the dataset that the model was trained on.'
out 'in 1 of the groups labels contradict each other'
out 'The division into parts: drawn: validation 0.5, test 0.1; seed 42.'
out 'The dataset names its source: faces. It names no licence'
out 'These images also chose the checkpoint'
out "- Any claim about 'other' in 'race': "
out 'agr-mpi train --config r/config.yaml --data set.h5 --run AGAIN'
out 'race accuracy by gender: largest gap '
run inspect r --digest; code 0
digest=$(awk '$1 == "race" { print $2 }' "$folder/out")
run evaluate --checkpoint r --csv --threads 1; code 0
mae=$(awk -F, '$3 == "mae" && $4 == "" { printf $5 < 9.995 ? "| mae | %.2f |" : "| mae | %.1f |", $5 }' "$folder/out")
recall=$(awk -F, '$2 == "race" && $3 == "recall" && $4 == "white" { printf $5 < 0.9995 ? "%.3f" : "%.2f", $5 }' "$folder/out")
call='the card beside other commands'
checks=$((checks + 3))
grep -qF "| branch | race | $digest |" card.md || fail "expected the digest $digest"
grep -qF "$mae" card.md || fail "expected '$mae'"
grep -qE "^\| white \| [0-9]+ \| [^|]+ \| $recall " card.md || fail "expected a recall of $recall"

# Every table has as many cells in each row as in its head.
call='the tables of the card'
checks=$((checks + 1))
awk '/^\|/ { gsub(/\\./, ""); n = gsub(/\|/, ""); if (width && n != width) { print; bad = 1 } width = n; next } { width = 0 }
    END { exit bad }' card.md >"$folder/why" || { fail 'expected rows as wide as their heads, found'; show "$folder/why"; }

# Slices as asked for.
run card r --by 'gender*race,age:0-29,30+' --min-count 5 --threads 1; code 0; out '### age by gender\*race'; out '| male\*white |'; out '| 30+ |'
run card r --by gender --min-count 1000 --threads 1; code 0; out 'race by gender: fewer than two groups have 1000 images.'
run card r --by height --threads 1; code 2; no_out; err "has no label 'height'"

# Another dataset, another part, a checkpoint without its folder, names of any characters.
run prepare faces -o other.h5 --size 32 --threads 1 --seed 7; code 0
run card r --data other.h5 --threads 1; code 0; out 'It is not the dataset that the model was trained on'; out 'whether its images were'
run card r/checkpoint.h5 --split test --slot latest --threads 1; code 0; out 'neither trained on nor chose'
out 'agr-mpi evaluate --checkpoint r/checkpoint.h5 --data set.h5 --split test --slot latest --by all'
checks=$((checks + 1))
! grep -q 'agr-mpi train' "$folder/out" || fail 'expected no command to train: there is no run folder'
sed 's/,male,/,<b>|*x*,/; s/,female,/,`f`_,/' faces/labels.csv >labels.csv
run prepare faces --labels labels.csv -o odd.h5 --size 32 --threads 1; code 0
run train --config "$small" --data odd.h5 --run "it's odd" --epochs 1 --threads 1; code 0
run card "it's odd" --threads 1; code 0; out '\<b\>\|\*x\*'; out '\`f\`\_'; out "--config 'it'\\''s odd/config.yaml'"

run card absent; code 1; no_out; err "'absent'"
run card r r; code 2; no_out
run card r --data absent.h5; code 1; no_out; err "no dataset at 'absent.h5'"
run card r -o nowhere/card.md; code 1; no_out; err 'nowhere'
