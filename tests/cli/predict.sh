# agr-mpi predict: a row a picture or box, for programs and for people; bad pictures do not keep good ones from being judged.
# Memory that nobody has written to holds numbers that no network can bear.
export MALLOC_PERTURB_=1
small=$source/tests/mpi/train/small.yaml
run synth faces --count 40 --seed 3; code 0
run prepare faces -o set.h5 --size 32 --threads 1; code 0
run train --config "$small" --data set.h5 --run r --epochs 1 --threads 1; code 0

one=$(find faces -name '*.jpg' | sort | head -1)
run predict --checkpoint r "$one"; code 0; no_err
head='path	age	gender	gender.p.male	gender.p.female	race	race.p.white	race.p.black	race.p.asian	race.p.indian	race.p.other	note	error'
out "$head"; out "$one	"
run predict --checkpoint r faces --format csv; code 0; no_err
call='predict on a folder'
checks=$((checks + 1))
[ "$(wc -l <"$folder/out")" = 41 ] || fail "expected a head line and 40 rows, found $(wc -l <"$folder/out")"
"$program" predict --checkpoint r - --format csv <"$one" >piped.csv 2>"$folder/err"
checks=$((checks + 1))
[ "$(tail -1 piped.csv | cut -d, -f2-)" = "$(grep -F "$one," "$folder/out" | cut -d, -f2-)" ] ||
    fail 'a picture on standard input is judged otherwise than its file'
run predict --checkpoint r "$one" --format jsonl --branches gender --slot latest; code 0; no_err
out '{"path":"'; out '"gender":"'; out '"gender.p.female":0.'; out '"note":null,"error":null}'

# The columns and numbers are those of evaluate --rows, to the last digit, and of every format.
run evaluate --checkpoint r --data set.h5 --split train --rows rows.csv; code 0
run predict --checkpoint r faces --format csv; code 0
tr -d '\r' <"$folder/out" >all.csv
call='predict against evaluate --rows'
checks=$((checks + 1))
awk -F, -v OFS=, 'FNR == 1 { for (i = 1; i <= NF; i++) if ($i == "age") first = i }
    { sub(".*/", "", $1); said = $1; for (i = first; i < first + 10; i++) said = said OFS $i }
    NR == FNR { row[$1] = said; next }
    row[$1] != "" { n++; if (row[$1] != said) { print row[$1], "<>", said; wrong = 1 } }
    END { exit wrong || n < 20 }' all.csv rows.csv >wrong || { fail 'expected the same answers, found'; show wrong; }
run predict --checkpoint r faces --format tsv; code 0
tr '\t' , <"$folder/out" >tabs.csv
same all.csv tabs.csv 'expected the same fields as TSV and as CSV'
run predict --checkpoint r faces --format jsonl; code 0
call='predict --format jsonl'
sed 's/^{//; s/}$//; s/"[a-z.]*"://g; s/"//g; s/null//g' "$folder/out" >json.csv
sed '1d; s/"//g' all.csv >tail.csv
same tail.csv json.csv 'expected the fields of CSV in JSON'
for n in 1 2 3; do
    run predict --checkpoint r faces --format csv --threads $n; code 0
    same all.csv "$folder/out" "expected the same bytes with $n threads"
done

# For people: rounded, numbers within those of training, without a tab; what a terminal gets.
run predict --checkpoint r faces "$one" absent.jpg --format table; code 1
out 'gender       race         picture'; err_lines 1; out "cannot read 'absent.jpg': No such file"
call='predict --format table'
checks=$((checks + 1))
least=$(awk -F, 'NR > 1 && (least == "" || $2 < least) { least = $2 } END { print least }' rows.csv)
awk -v least="$least" 'NR == 1 || $1 == "-" { next }
    $1 < least || $1 !~ /^[0-9]+$/ || $3 !~ /^[01]\.[0-9][0-9]$/ || $5 !~ /^[01]\.[0-9][0-9]$/ { print; wrong = 1 }
    END { exit wrong || NR != 43 }' "$folder/out" >wrong || { fail "expected whole numbers from $least and probabilities of two places, found"; show wrong; }
