# agr-mpi inspect: what is in a dataset, in words, JSON and pictures.
run synth set --count 60 --seed 9; code 0
run prepare set --labels set/labels.csv -o four.h5 --threads 1; code 0

run inspect four.h5; code 0; no_err
out 'four.h5: 60 pictures of 96x96'; out 'split        48 train (80.0 %), 12 validation (20.0 %)'
out 'age: numbers, 60 labels; '; out 'gender: 2 classes, 60 labels'; out 'eye_color: 5 classes, 60 labels'
out 'always '; out 'mean absolute error'; out 'accuracy 0.'; out 'copies       0 groups'

# The counts are those of the names.
call='inspect against the file names'
for class in 0:male 1:female; do
    n=$(find set -name "*_${class%%:*}_?_*.jpg" | wc -l)
    checks=$((checks + 1))
    grep -Eq "^  ${class#*:} +$n " "$folder/out" || { fail "expected $n ${class#*:}"; show "$folder/out"; }
done

# The bars fit the terminal and are drawn with what the locale has.
export LC_ALL=C
for columns in 40 60 100; do
    COLUMNS=$columns run inspect four.h5; code 0
    checks=$((checks + 1))
    widest=$(grep -E '^  [^ ]+ +[0-9]+ +[0-9.]+ % ' "$folder/out" | awk '{ if (length($0) > w) w = length($0) } END { print w }')
    [ "$widest" -eq $((columns - 1)) ] || fail "expected the longest bar to end one short of column $columns, found $widest"
done
out '####'
LC_ALL=C.UTF-8 run inspect four.h5; code 0; out '███'
unset LC_ALL

run inspect four.h5 --json; code 0; no_err
out '"images":	60'; out '"kind":	"class"'; out '"baseline":'; out '"eye_color":'; out '"fingerprint":'

run inspect four.h5 --json --plots p --samples 20 --augmented 3; code 0
err 'wrote p/age.svg'
call='the pictures'
for file in age gender race eye_color age_by_gender age_by_race age_by_eye_color samples augmented; do
    checks=$((checks + 1))
    [ "$(tail -1 "p/$file.svg" 2>/dev/null)" = '</svg>' ] || fail "expected a complete p/$file.svg"
done
checks=$((checks + 3))
[ "$(grep -c '<image ' p/samples.svg)" = 20 ] || fail 'expected 20 samples'
[ "$(grep -c 'eye_color: ' p/samples.svg)" = 20 ] || fail 'expected a label for each of the 20 samples'
[ "$(grep -c '<image ' p/augmented.svg)" = 24 ] || fail 'expected 3 pictures and 7 versions of each'

# The augmentation shown is the configuration's.
pictures() { # FILE: each picture of its sheet once, counted
    grep -o '<image [^>]*href="[^"]*"' "$1" | grep -o 'href=.*' | sort -u | wc -l
}
checks=$((checks + 4))
run inspect four.h5 --plots still --augmented 3 --set augment.enabled=false; code 0
[ "$(pictures still/augmented.svg)" = 3 ] || fail 'expected 3 pictures and nothing else'
printf 'augment: {rotation_deg: 0, shift_height: 0, shift_width: 0, shear_deg: 0, zoom: 0, flip_horizontal: true}\n' >flips.yaml
run inspect four.h5 --plots flips --augmented 3 -c flips.yaml; code 0
[ "$(pictures flips/augmented.svg)" = 6 ] || fail 'expected 3 pictures and their mirrors'
run inspect four.h5 --plots mixed --augmented 3 -c flips.yaml --set augment.mixup=1; code 0
[ "$(pictures mixed/augmented.svg)" = 24 ] || fail 'expected 3 pictures and 7 blends of each'
[ "$(grep -c 'epoch [0-6]: 0\.[0-9]* of it, the rest ' mixed/augmented.svg)" = 21 ] || fail 'expected 21 blends told in words'
run inspect four.h5 --augmented 3 -c flips.yaml --set augment.zoom=tall; code 2; no_out; err 'expected a number from 0 to 0.99'
run inspect four.h5 -c flips.yaml; code 2; no_out; err '--config: expected with --augmented N'
run inspect four.h5 --set augment.zoom=0; code 2; no_out; err '--set: expected with --augmented N'

