#!/bin/bash
# calls.sh TREE OBJECTS: read from the object files that the build left in OBJECTS: a function that other files may call is
# called by one, or by its own file and a test; and inside a room no files call each other in a circle.
cd "$1" || exit 1
objects=()
while IFS= read -r object; do
    source=$(sed -E 's#/CMakeFiles/[^/]*/#/#; s#\.o$##' <<<"${object#"$2"/}")
    # Objects of sources that are gone may still lie there; stb.c is other people's code.
    [[ -f src/$source && $source != image/stb.c ]] && objects+=("$object")
done < <(find "$2" -name '*.c.o')
[[ ${#objects[@]} -gt 0 ]] || { echo "no object files in '$2'"; exit 1; }

# Lines "room/file name T|U": defined, wanted. A kernel's builds for several instruction sets are one file.
symbols=$(nm -A -P "${objects[@]}" | sed -E "s#^$2/##; s#/CMakeFiles/[^/]*/#/#; s#\.c\.o: # #" |
    awk '$3 == "T" || $3 == "U" { print $1, $2, $3 }' | sort -u)
failed=0
while read -r file name; do
    n_lines=$(grep -cw "$name" "src/$file.c")
    if [[ $n_lines -lt 2 ]]; then
        echo "src/$file.c: nobody calls $name()"
    elif ! grep -rqw "$name" tests; then
        echo "src/$file.c: only this file calls $name(): make it static"
    else
        continue
    fi
    failed=1
done < <(awk '$3 == "T" { home[$2] = $1 } $3 == "U" { wanted[$2] = 1 }
    END { for (name in home) if (!(name in wanted) && name != "main") print home[name], name }' <<<"$symbols" | sort)

circles=$(awk 'NR == FNR { if ($3 == "T") home[$2] = $1; next }
    $3 == "U" && ($2 in home) {
        split($1, from, "/"); split(home[$2], to, "/")
        if (from[1] == to[1]) print $1, home[$2]
    }' <(echo "$symbols") <(echo "$symbols") | sort -u | tsort 2>&1 >/dev/null)
if [[ -n $circles ]]; then
    sed -E 's/^tsort: (-: .*)?//; s/^$/files that call each other in a circle:/; s#^[^ ]+/#  &#' <<<"$circles"
    failed=1
fi
[[ $failed -eq 0 ]] && echo "ok: ${#objects[@]} files"
exit "$failed"
