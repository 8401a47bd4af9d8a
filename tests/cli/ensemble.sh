# Members of a population speak as one, and what they say is what each of them says, put together by hand.
small=$source/tests/mpi/train/small.yaml
run synth faces --count 60 --seed 3; code 0
run prepare faces -o set.h5 --size 32 --threads 1 --test 0.1; code 0
run train --config "$small" --data set.h5 --run r --epochs 6 --threads 1 --folds 2 --replicas 2 --branches age,race; code 0

# Mean of the numbers, or of the probabilities and then the greatest; the deviation of the numbers, or of that probability.
run predict --checkpoint r faces --format csv; code 0; cp "$folder/out" together.csv
out 'path,age,age.sd,race,race.p.white,race.p.black,race.p.asian,race.p.indian,race.p.other,race.sd,note,error'
run predict --checkpoint r faces --format csv --members; code 0; cp "$folder/out" all.csv
out ',age.sd,age-f1-r1,age-f1-r2,age-f2-r1,age-f2-r2,race,race.p.white'; out ',race.sd,race-f1-r1,race-f1-r1.p.white'
cat >by_hand.awk <<'A'
function near(a, b) { return a - b < 1e-9 && b - a < 1e-9 }
function mean(what,   m, sum) { for (m = 1; m <= 4; m++) sum += $column[member[m] what]; return sum / 4 }
function deviation(what,   m, sum, mid) {
    mid = mean(what)
    for (m = 1; m <= 4; m++) sum += ($column[member[m] what] - mid) ^ 2
    return sqrt(sum / 3)
}
function members_of(base) { split(base "-f1-r1 " base "-f1-r2 " base "-f2-r1 " base "-f2-r2", member, " ") }
NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; n_classes = split("white black asian indian other", name, " "); next }
{
    members_of("age")
    right = near($column["age"], mean("")) && near($column["age.sd"], deviation("")) && $column["age.sd"] > 0
    members_of("race")
    best = 1
    for (c = 1; c <= n_classes; c++) {
        right = right && near($column["race.p." name[c]], mean(".p." name[c]))
        best = mean(".p." name[c]) > mean(".p." name[best]) ? c : best
    }
    right = right && $column["race"] == name[best] && near($column["race.sd"], deviation(".p." name[best]))
    if (!right) { print; wrong = 1 }
    differs += $column["race"] != $column["race-f1-r1"]
}
END { exit wrong || NR < 60 || !differs }
A
call='predict --members by hand'
checks=$((checks + 1))
tr -d '\r' <all.csv | awk -F, -f by_hand.awk >wrong || { fail 'expected mean and deviation of the members, found'; show wrong; }
call='predict with and without --members'
cut -d, -f1-3,8-14 all.csv >shown.csv
cut -d, -f1-10 together.csv >wanted.csv
same wanted.csv shown.csv 'expected the same answers of the ensembles'

# Every format has them; those of a member alone are as ever.
run predict --checkpoint r faces --format jsonl; code 0
out '"age.sd":'; out '"race.p.other":'; out '"race.sd":'
call='predict --format jsonl'
sed 's/^{//; s/}$//; s/"[a-z.]*"://g; s/"//g; s/null//g' "$folder/out" >json.csv
sed '1d; s/"//g; s/\r//' together.csv >tail.csv
same tail.csv json.csv 'expected the fields of CSV in JSON'
run predict --checkpoint r faces --format table; code 0
call='predict --format table'
checks=$((checks + 1))
awk 'NR == 1 { exit !($1 == "age" && $2 == "race" && $3 == "picture") }' "$folder/out" &&
    awk 'NR > 1 && !($1 ~ /^[0-9]+$/ && $2 ~ /^\+-[0-9]+\.[0-9]$/ && $4 ~ /^0\.[0-9][0-9]$/ && $5 ~ /^\+-0\.[0-9][0-9]$/) { print; wrong = 1 } END { exit wrong }' "$folder/out" >wrong ||
    { fail 'expected numbers and classes with their deviation, found'; show wrong; }
run predict --checkpoint r faces --format csv --branches age-f2-r1; code 0; out 'path,age,note,error'
run predict --checkpoint r faces --format csv --branches race-f1-r1,race-f1-r2; code 0; out ',race.p.other,race.sd,note,error'
run predict --checkpoint r faces --members --overlay seen; code 0
checks=$((checks + 1))
grep -q 'age [0-9]* +-[0-9.]*, age-f1-r1 [0-9]*, ' seen/000001_*.svg || { fail 'expected the deviation on drawings, found'; show seen/000001_*.svg; }

# Figures as rows: the ensemble's by hand from what it says, mean, deviation and interval from the members' own rows.
run evaluate --checkpoint r --split train --csv --rows rows.csv --by gender --min-count 2; code 0; cp "$folder/out" figures.csv
out 'race,race,members,,4,'; out 'race,race,accuracy_difference,,'; out 'race,race,confusion,white > white,'; out 'age,age,mae_mean,20-29,'
call='evaluate --csv: members'
checks=$((checks + 1))
awk -F, '
    function near(a, b) { return a - b < 1e-9 && b - a < 1e-9 }
    $8 != "" { next }
    $1 ~ /-f[12]-r[12]$/ { key = substr($1, 1, length($1) - 6) SUBSEP $3 SUBSEP $4; n[key]++; value[key, n[key]] = $5; sum[key] += $5; next }
    $3 ~ /_mean$/ || $3 ~ /_sd$/ {
        figure = $3; sub(/_(mean|sd)$/, "", figure); key = $1 SUBSEP figure SUBSEP $4
        if (n[key] != 4) { print "members of", $0; wrong = 1 }
        mean = sum[key] / 4; squares = empty = 0
        for (m = 1; m <= 4; m++) { squares += (value[key, m] - mean) ^ 2; empty += value[key, m] == "" }
        sd = sqrt(squares / 3); half = 3.1824 * sd / 2
        if (empty) right = $5 == ""
        else if ($3 ~ /_sd$/) right = near($5, sd) && $10 == "" && $11 == ""
        else right = near($5, mean) && near($10, mean - half) && near($11, mean + half)
        if (!right) { print; wrong = 1 }
        found++
    }
    END { exit wrong || found < 100 }' figures.csv >wrong || { fail 'expected mean, deviation and interval of the members, found'; show wrong; }
call='evaluate --csv: ensembles'
checks=$((checks + 1))
awk -F, '
    function near(a, b) { return a - b < 1e-9 && b - a < 1e-9 }
    FNR == NR { if ($8 == "" && $4 == "") figure[$1, $3] = $5; if ($8 == "gender" && $4 == "") of_cell[$1, $3, $9] = $5; next }
    FNR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    { off = $column["age"] - $column["label.age"]; n++
      errors += off < 0 ? -off : off
      right = $column["race"] == $column["label.race"]; hits += right
      cell = $column["label.gender"]; n_cell[cell]++; hits_cell[cell] += right }
    END { good = near(figure["age", "mae"], errors / n) && near(figure["race", "accuracy"], hits / n)
          for (cell in n_cell) good = good && near(of_cell["race", "accuracy", cell], hits_cell[cell] / n_cell[cell])
          print errors / n, hits / n; exit !good }' figures.csv rows.csv >wrong || { fail 'expected the figures of what the ensembles say, not'; show wrong; }
