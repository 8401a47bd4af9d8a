# A run keeps its dataset: another one only when it is asked for, and then the checkpoint tells.
# shellcheck source=/dev/null
. "$source/tests/mpi/train/vocabulary.sh"
small_set 60
mv set.h5 first.h5; rm -rf faces
small_set 80
mv set.h5 second.h5
fingerprint() { # FILE
    "$program" inspect --json "$1" | sed -n 's/.*"fingerprint":[^0-9a-f]*\([0-9a-f]\{16\}\)".*/\1/p'
}
first=$(fingerprint first.h5) second=$(fingerprint second.h5)

train_on 1 --run r --threads 1 --data first.h5 --epochs 2; code 0
run inspect r; code 0; out "trained on   dataset $first first.h5"
cp r/checkpoint.h5 before.h5
for resume in --resume --resume=auto; do
    train_on 2 --run r --threads 1 $resume --data second.h5 --epochs 3; code 1
    err "checkpoint 'r/checkpoint.h5' was trained on another dataset: expected $first ('first.h5'), found $second ('second.h5')"
    err 'hint: --data names the run'; err '--new-data'
    same before.h5 r/checkpoint.h5 'the refused run changed its checkpoint'
done
train_on 1 --run new --threads 1 --data second.h5 --new-data; code 2; err '--new-data: expected --resume beside it'

# The same content elsewhere is the same dataset.
cp first.h5 moved.h5
train_on 1 --run r --threads 1 --resume --data moved.h5 --epochs 3; code 0
run inspect r; code 0; out "trained on   dataset $first first.h5"
grep -q 'then on' "$folder/out" && fail 'a moved dataset counts as another'

train_on 2 --run r --threads 1 --resume --data second.h5 --new-data --epochs 4; code 0
train_on 1 --run r --threads 1 --resume --data second.h5 --epochs 5; code 0 # it is the run's now
run inspect r; code 0
out "trained on   dataset $first first.h5"
out "then on      dataset $second second.h5, from epochs on age:3,gender:3,race:3"
run inspect --json r; code 0
out '"since":	"start"'; out '"since":	"age:3,gender:3,race:3"'; out "\"fingerprint\":	\"$second\""
train_on 1 --run r --threads 1 --resume --data first.h5 --epochs 6; code 1; err "expected $second ('second.h5'), found $first"

# evaluate says which one it judges.
run evaluate --checkpoint r --threads 1; code 0
out "dataset    second.h5 ($second, the one trained on), validation samples"
run evaluate --checkpoint r --threads 1 --data first.h5; code 0
out "dataset    first.h5 ($first, not the one trained on), validation samples"
