"""keras.py FILE CHECKPOINT SLOT BRANCHES plain|prefixed [PIXELS SAID] [unspoken|moments]: a second reader of the HDF5 file of a Keras model.

It does what load_model of TensorFlow 2.2 does: attributes are bytes, the graph is built from model_config, and weights go
to its layers by their order alone. They are held against the checkpoint; with PIXELS and SAID the graph is run by numpy,
and its outputs held against what predict said."""
import json
import sys

import h5py
import numpy
from said import answers, columns, largest_difference

path, checkpoint, slot, branches, style = sys.argv[1:6]
branches = branches.split(",")

# ---- the file ----


def names(object, name):
    if name in object.attrs:
        return [n.decode("utf8") for n in object.attrs[name]]
    parts = []
    while f"{name}{len(parts)}" in object.attrs:
        parts.append([n.decode("utf8") for n in object.attrs[f"{name}{len(parts)}"]])
    return sum(parts, [])


file = h5py.File(path)
for key in ("keras_version", "backend", "model_config"):
    assert isinstance(file.attrs[key], bytes), key + ": a text that old readers cannot decode"
assert file.attrs["keras_version"].decode() == "2.3.0-tf" and file.attrs["backend"].decode() == "tensorflow"
group = file["model_weights"]
assert group.attrs["keras_version"].decode() == "2.3.0-tf" and group.attrs["backend"].decode() == "tensorflow"
model = json.loads(file.attrs["model_config"].decode("utf-8"))
assert model["class_name"] == "Model"
layers = model["config"]["layers"]
assert names(group, "layer_names") == [layer["name"] for layer in layers]
assert len({layer["name"] for layer in layers}) == len(layers)
facts = json.loads(file.attrs["agr_mpi"].decode("utf-8"))

# ---- weights by order ----

OWN = {
    "Conv2D": ["kernel", "bias"],
    "DepthwiseConv2D": ["depthwise_kernel", "bias"],
    "BatchNormalization": ["gamma", "beta", "moving_mean", "moving_variance"],
    "Dense": ["kernel", "bias"],
}
wanting = [layer for layer in layers if layer["class_name"] in OWN]
holding = [name for name in names(group, "layer_names") if names(group[name], "weight_names")]
assert len(wanting) == len(holding)
weights = {}
for layer, name in zip(wanting, holding):
    stored = names(group[name], "weight_names")
    assert len(stored) == len(OWN[layer["class_name"]])
    for own, weight in zip(OWN[layer["class_name"]], stored):
        assert group[name][weight].dtype == numpy.float32
        weights[layer["name"], own] = group[name][weight][...]
n_tensors = 0
with h5py.File(checkpoint) as other:
    for branch in branches:
        for layer, parameters in other["branches"][branch][slot]["weights"].items():
            for parameter, values in parameters.items():
                name = f"{branch}.{layer}" if style == "prefixed" else layer
                assert weights[name, parameter].shape == values.shape, (name, parameter)
                assert weights[name, parameter].tobytes() == values[...].tobytes(), (name, parameter)
                n_tensors += 1
assert n_tensors == len(weights)

# ---- what the optimiser remembers ----

if "unspoken" in sys.argv:
    assert "training_config" not in file.attrs and "optimizer_weights" not in file
else:
    training = json.loads(file.attrs["training_config"].decode("utf-8"))
    ends = {name for name, _, _ in model["config"]["output_layers"]}
    assert set(training["loss"]) == set(training["loss_weights"]) == ends
    assert set(training["optimizer_config"]["config"]) == {"name", "learning_rate", "decay", "beta_1", "beta_2", "epsilon", "amsgrad"}
    assert ("optimizer_weights" in file) == ("moments" in sys.argv)
