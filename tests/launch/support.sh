# Sourced by the tests of launch/: a folder of this test's own, checks that say what they found, and a stand-in for
# mpirun that writes down what reaches it.
# shellcheck shell=bash
set -u
# shellcheck disable=SC2034 # used by the tests
repository=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

expect() { # what, expected, found
    if [[ $2 != "$3" ]]; then
        echo "$1: expected '$2', found '$3'"
        failures=$((failures + 1))
    fi
}

expect_words() { # what, words, text
    if [[ $3 != *"$2"* ]]; then
        echo "$1: expected '$2' in '$3'"
        failures=$((failures + 1))
    fi
}

finish() {
    [[ $failures -eq 0 ]] && echo ok
    exit "$((failures > 0))"
}

# A stand-in for mpirun: notes its arguments and signals in $folder/seen; ends with 75 soon after USR1, with 143
# on TERM, and with $FAKE_STATUS at once when that is set.
fake_mpirun() {
    mkdir -p "$folder/bin"
    cat >"$folder/bin/mpirun" <<SCRIPT
#!/bin/bash
say() { echo "\$@" >>"$folder/seen"; }
say "arguments \$*"
say "folder \$PWD"
say "group \$(ps -o pgid= -p \$\$ | tr -d ' ') of \$\$"
[[ -n \${FAKE_STATUS:-} ]] && exit "\$FAKE_STATUS"
trap 'say usr1; [[ -n \${FAKE_DEAF:-} ]] || { sleep 0.3; exit 75; }' USR1
trap 'say int' INT
trap 'say term; exit 143' TERM
say ready
for ((i = 0; i < 6000; i++)); do sleep 0.1; done
SCRIPT
    chmod +x "$folder/bin/mpirun"
    PATH=$folder/bin:$PATH
}

# Waits until the stand-in has noted this line.
wait_seen() {
    local i
    for ((i = 0; i < 6000; i++)); do
        grep -qs "^$1" "$folder/seen" && return
        sleep 0.1
    done
    echo "never seen: $1"
    failures=$((failures + 1))
}
