#!/bin/bash
# agr-mpi prepare: from folders of pictures to a dataset.
# shellcheck disable=SC2154,SC2034 # variables and vocabulary: harness.sh

tools=$(dirname "$program")/tests/cli
"$tools/make_pictures" faces 60 || fail 'cannot make pictures'
ls faces >names.txt

absent() {
    checks=$((checks + 1))
    [ ! -e "$1" ] || fail "expected no '$1'"
}
differ() {
    checks=$((checks + 1))
    ! cmp -s "$1" "$2" || fail "$3"
}
only() { # only FOLDER NAMES...: nothing else is in the folder, not even a hidden or temporary file
    checks=$((checks + 1))
    local found
    found=$(cd "$1" && find . -mindepth 1 | sort | tr '\n' ' ')
    shift
    [ "$found" = "$(printf './%s\n' "$@" | sed '/^\.\/$/d' | sort | tr '\n' ' ')" ] || fail "expected $*, found $found"
}

# The defaults meet.
run prepare faces; code 0; no_err
out 'datasets/faces.h5: 60 images of 96x96'; out '60 looked at, 0 ignored'; out 'rejects      none'
out '48 train, 12 validation, 0 test'; out 'images/s'
only datasets faces.h5
cp datasets/faces.h5 first.h5

# The same file from any number of threads and ranks, from any spelling of the folder, and again.
run prepare faces/ --threads 1; code 0; same first.h5 datasets/faces.h5 'one thread wrote another file'
run prepare ./faces -o again.h5 --threads 3; code 0; same first.h5 again.h5 'three threads wrote another file'
for n in 1 2 5; do
    run_on $n prepare faces -o "n$n.h5"; code 0; out '60 images'
    same first.h5 "n$n.h5" "$n ranks wrote another file"
done

# The split follows seed and shares.
run prepare faces -o s.h5 --seed 43; code 0
differ first.h5 s.h5 'another seed wrote the same file'
run prepare faces -o s.h5 --validation 0.5 --test 0.25; code 0; out '15 train, 30 validation, 15 test'
run prepare faces -o s.h5 --validation 0.5 --test 0.5; code 2; no_out; err 'expected a sum below 1'
run prepare faces -o s.h5 --size 0; code 2; no_out; err '--size'
checks=$((checks + 1))
grep -aq 'stb_image [0-9]' first.h5 || fail 'the dataset does not say what decoded its pictures'
run prepare faces -o s.h5 --resize cubic; code 2; no_out; err 'cubic'
run prepare; code 2; no_out

