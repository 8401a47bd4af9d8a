# train.halving: the same members end on any number of ranks, whatever came when, stopped and killed in between.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 80
halved=(--threads 1 --branches race --replicas 3 --set 'optimizer.lr=[0.01, 0.003]'
    --set 'train.halving.at=[1, 2]' --set 'train.halving.keep=[0.5, 0.34]')
same_file() { # RUN
    checks=$((checks + 1))
    cmp one/checkpoint.h5 "$1/checkpoint.h5" >"$folder/a" 2>&1 || fail "the runs one and $1 differ: $(cat "$folder/a")"
}
verdicts() { # RUN
    grep '"halved"' "$1/events.jsonl" | sed 's/.*"branch"/"branch"/' | sort
}

train_on 1 --run one "${halved[@]}"; code 0
is 'members that end at the first rung' "$(grep -c ' ends after epoch 1: place [456] of 6, 3 go on' one/log.txt)" 3
is 'members that end at the second rung' "$(grep -c ' ends after epoch 2: place 3 of 3, 2 go on' one/log.txt)" 1
is 'epochs in all' "$(grep -c ',race-v[12]-r[123],' one/history.csv)" $((3 * 1 + 2 + 2 * 4))
is 'lines of totals' "$(grep -c ' total ' one/log.txt)" 0
train_on 1 --run single "${halved[@]}" --set train.halving.at=1 --set train.halving.keep=0.1; code 0
is 'variants with no member at the end' "$(grep -c 'best   race-v[12]   0 of 3 members: halving ended all of them' single/log.txt)" 1
verdicts one >verdicts
for n in 2 5; do
    train_on "$n" --run "on$n" "${halved[@]}"; code 0
    same_file "on$n"
    verdicts "on$n" >"verdicts$n"
    same verdicts "verdicts$n" "other members end on $n ranks"
done

# Teams of two ranks that wait for each other, and a rung that is settled when the rest begins.
train_on 5 --run teams "${halved[@]}" --placement race-v1-r1+race-v1-r2:2,race-v1-r3:2,race-v2-r1+race-v2-r2+race-v2-r3:1; code 0
same_run one teams

# The epochs end where a rung stands; it is carried out when the run goes on.
train_on 3 --run more "${halved[@]}" --epochs 1; code 0
train_on 2 --run more "${halved[@]}" --resume; code 0
same_file more

# Stopped after each unit of work, on changing numbers of ranks.
for n in 1 3 2 5 1 4; do
    train_asked_on "$n" --run steps "${halved[@]}" --resume=auto; code 75
done
train_on 3 --run steps "${halved[@]}" --resume; code 0
same_file steps

# Killed after the first verdicts.
start_on 3 --run killed "${halved[@]}" --set checkpoint.every=1ms
await '"halved"' killed/events.jsonl
kill_all killed
train_on 2 --run killed "${halved[@]}" --resume=auto; code 0
same_file killed
