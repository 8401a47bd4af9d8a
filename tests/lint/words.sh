#!/bin/bash
# words.sh TREE: labels are data. The names of UTKFace's labels stand in no C file but the reader of its file names and
# the synthetic set.
cd "$1" || exit 1
shopt -s nullglob globstar
files=()
for file in include/agr/**/*.h src/**/*.[ch]; do
    case $file in
    */data/utkface.[ch] | */data/synth*.[ch] | */cli/cmd_synth.c) ;;
    *) files+=("$file") ;;
    esac
done
[[ ${#files[@]} -gt 0 ]] || { echo "no files"; exit 1; }
# Examples in comments may name them: what is looked at is code, comments taken out.
awk '
FNR == 1 { inside = 0 }
{
    line = $0
    text = ""
    while (line != "") {
        if (inside) {
            end = index(line, "*/")
            if (end == 0) break
            line = substr(line, end + 2)
            inside = 0
        } else {
            begin = index(line, "/*")
            if (begin == 0) { text = text line; break }
            text = text substr(line, 1, begin - 1)
            line = substr(line, begin + 2)
            inside = 1
        }
    }
    sub(/\/\/.*/, "", text)
    if (tolower(text) ~ /(^|[^a-z])(age|gender|race)([^a-z]|$)/) {
        printf "%s:%d: labels are data: %s\n", FILENAME, FNR, $0
        found = 1
    }
}
END { exit found }' "${files[@]}" && echo "ok: ${#files[@]} files"