# Names without labels, junk, companions, links and copies.
mkdir -p odd/deep/deeper
cp faces/* odd/deep
mv odd/deep/7_1_2_*.jpg odd/deep/deeper
cp faces/8_0_3_*.jpg odd/8_0_3_copy.jpg
cp faces/9_1_4_*.jpg odd/10_0_4_conflict.jpg
cp faces/1_1_1_*.jpg odd/1_1_2020.jpg
cp faces/1_1_1_*.jpg odd/photo.jpg
touch odd/.DS_Store odd/._7_1_2_x.jpg odd/Thumbs.db odd/labels.csv odd/deep/notes.txt
mkfifo odd/pipe
ln -s .. odd/deep/deeper/up
ln -s nowhere odd/20_0_0_gone.jpg
run prepare odd -o odd.h5; code 0; no_err
out 'odd.h5: 62 images'; out '64 looked at, 6 ignored'
out 'rejects      3, listed in odd.rejects.csv'; out '2   name without labels'; out '1   cannot be read'
out '2 groups of equal files, 2 images beyond'; out '1 of these groups have copies with different labels (kept)'
out '10_0_4_conflict.jpg, deep/9_1_4_'
printf '%s\n' 'path,reason,detail' '1_1_2020.jpg,name without labels,"race: expected 0..4 followed by '"'_', found '2020.jpg'"'"' \
    '20_0_0_gone.jpg,cannot be read,No such file or directory' \
    'photo.jpg,name without labels,"age: expected 0..116 followed by '"'_', found 'photo.jpg'"'"' >expected.csv
same expected.csv odd.rejects.csv 'the rejects table differs'
run prepare odd -o odd.h5 --duplicates drop-conflicts --rejects mine.csv; code 0
out 'odd.h5: 60 images'; out '2   copies with conflicting labels'; out '(dropped)'
checks=$((checks + 1)); grep -q '^10_0_4_conflict.jpg,copies with conflicting labels,a copy of deep/9_1_4_' mine.csv || fail 'no conflict in the table'
run_on 3 prepare odd -o odd3.h5 --duplicates drop-conflicts; code 0; same odd.h5 odd3.h5 '3 ranks wrote another file'
rm -f odd.h5 odd.rejects.csv
run prepare odd -o odd.h5 --strict; code 1; no_out; err "--strict: 3 rejects, the first of them '1_1_2020.jpg': name without labels"; err 'odd.rejects.csv'; absent odd.h5
mkdir twice && cp -r faces twice/a && cp -r faces twice/b
run prepare twice -o twice.h5; code 0; err 'the same set twice?'; out '60 groups of equal files, 60 images beyond'
run prepare faces odd/deep -o two.h5; code 0; err 'the same set twice?'; out 'two.h5: 120 images'
run prepare faces twice/a/../../faces -o two.h5; code 1; err 'have the same last name'

# Files that are no usable pictures.
mkdir bad
one=$(find faces -name '3_1_3_*.jpg')
head -c 900 "$one" >bad/1_0_0_cut.jpg
: >bad/2_0_0_empty.jpg
printf 'RIFF\020\0\0\0WEBPVP8 ' >bad/3_0_0_web.jpg
printf '\0\0\0\030ftypheic\0\0\0\0mif1heic' >bad/4_0_0_apple.jpg
printf 'hello, I am a text' >bad/5_0_0_text.jpg
printf 'PK\003\004\024\0\0\0\0\0\0\0' >bad/6_0_0_zip.jpg
run prepare bad -o bad.h5; code 1; no_out; err 'no usable image among 6 files'; absent bad.h5
for word in 'truncated image file' 'empty file' 'WebP image,convert it: dwebp' 'HEIC or AVIF image,convert it' 'neither JPEG nor PNG' 'archive,unpack'; do
    checks=$((checks + 1)); grep -q "$word" bad.rejects.csv || fail "expected '$word' in the rejects table"
done
cp "$one" bad/3_1_3_good.jpg
run prepare bad -o bad.h5; code 0; out '1 images'; out 'rejects      6, listed in bad.rejects.csv'; out '1   truncated image file (fetch it again)'
mkdir good && cp "$one" good/3_1_3_good.jpg
run prepare good -o good.h5; code 0
checks=$((checks + 1)); [ "$(stat -c %s good.h5)" -le "$(stat -c %s bad.h5)" ] || fail 'rejected pictures take room'

# Folders that are none.
run prepare absent -o x.h5; code 1; no_out; err "cannot read folder 'absent'"; err_lines 1
mkdir empty; run prepare empty -o x.h5; code 1; no_out; err "no pictures in 'empty'"
touch empty/.hidden empty/a.csv; run prepare empty -o x.h5; code 1; err "no pictures in 'empty'"; err '2 ignored'
tar -cf set.tar faces; run prepare set.tar -o x.h5; code 1; err "found an archive"; err 'hint: tar -xf set.tar'
run prepare names.txt -o x.h5; code 1; err "'names.txt': expected a folder, found a file"
run prepare faces -o nowhere/x.h5; code 1; no_out; err "no folder 'nowhere'"
run prepare faces -o x.h5 --rejects nowhere/r.csv; code 1; err "no folder 'nowhere'"
run_on 2 prepare absent -o x.h5; code 1; err "cannot read folder 'absent'"
absent x.h5; absent x.rejects.csv

# A disk that fills up: nothing is left, an older file stands.
mkdir small && cp first.h5 small/faces.h5
call='agr-mpi prepare with a file-size limit'
(ulimit -f 600 && "$program" prepare faces -o small/faces.h5) >"$folder/out" 2>"$folder/err"
exit_code=$?
code 1; no_out; err "small/faces.h5"
checks=$((checks + 1))
[ "$(grep -c '^agr-mpi' "$folder/err")" = 1 ] || { fail 'expected one line'; show "$folder/err"; } # Open MPI 5 misses memory, and says so
only small faces.h5; same first.h5 small/faces.h5 'the older file changed'
mkdir disk
if mount -t tmpfs -o size=1m none disk 2>/dev/null; then
    run prepare faces -o disk/faces.h5; code 1; no_out; err 'disk/faces.h5'; err 'No space left'
    only disk ''
    umount disk
else
    echo 'SKIPPED: a full tmpfs (mounting one is not allowed here)'
fi

# Labels from a table.
sed 's/^\([0-9]*\)_\([0-9]*\)_\([0-9]*\)_.*/&,\1,\3/; s/,3$/,green/; s/,2$/,brown/; s/,[014]$/,blue/' names.txt >rows.txt
(echo path,years,eyes; cat rows.txt) >labels.csv
run prepare faces --labels labels.csv -o t.h5; code 0; no_err; out '60 images'; out 'rejects      none'
(printf '\357\273\277eyes,file,years\r\n'; sed 's/\(.*\),\(.*\),\(.*\)/\3,"faces\/\1",\2\r/' rows.txt) >windows.csv
run prepare faces --labels windows.csv --path-column file -o t2.h5; code 0; out 'rejects      none'
run prepare faces --labels windows.csv -o x.h5; code 1; err "expected a column 'path', found eyes, file, years"; err 'hint: --path-column'
(sed -n 1,31p labels.csv; echo 'ghost.jpg,3,blue'; sed -n 31p labels.csv) >partial.csv
run prepare faces --labels partial.csv -o p.h5; code 0; out '30 images'
out '30   no row in the label table'; out '1   no file for this row'; out '1   another row names the same file'
run prepare faces --labels labels.csv --classes eyes=green,brown -o c.h5; code 0; out 'label that cannot be used'
run prepare faces --labels labels.csv --classes hair=red -o x.h5; code 1; err "has no such column"
run prepare faces --labels labels.csv --classes eyes=green,green -o x.h5; code 2; err "class 'green' is there twice"
run prepare faces --path-column file -o x.h5; code 2; no_out; err '--path-column: expected --labels or --split-file with it'

