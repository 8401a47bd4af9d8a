#!/bin/bash
# launch/setup: prints its list; without apt or rights it names the packages and lets the build go on.
# shellcheck source=tests/launch/support.sh
. "$(dirname "$0")/support.sh"

for package in gcc cmake libopenmpi-dev libhdf5-dev libcmocka-dev; do
    expect_words "--print" " $package " " $("$repository/launch/setup" --print) "
done

mkdir "$folder/bin"
for tool in sh dirname grep tr id; do
    ln -s "$(command -v $tool)" "$folder/bin/$tool"
done
found=$(PATH=$folder/bin "$repository/launch/setup" 2>&1)
expect "code without dpkg" 0 $?
expect_words "without dpkg" "these are needed: gcc" "$found"
expect_words "without dpkg" "CMAKE_PREFIX_PATH" "$found"

# A Debian on which nothing is installed and apt-get notes what it is asked for.
printf '#!/bin/sh\nexit 1\n' >"$folder/bin/dpkg-query"
printf '#!/bin/sh\necho "$*" >>"%s/asked"\n' "$folder" >"$folder/bin/apt-get"
printf '#!/bin/sh\necho 0\n' >"$folder/bin/id.root"
rm "$folder/bin/id"
mv "$folder/bin/id.root" "$folder/bin/id"
ln -s "$(command -v env)" "$folder/bin/env"
chmod +x "$folder/bin/"{dpkg-query,apt-get,id}
PATH=$folder/bin "$repository/launch/setup" 2>/dev/null
expect "code with apt" 0 $?
expect_words "asked" "-q update" "$(cat "$folder/asked")"
expect_words "asked" "install -y --no-install-recommends gcc" "$(cat "$folder/asked")"
finish
