# What the launch scripts share; sourced by them.
# shellcheck shell=bash

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Cores this process may use.
n_cores() {
    nproc
}

# Configures and builds one preset. Arguments: preset, arguments of cmake --build.
build_preset() {
    command -v cmake >/dev/null || {
        echo "build: no cmake on PATH" >&2
        echo "hint: launch/setup --print lists the packages that are needed" >&2
        return 1
    }
    local preset=$1
    shift
    (cd "$home" && cmake --preset "$preset" && cmake --build "build/$preset" -j "$(n_cores)" "$@")
}

# Waits for a child of this shell through any number of trapped signals; returns its exit code. Arguments: pid.
wait_for() {
    local status late
    wait "$1"
    status=$?
    while kill -0 "$1" 2>/dev/null; do
        wait "$1"
        status=$?
    done
    # A signal may have cut short the wait in which the child ended: the shell still knows its code.
    wait "$1" 2>/dev/null
    late=$?
    [[ $late -eq 127 ]] || status=$late
    return "$status"
}
