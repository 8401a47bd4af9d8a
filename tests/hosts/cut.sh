# A cut link: the run names rank and host, ends by itself, and goes on to the same bits.
# shellcheck source=tests/hosts/hosts.sh
. "$source/tests/hosts/hosts.sh"
hosts_begin 3
small=$source/tests/mpi/train/small.yaml patience_s=${AGR_TEST_PATIENCE_S:-600}
await() { # FILE TEXT
    local end_s=$((SECONDS + patience_s))
    until grep -qF -- "$2" "$1" 2>/dev/null; do
        [ "$SECONDS" -lt "$end_s" ] || { fail "expected '$2' in $1"; return; }
        sleep 0.1
    done
}
run synth faces --count 40; code 0
run prepare faces -o set.h5 --size 32 --threads 1; code 0
once=(train --config "$small" --data set.h5 --threads 1 --placement age+gender+race:3 --set checkpoint.every=1s)
(
    run_hosts 1 "${once[@]}" --run cut --epochs 1000000 --set comm.stall_after=2s --set comm.abort_after=2s --set checkpoint.backup_epochs=0
    echo "$exit_code" >ended
) &
await cut/log.txt 'checkpoint: '
ip -n "$hosts_name-switch" link set port2 down
wait $!
cp "$folder/err" said
exit_code=$(cat ended) call='a run whose link is cut'
ip -n "$hosts_name-switch" link set port2 up
is_an_end() { # mpirun waits for the host out of reach until it is ended by force
    [ "$exit_code" = 75 ] || [ "$exit_code" -gt 128 ] || fail "expected exit code 75 or that of a signal, found $exit_code"
}
is_an_end; err 'rank 2 (host2) is stalled'; err 'is still stalled'; err 'go on from the last checkpoint with --resume'

run inspect cut --json; code 0
n=$(($(sed -n 's/.*"epoch":[[:space:]]*\([0-9]*\).*/\1/p' "$folder/out" | sort -n | tail -1) + 2))
run train --config cut/config.yaml --data set.h5 --run cut --resume --placement auto --epochs "$n" --threads 1; code 0
run train --config "$small" --data set.h5 --run alone --epochs $n --threads 1 --set checkpoint.backup_epochs=0; code 0
run inspect alone --digest; code 0
cp "$folder/out" alone.txt
run inspect cut --digest; code 0
same alone.txt "$folder/out" 'expected the bits of a run that was never cut'
