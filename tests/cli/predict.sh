# agr-mpi predict: a row a picture, in three formats; bad pictures do not keep good ones from being judged.
small=$source/tests/mpi/train/small.yaml
run synth faces --count 40 --seed 3; code 0
run prepare faces -o set.h5 --size 32 --threads 1; code 0
run train --config "$small" --data set.h5 --run r --epochs 1 --threads 1; code 0

one=$(find faces -name '*.jpg' | sort | head -1)
run predict --checkpoint r "$one"; code 0; no_err
out 'path	age	gender	gender_probability	race	race_probability'; out "$one	"
run predict --checkpoint r faces --format csv; code 0; no_err
call='predict on a folder'
checks=$((checks + 1))
[ "$(wc -l <"$folder/out")" = 41 ] || fail "expected a head line and 40 rows, found $(wc -l <"$folder/out")"
"$program" predict --checkpoint r - --format csv <"$one" >piped.csv 2>"$folder/err"
checks=$((checks + 1))
[ "$(tail -1 piped.csv | cut -d, -f2-)" = "$(grep -F "$one," "$folder/out" | cut -d, -f2-)" ] ||
    fail 'a picture on standard input is judged otherwise than its file'
run predict --checkpoint r "$one" --format jsonl --branches gender --slot latest; code 0; no_err
out '{"path":"'; out '"gender":{"class":"'; out '"probability":'

mkdir mixed && cp "$one" mixed/good.jpg && head -c 700 "$one" >mixed/cut.jpg
run predict --checkpoint r mixed; err 'mixed/cut.jpg'; out 'mixed/good.jpg'
run predict --checkpoint r absent.jpg; code 1; err 'absent.jpg'
run predict --checkpoint r; code 2; no_out
run predict --checkpoint absent "$one"; code 1; no_out; err 'absent'
run predict --checkpoint r "$one" --format xml; code 2; no_out; err 'xml'
run predict --checkpoint r "$one" --slot epoch_0099; code 1; no_out; err 'epoch_0099'

# A link that leads round, names that would break a table, folders without pictures, arguments checked before anything is said.
mkdir around && cp "$one" around/a.jpg && ln -s ../around around/again
run predict --checkpoint r around; code 0; no_err
call='predict in a folder with a link to itself'
checks=$((checks + 1))
[ "$(wc -l <"$folder/out")" = 2 ] || fail "expected a head line and one row, found $(wc -l <"$folder/out")"
odd=$(printf 'tab\tand\nline.jpg')
cp "$one" "$odd"
run predict --checkpoint r "$odd"; code 0; out 'tab\tand\nline.jpg	'
run predict --checkpoint r absent.jpg "$one" mixed/cut.jpg; code 1
err "cannot read 'absent.jpg': No such file"; err 'mixed/cut.jpg'; err '2 of 3 images could not be used'
out "$one	"

# What is no file is named, not waited for: pipes with the name of a picture.
mkdir pipes && cp "$one" pipes/b.jpg && mkfifo pipes/a.jpg pipes/c.png
run predict --checkpoint r pipes; code 1; out 'pipes/b.jpg	'
err 'pipes/a.jpg'; err 'pipes/c.png'; err '2 of 3 images could not be used'
mkdir nothing
run predict --checkpoint r nothing; code 1; err 'no usable image'; err 'hint: in folders, files ending in .jpg, .jpeg or .png'
run predict --checkpoint absent "$one"; code 1; err 'hint: agr-mpi train'
run predict --help; code 0; out '(default best)'
run_small 1 limited.tsv predict --checkpoint r faces
code 1; err 'cannot write to standard output'
