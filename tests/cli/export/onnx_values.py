"""onnx_values.py MODEL RESULT FACTS SAID LIMIT: what ONNX Runtime gave (onnx_run.js) against what predict said. FACTS: `branches` of
the model's safetensors file."""
import json
import sys

import numpy
from said import columns, largest_difference

model, result, facts, said, limit = sys.argv[1:]
result = json.load(open(result))
data = open(facts, "rb").read()
facts = json.loads(json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]["branches"])
assert result["inputs"] == ["image"]
outputs = {}
for name, t in result["all"].items():
    assert t["type"] == "float32", name
    outputs[name] = numpy.array(t["data"], numpy.float64).reshape(t["dims"])
    first = numpy.array(result["one"][name]["data"]).reshape(result["one"][name]["dims"])
    assert first.shape == (1,) + outputs[name].shape[1:] and numpy.allclose(first, outputs[name][:1], atol=1e-5), name
heads = [head for branch in facts for head in branch["heads"]]
wanted = sum(([h["output"], h["output"] + ".p"] if h["output"] + ".p" in outputs else [h["output"]] for h in heads), [])
assert result["outputs"] == wanted, (result["outputs"], wanted)
above = {"passed.p", "counted.p"}  # of a number by thresholds: that it is above each
for name, p in outputs.items():
    if p.ndim == 2:
        assert (p >= 0).all() and (p <= 1).all() and (name in above or numpy.allclose(p.sum(axis=1), 1, atol=1e-5)), name
n, worst = largest_difference(facts, outputs, columns(said))
print(f"{model}: {n} heads on {len(outputs[heads[0]['output']])} pictures, largest difference {worst:.1e}")
assert worst < float(limit)
