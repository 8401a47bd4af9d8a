#!/bin/bash
# Every shell script that can be started or sourced on its own is clean.
cd "$1" || exit 1
scripts=()
for file in launch/* .ci/* tests/*/*.sh; do
    case $file in
    launch/env | launch/lib.sh) scripts+=("$file") ;;
    *) IFS= read -r first <"$file" && [[ $first =~ ^'#!'.*sh$ ]] && scripts+=("$file") ;;
    esac
done
[[ ${#scripts[@]} -ge 8 ]] || { echo "expected launch scripts, found ${#scripts[@]} scripts"; exit 1; }
shellcheck -x -S warning "${scripts[@]}" && echo "ok: ${#scripts[@]} scripts"
