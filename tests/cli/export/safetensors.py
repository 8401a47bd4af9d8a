"""safetensors.py FILE CHECKPOINT SLOT BRANCHES plain|prefixed: a reader of the format as published
(https://github.com/huggingface/safetensors, section Format) holds every tensor against the checkpoint, bit for bit."""
import json
import sys

import h5py
import numpy


def read(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = data[8 : 8 + length]
    assert header[:1] == b"{", "the header begins with {"
    assert (8 + length) % 8 == 0, "numbers begin at a multiple of 8"
    repeated = []
    header = json.loads(header, object_pairs_hook=lambda pairs: repeated.append(len(dict(pairs)) < len(pairs)) or dict(pairs))
    assert not any(repeated), "a key stands twice"
    facts = header.pop("__metadata__")
    assert all(isinstance(v, str) for v in facts.values()), "metadata are texts"
    tensors, end = {}, 0
    for name, about in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        assert about["dtype"] == "F32" and about["data_offsets"][0] == end, name + ": a gap"
        end = about["data_offsets"][1]
        part = data[8 + length + about["data_offsets"][0] : 8 + length + end]
        tensors[name] = numpy.frombuffer(part, "<f4").reshape(about["shape"])
    assert 8 + length + end == len(data), "bytes behind the last tensor"
    return facts, tensors


path, checkpoint, slot, branches, style = sys.argv[1:]
branches = branches.split(",")
facts, tensors = read(path)
wanted = {}
with h5py.File(checkpoint) as file:
    for branch in branches:
        weights = file["branches"][branch][slot]["weights"]
        for layer in weights:
            for parameter in weights[layer]:
                name = f"{branch}.{layer}/{parameter}" if style == "prefixed" else f"{layer}/{parameter}"
                wanted[name] = weights[layer][parameter][...]
assert sorted(tensors) == sorted(wanted), sorted(set(tensors) ^ set(wanted))
for name, values in wanted.items():
    assert tensors[name].shape == values.shape, name
    assert tensors[name].tobytes() == values.tobytes(), name
said = json.loads(facts["branches"])
assert [b["name"] for b in said] == branches and all(len(b["weights"]) == 16 for b in said), said
assert "layers:" in facts["network"] and facts["preprocessing"].startswith("height="), facts
print(f"{path}: {len(tensors)} tensors as in {checkpoint}")
