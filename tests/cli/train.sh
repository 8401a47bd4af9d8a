# agr-mpi train: what is said before a step is done, and what a run leaves behind. Runs on many ranks: tests/mpi/train.
small=$source/tests/mpi/train/small.yaml
run synth faces --count 60 --seed 3; code 0
run prepare faces -o set.h5 --size 32 --threads 1; code 0

run train --help; code 0; no_err; out 'usage: agr-mpi train'; out '--resume'; out '--max-time'; out '--placement'
run train --rubbish; code 2; no_out; err '--rubbish'
run train stray; code 2; no_out; err 'stray'
run train --epochs 0 --config "$small"; code 2; no_out; err 'epochs'
run train --epochs many --config "$small"; code 2; no_out; err 'many'
run train --config absent.yaml; code 1; no_out; err 'absent.yaml'
run train --set optimizer.rate=1; code 2; no_out; err 'optimizer.rate'
run train --branches height --config "$small"; code 2; no_out; err 'height'
run train; code 1; no_out; err "no dataset at 'datasets/faces.h5'"; err 'hint: agr-mpi prepare FOLDER'; err_lines 2
run train --progress loud; code 2; no_out; err 'loud'

run train --config "$small" --data set.h5 --run r --epochs 1 --threads 1 --set optimizer.lr_scale=age:0.5; code 0
err 'a lower optimizer.lr (now 0.005)'
err "warning: branch 'age': head 'age_output' was worse in epoch 1 than a guess that looks at no picture: loss "; err_lines 1
out 'placement: age+gender+race: rank 0'; out 'epoch 1/1  age '; out 'epoch 1  total'
for file in checkpoint.h5 history.csv events.jsonl config.yaml log.txt lock; do
    checks=$((checks + 1))
    [ -e "r/$file" ] || fail "expected r/$file"
done
checks=$((checks + 1))
[ "$(wc -l <r/history.csv)" = 5 ] || fail 'expected a head line, a row a branch and a total in history.csv'
run inspect r/checkpoint.h5; code 0; out age; out latest
run config --config r/config.yaml; code 0; out '  every: auto'
run train --config "$small" --data set.h5 --run r --resume --epochs 2 --threads 1 --set checkpoint.every=auto; code 0
run train --config "$small" --data set.h5 --run r --resume --epochs 2 --set checkpoint.every=often; code 2; err 'expected auto or a time with unit'

run train --config "$small" --data set.h5 --run plain --epochs 1 --threads 1; code 0
cp "$folder/out" plain.out
out 'to the end: age '
checks=$((checks + 1))
grep -q "$(printf '\r\|\033')" plain.out && fail 'a live line without a terminal'
run train --config "$small" --data set.h5 --run live --epochs 1 --threads 1 --progress live; code 0; err_lines 1
out "$(printf '\nbranch ')"; out ' images/s '; out "$(printf '\ntotal ')"
checks=$((checks + 1))
[ "$(tr '\r' '\n' <"$folder/out" | sed 's/\x1b\[[?0-9]*[A-Za-z]//g' | grep -c '^epoch 1')" = 4 ] || fail 'expected every plain line beside the live ones'

run train --config "$small" --data set.h5 --run quiet --epochs 1 --threads 1 --progress none; code 0; no_out; err_lines 1
run train --config "$small" --data set.h5 --run one --branches gender --set train.max_steps=1 --threads 1; code 0
out 'best   gender    no epoch is complete'
out 'placement: gender: rank 0'

# Who trained is told rank by rank, or as one where they are many; who had nothing to do in one line.
one_step=(train --config "$small" --data set.h5 --branches gender --set train.max_steps=1 --threads 1)
run_on 4 "${one_step[@]}" --run idle --placement gender:1; code 0
out 'rank 0   computing '; out 'ranks 1-3 had no branch to train'
checks=$((checks + 1))
grep -q '^rank 1 ' "$folder/out" && fail 'expected nothing of a rank by itself that had no branch'
run_on 17 "${one_step[@]}" --run many --placement gender:17; code 0
out '17 ranks computing '; out '(means; computing: least '
checks=$((checks + 1))
grep -q '^rank \|no branch to train' "$folder/out" && fail 'expected no line of a rank by itself'

# Labels are asked before anything begins: no folder is left, and the picture is named.
columns() { # columns AWK-TEXT-OF-THE-AGE: the label table with other ages
    awk -F, "NR == 1 { print \"path,age,gender,race\"; next } { print \$1 \",\" ($1) \",\" \$3 \",\" \$4 }" faces/labels.csv
}
printf 'balance:\n  by: race*hat\n' | cat "$small" - >unfit.yaml
sed "s#nets/#$source/tests/mpi/train/nets/#" -i unfit.yaml
run train --config unfit.yaml --data set.h5 --run refused --threads 1; code 1; no_out
err "unfit.yaml:$(wc -l <unfit.yaml): balance.by: dataset 'set.h5' has no label 'hat': expected one of age, gender, race"
columns '"" ' >none.csv
run prepare faces --labels none.csv -o none.h5 --size 32 --threads 1; code 0
run train --config "$small" --data none.h5 --run refused --threads 1; code 1; no_out
err "dataset 'none.h5': label 'age': expected labels to train on, found none on all 48 training pictures"
columns 'NR == 8 ? 300 : $2' >old.csv
run prepare faces --labels old.csv -o old.h5 --size 32 --threads 1; code 0
cat >classes.yaml <<'end'
layers: [flatten, dense: {units: 117}]
heads: [{name: o, target: age, loss: sparse_categorical_crossentropy}]
end
printf 'branches:\n  years: classes.yaml\n' >old.yaml
for verb in plan 'train --run refused'; do
    # shellcheck disable=SC2086 # words of a command
    run $verb --config old.yaml --data old.h5; code 1; no_out
    err "dataset 'old.h5': picture '$(sed -n '8s/,.*//p' faces/labels.csv)': label 'age'"; err 'from -0.5 to 116.5, found 300'