awk -F, -v least="$least" 'NR > 1 && ($2 < least) != ($12 ~ "age is outside the " least " to ") { print }' all.csv >wrong
checks=$((checks + 1))
[ ! -s wrong ] || { fail "expected a note where a number is outside those of training, found"; show wrong; }
call='predict on a terminal'
checks=$((checks + 2))
script -qec "'$program' predict --checkpoint r '$one'" /dev/null </dev/null >terminal || fail 'expected exit code 0'
grep -q 'race         picture' terminal || { fail 'expected the table for people on a terminal, found'; show terminal; }

# The range of the numbers trained on is that of the training part.
run evaluate --checkpoint r --data set.h5 --split train --rows rows.csv; code 0
most=$(awk -F, 'NR > 1 && $2 > most { most = $2 } END { print most }' rows.csv)
run inspect r; code 0; out "a number, trained on $least to $most"

# A mirror (as an EXIF part asks for), noted and averaged over.
exif='\377\341\0\042Exif\0\0MM\0\052\0\0\0\010\0\001\001\022\0\003\0\0\0\001\0\002\0\0\0\0\0\0'
# shellcheck disable=SC2059
{ head -c 2 "$one"; printf "$exif"; tail -c +3 "$one"; } >mirror.jpg
run predict --checkpoint r "$one" mirror.jpg --format csv; code 0; out 'turned as its EXIF part asks'
awk -F, 'NR > 1 { sum += $4 / 2 } END { printf "%.6f\n", sum }' "$folder/out" >mean
run predict --checkpoint r "$one" mirror.jpg --format csv --flip; code 0
call='predict --flip'
checks=$((checks + 1))
awk -F, 'NR > 1 { printf "%.6f\n", $4 }' "$folder/out" | sort -u >flipped
same mean flipped 'expected the mean of both for both'

mkdir mixed && cp "$one" mixed/good.jpg && head -c 700 "$one" >mixed/cut.jpg
run predict --checkpoint r mixed; code 1; err 'mixed/cut.jpg'; out 'mixed/good.jpg'
out "mixed/cut.jpg												'mixed/cut.jpg': truncated image file"
run predict --checkpoint r mixed --format csv; code 1; out "mixed/cut.jpg,,,,,,,,,,,,'mixed/cut.jpg': truncated image file"
run predict --checkpoint r mixed --format jsonl; code 1
out '"race.p.other":null,"note":null,"error":"'
run predict --checkpoint r absent.jpg; code 1; err 'absent.jpg'; err 'no usable image'; out "cannot read 'absent.jpg': No such file"
run predict --checkpoint r; code 2; no_out; err 'expected IMAGE|DIR|-..., found nothing'

# A list on standard input: paths, folders, a line each or a zero byte each.
ask() { # FILE OPTION...: what predict says of this on standard input
    local file=$1
    shift
    call="agr-mpi predict - $* (from $file)"
    "$program" predict --checkpoint r - "$@" <"$file" >"$folder/out" 2>"$folder/err"
    exit_code=$?
}
printf '%s\n\nmixed\nabsent.jpg\n%s' "$one" "$one" >list
ask list; code 1; err '2 of 5 images could not be used'
call='predict on a list'
checks=$((checks + 1))
[ "$(cut -f1 "$folder/out" | tr '\n' ' ')" = "path $one mixed/cut.jpg mixed/good.jpg absent.jpg $one " ] ||
    { fail 'expected rows in the order of the list, found'; show "$folder/out"; }
cp "$one" "$(printf 'two\nlines.jpg')"
printf '%s\0two\nlines.jpg\0' "$one" >list0
ask list0 -0; code 0; out "$one	"; out 'two\nlines.jpg	'
printf 'GIF89a\001\0\001\0\n' >some.gif
ask some.gif; code 1; err 'standard input: GIF image (convert it'
mkdir BM && cp "$one" BM/a.jpg && echo BM/a.jpg >list_of_bitmaps
ask list_of_bitmaps; code 0; out 'BM/a.jpg	'
: >nothing_at_all
ask nothing_at_all; code 1; err 'no usable image'

