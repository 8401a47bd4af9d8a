# Whatever fails: nobody is left waiting, the message names rank and cause, and the checkpoint before stays.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 150
options=(--threads 1 --epochs 2)
long=(--threads 1 --epochs $endless --set checkpoint.backup_epochs=0 --placement age:2,gender+race:1)

gone() { # PROCESSES...
    local process end_s=$((SECONDS + patience_s))
    for process in "$@"; do
        checks=$((checks + 1))
        while [ -e "/proc/$process" ] && [ "$SECONDS" -lt "$end_s" ]; do sleep 0.02; done
        [ ! -e "/proc/$process" ] || { fail "process $process is still there"; kill -KILL "$process"; }
    done
}

# A rank dies.
for victim in 0 1; do
    start_on 3 --run "dead_$victim" "${long[@]}"
    await 'epoch 2/' say
    # shellcheck disable=SC2046
    set -- $(ranks)
    kill -KILL "$(rank_process $victim)"
    await_end
    is 'the run ends with an error' "$([ "$exit_code" != 0 ] && [ "$exit_code" != late ] && echo yes)" yes
    err "rank $victim"; err 'signal 9'
    gone "$@"
done

# A rank's dataset is cut short under it.
for n in 1 3; do
    cp set.h5 cut.h5
    start_on $n --run cut_$n --threads 2 --epochs "$endless" --set checkpoint.backup_epochs=0 --data cut.h5
    await 'epoch 2/' say
    # shellcheck disable=SC2046
    set -- $(ranks)
    truncate -s 4096 cut.h5
    await_end
    code 1
    err ": dataset 'cut.h5': cannot read pictures"; err 'agr-mpi: rank '; err 'hint: put it back'
    is 'lines of a crash' "$(grep -cE 'Process received signal|Bus error' "$folder/err")" 0
    gone "$@"
done

# A rank stands still: the watchdog names it, and it may go on.
for victim in 0 2; do
    start_on 3 --run "stalled_$victim" "${long[@]}" --set comm.stall_after=1s --placement age+gender+race:3
    await 'epoch 2/' say
    process=$(rank_process $victim)
    kill -STOP "$process"
    await "rank $victim ($(uname -n)) is stalled: it has not answered" talk
    kill -CONT "$process"
    await "rank $victim goes on" talk # a stop before that would end the run at once
    kill -USR1 "$launcher"
    await_end; code 75; sound "stalled_$victim"
done

# A rank stands still for good: the run ends by itself, or once it is asked to, and goes on to the same bits.
for victim in 0 2; do
    for end in itself asked; do
        run=still_${victim}_$end
        [ $end = itself ] && patience=1s || patience=0s
        start_on 3 --run "$run" "${long[@]}" --set comm.stall_after=1s --set comm.abort_after=$patience --set checkpoint.every=1s --placement age+gender+race:3
        await 'checkpoint: ' "$run/log.txt"
        # shellcheck disable=SC2046
        set -- $(ranks)
        kill -STOP "$(rank_process $victim)"
        await "is stalled: it has not answered" talk
        [ $end = itself ] || kill -USR1 "$launcher"
        await_end; code 75
        err "rank $victim ($(uname -n)) is still stalled"; err 'hint: go on from the last checkpoint'
        gone "$@"
        sound "$run"
    done
done

# Numbers blow up.
train_on 1 --run blown "${options[@]}"; code 0
"$digest" blown/checkpoint.h5 | grep '^age' >before
for n in 1 3; do
    train_on "$n" --run blown --resume --epochs 3 --threads 1 --set branches.age.heads.age_output.weight=1e38; code 1
    err "epoch 3, step 2: branch 'age': head 'age_output': expected a finite loss, found "; err "layer '"
    "$digest" blown/checkpoint.h5 | grep '^age' >after
    same before after 'the checkpoint before is no longer there'
done

# No room for checkpoints: training goes on, the end is an error, the checkpoint before stays.
ulimit -S -f 600
start_on 1 --run blown --resume --epochs $endless --threads 1 --set checkpoint.every=0.01s
ulimit -S -f unlimited
await 'training goes on, the checkpoint before stays' talk && await ' age ' say $(($(lines_with ' age ' say) + 2))
kill -TERM "$launcher"
await_end; code 1; err 'training goes on, the checkpoint before stays'; err 'File too large'
"$digest" blown/checkpoint.h5 | grep '^age' >after
same before after 'the checkpoint before is no longer there'
train_on 3 --run blown --resume --epochs 3 --threads 1; code 0
train_on 1 --run whole --threads 1 --epochs 3; code 0
same_end whole blown

# Things that are not there, or not right, before a step is done.
for n in 1 3; do
    train_on "$n" --run none --data absent.h5; code 1; err "absent.h5'"; err 'hint: agr-mpi prepare FOLDER'
    head -c 3000 set.h5 >torn.h5
    train_on "$n" --run none --data torn.h5; code 1; err "'torn.h5'"
    train_on "$n" --run set.h5 --threads 1; code 1; err "set.h5"
    train_on "$n" --run none --placement age:9,gender:1,race:1; code 2; err 'needs 11 ranks'
done
