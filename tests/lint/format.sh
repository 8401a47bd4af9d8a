#!/bin/bash
# format.sh TREE CLANG_FORMAT: C files are formatted as .clang-format says.
cd "$1" || exit 1
shopt -s nullglob globstar
files=(include/agr/**/*.h src/**/*.[ch] tests/**/*.[ch])
[[ ${#files[@]} -gt 0 ]] || { echo "no files"; exit 1; }
"$2" --dry-run --Werror "${files[@]}" && echo "ok: ${#files[@]} files"
