"""second_opinion.py FIGURES.json FIGURES.csv PREDICTIONS.tsv ROWS.csv TRAINING_ROWS.csv

Computes every figure of `agr-mpi evaluate --json` again with scikit-learn and numpy, the baselines from the rows of the
training part, and the intervals of means from draws of its own. Complains of a difference above 1e-9, and of a figure that it
does not know.
"""
import csv
import itertools
import json
import math
import struct
import sys
import warnings

import numpy as np
from sklearn import calibration, metrics

TOLERANCE = 1e-9
N_BINS = 15
BOOTSTRAP = {}  # seed, number of draws and smallest cell, as the figures say
TEXTS = {"branch", "slot", "samples", "epoch", "loss", "classes"}  # no figures of the rows
SLICED = {"slices", "gaps", "tables"}


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


def lies_in(words, cell):
    """Which labels are this class, or lie in this bin of whole numbers."""
    if cell in words:
        return np.array(words) == cell
    low, _, high = cell.rstrip("+").partition("-")
    numbers = np.array(words, dtype=float)
    return (numbers >= float(low)) & (numbers < (float(high) + 1 if high else math.inf))


def differ(values, can_be_negative):
    """Largest difference and smallest ratio of some cells, as Fairlearn's MetricFrame has them."""
    values = np.array(values)
    ratio = values.min() / values.max() if values.max() > 0 and not can_be_negative else math.nan
    return values.max() - values.min(), ratio


def expected_gaps(cells, min_count):
    """(metric, class): difference and ratio, from the figures of every cell of a table."""
    gaps, compared = {}, {}
    for part in next(iter(cells.values())):
        for key in next(iter(cells.values()))[part]:
            figures = [cell[part][key] for cell in cells.values()]
            compared[key] = [value for value, _, n in figures if not math.isnan(value) and n >= min_count]
            if key != "support" and len(compared[key]) > 1:
                gaps[key, part] = differ(compared[key], key == "bias")
        if part is None:
            continue
        gaps["demographic_parity", part] = gaps.get(("selection_rate", part))
        odds = [gaps[key, part] for key in ("recall", "false_positive_rate") if (key, part) in gaps]
        gaps["equalized_odds", part] = odds and (max(d for d, _ in odds), np.nanmin([r for _, r in odds]))
    return {key: gap for key, gap in gaps.items() if gap}


def check_gaps(opinion, where, found, expected, cells):
    said = {(gap["metric"], gap.get("class")): gap for gap in found}
    if said.keys() != expected.keys():
        print(f"{where}: expected gaps of {sorted(map(str, expected))}, found {sorted(map(str, said))}")
        opinion.failed = True
        return
    for key, (difference, ratio) in expected.items():
        gap = said[key]
        opinion.compare(f"{where}.{key}.difference", gap["difference"], difference)
        opinion.compare(f"{where}.{key}.ratio", gap["ratio"], ratio)
        if key[0] not in ("demographic_parity", "equalized_odds"):
            more, less = (cells[cell][key[1]][key[0]][0] for cell in gap["cells"])
            opinion.compare(f"{where}.{key}.cells", gap["difference"], more - less)
        low = gap["low"]
        if gap["shown"] != (low is not None and low > 0) or (low is not None and not low <= difference <= gap["high"]):
            print(f"{where}.{key}: interval and 'shown' contradict each other: {gap}")
            opinion.failed = True


def xxh64(data):
    """XXH64 with seed 0 of fewer than 32 bytes, a multiple of 8."""
    primes = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
    mask = 2**64 - 1

    def turn(x, n):
        return (x << n | x >> (64 - n)) & mask

    h = primes[4] + len(data)
    for word in struct.unpack(f"<{len(data) // 8}Q", data):
        h = turn(h ^ turn(word * primes[1] & mask, 31) * primes[0] & mask, 27) * primes[0] + primes[3] & mask
    h = (h ^ h >> 33) * primes[1] & mask
    h = (h ^ h >> 29) * primes[2] & mask
    return h ^ h >> 32


def philox(key, counters):
    """Philox4x32-10 of counters [4][n]: four words each."""
    low32, (k0, k1) = np.uint64(2**32 - 1), key
    c0, c1, c2, c3 = (np.array(c, dtype=np.uint64) for c in counters)
    for turn in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        t0 = np.uint64((k0 + turn * 0x9E3779B9) % 2**32)
        t1 = np.uint64((k1 + turn * 0xBB67AE85) % 2**32)
        c0, c1, c2, c3 = p1 >> np.uint64(32) ^ c1 ^ t0, p1 & low32, p0 >> np.uint64(32) ^ c3 ^ t1, p0 & low32
    return c0, c1, c2, c3


