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
[ "$(head -1 rows.csv)" = 'path,label.age,label.gender,label.race,age,gender,gender.p.male,gender.p.female,race,race.p.white,race.p.black,race.p.asian,race.p.indian,race.p.other' ] ||
    fail "expected every label and every answer in the head line, found $(head -1 rows.csv)"
correct=$(awk -F, 'NR > 1 && $3 == $6 { n++ } END { printf "%.6f", n / (NR - 1) }' rows.csv)
said=$(awk '/"gender"/ { here = 1 } here && /"accuracy"/ { gsub(/[^0-9.]/, ""); printf "%.6f", $0; exit }' "$folder/out")
[ "$correct" = "$said" ] || fail "expected a gender.accuracy of $correct, found $said"

# What launch/demo reads of it: a line for each branch, trivial beside trained.
call='the scores of launch/demo'
mkdir demo && ln -s ../r demo/run
agr-mpi() { "$program" "$@"; }
# shellcheck source=/dev/null
work=demo; . <(sed -n '/^show_scores()/,/^}/p' "$source/launch/demo")
show_scores >"$folder/out" 2>"$folder/err" || [ $? = 1 ] || fail 'the scores cannot be read' # 1: not trained enough
checks=$((checks + 1))
[ "$(grep -cE '^(age +mean absolute error|(gender|race) +accuracy) +[0-9.]+ +[0-9.]+( |$)' "$folder/out")" = 3 ] ||
    { fail 'expected a score for each branch, found'; show "$folder/out"; }

# And eight of its pictures: what their labels say, and what the branches do.
call='the predictions of launch/demo'
ln -s ../faces demo/pictures
# shellcheck source=/dev/null
. <(sed -n '/^show_predictions()/,/^}/p' "$source/launch/demo")
show_predictions >"$folder/out" 2>"$folder/err" || fail 'the predictions cannot be read'
checks=$((checks + 1))
[ "$(grep -cE '^([0-9]+)_[0-9_]*\.jpg +\1 (male|female) [a-z]+ +-?[0-9]+ (male|female) [a-z]+$' "$folder/out")" = 8 ] ||
    { fail 'expected eight pictures with labels and answers, found'; show "$folder/out"; }

# The best slot's validation figures are those of training.
run evaluate --checkpoint r --data set.h5 --json --branches age; code 0
call='evaluate against history.csv'
checks=$((checks + 1))
said=$(awk '/"mae"/ { gsub(/[^0-9.]/, ""); printf "%.5f", $0; exit }' "$folder/out")
trained=$(awk -F, '$2 == "age" && (least == "" || $6 < least) { least = $6; mae = $9 } END { printf "%.5f", mae }' r/history.csv)
[ "$said" = "$trained" ] || fail "expected an age.mae of $trained, found $said"
run evaluate --checkpoint r --data set.h5 --split test; code 0; out 'age'

# The rows know every label, and say for a number that nobody judges what the file name says.
run evaluate --checkpoint r --data set.h5 --branches gender --rows one.csv; code 0
call='evaluate --rows of one branch'
checks=$((checks + 2))
[ "$(head -1 one.csv)" = 'path,label.age,label.gender,label.race,gender,gender.p.male,gender.p.female' ] ||
    fail "expected every label and one answer in the head line, found $(head -1 one.csv)"
awk -F, 'NR > 1 && ($2 != $1 + 0 || $6 + $7 != 1) { exit 1 }' one.csv || { fail 'expected labels and probabilities, found'; show one.csv; }

# Every figure beside its baseline: as text within 80 columns, as JSON, as a table; on any number of ranks the same.
run evaluate --checkpoint r --data set.h5; code 0; out 'median_error '; out 'balanced_accuracy '; out 'value (baseline) of each bin'
out 'value (baseline) of each class'; out 'confidence '; out 'baseline: always '
out 'these images also chose the checkpoint (slot best)'; out "'agr-mpi prepare --test 0.1'"
call='evaluate in 80 columns'
checks=$((checks + 1))
awk 'length > 80 && !/^dataset/ { print; wide = 1 } END { exit wide }' "$folder/out" >wide || fail "expected at most 80 columns, found $(cat wide)"
run evaluate --checkpoint r --data set.h5 --slot latest; code 0
call='evaluate --slot latest'
checks=$((checks + 1))
! grep -q 'chose the checkpoint' "$folder/out" || fail 'expected no note: the validation part did not choose slot latest'
run evaluate --checkpoint r --data set.h5 --split train; code 0; out 'these images were trained on'
run evaluate --checkpoint r --data set.h5 --split test --json; code 0; out '"samples":	"unseen"'
run evaluate --checkpoint r --data set.h5 --json; code 0; out '"samples":	"chose the checkpoint"'
for key in median_error bias cs5 balanced_accuracy macro_f1 weighted_f1 log_loss brier macro_auc ece baseline per_class bins classes reliability; do
    out "\"$key\":"