# Copies with other labels are found; so is a lack of validation.
mkdir copies && cp set/*.jpg copies
first=$(find set -name '*_0_?_*.jpg' | sort | head -1)
cp "$first" copies/99_1_4_20200101000000000.jpg
run prepare copies -o copies.h5 --validation 0; code 0
run inspect copies.h5; code 0
out 'copies       1 groups of equal files, 1 pictures beyond the first of each, 1 groups with different labels'
out '99_1_4_20200101000000000.jpg'; out 'no validation part'; out 'on 61 train pictures'

run inspect absent.h5; code 1; no_out; err "no file at 'absent.h5'"; err_lines 2
head -c 2000 four.h5 >cut.h5
run inspect cut.h5; code 1; no_out; err "'cut.h5': truncated: expected"; err 'found 2000'; err 'hint: '; err_lines 2
: >empty.h5
run inspect empty.h5; code 1; no_out; err "'empty.h5': empty file"
run inspect set; code 1; no_out; err_lines 2
run inspect four.h5 --samples 0; code 2; no_out; err '--samples'
: >file
run inspect four.h5 --plots file; code 1; err "'file'"
run_small 2 /dev/null inspect four.h5 --plots small
code 1; err 'File too large'

# A run in words: where each slot stands, and its epoch's figures.
run prepare set -o small.h5 --size 32 --threads 1; code 0
run train --config "$source/tests/mpi/train/small.yaml" --data small.h5 --run r --threads 1 --epochs 3; code 0
run inspect r; code 0; no_err
out "head gender_output: label 'gender', male, female"; out 'val_accuracy'; out 'val_mae'
out 'ended after epoch 3'; out 'after epoch 2'; out 'history of 3 epochs'
out 'run          r: ended; started '; out 'last event   end, '; out 'epoch 3/3'; out 'total         epoch 3'
out "of ranks' time, rank 0"
run_asked train --config "$source/tests/mpi/train/small.yaml" --data small.h5 --run s --threads 1 --set data.batch_size=8; code 75
run inspect s; code 0; out 'latest     inside epoch 1, step '; out 'run          s: stopped'; out 'no epoch yet'
out 'hint: agr-mpi train --run s --resume goes on with it'
run inspect r --json; code 0; out '"history":'
out '"state":	"ended"'; out '"teams":'
run inspect r --samples 2; code 2; no_out; err "--samples: expected a dataset, found run 'r'"
run inspect r/checkpoint.h5 --samples 2; code 2; no_out; err '--samples: expected a dataset'
run inspect r/checkpoint.h5 --plots c; code 2; no_out; err "--plots: expected a dataset or the folder of a run, found checkpoint"
run inspect; code 1; no_out; err "no file at 'datasets/faces.h5'"; err 'hint: agr-mpi prepare FOLDER'
run inspect set; code 1; no_out; err "folder 'set' is no run"; err 'hint: pictures become a dataset first: agr-mpi prepare set'

# Digests: a line a branch, the same for the same run; a dataset has its fingerprint; both at once is a contradiction.
run train --config "$source/tests/mpi/train/small.yaml" --data small.h5 --run again --threads 2 --epochs 3; code 0
run inspect again --digest; code 0; no_err
cp "$folder/out" digest.again
run inspect r --digest; code 0; no_err
same "$folder/out" digest.again 'the digests of one run twice differ'
[ "$(grep -cE '^(age|gender|race) +[0-9a-f]{16}$' "$folder/out")" = 3 ] || fail 'expected a digest for each branch'
run inspect s --digest; code 0
cmp -s "$folder/out" digest.again && fail 'another run has the same digests'
run inspect small.h5 --digest; code 0; out "dataset  $(run_to /dev/stdout inspect small.h5 --json | sed -n 's/.*"fingerprint":.*"\(.*\)".*/\1/p')"
run inspect r --digest --json; code 2; no_out; err '--json and --digest: expected one of them'