def draw_images(seed, n_draws, n):
    """How often each of n images stands in each draw, where none is a copy: [n_draws, n]."""
    hashed = xxh64(struct.pack("<3Q", seed, 8, 0))
    first, draw = np.meshgrid(np.arange(0, n, 2), np.arange(n_draws))
    words = philox((hashed % 2**32, hashed >> 32), (first, 0 * first, draw, 0 * first))
    times = np.zeros((n_draws, n))
    for pair, (high, low) in enumerate((words[:2], words[2:])):
        image = high * np.uint64(n) + (low * np.uint64(n) >> np.uint64(32)) >> np.uint64(32)
        kept = first + pair < n
        np.add.at(times, (draw[kept], image[kept].astype(int)), 1)
    return times


def half_width(quantile, m):
    return (quantile + (quantile**3 + quantile) / (4 * (m - 1))) * math.sqrt(m / (m - 1))


def quantile_of(deviations):
    """Of the largest of each draw [figures, draws]."""
    largest = np.sort(np.nan_to_num(deviations).max(axis=0))
    return max(1.959963984540054, largest[min(len(largest), math.ceil(0.95 * (len(largest) + 1))) - 1])


def check_intervals(opinion, where, key, value, masks, slices, gap, equal_cell):
    """Intervals of a mean over images, of cells and of what these differ by, from draws of our own."""
    compared = [cell for cell, inside in masks.items() if inside.sum() >= BOOTSTRAP["min_count"]]
    means = {cell: value[masks[cell]].mean() for cell in compared}
    if len(compared) < 2 or 0 in means.values() or 1 in means.values():  # shares of 0 and 1 are loosened
        return
    times = draw_images(BOOTSTRAP["seed"], BOOTSTRAP["draws"], len(value))
    drawn = {cell: times[:, masks[cell]] @ value[masks[cell]] / times[:, masks[cell]].sum(axis=1) for cell in compared}
    error = {cell: np.nanstd(drawn[cell], ddof=1) for cell in compared}
    q = quantile_of([abs(drawn[cell] - means[cell]) / error[cell] for cell in compared])
    least, most = (-math.inf if key == "bias" else 0), (1 if key == "accuracy" else math.inf)
    for cell in compared:
        half = half_width(q, masks[cell].sum()) * error[cell]
        opinion.compare(f"{where}, {cell}.{key}.low", slices[cell][key]["low"], max(least, means[cell] - half))
        opinion.compare(f"{where}, {cell}.{key}.high", slices[cell][key]["high"], min(most, means[cell] + half))
    pairs = {(a, b): np.nanstd(drawn[a] - drawn[b], ddof=1) for a, b in itertools.combinations(compared, 2)}
    q = quantile_of([abs(drawn[a] - drawn[b] - means[a] + means[b]) / e for (a, b), e in pairs.items()])
    a, b = gap["cells"]
    half = half_width(q, min(masks[a].sum(), masks[b].sum())) * pairs.get((a, b), pairs.get((b, a)))
    opinion.compare(f"{where}.{key} gap.low", gap["low"], max(least - most, means[a] - means[b] - half))
    opinion.compare(f"{where}.{key} gap.high", gap["high"], min(most - least, means[a] - means[b] + half))
    mean, drawn_mean = np.mean(list(means.values())), np.mean(list(drawn.values()), axis=0)
    half = np.nanstd(drawn_mean, ddof=1)
    half *= quantile_of([abs(drawn_mean - mean) / half])
    opinion.compare(f"{where}.equal_cell_{key}.low", equal_cell["low"], max(least, mean - half))
    opinion.compare(f"{where}.equal_cell_{key}.high", equal_cell["high"], min(most, mean + half))
    spread = sum(masks[c].sum() * error[c]**2 for c in (a, b))
    if not gap["shown"]:
        needed = math.ceil(q**2 * spread / (means[a] - means[b])**2) if means[a] != means[b] else math.nan
        opinion.compare(f"{where}.{key} gap.needed_n", gap["needed_n"], needed)


