#!/bin/bash
# headers.sh TREE COMPILER: every public header compiles alone.
cd "$1" || exit 1
shopt -s nullglob globstar
headers=(include/agr/**/*.h)
[[ ${#headers[@]} -gt 0 ]] || { echo "no headers"; exit 1; }
failed=0
for header in "${headers[@]}"; do
    "$2" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Iinclude -fsyntax-only -x c - <<<"#include <${header#include/}>" || {
        echo "$header: does not compile alone"
        failed=1
    }
done
[[ $failed -eq 0 ]] && echo "ok: ${#headers[@]} headers"
exit "$failed"