done
out '"classes":	["male", "female"]'; out '"bin":	"70+"'
for format in --json --csv; do
    for n in 1 2 3; do
        run_on "$n" evaluate --checkpoint r --data set.h5 "$format" --threads 1; code 0
        cp "$folder/out" "figures$n"
    done
    same figures1 figures2 "expected the same figures on 2 ranks ($format)"
    same figures1 figures3 "expected the same figures on 3 ranks ($format)"
done
run evaluate --checkpoint r --data set.h5 --csv --cs 3.5 --bins 0-29,30+; code 0; out 'branch,head,metric,of,value,baseline,n'
out 'age,age,cs3.5,,'; out 'age,age,mae,0-29,'; out 'age,age,mae,30+,'; out 'race,race,recall,asian,'
out 'race,race,confusion,white > black,'; out 'gender,gender,reliability_accuracy,0.933-1.000,'
run evaluate --checkpoint r --data set.h5 --bins 0-9,5-19; code 2; no_out; err "--bins: expected bins that ascend without overlap, found '5-19' after '0-9'"
run evaluate --checkpoint r --data set.h5 --cs -1; code 2; no_out; err '--cs: expected a number from 0'
run evaluate --checkpoint r --data set.h5 --json --csv; code 2; no_out; err 'expected --json or --csv, found both'

# Slices: by labels that are judged or not, in bins, crossed; in text, JSON and CSV.
sed 's/$/,odd/; 1s/odd$/parity/; 3~2s/odd$/even/' faces/labels.csv >faces/parity.csv
run prepare faces --labels faces/parity.csv -o parity.h5 --size 32 --threads 1 --validation 0 --classes gender=male,female --classes race=white,black,asian,indian,other; code 0
by() { run evaluate --checkpoint r --data parity.h5 --split train --draws 100 --min-count 12 --branches age,gender --by "$@"; }
by 'parity,age:0-29,30-59,60+,gender*age:0-29,30+'; code 0; no_err
out 'by parity: 2 cells, 2 of them compared'; out 'by age: 3 cells'; out 'by gender*age: 4 cells'
out 'odd '; out 'female*30+ '; out 'equal cells '; out ' > '; out 'needs n  between'; out 'parity male '; out '100 draws of 60 pictures'
call='slices in 80 columns'
checks=$((checks + 1))
awk 'length > 80 && !/^dataset/ { print; wide = 1 } END { exit wide }' "$folder/out" >wide || fail "expected at most 80 columns, found $(cat wide)"
by parity --json; code 0; out '"slices":	['; out '"gaps":	['; out '"by":	"parity"'; out '"cell":	"even"'; out '"shown":	false'; out '"equal_cell_mae":	{'
out '"metric":	"demographic_parity"'; out '"seed":	42'
cp "$folder/out" seed_of_run
by parity --json --seed 1; code 0; out '"seed":	1'
call='evaluate --seed'
checks=$((checks + 1))
! cmp -s seed_of_run "$folder/out" || fail 'expected other intervals with another seed'
by parity --csv; code 0; out 'age,age,mae,,'; out ',parity,odd,'; out 'gender,gender,equalized_odds_difference,male,'
by age --bins 0-49,50+; code 0; out 'by age: 2 cells'
by parity --min-count 61; code 0; out 'by parity: 2 cells, 0 of them compared'
by parity,rase; code 2; no_out; err "--by: dataset 'parity.h5' has no label 'rase': expected one of age, eye_color, gender, parity, race"; err "hint: did you mean 'race'?"
by gender:0-1; code 2; err "--by: label 'gender': expected no bins of what has classes, found '0-1'"
by age:0-9,5-19; code 2; err "--by: label 'age': expected bins that ascend without overlap, found '5-19' after '0-9'"
by race*race; code 2; err "expected 'race' once in a table"
by race,race; code 2; err "expected a table by 'race' once"
by race --min-count 1; code 2; err '--min-count: expected'

