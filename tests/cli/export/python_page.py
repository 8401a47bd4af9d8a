"""python_page.py PAGE SAID: runs each block of a page of Python under its heading, then looks at what it made."""
import importlib
import json
import re
import sys

import numpy
from said import columns


def pictures_of(torch):
    pixels = numpy.fromfile("pictures.raw", numpy.uint8).reshape(-1, 32, 32, 3)
    return torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255


def close(found, wanted):
    wanted = numpy.asarray(wanted)
    assert found.shape == wanted.shape, (found.shape, wanted.shape)
    worst = numpy.max(numpy.abs(found - wanted) / numpy.maximum(1, numpy.abs(wanted)))
    assert worst < 1e-5, worst


def branch_in_pytorch(page):
    torch, said = page["torch"], columns(sys.argv[2])
    x = pictures_of(torch)
    assert page["model"](x)["race_output"].shape == (50, 5)
    models = {name: page["Branch"]("run/checkpoint.h5", name).eval() for name in ("trunk", "expected", "likeliest", "smaller")}
    with torch.no_grad():
        z = {head: values for model in models.values() for head, values in model(x).items()}
    close(z["number_output"][:, 0].numpy(), said["number_output"])
    close(torch.sigmoid(z["two_output"][:, 0]).numpy(), said["gender.p.female"])
    for name in ("five_output", "smaller"):
        classes = ("white", "black", "asian", "indian", "other")
        p = torch.softmax(z[name if name in z else name + "_output"], 1).numpy()
        close(p, numpy.stack([said[f"{name}.p.{c}"] for c in classes], 1))
    close((torch.softmax(z["expected_output"].double(), 1) @ torch.arange(117.0).double()).numpy(), said["expected"])
    assert list(z["likeliest_output"].argmax(1).numpy()) == said["likeliest"]
    model = models["trunk"].train()  # it trains on
    before = {name: w.clone() for name, w in model.w.items()}
    optimizer = torch.optim.SGD([w for w in model.w.values() if w.requires_grad], lr=0.1)
    sum(values.square().sum() for values in model(x).values()).backward()
    optimizer.step()
    assert not torch.equal(before["conv2d/kernel"], model.w["conv2d/kernel"])
    assert not torch.equal(before["batch_normalization/moving_mean"], model.w["batch_normalization/moving_mean"])


def histories_in_pandas(page):
    assert list(page["curves"].columns) == ["age", "gender", "race"] and len(page["curves"]) == 2, page["curves"]
    assert len(page["best"]) == 3 and len(page["rows"]) > 20 and "label.age" in page["rows"]


def dataset_in_pytorch(page):
    pictures, labels = next(iter(page["loader"]))
    assert pictures.shape == (32, 3, 32, 32) and 0 <= pictures.min() and 0.5 < pictures.max() <= 1
    assert set(labels) == {"age", "gender", "race"} and labels["race"].max() <= 4


checks = {
    "A branch in PyTorch": (["torch", "yaml", "h5py"], branch_in_pytorch),
    "In Keras": (["tensorflow"], lambda page: None),
    "Histories and rows in pandas": (["pandas"], histories_in_pandas),
    "A dataset in PyTorch": (["torch", "h5py"], dataset_in_pytorch),
}
sections = re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", open(sys.argv[1]).read(), re.M | re.S)
blocks = [(heading, re.search(r"^```python\n(.*?)^```$", text, re.M | re.S)[1]) for heading, text in sections]
assert sorted(name for name, _ in blocks) == sorted(checks), [name for name, _ in blocks]
for heading, code in blocks:
    packages, check = checks[heading]
    try:
        for package in packages:
            importlib.import_module(package)
    except ImportError as absent:
        print(f"{heading}: not run: {absent}")
        continue
    page = {}
    exec(compile(code, heading, "exec"), page)
    check(page)
    print(f"{heading}: run, {code.count(chr(10))} lines")