# Boxes: one for all pictures, or a table of them.
run predict --checkpoint r "$one" --box 0,0,200,200; code 0; out "path	x	y	w	h	age"; out "$one	0	0	200	200	"
call='predict --box'
checks=$((checks + 1))
"$program" predict --checkpoint r "$one" 2>/dev/null | tail -1 | cut -f2- >whole
tail -1 "$folder/out" | cut -f6- >boxed
same whole boxed 'expected the box of the whole picture to be the picture'
"$program" predict --checkpoint r - --box 0,0,200,200 <"$one" 2>/dev/null | tail -1 | cut -f6- >boxed
same whole boxed 'expected the same from standard input'
run predict --checkpoint r "$one" --box 150,150,51,50; code 1
out "	150	150	51	50											"; err "expected a box inside the picture of 200x200, found 150,150,51,50"
run predict --checkpoint r "$one" --box 1,2,3; code 2; no_out; err "--box: expected x,y,w,h, found '1,2,3'"
two=$(find faces -name '*.jpg' | sort | tail -1)
cat >boxes.csv <<CSV
path,x,y,w,h,score
$two,0,0,200,200,0.9
$one,10,20,100,90,0.8
$one,0,0,200,200,0.7
$two,5,5,500,5,0.6
CSV
run predict --checkpoint r --boxes boxes.csv --overlay drawn; code 1; err '1 of 4 images could not be used'
call='predict --boxes'
checks=$((checks + 2))
[ "$(cut -f1-5 "$folder/out" | tail -4 | tr '\t\n' ', ')" = "$(cut -d, -f1-5 boxes.csv | tail -4 | tr '\n' ' ')" ] ||
    { fail 'expected the boxes in their order, found'; show "$folder/out"; }
sed -n 4p "$folder/out" | cut -f6- >boxed
same whole boxed 'expected the box of the whole picture to be the picture'
run predict --checkpoint r --boxes boxes.csv "$one"; code 0
checks=$((checks + 1))
[ "$(cut -f1-5 "$folder/out" | tail -2 | tr '\t\n' ', ')" = "$one,10,20,100,90 $one,0,0,200,200 " ] ||
    { fail 'expected the boxes of the picture asked for, found'; show "$folder/out"; }
run predict --checkpoint r --boxes boxes.csv "$one" mixed/good.jpg; code 1; err "'mixed/good.jpg': the table of boxes has none for it"
ask "$one" --boxes boxes.csv; code 1; err 'expected a list of pictures of the table of boxes, found a picture'
run predict --checkpoint r --boxes boxes.csv --box 0,0,1,1 "$one"; code 2; no_out; err 'expected --box or --boxes, found both'
run predict --checkpoint r --boxes all.csv; code 1; no_out; err "table 'all.csv': expected columns path, x, y, w, h: no 'x'"

# Pictures with their answers: in the folder whatever they are called, one file each.
call='predict --overlay'
checks=$((checks + 2))
[ "$(ls drawn | tr '\n' ' ')" = "000001_${two##*/}.svg 000002_${one##*/}.svg 000003_${two##*/}.svg " ] ||
    { fail 'expected a file for each picture, found'; ls drawn; }
[ "$(grep -c '<rect x=' "drawn/000002_${one##*/}.svg")" = 2 ] || fail 'expected two boxes in the second'
grep -q '<text.*>1: age [0-9]*, gender [a-z]* 0\.[0-9]*, race [a-z]* 0\.[0-9]*' "drawn/000002_${one##*/}.svg" || fail 'expected answers in the second'
mkdir away && cp "$one" 'away/a b&<.jpg'
run predict --checkpoint r 'away/../away/a b&<.jpg' 'away/a b&<.jpg' mixed/cut.jpg --overlay drawn2; code 1
call='predict --overlay'
checks=$((checks + 1))
[ "$(ls drawn2 | tr '\n' ' ')" = '000001_a_b__.jpg.svg 000002_a_b__.jpg.svg ' ] || { fail 'expected two files, found'; ls drawn2; }
grep -q 'a b&amp;&lt;.jpg' drawn2/000001_a_b__.jpg.svg || fail 'expected the name in the file'
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
code 1; err 'cannot write to standard output: File too large'