# The classes of UTKFace names: their own in another order, or other names.
n_of() { # n_of FILE.h5 CLASS: pictures of this class
    "$program" inspect "$1" | sed -n "s/^ *$2 *\([0-9]*\).*/\1/p"
}
rm -rf men && mkdir men && cp faces/*_0_?_2020*.jpg men && cp faces/1_1_*.jpg faces/3_1_*.jpg men
run prepare men -o m.h5; code 0
run prepare men --classes gender=female,male -o f.h5; code 0
checks=$((checks + 1)); [ "$(n_of m.h5 male) $(n_of m.h5 female)" = '30 2' ] || fail "expected 30 male, 2 female, found $(n_of m.h5 male) and $(n_of m.h5 female)"
checks=$((checks + 1)); [ "$(n_of f.h5 male) $(n_of f.h5 female)" = '30 2' ] || fail "in another order: expected 30 male, 2 female, found $(n_of f.h5 male) and $(n_of f.h5 female)"
differ m.h5 f.h5 'the order of the classes changed nothing'
run prepare men --classes gender=Mann,Frau -o g.h5; code 0
checks=$((checks + 1)); [ "$(n_of g.h5 Mann) $(n_of g.h5 Frau)" = '30 2' ] || fail "renamed: expected 30 and 2"
run prepare faces --classes race=A,B,C,D,E -o c.h5; code 0
run prepare faces --classes race=A,B -o x.h5; code 1
err "classes of 'race': expected white, black, asian, indian, other in any order, or 5 other names, found A, B"
run prepare faces --classes gender=female,man -o x.h5; code 1; err 'expected male, female in any order, or 2 other names, found female, man'
run prepare faces --classes gender -o x.h5; code 2; no_out; err "--classes: expected COLUMN=A,B,..., found 'gender'"

# Only an older dataset is replaced.
run init -o run.h5 --size 32 --config "$source/tests/mpi/train/small.yaml"; code 0
cp run.h5 kept.h5; echo 'my thesis' >thesis
run prepare faces -o run.h5; code 1; no_out; err "cannot write 'run.h5': it is a checkpoint"; err 'hint: take another name, or remove it'
same run.h5 kept.h5 'prepare changed a checkpoint'
run prepare faces -o thesis; code 1; err "cannot write 'thesis': it is no dataset"; err 'not an HDF5 file'
run prepare faces -o again.h5 --seed 5; code 0
run prepare --help; code 0
for default in '(datasets/faces.h5)' '(96)' '(0.2)' '(0)' '(42)' 'bilinear (default)' 'keep (default)'; do out "$default"; done
sed '5s/,[0-9]*,/,4O,/' labels.csv >typo.csv
run prepare faces --labels typo.csv -o x.h5; code 1; err "line 5: column 'years': expected a number"; err "found '4O'"
run prepare faces --labels absent.csv -o x.h5; code 1; err 'absent.csv'
printf 'path,age\n"a,3\n' >broken.csv; run prepare faces --labels broken.csv -o x.h5; code 1; err 'quoted field without an end'
absent x.h5

# The split from a table.
(echo path,split; head -40 names.txt | sed 's/$/,train/'; tail -20 names.txt | sed 's/$/,validation/') >split.csv
run prepare faces --split-file split.csv -o sp.h5; code 0; out '40 train, 20 validation, 0 test'
(sed -n 1,50p split.csv; sed -n '51s/,.*/,nowhere/p' split.csv) >few.csv
run prepare faces --split-file few.csv -o sp.h5; code 0; out '49 images'; out '11   no part in the split table'
run prepare faces --split-file labels.csv -o x.h5; code 1; err "expected a column 'split'"
paste -d, labels.csv <(echo split; sed '1d; s/.*,//' split.csv) >both.csv
run prepare faces --labels both.csv -o b.h5; code 0; out '40 train, 20 validation, 0 test'

