# agr-mpi compare RUN: the variants of one run, each beside the first, in pairs of members of the same fold and replica.
run synth faces --count 200 --seed 3; code 0
run prepare faces -o set.h5 --size 32 --threads 1 --validation 0.4; code 0
train=(train -c quick --data set.h5 --threads 1 --set data.batch_size=16 --set 'optimizer.lr=[0.002,0.0004]')
run "${train[@]}" --run r --branches race --replicas 3 --epochs 6; code 0

# An awk program that begins so knows the columns of a CSV by name.
csv='NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }'

# What is said of variants is what evaluate says of their members: means, and the interval of their differences, by hand.
run evaluate --checkpoint r --csv --threads 1; code 0; cp "$folder/out" members.csv
run compare r --csv --threads 1; code 0; cp "$folder/out" variants.csv
for figure in accuracy balanced_accuracy log_loss; do
    call="the $figure of two variants, by hand"
    checks=$((checks + 1))
    expected=$(awk -F, -v figure="$figure" "$csv"' $column["metric"] == figure && $column["of"] == "" && $column["by"] == "" {
            value[$column["branch"]] = $column["value"] }
        END {
            for (r = 1; r <= 3; r++) {
                first += value["race-v1-r" r] / 3; second += value["race-v2-r" r] / 3
                d[r] = value["race-v2-r" r] - value["race-v1-r" r]; mean += d[r] / 3
            }
            for (r = 1; r <= 3; r++) squares += (d[r] - mean) ^ 2
            half = 4.302653 * sqrt(squares / 2) / sqrt(3)
            printf "%.6f %.6f %.6f %.4f %.4f %s", first, second, mean, mean - half, mean + half,
                (mean - half > 0 || mean + half < 0 ? "yes" : "no")
        }' members.csv)
    found=$(awk -F, -v figure="$figure" "$csv"' $column["figure"] == figure { mean[$column["variant"]] = $column["mean"]; n++
            if ($column["against"] == "race-v1") rest = sprintf("%.6f %.4f %.4f %s", $column["difference"],
                $column["difference_low"], $column["difference_high"], $column["shown"]) }
        END { if (n == 2) printf "%.6f %.6f %s", mean["race-v1"], mean["race-v2"], rest }' variants.csv)
    [ "$expected" = "$found" ] || fail "expected '$expected', found '$found'"
done
call='the ensemble of a variant'
checks=$((checks + 1))
run evaluate --checkpoint r --json --threads 1
[ "$(awk -F'[:,]' '/"name":\t"race-v2"/ { here = 1 } here && /"ensemble":/ { print $2 + 0; exit }' "$folder/out")" = \
    "$(awk -F, "$csv"' $column["variant"] == "race-v2" && $column["figure"] == "accuracy" { print $column["ensemble"] + 0 }' variants.csv)" ] ||
    fail 'expected the accuracy that evaluate says'

run compare r --threads 1; code 0; out 'race: 2 variants, compared with race-v1'; out 'optimizer.lr 0.0004'; out '3 differences have an interval'
checks=$((checks + 1))
awk 'length > 80 && !/^judged/ { print; wide = 1 } END { exit wide }' "$folder/out" >"$folder/why" || { fail 'expected at most 80 columns, found'; show "$folder/why"; }
for n in 1 2 3; do
    run_on "$n" compare r --json --threads 1; code 0
    cp "$folder/out" "c$n"
done
out '["race-v1-r3", "race-v2-r3"]'; out '"n_intervals":	3'
same c1 c2 'expected the same on 2 ranks'
same c1 c3 'expected the same on 3 ranks'

# The other way round the differences are the opposite.
run compare r --csv --threads 1 --against race-v2; code 0
call='compare --against race-v2'
checks=$((checks + 1))
[ "$(awk -F, "$csv"' $column["against"] != "" { print -$column["difference"], -$column["difference_high"], $column["shown"] }' "$folder/out")" = \
    "$(awk -F, "$csv"' $column["against"] != "" { print $column["difference"] + 0, $column["difference_low"] + 0, $column["shown"] }' variants.csv)" ] ||
    fail 'expected the opposite'

# A member without its like is in the mean, and in no pair.
run "${train[@]}" --run some --replicas 3 --epochs 1 --branches race-v1-r1,race-v1-r2,race-v1-r3,race-v2-r1,race-v2-r3,age-v1-r2; code 0
run compare some --json --threads 1; code 0; cp "$folder/out" some.json; out '"pairs":	[["race-v1-r1", "race-v2-r1"], ["race-v1-r3", "race-v2-r3"]]'; out '"n_left_out":	1'
run compare some --threads 1; code 0; out 'race-v2: 2 pairs, 1 left out'; out 'age: 1 variant'

# Who was halved has had fewer epochs than the other: no pair either.
run "${train[@]}" --run halved --branches race --replicas 3 --epochs 2 --set train.halving.at=1 --set train.halving.keep=0.5; code 0
cp "$folder/err" log; cat "$folder/out" >>log
call='pairs of halved members'
checks=$((checks + 1))
whole=0 first=0
for r in 1 2 3; do
    grep -q "race-v1-r$r ends after epoch 1" log && { first=$((first + 1)); continue; }
    grep -q "race-v2-r$r ends after epoch 1" log || whole=$((whole + 1))
done
run compare halved --json --threads 1; code 0
tr -d '\n\t ' <"$folder/out" | grep -qE "\"name\":\"race-v1\".*\"n_halved\":$first,.*\"n_left_out\":$((3 - whole)),\"n_halved\":$((3 - first))," ||
    fail "expected $first of the first variant to be halved and $whole pairs, found $(grep -E 'n_halved|n_left_out' "$folder/out" | tr -d '\n\t')"

# Networks whose losses are of two kinds predict the same label; one member has no interval; a checkpoint knows no seconds.
run "${train[@]}" --run kinds --epochs 1 --set optimizer.lr=0.002 --branches age --set 'branches.age=[age_small, age_classes]'; code 0
run compare kinds/checkpoint.h5 --threads 1; code 0; out 'network age_classes'; out 'cs5'

run train -c quick --data set.h5 --run plain --epochs 1 --threads 1 --branches race; code 0
run compare plain; code 2; no_out; err "run 'plain' has neither variants nor replicas"
run compare r --against race-v3; code 2; no_out; err "expected one of race-v1, race-v2, found 'race-v3'"
run compare r plain --against race-v1; code 2; no_out; err 'expected one run, found 2'
run compare; code 2; no_out
