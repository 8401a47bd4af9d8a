# Every picture of a run with folds is judged by the members that were not trained on it, and by no other.
small=$source/tests/mpi/train/small.yaml
run synth faces --count 60 --seed 5; code 0
run prepare faces -o set.h5 --size 32 --threads 1 --test 0.1; code 0
train=(train --config "$small" --data set.h5 --threads 1 --branches age,gender)
run "${train[@]}" --run r --epochs 3 --folds 3 --replicas 2; code 0
run evaluate --checkpoint r --out-of-fold --rows rows.csv --json; code 0; cp "$folder/out" judged1.json
out '"split":	"out-of-fold"'; out '"samples":	"chose the checkpoint"'
run_on 3 evaluate --checkpoint r --out-of-fold --json --threads 1; code 0; cp "$folder/out" judged3.json
same judged1.json judged3.json 'expected the same figures on three ranks'

# All of both parts, in the order of the dataset: each asked of both replicas of one fold.
for part in train validation; do
    run evaluate --checkpoint r --split $part --rows $part.csv; code 0
done
call='evaluate --out-of-fold --rows'
tail -q -n +2 train.csv validation.csv | cut -d, -f1 | sort >wanted.txt
tail -n +2 rows.csv | cut -d, -f1 | sort >found.txt
same wanted.txt found.txt 'expected all pictures of training and validation, found'
cat >folds.awk <<'A'
NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
{
    n = 0
    for (fold = 1; fold <= 3; fold++) {
        asked = $column["age-f" fold "-r1"] != ""
        n += asked
        for (replica = 1; replica <= 2; replica++) {
            who = "-f" fold "-r" replica
            if (($column["age" who] != "") != asked) wrong = 1
            if ($column["gender" who] != "") of_gender[fold]++
        }
        pictures[fold] += asked
    }
    if (n != 1) wrong = 1
}
END { for (fold = 1; fold <= 3; fold++) if (pictures[fold] < 10 || of_gender[fold] < 20) wrong = 1; exit wrong }
A
checks=$((checks + 1))
awk -F, -f folds.awk rows.csv || { fail 'expected answers of both replicas of one fold in each row, found'; show rows.csv; }

# What training said of its own validation, epoch by epoch, is what these rows hold.
call='evaluate --out-of-fold against history.csv'
checks=$((checks + 1))
awk -F, '
    FNR == 1 { split("", column); for (i = 1; i <= NF; i++) column[$i] = i; next }
    FILENAME ~ /history/ { if ($column["best"] == 1 && $column["metric"] == "mae") wanted[$column["branch"]] = $column["val_value"]; next }
    { for (who in wanted) if ($column[who] != "") { off = $column[who] - $column["label.age"]; sum[who] += off < 0 ? -off : off; n[who]++ } }
    END { for (who in wanted) { members++; off = sum[who] / n[who] / wanted[who] - 1
              if (off > 1e-6 || off < -1e-6) { print who, sum[who] / n[who], wanted[who]; wrong = 1 } }
          exit wrong || members != 6 }' r/history.csv rows.csv >wrong || { fail 'expected the mae of the validation of each member, found'; show wrong; }

# Figures of the ensemble, by hand: each picture by the mean of its two replicas.
figure() { awk -v name="\"$2\"" -F'[:,]' '/"name":/ { here = index($0, name) } here && /"'"$1"'":/ { for (i = 1; i <= 10 && !/"ensemble"/; i++) getline; printf "%.12g", $2; exit }' judged1.json; }
call='evaluate --out-of-fold: the ensembles'
checks=$((checks + 1))
awk -F, -v mae="$(figure mae age)" -v log_loss="$(figure log_loss gender)" '
    function near(a, b) { return a - b < 1e-6 * b && b - a < 1e-6 * b }
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
    { said = p = 0
      for (fold = 1; fold <= 3; fold++)
          for (replica = 1; replica <= 2; replica++) {
              said += $column["age-f" fold "-r" replica] / 2
              p += $column["gender-f" fold "-r" replica "." "p." $column["label.gender"]] / 2
          }
      off = said - $column["label.age"]; errors += off < 0 ? -off : off; losses -= log(p) }
    END { print mae, errors / (NR - 1), log_loss, losses / (NR - 1)
          exit !(mae > 0 && log_loss > 0 && near(errors / (NR - 1), mae) && near(losses / (NR - 1), log_loss)) }' rows.csv >wrong ||
    { fail 'expected mae and log_loss by hand, found'; show wrong; }

run evaluate --checkpoint r --out-of-fold; code 0
out 'out-of-fold samples'; out 'each fold also chose the epoch of its members'; out 'each on the fold that it'
run evaluate --checkpoint r --out-of-fold --slot latest --branches gender --by gender --min-count 2 --flip; code 0
out 'by gender: 2 cells'; out 'gender     6 members, 54 samples'
run evaluate --checkpoint r --out-of-fold --slot latest --json; code 0; out '"samples":	"unseen"'

# Where nobody knows who has seen what.
run "${train[@]}" --run plain --epochs 1; code 0
run evaluate --checkpoint plain --out-of-fold; code 1; no_out; err 'expected a run with folds, found none'; err 'train --folds'
run evaluate --checkpoint r --out-of-fold --branches age-f1-r1,age-f2-r2; code 1; err 'expected members of 3 folds, found none of fold 3'; err '--branches age'
run evaluate --checkpoint r --out-of-fold --split test; code 2; err 'expected --split or --out-of-fold, found both'
run prepare faces -o other.h5 --size 32 --threads 1 --test 0.2; code 0
run evaluate --checkpoint r --out-of-fold --data other.h5; code 1; no_out; err "dataset 'other.h5': expected the one trained on"
run "${train[@]}" --run r --epochs 4 --folds 3 --replicas 2 --resume --new-data --data other.h5; code 0
run evaluate --checkpoint r --out-of-fold; code 1; no_out; err "was trained on 'set.h5'"; err 'folds of a single dataset'
