"""second_opinion.py FIGURES.json FIGURES.csv PREDICTIONS.tsv ROWS.csv TRAINING_ROWS.csv

Computes every figure of `agr-mpi evaluate --json` again with scikit-learn and numpy, and the baselines from the rows of the
training part. Complains of a difference above 1e-9, and of a figure that it does not know.
"""
import csv
import json
import math
import sys

import numpy as np
from sklearn import calibration, metrics

TOLERANCE = 1e-9
N_BINS = 15
TEXTS = {"branch", "slot", "samples", "epoch", "loss", "classes"}  # no figures of the rows


def read(path, separator):
    with open(path, newline="") as file:
        return list(csv.DictReader(file, delimiter=separator))


class Opinion:
    def __init__(self):
        self.n_compared = 0
        self.worst = 0.0
        self.failed = False

    def compare(self, where, found, expected):
        found = math.nan if found is None else found
        expected = float(expected)
        self.n_compared += 1
        if math.isnan(found) and math.isnan(expected):
            return
        difference = abs(found - expected)
        if not difference <= TOLERANCE:
            print(f"{where}: expected {expected!r}, found {found!r}")
            self.failed = True
        self.worst = max(self.worst, difference)

    def compare_all(self, where, found, expected, others=()):
        for name in found.keys() - expected.keys() - set(others):
            print(f"{where}: no second opinion on '{name}'")
            self.failed = True
        for name, value in expected.items():
            self.compare(f"{where}.{name}", found[name], value)


def judge_numbers(label, said):
    error = said - label
    if len(label) == 0:
        return dict.fromkeys(("mae", "rmse", "median_error", "bias", "cs5"), math.nan)
    return {
        "mae": metrics.mean_absolute_error(label, said),
        "rmse": math.sqrt(metrics.mean_squared_error(label, said)),
        "median_error": metrics.median_absolute_error(label, said),
        "bias": error.mean(),
        "cs5": (abs(error) <= 5).mean(),
    }


def areas(label, probability):
    n = len(label)
    return {c: metrics.roc_auc_score(label == c, probability[:, c])
            for c in range(probability.shape[1]) if 0 < (label == c).sum() < n}


def judge_classes(label, said, probability):
    known = sorted(set(label) | set(said))
    averages = {how: metrics.precision_recall_fscore_support(label, said, labels=known, average=how, zero_division=0)
                for how in ("macro", "weighted")}
    area = areas(label, probability)
    support = [(label == c).sum() for c in area]
    sure, right = probability.max(axis=1), said == label
    share_right, mean_sure = calibration.calibration_curve(right, sure, n_bins=N_BINS)
    in_bin = np.bincount(np.searchsorted(np.arange(1, N_BINS) / N_BINS, sure))
    return {
        "accuracy": metrics.accuracy_score(label, said),
        "balanced_accuracy": metrics.balanced_accuracy_score(label, said),
        "macro_precision": averages["macro"][0],
        "macro_recall": metrics.recall_score(label, said, labels=sorted(set(label)), average="macro"),
        "macro_f1": averages["macro"][2],
        "weighted_precision": averages["weighted"][0],
        "weighted_recall": averages["weighted"][1],
        "weighted_f1": averages["weighted"][2],
        "log_loss": metrics.log_loss(label, probability, labels=range(probability.shape[1])),
        "brier": sum(metrics.brier_score_loss((label == c).astype(int), p, pos_label=1)
                     for c, p in enumerate(probability.T)),
        "macro_auc": np.mean(list(area.values())) if area else math.nan,
        "weighted_auc": np.average(list(area.values()), weights=support) if area else math.nan,
        "ece": (in_bin[in_bin > 0] * abs(share_right - mean_sure)).sum() / len(label),
    }


def judge_class(c, label, said, probability):
    is_c, said_c = label == c, said == c
    none = not is_c.any() and not said_c.any()
    return {
        "support": is_c.sum(),
        "precision": math.nan if none else metrics.precision_score(is_c, said_c, zero_division=0),
        "recall": metrics.recall_score(is_c, said_c) if is_c.any() else math.nan,
        "f1": math.nan if none else metrics.f1_score(is_c, said_c, zero_division=0),
        "auc": areas(label, probability).get(c, math.nan),
        "selection_rate": said_c.mean(),
        "false_positive_rate": math.nan if is_c.all() else metrics.recall_score(~is_c, said_c),
    }


def check_reliability(opinion, where, found, label, said, probability):
    sure, right = probability.max(axis=1), said == label
    bin_of = np.searchsorted(np.arange(1, N_BINS) / N_BINS, sure)
    for b, row in enumerate(found):
        inside = bin_of == b
        opinion.compare_all(f"{where}.reliability[{b}]", row, {
            "above": b / N_BINS, "up_to": (b + 1) / N_BINS, "n": inside.sum(),
            "confidence": sure[inside].mean() if inside.any() else math.nan,
            "accuracy": right[inside].mean() if inside.any() else math.nan})


def check_rows(opinion, name, rows, words, numbers):
    """The rows of --rows say in words and numbers what the raw outputs are."""
    if words and words != [row[name] for row in rows]:
        print(f"rows: {name}: other classes than the outputs say")
        opinion.failed = True
    for column, values in numbers.items():
        for row, value in zip(rows, values):
            opinion.compare(f"rows {column}", float(row[column]), value)


