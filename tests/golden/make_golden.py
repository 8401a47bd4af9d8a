#!/usr/bin/env python3
"""Writes the reference arrays that tests/golden/golden.c is held against.

    python3 tests/golden/make_golden.py tests/golden

An independent statement of the mathematics in PyTorch (float64; input and initial weights are exact
in float32): layers as Keras in TensorFlow 2.2 computes them, Adam in Keras' form. Needs python3-torch
and python3-numpy; the test program needs neither. Names of the arrays: golden.h.
"""
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F

STEPS = 3


def float32(value):
    return float(np.float32(value))


EPSILON, DROP = float32(1e-3), 0.25
BETA_1, BETA_2, ADAM_EPSILON = float32(0.9), float32(0.999), float32(1e-7)


# ---- networks: lists of (kind, name, options), as they stand in a network file ----

class Names:
    """Keras' names: conv2d, conv2d_1, ..."""

    def __init__(self):
        self.used = {}

    def __call__(self, kind):
        n = self.used.get(kind, 0)
        self.used[kind] = n + 1
        return kind if n == 0 else "%s_%d" % (kind, n)


def conv_block(names, filters, kernel_size=3):
    return [("conv2d", names("conv2d"), dict(filters=filters, kernel_size=kernel_size, activation="relu")),
            ("batch_normalization", names("batch_normalization"), {})]


def pool(names, size):
    return [("max_pooling2d", names("max_pooling2d"), dict(pool_size=size))]


def drop(names):
    return [("dropout", names("dropout"), dict(rate=DROP))]


def age_layers(filters, units):
    names = Names()
    layers = [("depthwise_conv2d", names("depthwise_conv2d"), dict(activation="relu")),
              ("batch_normalization", names("batch_normalization"), {})]
    layers += conv_block(names, filters[0]) + pool(names, 3) + drop(names)
    for f in filters[1:]:
        layers += conv_block(names, f)
    layers += pool(names, 2) + [("flatten", names("flatten"), {}),
                                ("activation", names("activation"), dict(activation="relu")),
                                ("dense", names("dense"), dict(units=units))]
    return layers


def class_layers(filters, dense, units):
    names = Names()
    layers = conv_block(names, filters[0]) + pool(names, 3) + drop(names)
    layers += conv_block(names, filters[1]) + pool(names, 2) + drop(names)
    layers += conv_block(names, filters[2]) + pool(names, 2)
    layers += [("flatten", names("flatten"), {}),
               ("dense", names("dense"), dict(units=dense, activation="relu")),
               ("batch_normalization", names("batch_normalization"), {})]
    if units:
        layers += [("dense", names("dense"), dict(units=units))]
    return layers


def other_layers():
    """What the tutorial's branches do not use: resize, 1x1 and 5x5 kernels, global average, an activation
    between, a batch norm that nobody can take as a view."""
    names = Names()
    return ([("resize", names("resize"), dict(height=9, width=8))] + conv_block(names, 6, 5) +
            drop(names) + conv_block(names, 5, 1) +
            [("activation", names("activation"), dict(activation="sigmoid"))] + conv_block(names, 7) +
            pool(names, 2) + [("activation", names("activation"), dict(activation="softmax"))] + pool(names, 2) +
            [("global_average_pooling2d", names("global_average_pooling2d"), {}),
             ("batch_normalization", names("batch_normalization"), {}),
             ("dense", names("dense"), dict(units=3))])


def head(name, target, loss, weight=1.0, layers=(), **options):
    return dict(name=name, target=target, loss=loss, weight=weight, layers=list(layers), options=options)


def yaml_map(items):
    return "{%s}" % ", ".join("%s: %s" % (k, v) for k, v in items.items())


def yaml_layers(layers):
    return "[%s]" % ", ".join("{%s: %s}" % (kind, yaml_map(dict(name=name, **options)))
                              for kind, name, options in layers)


def yaml_branch(layers, heads):
    texts = []
    for h in heads:
        entry = dict(name=h["name"], target=h["target"], loss=h["loss"], weight=repr(h["weight"]), **h["options"])
        if h["layers"]:
            entry["layers"] = yaml_layers(h["layers"])
        texts.append(yaml_map(entry))
    return "layers: %s, heads: [%s]" % (yaml_layers(layers), ", ".join(texts))


# ---- forward ----

def pad_same(x, kernel_size):
    p = (kernel_size - 1) // 2
    return F.pad(x, (p, p, p, p))


