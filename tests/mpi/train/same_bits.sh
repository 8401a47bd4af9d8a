# The same bits on any number of ranks and threads: weights, moments, positions, histories, and what evaluate says.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 150

train_on 1 --run one --threads 1; code 0
"$digest" one/checkpoint.h5

# ranks, threads, placement: uneven shards, leaders that are not rank 0, rank 0 as a joiner, ranks that sleep at first. Whether
# ranks change teams on the way depends on who is faster.
while read -r n threads placement; do
    run=on_${n}_$threads
    rm -rf "$run"
    train_on "$n" --run "$run" --threads "$threads" --placement "$placement"; code 0
    same_run one "$run"
    printf '%2s ranks x %s  %-28s %s  %s changes of teams\n' "$n" "$threads" "$placement" \
        "$("$digest" "$run/checkpoint.h5" | md5sum | cut -c1-16)" "$(lines_with '"event": "team",' "$run/events.jsonl")"
done <<END
1 2 auto
2 1 auto
3 1 age:1,gender:1,race:1
3 2 gender+race:2,age:1
4 1 race:1,gender:1,age:2
5 1 age:3,gender:1,race:1
5 2 age:1,gender:1,race:1
12 1 age:5,gender:4,race:3
12 2 gender+race:1,age:3
END

# Here they do: the other branches end early, and age's two or more ranks have no end of work that more ranks do faster. All are
# stopped when that has happened, and go on to one number of epochs.
options=(--threads 1 --set train.branch_epochs=gender:1,race:2 --set checkpoint.backup_epochs=10)
while read -r n placement; do
    run=grown_$n
    start_on "$n" --run "$run" "${options[@]}" --epochs $endless --placement "$placement"
    await '"event": "team",' "$run/events.jsonl"
    await '"branch": "age"' "$run/events.jsonl" $(($(lines_with '"branch": "age"' "$run/events.jsonl") + 2))
    kill -USR1 "$launcher"
    await_end; code 75
    goes_on 2 "$run"
done <<END
4 race:1,gender:1,age:2
5 age:3,gender:1,race:1
12 gender+race:3,age:2
END

# evaluate: figures and raw outputs.
for n in 1 2 3; do
    run_on "$n" evaluate --checkpoint one --data set.h5 --json --predictions "outputs.$n" --threads "$n"; code 0
    cp "$folder/out" "figures.$n"
    same figures.1 "figures.$n" "evaluate says something else on $n ranks"
    same outputs.1 "outputs.$n" "evaluate predicts something else on $n ranks"
done
