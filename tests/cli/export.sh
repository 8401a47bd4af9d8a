# agr-mpi export: what is asked for, what is refused; what the files hold is read by others in export_*.sh.
. "$source/tests/cli/export/run.sh"

run export --checkpoint run -o a.safetensors; code 0; no_out; no_err
run export --checkpoint run/checkpoint.h5 --format safetensors -o b.model; code 0
same a.safetensors b.model 'a run and its checkpoint, ending and --format give other bytes'
run export --checkpoint run --slot latest --branches expected -o one.safetensors; code 0
run export --checkpoint people --branches race-v2-r1 -o member.safetensors; code 0
run export --checkpoint people -o members.safetensors; code 0

# The run that every format is tested with has every kind of layer that there is.
sed 's/- dropout:.*/- wings/' "$source/tests/mpi/train/nets/race.yaml" >wings.yaml
run init --branches race --set branches.race=wings.yaml --size 32 -o wings.h5; code 1; err "no kind of layer 'wings'"; err 'hint: kinds: '
for kind in $(sed -n 's/^hint: kinds: //p' "$folder/err" | tr -d ,); do
    checks=$((checks + 1))
    grep -q -- "- $kind" "$source/tests/cli/export/every_layer.yaml" || fail "no $kind in every_layer.yaml: is it exported?"
done

# Whatever is there stays.
cp run/checkpoint.h5 kept.h5
run export --checkpoint run --format safetensors -o run/checkpoint.h5; code 1; no_out
err "cannot write 'run/checkpoint.h5': it is there already"
same run/checkpoint.h5 kept.h5 'export wrote over its checkpoint'
run export --checkpoint run -o a.safetensors; code 1; err "'a.safetensors': it is there already"

run export --checkpoint run; code 2; err 'expected -o FILE'
run export --checkpoint run -o model.xyz; code 2; err "the ending of 'model.xyz' tells no format"; err 'safetensors'
run export --checkpoint run --format wings -o model; code 2; err "no format 'wings'"; err 'safetensors'
run export --checkpoint absent -o c.safetensors; code 1; err absent
run export --checkpoint run --slot epoch_0099 -o c.safetensors; code 1; err epoch_0099
run export --checkpoint people --branches race-v9 -o c.safetensors; code 2; err 'race-v9'
run export --checkpoint run -o nowhere/c.safetensors; code 1; err nowhere
run_small 1 "$folder/out" export --checkpoint run -o c.safetensors
code 1; err "'c.safetensors'"
checks=$((checks + 1))
[ -z "$(find . -name '*c.safetensors*')" ] || fail "left $(find . -name '*c.safetensors*')"
