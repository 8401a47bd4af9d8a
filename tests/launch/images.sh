#!/bin/bash
# launch/Containerfile, launch/apptainer.def and launch/spack: one recipe of images, in two languages; what they name is there.
# shellcheck source=tests/launch/support.sh
. "$(dirname "$0")/support.sh"

run=$(sed -n 's/^RUN //p' "$repository/launch/Containerfile")
post=$(awk '/^%post/ { on = 1; next } /^[%B]/ { on = 0 } on && NF { sub(/^ +/, ""); print }' "$repository/launch/apptainer.def")
expect "commands of the two recipes" "$run" "$post"
expect "commands" 2 "$(echo "$run" | wc -l)"
expect "bases of Containerfile" "debian:bookworm" "$(sed -n 's/^FROM \([^ ]*\).*/\1/p' "$repository/launch/Containerfile" | sort -u)"
expect "bases of apptainer.def" "debian:bookworm" "$(sed -n 's/^From: //p' "$repository/launch/apptainer.def" | sort -u)"
expect "launch/package" yes "$([ -x "$repository/launch/package" ] && echo yes)"
if command -v python3 >/dev/null; then
    python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$repository/launch/spack/package.py" 2>&1
    expect "launch/spack/package.py is Python" 0 $?
fi
finish
