"""rename.py FROM TO [nan]: the same Keras model as another program would have saved it: without our attribute, layers with other
names, weights below the name of a model; with nan, one weight is not a number."""
import json
import sys

import h5py

with h5py.File(sys.argv[1]) as old, h5py.File(sys.argv[2], "w") as new:
    model = json.loads(old.attrs["model_config"])
    model["class_name"] = "Functional"
    outputs = [name for name, _, _ in model["config"]["output_layers"]]
    called = {l["name"]: l["name"] if l["name"] in outputs else f"layer_{i + 30}" for i, l in enumerate(model["config"]["layers"])}
    for layer in model["config"]["layers"]:
        layer["name"] = layer["config"]["name"] = called[layer["name"]]
        for use in layer["inbound_nodes"]:
            use[0][0] = called[use[0][0]]
    new.attrs["model_config"] = json.dumps(model)  # of variable length
    new.attrs["keras_version"] = "2.4.0"
    weights = new.create_group("model_weights")
    weights.attrs["layer_names"] = [called[name.decode()].encode() for name in old["model_weights"].attrs["layer_names"]]
    for name in old["model_weights"]:
        group = weights.create_group(called[name])
        stored = [n.decode() for n in old["model_weights"][name].attrs["weight_names"]]
        group.attrs["weight_names"] = [f"model/{called[name]}/{n.split('/')[1]}".encode() for n in stored]
        for n in stored:
            values = old["model_weights"][name][n][...]
            if len(sys.argv) > 3 and n.endswith("bias:0"):
                values[0] = float("nan")
            group.create_dataset(f"model/{called[name]}/{n.split('/')[1]}", data=values)
