# agr-mpi synth: a labelled set, the same bytes for any number of threads, complete or absent.
run synth one --count 70 --seed 5 --threads 1; code 0; no_err; out 'one: 70 pictures and labels.csv'
run synth two --count 70 --seed 5 --threads 3; code 0
call='synth with 1 and 3 threads'
checks=$((checks + 1))
diff -rq one two || fail 'expected the same files'
run synth more --count 80 --seed 5; code 0
call='synth --count 80 against --count 70'
checks=$((checks + 1))
[ "$(diff -rq one more | grep -cv '^Only in more')" = 1 ] || fail 'expected the first pictures to be the same'

call='the files of a set'
checks=$((checks + 3))
[ "$(find one -name '*_*_*_*.jpg' | wc -l)" = 70 ] || fail "expected 70 names, found $(find one -name '*.jpg' | wc -l)"
[ "$(head -1 one/labels.csv)" = path,age,gender,race,eye_color ] || fail "header $(head -1 one/labels.csv)"
# Every row's words are those that its file name says in numbers.
awk -F, 'NR > 1 {
    split($1, n, "_"); split("male female", g, " "); split("white black asian indian other", r, " ")
    if (n[1] != $2 || g[n[2] + 1] != $3 || r[n[3] + 1] != $4 || $5 !~ /^(brown|blue|hazel|green|grey)$/) exit 1
    rows++
} END { exit rows != 70 }' one/labels.csv || fail 'labels.csv and the names disagree'

run synth one; code 1; no_out; err "folder 'one' is not empty"; err 'hint: '
run synth absent/set; code 1; no_out; err "absent/set.partial"; err_lines 1
run synth; code 2; no_out
run synth set --count 0; code 2; no_out; err '--count'
: >file
run synth file; code 1; err "folder 'file'"

# A disk that fills up leaves nothing behind.
(ulimit -f 1; "$program" synth full --count 20 >/dev/null 2>"$folder/err"); exit_code=$?
call='synth with a file-size limit of 1 KiB'
code 1; err "file 'full.partial/"; err 'File too large'; err_lines 1
checks=$((checks + 1))
[ ! -e full ] && [ ! -e full.partial ] || fail "expected no folder, found $(ls)"
