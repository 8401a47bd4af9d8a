#!/bin/bash
# openings.sh TREE: every source opens with a comment that says what it is for, every header too.
cd "$1" || exit 1
shopt -s nullglob globstar
files=(include/agr/**/*.h src/**/*.[ch])
[[ ${#files[@]} -gt 0 ]] || { echo "no files"; exit 1; }
awk 'FNR == 1 && !/^\/\*/ { print FILENAME ": does not open with what it is for"; found = 1 }
    END { exit found }' "${files[@]}" && echo "ok: ${#files[@]} files"