# Charts of a run: what each epoch reached, who trained what, and what the model says of the validation pictures.
complete() { # FOLDER FILE...: whole charts, well-formed where something can tell, with no value that is none
    local where=$1 file
    shift
    for file in "$@"; do
        checks=$((checks + 1))
        [ "$(tail -1 "$where/$file.svg" 2>/dev/null)" = '</svg>' ] || { fail "expected a complete $where/$file.svg"; continue; }
        ! grep -Eq '"-?(nan|inf)' "$where/$file.svg" || fail "$where/$file.svg has values that are none"
        ! command -v xmllint >/dev/null || xmllint --noout "$where/$file.svg" || fail "$where/$file.svg is not well-formed"
    done
}
run inspect r --json --plots rp; code 0; err 'wrote rp/teams.svg'
complete rp total teams
for branch in age gender race; do complete rp "curves_$branch" "worst_$branch" "slices_$branch"; done
complete rp scatter_age confusion_gender reliability_gender confusion_race reliability_race
call='the charts of a run'
checks=$((checks + 2))
[ "$(find rp -name '*.svg' | wc -l)" = 16 ] || fail "expected 16 charts, found $(find rp -name '*.svg' | wc -l)"
grep -q '<image ' rp/worst_age.svg || fail 'expected pictures of the worst mistakes'
run_on 2 inspect r --plots two; code 0
for file in rp/*.svg; do same "$file" "two/${file#rp/}" "${file#rp/}: two ranks draw another chart than one"; done

# Without its dataset the rest is drawn; another one can be named.
mv small.h5 moved.h5
run inspect r --plots rest; code 0; err "not judged: no dataset at 'small.h5'"; complete rest total teams curves_age
[ -e rest/confusion_gender.svg ] && fail 'judged without a dataset'
run inspect r --plots rest --data moved.h5; code 0; complete rest confusion_gender
mv moved.h5 small.h5

# A run that is under way, from its first moment on: before its first epoch, and while it goes on.
. "$source/tests/mpi/train/vocabulary.sh"
ln -s small.h5 set.h5
start_on 1 --run w --threads 1 --epochs "$endless" --set data.batch_size=8 --set checkpoint.every=1s
await '"event": "team formed"' w/events.jsonl
stand_still "$launcher"
run inspect w; code 0; no_err; out 'run          w: running; started '
run inspect w --json --plots wp; code 0; out '"state":	"running"'
kill -CONT "$launcher"
await ',total,' w/history.csv
await '"event": "checkpoint"' w/events.jsonl
stand_still "$launcher"
run inspect w --plots wp; code 0; out 'run          w: running'; out "/$endless"; complete wp teams total curves_age confusion_gender
kill_all w
run inspect w; code 0; out 'run          w: broken off'; out 'hint: agr-mpi train --run w --resume goes on with it'

# What a run leaves in its first moment, and what a death in the middle of a line leaves: no mistake; damage is one.
mkdir first && cp w/config.yaml first && head -1 w/events.jsonl >first/events.jsonl
run inspect first; code 0; no_err; out 'first: broken off; started '; out 'no epoch yet'; out '--resume=auto'
run inspect first --plots fp; code 0; err "nothing to judge yet: 'first' holds no checkpoint"
printf '{"time": 17956' >>first/events.jsonl
run inspect first; code 0; no_err
printf '\n' >>first/events.jsonl
run inspect first; code 0; out 'events.jsonl: 1 lines are no events, the first is line 2'
printf 'epoch,branch,head,lr,loss,val_loss,metric,value,val_value,best\n1,age,age_output,0.1,many,,mae,1,1,1\n' >first/history.csv
run inspect first; code 1; no_out; err "'first/history.csv': line 2: loss: expected a number, found 'many'"
sed -i 's/many/1/; s/^1,age/3,age/' first/history.csv
run inspect first; code 1; no_out; err "line 2: epoch: expected"
