#!/bin/bash
# docs.sh TREE PROGRAM: what README and the manual say is there: every command and option shown exists, every link leads to
# a file, the index to every page, every package is explained, every preset named is one, every source file and function named is
# there, and git ignores what a reader puts into the repository's folder.
cd "$1" || exit 1
program=$2
shopt -s nullglob
failed=0
complain() {
    echo "$*"
    failed=1
}
pages=(README.md docs/*.md datasets/*.md)
[[ -f README.md ]] || complain "no README.md"

commands=$("$program" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
n_calls=0
while IFS=: read -r page call; do
    verb=$(sed 's/.*agr-mpi \([a-z]*\).*/\1/' <<<"$call")
    n_calls=$((n_calls + 1))
    grep -qx "$verb" <<<"$commands" || { complain "$page: no command '$verb' in: $call"; continue; }
    help=$("$program" "$verb" --help)
    for option in $(grep -oE -- '(^| |\[)--[a-z-]+' <<<"${call#*agr-mpi }" | tr -d ' ['); do
        [[ $option == --help ]] || grep -q -- "$option\b" <<<"$help" ||
            complain "$page: 'agr-mpi $verb' has no option $option: $call"
    done
done < <(awk 'FNR == 1 { code = 0 }
    /^```/ { code = !code; next }
    { sub(/(^|[ \t])#.*/, "") }
    (code || /^    [^ ]/) && /(^|[ |])agr-mpi [a-z]+/ { print FILENAME ":" $0 }' "${pages[@]}")

for page in "${pages[@]}"; do
    folder=$(dirname "$page")
    for link in $(grep -oE '\]\([^)#]+' "$page" | sed 's/^](//' | grep -v '^http'); do
        [[ -e $folder/$link ]] || complain "$page: no file '$link'"
    done
done

if [[ -f docs/README.md ]]; then
    for page in docs/[!R]*.md; do
        grep -qF "(${page#docs/})" docs/README.md || complain "docs/README.md does not lead to ${page#docs/}"
    done
fi
if [[ -f launch/packages ]]; then
    while read -r package; do
        grep -qF "\`$package\`" docs/dependencies.md || complain "docs/dependencies.md: nothing about package '$package'"
    done < <(grep -v '^#' launch/packages)
fi
for preset in $(cat "${pages[@]}" | grep -oE -- '--preset [a-z]+' | sed 's/.* //' | sort -u); do
    grep -q "\"name\": \"$preset\"" CMakePresets.json || complain "no preset '$preset'"
done
rooms=$(cd src && echo */ | sed 's#/ *#|#g; s#|$##')
for file in $(cat "${pages[@]}" | grep -oE "\b($rooms)/[a-z0-9_]+\.[ch]\b" | sort -u); do
    [[ -e src/$file || -e include/agr/$file || -e tests/unit/$file ]] || complain "no source file '$file'"
done
for name in $(cat "${pages[@]}" | grep -oE '\bagr_[a-z0-9_]+\(\)' | sort -u); do
    grep -rqw --include='*.[ch]' "${name%??}" include src || complain "no function '$name'"
done
if [[ -f .gitignore ]] && command -v git >/dev/null; then
    repository=$(mktemp -d)
    trap 'rm -rf "$repository"' EXIT
    git init -q --bare "$repository"
    for file in $(cat README.md docs/tutorial.md 2>"$repository/out" |
        awk '/^```/ { code = !code } { sub(/(^|[ \t])#.*/, "") } code' |
        grep -oE '(agr-mpi (synth|prepare|predict)| -o| >| --plots) [A-Za-z][^ ]*|agr-mpi report *$' | sed 's/.* report *$/report.html/; s/.* //' | sort -u); do
        git --git-dir="$repository" --work-tree=. check-ignore --no-index "$file" "$file/x" >"$repository/out" ||
            complain "README.md or docs/tutorial.md: git does not ignore '$file'"
    done
fi
[[ $failed -eq 0 ]] && echo "ok: ${#pages[@]} pages, $n_calls calls"
exit "$failed"