# A stop leaves nothing behind: it comes when the file has been begun and no picture is in it yet.
mkdir stopped
run_asked prepare faces -o stopped/faces.h5 --threads 1; code 1; no_out; err 'stopped on request: nothing was written'
only stopped ''

# What each column became.
printf 'path,years,eyes,side,empty,split\n' >kinds.csv
awk -F, 'NR == 1 { next } { print $1 "," NR / 2 "," (NR == 5 ? "" : NR % 3 ? "blue" : "brown") "," NR % 12 "x,," (NR % 2 ? "train" : "test") }' \
    labels.csv >>kinds.csv
run prepare faces --labels kinds.csv -o k.h5; code 0
out 'labels       years: a number (regression), 1 to 30.5'; out 'eyes: 2 classes, binary (blue 39, brown 20), on 59 of 60 images'
out 'side: 12 classes (0x 5, '; out ', and 4 more)'; out 'empty: nothing, no image has one'
out 'path: no label, it names the files'; out 'split: no label, it divides the set'
run prepare faces -o k.h5; code 0; out 'gender: 2 classes, binary (male '

# Commas of other countries, words that are no part, paths from the root, files that stand for others.
awk -F, 'NR == 1 { print "path;size"; next } { print $1 ";" NR ",5" }' labels.csv >comma.csv
run prepare faces --labels comma.csv -o x.h5; code 1; no_out
err "comma.csv': line 2: column 'size': expected numbers with a decimal point, found '2,5'"; err 'hint: write 3.5 for 3,5; --classes size='
run prepare faces --split-file few.csv -o sp.h5; code 0
checks=$((checks + 1)); grep -q "line 51 of 'few.csv': expected train, validation or test, found 'nowhere'" sp.rejects.csv || fail "the word is not in $(tail -1 sp.rejects.csv)"
sed '1!s/,.*/,trian/' split.csv >trian.csv
run prepare faces --split-file trian.csv -o x.h5; code 1; err "expected train, validation or test, found 'trian'"
sed "1!s#^#$(realpath faces)/#" labels.csv >absolute.csv
run prepare ./faces/ --labels absolute.csv -o abs.h5; code 0; out 'abs.h5: 60 images'
ln -s faces linked
run prepare linked --labels absolute.csv -o abs.h5; code 0; out 'abs.h5: 60 images'
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n' >pointer
mkdir lfs && cp pointer lfs/1_0_0_2020.jpg && cp pointer lfs.csv && cp pointer lfs.h5
run prepare lfs -o x.h5; code 1; no_out; err "'1_0_0_2020.jpg': Git LFS pointer"
run prepare faces --labels lfs.csv -o x.h5; code 1; err "table 'lfs.csv': a Git LFS pointer, not the file itself"; err 'hint: git lfs pull'
run inspect lfs.h5; code 1; err "'lfs.h5': a Git LFS pointer, not the file itself"

# What a killed prepare left goes with the next one, not what another host may be writing.
mkdir left; host=$(uname -n)
touch "left/.faces.h5.tmp.${host:0:32}.4711" left/.faces.h5.tmp.elsewhere.4711
run prepare faces -o left/faces.h5; code 0
only left faces.h5 .faces.h5.tmp.elsewhere.4711

# A machine without descriptors is no reason to drop pictures: it is all of them or none. Where the limit bites depends on
# what MPI has open, so it is moved through that place.
n_refused=0
for limit in $(seq 12 2 40); do
    rm -f l.h5 l.rejects.csv
    call="agr-mpi prepare faces (at most $limit descriptors)"
    (ulimit -n "$limit"; exec "$program" prepare faces -o l.h5 --threads 4) >"$folder/out" 2>"$folder/err" </dev/null
    exit_code=$?
    [ "$exit_code" = 0 ] || { n_refused=$((n_refused + 1)); absent l.h5; continue; }
    out 'l.h5: 60 images'
done
checks=$((checks + 1)); [ "$n_refused" -gt 0 ] || fail 'no limit was too low'

# A process without a launcher has a session folder of its own, and leaves nothing of it behind.
mkdir session
export TMPDIR=$PWD/session
run prepare faces -o session.h5; code 0
unset TMPDIR
only session ''