def check_slices(opinion, name, found, rows, judge, means):
    """judge: the figures of some rows; means: those that are means over images, of every row."""
    for table in found.get("tables", []):
        by, cells, masks = table["by"], {}, {}
        columns = [[row["label." + column] for row in rows] for column in by.split("*")]
        for row in (row for row in found["slices"] if row["by"] == by):
            inside = np.logical_and.reduce([lies_in(words, cell) for words, cell in zip(columns, row["cell"].split("*"))])
            cells[row["cell"]], masks[row["cell"]] = parts, inside = judge(inside), inside
            where = f"{name} by {by}, {row['cell']}"
            opinion.compare(f"{where}.n", row["n"], inside.sum())
            said = {None: row, **{part["class"]: part for part in row.get("per_class", [])}}
            for part, figures in parts.items():
                opinion.compare_all(where, {key: x["value"] for key, x in said[part].items() if type(x) is dict},
                                    {key: value for key, (value, _, _) in figures.items()})
                for key, (_, baseline, n) in figures.items():
                    opinion.compare(f"{where}.{key}.baseline", said[part][key]["baseline"], baseline)
                    opinion.compare(f"{where}.{key}.n", said[part][key]["n"], n)
        check_gaps(opinion, f"{name} by {by}", [gap for gap in found["gaps"] if gap["by"] == by],
                   expected_gaps(cells, BOOTSTRAP["min_count"]), cells)
        for key, value in means.items():
            slices = {row["cell"]: row for row in found["slices"] if row["by"] == by}
            gap = next((gap for gap in found["gaps"] if (gap["by"], gap["metric"]) == (by, key)), None)
            check_intervals(opinion, f"{name} by {by}", key, value, masks, slices, gap, table.get("equal_cell_" + key))
        for key, figure in table.items():
            if key.startswith("equal_cell_"):
                values = [cell[None][key[11:]] for cell in cells.values()]
                opinion.compare(f"{name} by {by}.{key}", figure["value"],
                                np.mean([value for value, _, n in values if n >= BOOTSTRAP["min_count"]]))


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
                        TEXTS | SLICED | {"confusion", "baseline", "per_class", "reliability"})
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

    def judge_cell(inside):
        n, n_of = inside.sum(), {c: (label[inside] == c).sum() for c in range(len(classes))}
        of_cell, beside = (judge_classes(label[inside], x[inside], q[inside]) for x, q in ((said, p), (guess, guesses)))
        parts = {None: {key: (of_cell[key], beside[key], n) for key in of_cell}}
        for c, word in enumerate(classes):
            of_class, beside = (judge_class(c, label[inside], x[inside], q[inside]) for x, q in ((said, p), (guess, guesses)))
            images = {"selection_rate": n, "false_positive_rate": n - n_of[c]}
            parts[word] = {key: (of_class[key], beside[key], images.get(key, n_of[c])) for key in of_class}
        return parts

    check_slices(opinion, name, found, rows, judge_cell, {"accuracy": (said == label).astype(float)})


def check_numbers(opinion, name, found, rows, outputs, training):
    label = np.array([float(row["label." + name]) for row in rows])
    said = np.array([float(np.float32(row[name])) for row in outputs])
    learnt = np.array([float(row["label." + name]) for row in training])
    check_rows(opinion, name, rows, [], {name: said})

    def baselines(label):
        by_median, by_mean = (judge_numbers(label, np.full(len(label), guess))
                              for guess in (np.median(learnt), learnt.mean()))
        return {**by_median, "rmse": by_mean["rmse"], "bias": by_mean["bias"]}

    opinion.compare_all(name, found, {"n": len(label), **judge_numbers(label, said)}, TEXTS | SLICED | {"baseline", "bins"})
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

    def judge_cell(inside):
        of_cell, beside = judge_numbers(label[inside], said[inside]), baselines(label[inside])
        return {None: {key: (of_cell[key], beside[key], inside.sum()) for key in of_cell}}

    check_slices(opinion, name, found, rows, judge_cell, {"mae": abs(said - label), "bias": said - label})


def check_sliced_table(opinion, name, found, table):
    """The slices of --csv are those of --json."""
    said = {}
    for row in found.get("slices", []):
        for part in [row] + row.get("per_class", []):
            said.update({(key, part.get("class", ""), row["by"], row["cell"]): (x["value"], x["low"], x["high"])
                         for key, x in part.items() if type(x) is dict})
    for gap in found.get("gaps", []):
        where = gap.get("class", ""), gap["by"], " > ".join(gap["cells"])
        said[(gap["metric"] + "_difference",) + where] = gap["difference"], gap["low"], gap["high"]
        said[(gap["metric"] + "_ratio",) + where] = gap["ratio"], None, None
    for row in found.get("tables", []):
        said.update({(key, "", row["by"], ""): (x["value"], x["low"], x["high"]) for key, x in row.items() if type(x) is dict})
    listed = {(row["metric"], row["of"], row["by"], row["cell"]): (row["value"], row["low"], row["high"]) for row in table}
    if listed.keys() != said.keys():
        print(f"csv {name}: other slices than in JSON: {listed.keys() ^ said.keys()}")
        opinion.failed = True
    for key in listed.keys() & said.keys():
        for written, value in zip(listed[key], said[key]):
            opinion.compare(f"csv {name} {key}", value, written or math.nan)