done

# A network that does not fit: the user's own file and line, whoever is asked, and no folder is left.
sed 's/units: 5/units: 7/' "$source/tests/mpi/train/nets/race.yaml" >seven.yaml
printf 'branches:\n  race: seven.yaml\n' >mine.yaml
for verb in plan 'train --run refused'; do
    # shellcheck disable=SC2086 # words of a command
    run $verb --config mine.yaml --data set.h5; code 1; no_out
    err "seven.yaml:$(grep -n race_output seven.yaml | cut -d: -f1): head 'race_output': expected the 5 classes of 'race', found a last layer for 7"
done
checks=$((checks + 1))
[ ! -e refused ] || fail "a refused call left a folder: $(ls -A refused)"

# The folder follows the configuration's name.
cp "$small" mine.small.yaml; cp -r "$source/tests/mpi/train/nets" .
run train --config ./mine.small.yaml --branches gender --set train.max_steps=1 --threads 1; code 0
run inspect runs/mine.small; code 0
run train --config quick --branches gender --data set.h5 --set train.max_steps=1 --threads 1; code 0
run inspect runs/quick; code 0
run train --config "$small" --branches age --data set.h5 --run vain --set train.max_steps=1 --set balance.weights=inverse; code 0
err 'warning: balance.weights weighs nothing here: no branch predicts classes'; err_lines 1
run train --config ./mine.small.yaml --branches gender --threads 1 --resume --set train.max_steps=2; code 0
checks=$((checks + 1))
[ "$(ls runs | tr '\n' ' ')" = 'mine.small quick ' ] || fail "expected mine.small and quick, found $(ls runs)"

# What cannot be written is said with the reason, once, and the run goes on.
mkdir -p talkless/log.txt
run train --config "$small" --data set.h5 --run talkless --branches gender --set train.max_steps=1 --threads 1; code 0
err "cannot write 'talkless/log.txt': Is a directory"; err_lines 1

# The size of a last layer follows from its label, and from then on is written as a number.
run prepare faces --labels faces/labels.csv -o eyes.h5 --size 32 --threads 1; code 0
auto_net() { # auto_net TARGET LOSS UNITS-OF-THE-LAYER-BEFORE
    printf 'layers: [flatten, dense: {units: %s}, dense: {name: last, units: auto}]\n' "$3"
    printf 'heads:\n  - {name: o, target: %s, loss: %s}\n' "$1" "$2"
}
auto_net eye_color sparse_categorical_crossentropy 3 >auto_eyes.yaml
auto_net gender binary_crossentropy 3 >auto_gender.yaml
auto_net age mse 3 >auto_age.yaml
printf 'branches: {eyes: auto_eyes.yaml, gender: auto_gender.yaml, age: auto_age.yaml}\n' >auto.yaml
run train --config auto.yaml --data eyes.h5 --threads 1 --epochs 1; code 0
checks=$((checks + 1))
[ "$(sed -n 's/.*name: last, units: //p' runs/auto/config.yaml | tr '\n' ' ')" = '5} 1} 1} ' ] ||
    fail "expected 5, 1 and 1 units, found $(grep 'name: last' runs/auto/config.yaml)"
run predict --checkpoint runs/auto "$(find faces -name '*.jpg' | head -1)"; code 0; no_err
run train --config auto.yaml --data eyes.h5 --threads 1 --epochs 2 --resume; code 0
run plan --config auto.yaml --data eyes.h5; code 0
run init --config auto.yaml --data eyes.h5 -o auto.h5; code 0
run plan --config auto.yaml --images 10; code 1; err "auto_eyes.yaml:1: dense 'last': units: auto: expected a number"; err 'hint: auto stands in the last layer of a head, and --data FILE tells'
auto_net age sparse_categorical_crossentropy 3 >auto_age.yaml
run train --config auto.yaml --data eyes.h5 --run refused; code 1; no_out
err "auto_age.yaml:3: head 'o': units: auto: expected a label with classes for loss 'sparse_categorical_crossentropy', 'age' is a number"
auto_net eyebrows mse 3 >auto_age.yaml
run plan --config auto.yaml --data eyes.h5; code 1; err "auto_age.yaml:3: head 'o': target: no label 'eyebrows' in the data"
auto_net age mse auto >auto_age.yaml
run plan --config auto.yaml --data eyes.h5; code 1; err "auto_age.yaml:1: dense 'dense': units: auto: expected a number"
run_on 3 train --config auto.yaml --data eyes.h5 --run refused; code 1; err "auto_age.yaml:1: dense 'dense'"
checks=$((checks + 1))
[ ! -e refused ] || fail 'a refused call left a folder'
