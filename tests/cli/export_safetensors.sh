# A safetensors file read as its specification says, by numpy, against the checkpoint read by h5py.
. "$source/tests/cli/export/run.sh"
find_python 'numpy, h5py'

run export --checkpoint run -o run.safetensors; code 0
second_reader safetensors.py run.safetensors run/checkpoint.h5 best trunk,expected,likeliest,passed,counted,smaller prefixed
run export --checkpoint run --slot latest --branches expected -o one.safetensors; code 0
second_reader safetensors.py one.safetensors run/checkpoint.h5 latest expected plain
run export --checkpoint people --branches race-v2-r1 -o member.safetensors; code 0
second_reader safetensors.py member.safetensors people/checkpoint.h5 best race-v2-r1 plain
run init -o seed.h5; code 0
run export --checkpoint seed.h5 --slot latest -o seed.safetensors; code 0
second_reader safetensors.py seed.safetensors seed.h5 latest age,gender,race plain
