#!/bin/bash
# rooms.sh TREE: a room includes headers of rooms above it only; kernels and nn never of comm; each outside library is
# known to one room; only cli prints to stdout or exits; what may change a weight calls base/elementary.h and not the C
# library's functions, whose bits differ from machine to machine.
cd "$1" || exit 1
shopt -s nullglob globstar
awk '
BEGIN {
    n = split("base config comm image store data kernels nn audit train report export doctor cli", order, " ")
    for (i = 1; i <= n; i++) place[order[i]] = i
    only["mpi.h"] = "comm"; only["hdf5.h"] = "store"; only["yaml.h"] = "config"; only["cblas.h"] = "kernels"
    ends["src/comm/world.c"] = 1   # agr_world_abort() ends the process: that is what it is for
    ends["src/doctor/child.c"] = 1 # a child process that has given its answer
    ends["src/store/vet.c"] = 1 # a child process that has given its answer
    only["libexif/exif-data.h"] = "image"; only["openblas_config.h"] = "kernels"
    only["onnx.pb-c.h"] = "export"; only["protobuf-c/protobuf-c.h"] = "export"
}
FNR == 1 {
    files++
    room = FILENAME
    sub(/^(include\/agr|src)\//, "", room)
    sub(/\/.*/, "", room)
}
function complain(what) {
    printf "%s:%d: %s\n", FILENAME, FNR, what
    found = 1
}
/^[ \t]*#[ \t]*include/ {
    header = $0
    sub(/^[^<"]*[<"]/, "", header)
    sub(/[>"].*/, "", header)
    if (header ~ /^agr\//) {
        other = header
        sub(/^agr\//, "", other)
        sub(/\/.*/, "", other)
        if (!(other in place))
            complain("no room \047" other "\047")
        else if (place[other] > place[room])
            complain("room \047" room "\047 includes \047" other "\047, which is below it")
        else if (other == "comm" && (room == "kernels" || room == "nn"))
            complain("room \047" room "\047 must not know of ranks")
    }
    if (header ~ /^stb/ && room != "image")
        complain("stb is known to room \047image\047 only")
    if ((header in only) && room != only[header])
        complain("<" header "> is known to room \047" only[header] "\047 only")
}
room != "cli" && /(^|[^a-zA-Z0-9_])(printf|puts|putchar|vprintf|exit|_exit|quick_exit)[ ]*\(/ && !/__attribute__/ {
    line = $0
    sub(/^[ \t]*(\*|\/\*|\/\/).*/, "", line)   # comments may speak of them
    gsub(/\/\*[^*]*\*\//, "", line)
    gsub(/"([^"\\]|\\.)*"/, "", line)
    if (FILENAME in ends) sub(/exit[ ]*\(/, "", line)
    if (line ~ /(^|[^a-zA-Z0-9_>.])(printf|puts|putchar|vprintf|exit|_exit|quick_exit)[ ]*\(/)
        complain("only room \047cli\047 prints to stdout or exits")
}
room != "cli" && /[^a-zA-Z0-9_]stdout[^a-zA-Z0-9_]/ && !/^[ \t]*(\*|\/\*)/ && !/"[^"]*stdout[^"]*"/ {
    complain("only room \047cli\047 knows stdout")
}
room != "cli" && FILENAME != "src/data/statistics.c" && !/^[ \t]*(\*|\/\*)/ {   # these two show numbers
    line = $0
    gsub(/\/\*[^*]*\*\//, "", line)
    gsub(/"([^"\\]|\\.)*"/, "", line)
    if (line ~ /(^|[^a-zA-Z0-9_>.])(exp|exp2|expm1|log|log2|log10|log1p|pow|cbrt|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|erf|hypot|tgamma|lgamma)[fl]?[ ]*\(/)
        complain("the bits of this function differ between machines: use base/elementary.h")
}
END {
    if (files == 0) { print "no files"; exit 1 }
    if (!found) print "ok: " files " files"
    exit found
}' include/agr/**/*.h src/**/*.[ch]
