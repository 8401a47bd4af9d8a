#!/bin/bash
# shellcheck disable=SC2016 # the scripts in quotes are for other shells
# launch/env: sourced from anywhere by bash, from the repository by a plain sh; twice is as good as once.
# shellcheck source=tests/launch/support.sh
. "$(dirname "$0")/support.sh"

script='. "$1/launch/env" && . "$1/launch/env" && echo "$AGR_HOME|$PATH|$OMPI_ALLOW_RUN_AS_ROOT|$OMPI_MCA_rmaps_base_oversubscribe|$PRTE_MCA_rmaps_default_mapping_policy"'
expected="$repository|$repository/build/release:/usr/bin:/bin|1|1|:oversubscribe"
expect "bash elsewhere" "$expected" \
    "$(cd / && env -i PATH=/usr/bin:/bin bash -c "$script" bash "$repository")"
expect "sh in the repository" "$expected" \
    "$(cd "$repository" && env -i PATH=/usr/bin:/bin sh -c "$script" sh "$repository")"
if command -v dash >/dev/null; then
    found=$(cd / && env -i PATH=/usr/bin:/bin dash -c '. "$0/launch/env"' "$repository" 2>&1)
    expect_words "dash elsewhere" "hint: source it from the repository's folder" "$found"
fi
finish