def check_table(opinion, name, found, table):
    """The rows of --csv are the figures of --json."""
    parts = {"": found, **{row.get("class", row.get("bin")): row for row in found.get("per_class", found.get("bins"))}}
    check_sliced_table(opinion, name, found, [row for row in table if row["head"] == name and row["by"]])
    for row in table:
        if row["head"] != name or row["by"] or row["metric"] == "confusion" or row["metric"].startswith("reliability"):
            continue
        part = parts[row["of"]]
        opinion.compare(f"csv {name}.{row['metric']}", part[row["metric"]], row["value"] or math.nan)
        if row["metric"] != "loss":
            opinion.compare(f"csv {name}.{row['metric']} baseline", part["baseline"][row["metric"]],
                            row["baseline"] or math.nan)
        n = {"selection_rate": found["n"], "false_positive_rate": found["n"] - part["n"]}.get(row["metric"], part["n"])
        opinion.compare(f"csv {name}.{row['metric']} n", n, int(row["n"]))


def check_population(opinion, found, rows, training, table):
    """The ensemble's figures are those of what --rows says that it said; its rows of --csv are the same."""
    name, ensemble = found["name"], found["ensemble"]
    where = f"ensemble {name}"
    if "classes" in ensemble:
        classes = ensemble["classes"]
        label = np.array([classes.index(row["label." + name]) for row in rows])
        p = np.array([[float(row[f"{name}.p.{c}"]) for c in classes] for row in rows])
        said = p.argmax(axis=1)
        check_rows(opinion, name, rows, [classes[c] for c in said], {})
        learnt = np.bincount([classes.index(row["label." + name]) for row in training], minlength=len(classes)) / len(training)
        opinion.compare_all(where, ensemble, judge_classes(label, said, p),
                            {"classes", "confusion", "baseline", "per_class", "reliability"})
        guess = np.full(len(label), learnt.argmax()), np.tile(learnt, (len(label), 1))
        opinion.compare_all(f"{where}.baseline", ensemble["baseline"], judge_classes(label, *guess), {"class", "shares"})
        for c, share in enumerate(learnt):
            opinion.compare(f"{where}.baseline.shares[{c}]", ensemble["baseline"]["shares"][c], share)
        expected = metrics.confusion_matrix(label, said, labels=range(len(classes)))
        for is_c, said_c in np.ndindex(expected.shape):
            opinion.compare(f"{where}.confusion", ensemble["confusion"][is_c][said_c], expected[is_c, said_c])
        for c, row in enumerate(ensemble["per_class"]):
            opinion.compare_all(f"{where}.{row['class']}", row, {"n": (label == c).sum(), **judge_class(c, label, said, p)},
                                {"class", "baseline"})
        check_reliability(opinion, where, ensemble["reliability"], label, said, p)
    else:
        label = np.array([float(row["label." + name]) for row in rows])
        said = np.array([float(row[name]) for row in rows])
        opinion.compare_all(where, ensemble, judge_numbers(label, said), {"baseline", "bins"})
    own = [row for row in table if row["metric"] != "members" and not row["metric"].endswith(("_sd", "_mean"))]
    check_table(opinion, name, {**found, **ensemble}, own)


def main():
    with open(sys.argv[1]) as file:
        figures = json.load(file)
    table, outputs, rows, training = read(sys.argv[2], ","), read(sys.argv[3], "\t"), read(sys.argv[4], ","), read(sys.argv[5], ",")
    warnings.simplefilter("ignore")  # of classes that a cell has not, and of draws that have no image of a cell
    opinion = Opinion()
    BOOTSTRAP.update(figures["bootstrap"])
    populations = figures.get("populations", [])
    for found in populations:
        check_population(opinion, found, rows, training, table)
    members = {member for found in populations for member in found["members"]}
    for name, found in figures.items():
        if name in ("split", "flip", "dataset", "bootstrap", "populations") or name in members:
            continue
        check = check_classes if "classes" in found else check_numbers
        check(opinion, name, found, rows, outputs, training)
        check_table(opinion, name, found, table)
    print(f"{opinion.n_compared} figures compared, largest difference {opinion.worst:.3g}")
    sys.exit(opinion.failed or opinion.n_compared == 0)


main()
