# The same command again, and with other wishes: what a resumed run has left to do.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 150
rows() { # RUN BRANCH
    grep -c ",$2," "$1/history.csv"
}

# A stop while only the last validation is pending: it still comes.
"$program" prepare faces -o judged.h5 --size 32 --validation 0.95 --threads 1 >/dev/null 2>&1
judged=(--data judged.h5 --epochs 1 --threads 1)
train_asked_on 1 --run judged "${judged[@]}" --branches age; code 75
is phase "$(value judged age latest phase)" 1
train_on 2 --run judged "${judged[@]}" --resume --branches age; code 0
out 'resumed: age epoch 1, validation batch 1'
is 'epochs of age' "$(rows judged age)" 1
value judged age best epoch >best; checks=$((checks + 1))
[ -s best ] || fail 'no best after the last validation'

# Larger batches from one epoch to the next: what is left is counted in epochs.
train_on 1 --run larger --threads 1 --epochs 2; code 0
train_on 2 --run larger --resume --epochs 4 --threads 1 --set data.batch_size=32; code 0
is 'epochs of age' "$(rows larger age)" 4

# A smaller dataset than the one whose epoch was cut short.
"$program" prepare faces -o few.h5 --size 32 --validation 0.9 --threads 1 >/dev/null 2>&1
train_on 1 --run few --threads 1 --set train.max_steps=6; code 0
train_on 2 --run few --resume --threads 1 --data few.h5 --set train.max_steps=0; code 1
err "stands behind batch 6 of a pass, but this dataset has only 1"

# More epochs after the end: no total counts a branch as ended that goes on.
train_on 1 --run straight --threads 1; code 0
train_on 1 --run longer --threads 1 --epochs 2; code 0
train_on 3 --run longer --resume --threads 1 --epochs 4 --placement age:1,gender:1,race:1; code 0
checks=$((checks + 1))
grep -q 'have ended' longer/log.txt && fail 'a branch that goes on was counted as ended'
same straight/history.csv longer/history.csv 'the histories differ'
train_on 2 --run longer --resume --threads 1; code 0; out 'nothing left to train'

# More patience after an early stop.
patient=(--threads 1 --branches gender --epochs 12)
train_on 1 --run patient "${patient[@]}" --lr 0.3 --set train.early_stop_patience=1; code 0; out 'stopped early'
n=$(rows patient gender)
train_on 1 --run patient "${patient[@]}" --resume --set train.early_stop_patience=0; code 0
is 'epochs after more patience' "$(($(rows patient gender) > n))" 1

# A command that a batch system repeats: --lr restarts the schedule once.
rate=(--threads 1 --lr 0.005)
train_on 1 --run rate_whole "${rate[@]}"; code 0
for _ in 1 2 3; do train_asked_on 1 --run rate "${rate[@]}" --resume=auto; code 75; done
train_on 2 --run rate "${rate[@]}" --resume; code 0; same_run rate_whole rate

# A run keeps its branches, and its configuration survives a refusal.
cp straight/config.yaml before
train_on 2 --run straight --resume --branches age; code 1; err "run 'straight' holds branch 'gender'"; err train.branch_epochs
same before straight/config.yaml 'a refused call changed the configuration'

# Options that would do nothing; one voice for a mistake that every rank sees.
train_on 1 --run straight --resume --init straight; code 2; err 'goes on from its own weights'
train_on 1 --run new --reset-optimizer; code 2; err 'expected --resume'
train_on 1 --run new --set train.branch_epochs=eyes:3; code 2; err "found 'eyes'"
train_on 3 --run new --init absent.h5 --placement age:1,gender:1,race:1; code 1; err "absent.h5'"
is 'lines about absent.h5' "$(grep -c absent.h5 "$folder/err")" 1
train_on 2 --run from_run --init straight --threads 1 --epochs 1; code 0

# Ranks that nobody named sleep until a team has finished.
train_on 4 --run named --threads 1 --placement age:1,gender:1,race:1; code 0
is 'first change of teams' "$(grep -vF '"team formed"' named/events.jsonl | grep -oE '"event": "team[a-z ]*"' | head -1)" '"event": "team finished"'

# After a kill the log says what was kept.
says named/log.txt 'checkpoint: '
says named/log.txt 'age ended after epoch 4'

# Classes in another order are other classes: not to be mixed up with those of the weights.
"$program" prepare faces -o turned.h5 --size 32 --threads 1 --labels faces/labels.csv --classes gender=female,male >/dev/null 2>&1 ||
    fail 'cannot make a dataset with turned classes'
train_on 2 --run straight --resume --data turned.h5; code 1; err "label 'gender': expected classes male, female, found female, male"
train_on 2 --run turned --init straight --data turned.h5; code 1; err "label 'gender': expected classes male, female"

# --epochs is for all branches alike, --set has the last word.
train_on 2 --run levels --threads 1 --epochs 2 --set train.branch_epochs=race:1; code 0
is 'epochs of race' "$(rows levels race)" 1
is 'epochs of age' "$(rows levels age)" 2
