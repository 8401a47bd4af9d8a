"""keras_values.py MODEL.h5 RESULT SAID plain|prefixed: what TensorFlow.js gave (keras_run.js) against what predict said."""
import json
import sys

import h5py
import numpy
from said import answers, columns, largest_difference

model, result, said, style = sys.argv[1:]
heads = json.loads(json.loads(h5py.File(model).attrs["agr_mpi"])["branches"])
ends = {name: numpy.array(t["data"]).reshape(t["dims"]) for name, t in json.load(open(result)).items()}
n, worst = largest_difference(heads, answers(heads, ends, style), columns(said))
print(f"{model}: {n} heads on {len(next(iter(ends.values())))} pictures in TensorFlow.js, largest difference {worst:.1e}")
assert worst < 1e-5
