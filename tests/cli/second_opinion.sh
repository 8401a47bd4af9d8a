# Every figure of evaluate, computed a second time by scikit-learn from the outputs of the same run. Skipped without it.
python=''
for candidate in python3 /usr/bin/python3; do
    "$candidate" -c 'import numpy, sklearn' 2>/dev/null && python=$candidate && break
done
[ -n "$python" ] || { echo 'no scikit-learn: skipped'; exit 77; }

run synth faces --count 200 --seed 5; code 0
run prepare faces -o set.h5 --size 32 --threads 1 --validation 0.3; code 0
run train --config "$source/tests/mpi/train/small.yaml" --data set.h5 --run r --epochs 4 --threads 1; code 0
slices=(--by 'race,gender,age:0-29,30-59,60+,race*gender,gender*age:0-19,20-39,40+' --min-count 5 --draws 200)
for split in validation train; do
    run evaluate --checkpoint r --data set.h5 --split "$split" --csv "${slices[@]}"; code 0
    cp "$folder/out" "$split.figures"
    run evaluate --checkpoint r --data set.h5 --split "$split" --json "${slices[@]}" --predictions "$split.tsv" --rows "$split.csv"; code 0
    cp "$folder/out" "$split.json"
done
call='slices on three ranks'
run_on 3 evaluate --checkpoint r --data set.h5 --split validation --json "${slices[@]}" --threads 1; code 0
same validation.json "$folder/out" 'expected the same slices on 3 ranks'
for split in validation train; do
    call="second opinion on the $split part"
    checks=$((checks + 1))
    "$python" "$source/tests/cli/second_opinion.py" "$split.json" "$split.figures" "$split.tsv" "$split.csv" train.csv ||
        fail 'expected the figures of scikit-learn'
done

# What the members of a population say together, of pictures that none of them was trained on.
run train --config "$source/tests/mpi/train/small.yaml" --data set.h5 --run many --epochs 4 --threads 1 --folds 2 --replicas 2; code 0
run evaluate --checkpoint many --out-of-fold --csv "${slices[@]}"; code 0; cp "$folder/out" many.figures
run evaluate --checkpoint many --out-of-fold --json "${slices[@]}" --predictions many.tsv --rows many.csv; code 0; cp "$folder/out" many.json
call='second opinion on ensembles'
checks=$((checks + 1))
"$python" "$source/tests/cli/second_opinion.py" many.json many.figures many.tsv many.csv train.csv || fail 'expected the figures of scikit-learn'
