# The loaders of docs/python.md, run as they stand there, by what Debian has of their packages.
. "$source/tests/cli/export/run.sh"
find_python 'numpy, h5py'
run synth pictures_of_faces --count 90 --seed 6; code 0
mkdir -p datasets runs
run prepare pictures_of_faces -o datasets/faces.h5 --size 32 --threads 1 --validation 0.3; code 0
run train --config "$source/tests/mpi/train/small.yaml" --data datasets/faces.h5 --run runs/seed --epochs 2 --threads 1; code 0
run evaluate --threads 1 --rows rows.csv; code 0
second_reader pictures.py set.h5 50 pictures
say --checkpoint run
second_reader python_page.py "$source/docs/python.md" said.jsonl