class Network:
    """weights[layer][parameter]: float64 tensors in Keras' layout; activations are NHWC."""

    def __init__(self, layers, heads, extent, rng):
        self.layers, self.heads, self.weights = layers, heads, {}
        self.trained = []
        shape = self.add(layers, extent, rng)
        for h in heads:
            self.add(h["layers"], shape, rng)

    def parameter(self, rng, layer, name, shape, trained=True):
        if name in ("kernel", "depthwise_kernel"):
            field = int(np.prod(shape[:-2]))
            limit = math.sqrt(6 / (field * (shape[-2] + shape[-1])))
            value = rng.uniform(-limit, limit, shape)
        else:
            low, high = dict(bias=(-.1, .1), gamma=(-.5, 1.5), beta=(-.3, .3), moving_mean=(-.1, .4),
                             moving_variance=(.4, 1.6))[name]
            value = rng.uniform(low, high, shape)
        tensor = torch.tensor(value.astype(np.float32).astype(np.float64), requires_grad=trained)
        self.weights.setdefault(layer, {})[name] = tensor
        if trained:
            self.trained.append((layer, name))

    def add(self, layers, shape, rng):
        for kind, name, o in layers:
            c = shape[-1]
            if kind == "conv2d":
                k = o["kernel_size"]
                self.parameter(rng, name, "kernel", (k, k, c, o["filters"]))
                self.parameter(rng, name, "bias", (o["filters"],))
                shape = shape[:2] + (o["filters"],)
            elif kind == "depthwise_conv2d":
                self.parameter(rng, name, "depthwise_kernel", (3, 3, c, 1))
                self.parameter(rng, name, "bias", (c,))
            elif kind == "batch_normalization":
                self.parameter(rng, name, "gamma", (c,))
                self.parameter(rng, name, "beta", (c,))
                self.parameter(rng, name, "moving_mean", (c,), False)
                self.parameter(rng, name, "moving_variance", (c,), False)
            elif kind == "dense":
                self.parameter(rng, name, "kernel", (c, o["units"]))
                self.parameter(rng, name, "bias", (o["units"],))
                shape = (o["units"],)
            elif kind == "max_pooling2d":
                shape = (shape[0] // o["pool_size"], shape[1] // o["pool_size"], c)
            elif kind == "resize":
                shape = (o["height"], o["width"], c)
            elif kind == "flatten":
                shape = (int(np.prod(shape)),)
            elif kind == "global_average_pooling2d":
                shape = (c,)
        return shape

    def batch_norm(self, x, w, train):
        axes = tuple(range(x.dim() - 1))
        if not train:
            mean, variance = w["moving_mean"], w["moving_variance"]
        else:
            mean, variance = x.mean(axes), x.var(axes, unbiased=False)
            n = x.numel() / x.shape[-1]
            unbiased = variance * (n / (n - 1)) if x.dim() == 4 and n > 1 else variance
            update = float32(1 - 0.99)
            with torch.no_grad():
                w["moving_mean"] += (mean - w["moving_mean"]) * update
                w["moving_variance"] += (unbiased - w["moving_variance"]) * update
        return (x - mean) / torch.sqrt(variance + EPSILON) * w["gamma"] + w["beta"]

    def layer(self, kind, name, o, x, train, masks):
        w = self.weights.get(name, {})
        nchw = x.permute(0, 3, 1, 2) if x.dim() == 4 else None
        if kind == "conv2d":
            kernel = w["kernel"].permute(3, 2, 0, 1)
            x = F.conv2d(pad_same(nchw, o["kernel_size"]), kernel, w["bias"]).permute(0, 2, 3, 1)
        elif kind == "depthwise_conv2d":
            kernel = w["depthwise_kernel"].permute(2, 3, 0, 1)
            x = F.conv2d(pad_same(nchw, 3), kernel, w["bias"], groups=x.shape[3]).permute(0, 2, 3, 1)
        elif kind == "batch_normalization":
            x = self.batch_norm(x, w, train)
        elif kind == "dense":
            x = x @ w["kernel"] + w["bias"]
        elif kind == "max_pooling2d":
            x = F.max_pool2d(nchw, o["pool_size"]).permute(0, 2, 3, 1)
        elif kind == "global_average_pooling2d":
            x = x.mean((1, 2))
        elif kind == "flatten":
            x = x.reshape(x.shape[0], -1)
        elif kind == "resize":
            x = F.interpolate(nchw, (o["height"], o["width"]), mode="bilinear",
                              align_corners=False).permute(0, 2, 3, 1)
        elif kind == "dropout" and train:
            x = x * float32(1 / (1 - DROP)) * masks[name]
        activation = o.get("activation", "linear")
        functions = dict(linear=lambda v: v, relu=torch.relu, sigmoid=torch.sigmoid,
                         softmax=lambda v: torch.softmax(v, -1))
        return functions[activation](x)

    def forward(self, x, train, masks=None, keep=None):
        def run(layers, x):
            for kind, name, o in layers:
                x = self.layer(kind, name, o, x, train, masks)
                if keep is not None:
                    keep[name] = x
            return x
        trunk = run(self.layers, x)
        return {h["name"]: run(h["layers"], trunk) for h in self.heads}

    def mask_shapes(self, x):
        keep = {}
        names = [n for k, n, _ in self.layers if k == "dropout"]
        with torch.no_grad():
            self.forward(x, False, None, keep)
        return {n: tuple(keep[n].shape) for n in names}


# ---- losses: mean over the labelled images, and predictions ----

def loss_of(h, z, y):
    labelled = ~torch.isnan(y)
    z, y = z[labelled], y[labelled]
    kind = h["loss"]
    if kind == "mse":
        return ((z[:, 0] - y) ** 2).mean()
    if kind == "binary_crossentropy":
        return F.binary_cross_entropy_with_logits(z[:, 0], y)
    if kind in ("sparse_categorical_crossentropy", "cross_entropy"):
        return F.cross_entropy(z, (y - h["options"].get("jbase", 0)).long())
    p = torch.softmax(z, 1)
    j = torch.arange(z.shape[1], dtype=z.dtype)[None] + h["options"].get("jbase", 0)
    y = y[:, None]
    expected = (p * j).sum(1, keepdim=True)
    if kind == "expected_mse":
        return ((expected - y) ** 2).mean()
    if kind == "variance":
        return (p * (j - p * y) ** 2).sum(1).mean()
    if kind == "mse_cross_entropy":
        return (p * (torch.log1p(j) - p * torch.log1p(y)) ** 2).sum(1).mean()
    if kind == "label_distribution":
        t = torch.softmax(-(j - y) ** 2 / (2 * 2.0 ** 2), 1)
        return (t * (torch.log(t) - torch.log_softmax(z, 1))).sum(1).mean()
    if kind == "mean_variance":
        spread = (p * (j - expected) ** 2).sum(1)
        mean = 0.2 * (expected - y)[:, 0] ** 2 / 2 + 0.05 * spread
        return F.cross_entropy(z, (y[:, 0] - j[0, 0]).long()) + mean.mean()
    raise KeyError(kind)


def prediction_of(h, z):
    if h["loss"] == "mse":
        return z
    return torch.sigmoid(z) if h["loss"] == "binary_crossentropy" else torch.softmax(z, 1)


# ---- training ----

class Adam:
    def __init__(self, network, lr, decay):
        self.network, self.lr, self.decay, self.done = network, float32(lr), float32(decay), 0
        self.m = {k: 0.0 for k in network.trained}
        self.v = {k: 0.0 for k in network.trained}

    def step(self):
        rate = self.lr / (1 + self.decay * self.done)
        t = self.done + 1
        alpha = rate * math.sqrt(1 - BETA_2 ** t) / (1 - BETA_1 ** t)
        with torch.no_grad():
            for key in self.network.trained:
                w = self.network.weights[key[0]][key[1]]
                self.m[key] = self.m[key] + (w.grad - self.m[key]) * (1 - BETA_1)
                self.v[key] = self.v[key] + (w.grad ** 2 - self.v[key]) * (1 - BETA_2)
                w -= alpha * self.m[key] / (torch.sqrt(self.v[key]) + ADAM_EPSILON)
                w.grad = None
        self.done = t


class Writer:
    """`name type dimension...` as a line, then the values."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def text(self, name, text):
        data = text.encode()
        self.file.write(b"%s s %d\n" % (name.encode(), len(data)) + data)

    def array(self, name, value, kind="f4"):
        if isinstance(value, torch.Tensor):
            value = value.detach().numpy()
        value = np.ascontiguousarray(value, dtype="<" + kind)
        shape = " ".join(str(s) for s in value.shape or (1,))
        self.file.write(("%s %s %s\n" % (name, kind, shape)).encode() + value.tobytes())


def make(folder, name, layers, heads, extent, n_images, labels, seed, activations=False):
    rng = np.random.RandomState(seed)
    out = Writer("%s/%s.golden" % (folder, name))
    out.text("network/%s" % name, yaml_branch(layers, heads))
    images = rng.randint(0, 256, (n_images,) + extent).astype(np.uint8)
    smooth = np.arange(extent[1])[None, None, :, None] * 3 + np.arange(extent[0])[None, :, None, None] * 2
    images = ((images.astype(int) // 2 + smooth) % 256).astype(np.float32) / np.float32(255)
    out.array("data/x", images)
    x = torch.tensor(images.astype(np.float64))
    y = {h["target"]: torch.tensor(labels[h["target"]], dtype=torch.float64) for h in heads}
    for target in y:
        out.array("data/" + target, y[target])
    network = Network(layers, heads, extent, np.random.RandomState(seed + 1))
    initial = {l: {p: t.detach().clone() for p, t in ws.items()} for l, ws in network.weights.items()}
    for layer, parameters in initial.items():
        for parameter, value in parameters.items():
            out.array("init/%s/%s" % (layer, parameter), value)
    shapes = network.mask_shapes(x)
    masks = [{n: torch.tensor((rng.uniform(0, 1, s) >= DROP).astype(np.float64)) for n, s in shapes.items()}
             for _ in range(STEPS)]
    for k, step_masks in enumerate(masks):
        for layer, mask in step_masks.items():
            out.array("masks/step%d/%s" % (k + 1, layer), mask, "u1")
    with torch.no_grad():
        for n, z in network.forward(x, False).items():
            out.array("infer_init/" + n, prediction_of(next(h for h in heads if h["name"] == n), z))

    def train(prefix, lr, decay, dump):
        for layer, parameters in initial.items():
            for parameter, value in parameters.items():
                network.weights[layer][parameter].data.copy_(value)
        adam = Adam(network, lr, decay)
        history = {h["name"]: [] for h in heads}
        for k in range(STEPS):
            keep = {} if dump and k == 0 else None
            z = network.forward(x, True, masks[k], keep)
            losses = {h["name"]: loss_of(h, z[h["name"]], y[h["target"]]) for h in heads}
            sum(h["weight"] * losses[h["name"]] for h in heads).backward()
            for n in losses:
                history[n].append(float(losses[n].detach()))
            if dump and k == 0:
                for h in heads:
                    out.array("train1/outputs/" + h["name"], prediction_of(h, z[h["name"]]))
                    out.array("train1/loss_" + h["name"], [history[h["name"]][0]], "f8")
                for n, a in keep.items():
                    if activations:
                        out.array("train1/act/" + n, a)
                for layer, parameter in network.trained:
                    out.array("grads/%s/%s" % (layer, parameter), network.weights[layer][parameter].grad)
            adam.step()
            if dump and k == 0:
                for layer, parameters in network.weights.items():
                    for parameter, value in parameters.items():
                        out.array("step1/weights/%s/%s" % (layer, parameter), value)
        for n, values in history.items():
            out.array(prefix + n, values, "f8")

    train("history/loss_", 0.005, 1e-4, True)
    train("chain/loss_", 1e-5, 2e-7, False)
    with torch.no_grad():
        for n, z in network.forward(x, False).items():
            out.array("chain/infer_final/" + n, prediction_of(next(h for h in heads if h["name"] == n), z))
    out.file.close()


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "."
    torch.set_num_threads(1)
    nan = float("nan")
    age = dict(age=[1, 116, 26, 35, 60])
    make(folder, "number", age_layers([5, 6, 7, 8, 9], 1), [head("age_output", "age", "mse", 0.03)], (13, 14, 3), 5,
         age, 11, activations=True)
    make(folder, "binary", class_layers([5, 7, 6], 11, 1),
         [head("gender_output", "gender", "binary_crossentropy")], (25, 26, 3), 5, dict(gender=[0, 1, 1, 0, 1]), 12)
    make(folder, "classes", class_layers([6, 5, 7], 9, 5),
         [head("race_output", "race", "sparse_categorical_crossentropy")], (25, 26, 3), 5,
         dict(race=[0, 1, 2, 3, 4]), 13)
    make(folder, "single_image", class_layers([5, 6, 7], 9, 5),
         [head("race_output", "race", "sparse_categorical_crossentropy")], (25, 26, 3), 1, dict(race=[3]), 14)
    make(folder, "shared_trunk", class_layers([6, 5, 7], 9, 0),
         [head("age_output", "age", "mse", 0.03, [("dense", "age_dense", dict(units=1))]),
          head("gender_output", "gender", "binary_crossentropy", 1.0,
               [("dense", "gender_hidden", dict(units=6, activation="relu")),
                ("batch_normalization", "gender_norm", {}), ("dense", "gender_dense", dict(units=1))]),
          head("race_output", "race", "sparse_categorical_crossentropy", 0.5,
               [("dense", "race_dense", dict(units=5))])],
         (25, 26, 3), 5, dict(age=[1, nan, 26, 35, 60], gender=[0, 1, nan, nan, 1], race=[0, 1, 2, 3, nan]), 15)
    make(folder, "other_layers", other_layers(), [head("output", "race", "sparse_categorical_crossentropy")],
         (13, 11, 3), 5, dict(race=[0, 1, 2, 1, 0]), 16, activations=True)
    for i, loss in enumerate(["cross_entropy", "expected_mse", "variance", "mse_cross_entropy",
                              "label_distribution", "mean_variance"]):
        make(folder, "number_" + loss, age_layers([4, 5], 11), [head("age_output", "age", loss, 0.1, jbase=2)],
             (13, 12, 3), 4, dict(age=[2, 12, 5, 9]), 20 + i)


if __name__ == "__main__":
    main()