if "optimizer_weights" in file:
    training = json.loads(file.attrs["training_config"].decode("utf-8"))
    assert set(training) == {"loss", "metrics", "weighted_metrics", "loss_weights", "sample_weight_mode", "optimizer_config"}
    trained = [(name, own) for name, own in weights if not own.startswith("moving")]
    slots = [file["optimizer_weights"][name] for name in names(file["optimizer_weights"], "weight_names")]
    assert len(slots) == 1 + 2 * len(trained)
    with h5py.File(checkpoint) as other:
        for b, branch in enumerate(branches):
            assert slots[0][()] == other["branches"][branch][slot]["adam_step"][()]
        for kind, part in (("m", slots[1 : 1 + len(trained)]), ("v", slots[1 + len(trained) :])):
            for (name, own), values in zip(trained, part):
                branch, layer = name.split(".") if style == "prefixed" else (None, name)
                places = [other["branches"][b][slot]["optimizer"][kind] for b in branches if branch in (None, b)]
                place = next(p for p in places if layer in p)
                assert values[...].tobytes() == place[layer][own][...].tobytes(), (kind, name, own)
print(f"{path}: {len(layers)} layers, {len(weights)} tensors as in {checkpoint}" + (", moments too" if "optimizer_weights" in file else ""))
if len(sys.argv) < 8 or sys.argv[6] in ("moments", "unspoken"):
    sys.exit(0)

# ---- the graph, run ----


def activate(name, x):
    if name == "softmax":
        e = numpy.exp(x - x.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)
    return {"linear": lambda: x, "relu": lambda: numpy.maximum(x, 0), "sigmoid": lambda: 1 / (1 + numpy.exp(-x))}[name]()


def windows(x, config):
    assert config["padding"] == "same" and config["strides"] == [1, 1] and config["dilation_rate"] == [1, 1]
    assert config["data_format"] == "channels_last" and config["use_bias"]
    k, _ = config["kernel_size"]
    x = numpy.pad(x, ((0, 0), (k // 2, k // 2), (k // 2, k // 2), (0, 0)))
    return numpy.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))  # [N,H,W,C,k,k]


def run(kind, config, x, w):
    if kind == "Conv2D":
        return activate(config["activation"], numpy.einsum("nijcuv,uvco->nijo", windows(x, config), w["kernel"]) + w["bias"])
    if kind == "DepthwiseConv2D":
        assert config["depth_multiplier"] == 1
        return activate(config["activation"], numpy.einsum("nijcuv,uvc->nijc", windows(x, config), w["depthwise_kernel"][..., 0]) + w["bias"])
    if kind == "BatchNormalization":
        assert config["axis"] == [x.ndim - 1] and config["center"] and config["scale"]
        return (x - w["moving_mean"]) / numpy.sqrt(w["moving_variance"] + config["epsilon"]) * w["gamma"] + w["beta"]
    if kind == "MaxPooling2D":
        k, _ = config["pool_size"]
        assert config["padding"] == "valid" and config["strides"] == [k, k]
        h, width = x.shape[1] // k, x.shape[2] // k
        return x[:, : h * k, : width * k].reshape(len(x), h, k, width, k, -1).max(axis=(2, 4))
    if kind == "GlobalAveragePooling2D":
        return x.mean(axis=(1, 2))
    if kind == "Flatten":
        return x.reshape(len(x), -1)
    if kind == "Dense":
        return activate(config["activation"], x @ w["kernel"] + w["bias"])
    return {"Activation": lambda: activate(config["activation"], x), "Dropout": lambda: x}[kind]()


config = model["config"]
assert config["input_layers"] == [["input_1", 0, 0]] and layers[0]["class_name"] == "InputLayer"
shape = layers[0]["config"]["batch_input_shape"]
assert shape[0] is None
tensors = {"input_1": numpy.fromfile(sys.argv[6], numpy.uint8).reshape([-1] + shape[1:]).astype(numpy.float64) / 255}
for layer in layers[1:]:
    (((before, _, _, _),),) = layer["inbound_nodes"]
    own = {w: v.astype(numpy.float64) for (name, w), v in weights.items() if name == layer["name"]}
    tensors[layer["name"]] = run(layer["class_name"], layer["config"], tensors[before], own)

ends = {name: tensors[name] for name, _, _ in config["output_layers"]}
heads = json.loads(facts["branches"])
n, worst = largest_difference(heads, answers(heads, ends, style), columns(sys.argv[7]))
print(f"{path}: {n} heads on {len(tensors['input_1'])} pictures, largest difference {worst:.1e}")
assert worst < 1e-5
