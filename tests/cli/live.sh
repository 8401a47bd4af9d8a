# The rows of --progress live on a terminal: tmux is the terminal, which says what it shows. Skipped without it. Nothing here
# waits for a time: what is waited for is seen, or the program has ended.
command -v tmux >/dev/null || { echo 'no tmux: skipped'; exit 77; }
tmux=(false)
n_terminals=0
export LC_ALL=C.UTF-8 TERM=xterm
trap '"${tmux[@]}" kill-server 2>/dev/null; rm -rf "$folder"' EXIT

on_terminal() { # WIDTH HEIGHT SHELL-COMMAND: runs it there; its exit code comes into the file `code`, then the terminal stays
    call=$3
    rm -f code
    "${tmux[@]}" kill-server 2>/dev/null
    n_terminals=$((n_terminals + 1)) # a server that ends may still hold its socket
    tmux=(tmux -S "$folder/tmux.$n_terminals" -f /dev/null)
    "${tmux[@]}" new-session -d -x "$1" -y "$2" "trap : INT; $3; echo \$? >code.part; mv code.part code; exec cat"
}
ranks() { # processes that mpirun has started
    cat "/proc/$(cat pid)/task/$(cat pid)/children"
}
# Of a program that stands still: every terminal tells a new size a moment later than it takes it.
resize() { # WIDTH HEIGHT
    local ranks before='' n_still=0 tty
    ranks=$(ranks)
    tty=$("${tmux[@]}" display -p '#{pane_tty}')
    # shellcheck disable=SC2086 # a list of numbers
    kill -STOP $ranks
    while [ "$n_still" -lt 10 ]; do # what is under way arrives
        if [ "$(screen)" = "$before" ]; then n_still=$((n_still + 1)); else n_still=0; fi
        before=$(screen)
        sleep 0.05
    done
    "${tmux[@]}" resize-window -x "$1" -y "$2"
    until [ "$(stty size <"$tty")" = "$2 $1" ]; do sleep 0.05; done
    # shellcheck disable=SC2086
    kill -CONT $ranks
}
screen() { # what the terminal shows, and with -S - all that has left it above
    "${tmux[@]}" capture-pane -p "$@"
}
shows() { # PATTERN: waits until some line of the terminal matches; a hanging program meets the test's own timeout
    until screen | grep -qE -- "$1"; do
        if [ -e code ] || ! "${tmux[@]}" has-session 2>/dev/null; then
            screen | grep -qE -- "$1" || fail "the program has ended and never showed '$1'"
            return
        fi
        sleep 0.05
    done
}
ends() { # EXIT-CODE
    checks=$((checks + 1))
    until [ -e code ] || ! "${tmux[@]}" has-session 2>/dev/null; do sleep 0.05; done
    [ "$(cat code)" = "$1" ] || { fail "expected exit code $1, found $(cat code)"; screen | sed 's/^/  | /'; }
}
holds() { # COUNT PATTERN [capture options]: so many lines match
    checks=$((checks + 1))
    local n
    n=$(screen "${@:3}" | grep -cE -- "$2")
    [ "$n" = "$1" ] || { fail "expected $1 lines like '$2', found $n"; screen "${@:3}" | sed 's/^/  | /'; }
}

run synth faces --count 120 --seed 3; code 0
run prepare faces -o set.h5 --threads 1; code 0

# Two ranks, one branch that goes on until it is asked to stop, two that end soon and whose rank joins it.
train="${MPIEXEC:-mpiexec} -n 2 $program train --data set.h5 --set branches.age=age_small
    --epochs 999 --set train.branch_epochs=gender:2,race:2"
train=$(tr '\n' ' ' <<<"$train")
row() { # BRANCH: whatever columns there are, those that a row always has
    echo "^$1 +\[[#.]+\] +[0-9]+/[0-9]+ .*(done| s| min)( |\$)"
}

on_terminal 80 24 "$train --run live & echo \$! >pid; wait \$!"
shows "$(row age).* [12]\$"
shows "$(row gender).* 0\$"
holds 1 '^branch +epoch +loss +metric +images/s +left +ranks$'
holds 1 "$(row age)"; holds 1 "$(row gender)"; holds 1 "$(row race)"; holds 1 "$(row total).* 2\$"
resize 60 24
shows '^branch +epoch +(loss +)?metric +left$'
shows "$(row total)"
holds 1 "$(row age)"; holds 1 "$(row race)"; holds 1 '^branch '
resize 24 24
shows '^branch +(epoch +)?left$'
shows '^total .*[0-9] (s|min)$'
holds 1 '^branch '; holds 1 '^total '; holds 1 '^race .*done$'
resize 80 24
shows "$(row race).* 0\$"
ranks | xargs kill -USR1 # mpirun would say a line about it
ends 75
# All that ever was on the terminal, with what has left it above: the lines of log.txt, and no row.
holds 0 '^(branch|total|age|gender|race) ' -S -
holds 0 '\[[#.]+\]' -S -
holds 1 '^best   gender ' -S -
holds "$(grep -c '^epoch [0-9]*/' live/log.txt)" '^epoch [0-9]+/' -S -
checks=$((checks + 1))
[ "$("${tmux[@]}" display -p '#{cursor_flag}')" = 1 ] || fail 'expected a cursor that is seen'

# Ctrl-C without mpirun: the rows go, and the run can be resumed.
on_terminal 80 24 "$program train --resume --run live --threads 1"
shows "$(row age)"
"${tmux[@]}" send-keys C-c
ends 75
holds 0 '^(branch|total|age) ' -S -
holds 1 'stopped on request; go on with --resume' -S -
# Ctrl-C under mpirun, which kills: what stands there are whole rows above the cursor, which is seen.
on_terminal 80 24 "${MPIEXEC:-mpiexec} -n 2 $program train --resume --run live"
shows "$(row age)"
"${tmux[@]}" send-keys C-c
ends 1
checks=$((checks + 1))
[ "$(screen -S - | grep -c '^total ')" -le 1 ] || { fail 'expected no row twice'; screen -S - | sed 's/^/  | /'; }
checks=$((checks + 1))
[ "$("${tmux[@]}" display -p '#{cursor_flag}')" = 1 ] || fail 'expected a cursor that is seen'

# Elsewhere than on a terminal no escape code is written.
on_terminal 80 24 "$train --run pipe --set train.max_steps=2 --set train.branch_epochs=none | cat >piped"
ends 0
checks=$((checks + 2))
grep -q '^best   gender' piped || fail 'expected the lines of a run'
grep -q "$(printf '\033\|\r')" piped && fail 'an escape code in a pipe'