def check_classes(opinion, name, found, rows, outputs, training):
    classes = found["classes"]
    label = np.array([classes.index(row["label." + name]) for row in rows])
    p = np.array([[float(np.float32(value)) for key, value in row.items() if key == name or key.startswith(name + "[")]
                  for row in outputs])
    if p.shape[1] == 1:
        said = (p[:, 0] > 0.5).astype(int)
        p = np.hstack([1 - p, p])
    else:
        said = p.argmax(axis=1)
        p = p / p.sum(axis=1, keepdims=True)
    check_rows(opinion, name, rows, [classes[c] for c in said], {f"{name}.p.{c}": q for c, q in zip(classes, p.T)})
    learnt = np.bincount([classes.index(row["label." + name]) for row in training], minlength=len(classes)) / len(training)
    guess, guesses = np.full(len(label), learnt.argmax()), np.tile(learnt, (len(label), 1))

    opinion.compare_all(name, found, {"n": len(label), **judge_classes(label, said, p)},
                        TEXTS | {"confusion", "baseline", "per_class", "reliability"})
    opinion.compare_all(f"{name}.baseline", found["baseline"], judge_classes(label, guess, guesses), {"class", "shares"})
    for c, share in enumerate(learnt):
        opinion.compare(f"{name}.baseline.shares[{c}]", found["baseline"]["shares"][c], share)
    opinion.failed |= found["baseline"]["class"] != classes[learnt.argmax()]
    expected = metrics.confusion_matrix(label, said, labels=range(len(classes)))
    for is_c, said_c in np.ndindex(expected.shape):
        opinion.compare(f"{name}.confusion", found["confusion"][is_c][said_c], expected[is_c, said_c])
    for c, row in enumerate(found["per_class"]):
        where = f"{name}.{row['class']}"
        opinion.compare_all(where, row, {"n": (label == c).sum(), **judge_class(c, label, said, p)},
                            {"class", "baseline"})
        opinion.compare_all(f"{where}.baseline", row["baseline"], judge_class(c, label, guess, guesses))
    check_reliability(opinion, name, found["reliability"], label, said, p)


def check_numbers(opinion, name, found, rows, outputs, training):
    label = np.array([float(row["label." + name]) for row in rows])
    said = np.array([float(np.float32(row[name])) for row in outputs])
    learnt = np.array([float(row["label." + name]) for row in training])
    check_rows(opinion, name, rows, [], {name: said})

    def baselines(label):
        by_median, by_mean = (judge_numbers(label, np.full(len(label), guess))
                              for guess in (np.median(learnt), learnt.mean()))
        return {**by_median, "rmse": by_mean["rmse"], "bias": by_mean["bias"]}

    opinion.compare_all(name, found, {"n": len(label), **judge_numbers(label, said)}, TEXTS | {"baseline", "bins"})
    opinion.compare_all(f"{name}.baseline", found["baseline"],
                        {**baselines(label), "median": np.median(learnt), "mean": learnt.mean()})
    for row in found["bins"]:
        low, _, high = row["bin"].rstrip("+").partition("-")
        inside = (label >= float(low)) & (label < (float(high) + 1 if high else math.inf))
        of_bin = judge_numbers(label[inside], said[inside])
        beside = baselines(label[inside])
        where = f"{name}.{row['bin']}"
        opinion.compare_all(where, row, {"n": inside.sum(), "mae": of_bin["mae"], "bias": of_bin["bias"]},
                            {"bin", "baseline"})
        opinion.compare_all(f"{where}.baseline", row["baseline"], {"mae": beside["mae"], "bias": beside["bias"]})


def check_table(opinion, name, found, table):
    """The rows of --csv are the figures of --json."""
    parts = {"": found, **{row.get("class", row.get("bin")): row for row in found.get("per_class", found.get("bins"))}}
    for row in table:
        if row["head"] != name or row["metric"] == "confusion" or row["metric"].startswith("reliability"):
            continue
        part = parts[row["of"]]
        opinion.compare(f"csv {name}.{row['metric']}", part[row["metric"]], row["value"] or math.nan)
        if row["metric"] != "loss":
            opinion.compare(f"csv {name}.{row['metric']} baseline", part["baseline"][row["metric"]],
                            row["baseline"] or math.nan)
        n = {"selection_rate": found["n"], "false_positive_rate": found["n"] - part["n"]}.get(row["metric"], part["n"])
        opinion.compare(f"csv {name}.{row['metric']} n", n, int(row["n"]))


def main():
    with open(sys.argv[1]) as file:
        figures = json.load(file)
    table, outputs, rows, training = read(sys.argv[2], ","), read(sys.argv[3], "\t"), read(sys.argv[4], ","), read(sys.argv[5], ",")
    opinion = Opinion()
    for name, found in figures.items():
        if name in ("split", "flip", "dataset"):
            continue
        check = check_classes if "classes" in found else check_numbers
        check(opinion, name, found, rows, outputs, training)
        check_table(opinion, name, found, table)
    print(f"{opinion.n_compared} figures compared, largest difference {opinion.worst:.3g}")
    sys.exit(opinion.failed or opinion.n_compared == 0)


main()