# Copies are drawn together.
mkdir twice
for file in faces/*.jpg; do
    cp "$file" twice/
    cp "$file" "twice/$(basename "$file" .jpg)9.jpg"
done
run prepare twice -o twice.h5 --size 32 --threads 1 --validation 0; code 0
run evaluate --checkpoint r --data twice.h5 --split train --draws 100 --by gender --json; code 0; out '"n":	120'; out '"n_pictures":	60'

# A label that nobody has: said so, and no figure pretends to be one.
awk -F, 'BEGIN { OFS = FS } NR == 1 { print $0, "split"; next } NR % 3 == 0 { $2 = $3 = ""; print $0, "validation"; next } { print $0, "train" }' faces/labels.csv >faces/none.csv
run prepare faces --labels faces/none.csv -o none.h5 --size 32 --threads 1 --classes gender=male,female --classes race=white,black,asian,indian,other; code 0
run evaluate --checkpoint r --data none.h5 --by race; code 0; out "no image of this part has a label 'age': there is nothing to judge"
call='evaluate without a label'
checks=$((checks + 1))
grep -E '^ +(mae|accuracy) +- ' "$folder/out" >said && [ "$(wc -l <said)" = 2 ] && ! grep -qi 'nan' "$folder/out" || { fail 'expected - for every figure'; show "$folder/out"; }
run evaluate --checkpoint r --data none.h5 --by race --json; code 0; out '"mae":	null'
run evaluate --checkpoint r --data none.h5 --by age; code 1; no_out; err "--by: 'age': no sample that is judged lies in a cell"

# --flip: the mean of what is said of the pictures and of those in a mirror (as their EXIF part asks), on any number of ranks.
run prepare faces -o all.h5 --size 32 --threads 1 --validation 0; code 0
mkdir mirror
exif='\377\341\0\042Exif\0\0MM\0\052\0\0\0\010\0\001\001\022\0\003\0\0\0\001\0\002\0\0\0\0\0\0'
for file in faces/*.jpg; do
    # shellcheck disable=SC2059
    { head -c 2 "$file"; printf "$exif"; tail -c +3 "$file"; } >"mirror/${file#faces/}"
done
run prepare mirror -o mirror.h5 --size 32 --threads 1 --validation 0; code 0
for set in all mirror; do
    run evaluate --checkpoint r --data $set.h5 --split train --predictions $set.tsv; code 0
done
for n in 1 2 3; do
    run_on "$n" evaluate --checkpoint r --data all.h5 --split train --flip --json --predictions "flip$n.tsv" --threads 1; code 0
    out '"flip":	true'
    cp "$folder/out" "flip$n.json"
done
same flip1.tsv flip2.tsv 'expected the same outputs on 2 ranks'
same flip1.json flip2.json 'expected the same figures on 2 ranks'
same flip1.json flip3.json 'expected the same figures on 3 ranks'
call='evaluate --flip'
checks=$((checks + 2))
! cmp -s all.tsv mirror.tsv || fail 'expected other outputs for pictures in a mirror'
for set in all mirror; do sort $set.tsv >sorted.$set; done
sort flip1.tsv | paste sorted.all sorted.mirror - | awk -F'\t' '$1 == "name" { next }
    { for (i = 2; i <= NF / 3; i++) { d = ($i + $(i + NF / 3)) / 2 - $(i + 2 * NF / 3); if (d > 1e-5 || d < -1e-5) { print; wrong = 1 } } }
    END { exit wrong || NR < 50 }' >wrong || { fail 'expected the means of both outputs, found'; show wrong; }
run evaluate --checkpoint r --data set.h5 --flip; code 0; out 'flip       each image and its mirror image'

# Without a training part there is nothing to guess from.
awk 'NR == 1 { print $0 ",split"; next } { print $0 ",validation" }' faces/labels.csv >faces/judged.csv
run prepare faces --labels faces/judged.csv -o judged.h5 --size 32 --threads 1 --classes gender=male,female --classes race=white,black,asian,indian,other; code 0
run evaluate --checkpoint r --data judged.h5; code 0; out 'baseline: none'
run evaluate --checkpoint r --data judged.h5 --json; code 0; out '"baseline":	null'; out '"samples":	"unknown"'
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
head -1 two.csv | grep -q ',age2$' || fail "expected age2 in the head line, found $(head -1 two.csv)"
run predict --checkpoint two faces --format jsonl; code 0; out '"age":'; out '"age2":'
run evaluate --threads 0; code 2; no_out; err '--threads'
