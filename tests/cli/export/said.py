"""What predict said, column by column, for readers of exported files."""
import json

import numpy


def columns(path):
    rows = [json.loads(line) for line in open(path)]
    assert all(row["error"] is None for row in rows)
    return {key: [row[key] for row in rows] for key in rows[0]}


def largest_difference(facts, outputs, said):
    """The largest |output - what predict said| over the heads that facts (`branches`) name. outputs: by the name that
    predict gives the head, [N] numbers or [N,K] probabilities. A class that is said must be the most probable."""
    worst = 0.0
    n_heads = 0
    for branch in facts:
        for head in branch["heads"]:
            name, classes = head["output"], head["classes"]
            found = numpy.asarray(outputs[name], dtype=numpy.float64)
            if classes:
                wanted = numpy.stack([said[f"{name}.p.{c}"] for c in classes], axis=1)
                top = numpy.array([classes.index(word) for word in said[name]])
                best = wanted[numpy.arange(len(top)), top]
                assert numpy.all(found[numpy.arange(len(top)), top] >= best - 1e-5), name
            else:
                wanted = numpy.asarray(said[name])
            assert found.shape == wanted.shape, (name, found.shape, wanted.shape)
            worst = max(worst, float(numpy.max(numpy.abs(found - wanted) / numpy.maximum(1, numpy.abs(wanted)))))
            n_heads += 1
    assert n_heads > 0
    return n_heads, worst


def answers(facts, ends, style):
    """What the outputs of a Keras model (ends: by name, [N,K] each, all of them heads) say, by the name that predict gives the head."""
    ends, outputs = dict(ends), {}
    for branch in facts:
        for head in branch["heads"]:
            end = ends.pop(f"{branch['name']}.{head['name']}" if style == "prefixed" else head["name"])
            if len(head["classes"]) == 2 and end.shape[1] == 1:
                end = numpy.concatenate([1 - end, end], axis=1)
            elif not head["classes"] and end.shape[1] > 1:  # a number as classes
                end = end @ numpy.arange(end.shape[1]) if head["name"].startswith("expected") else end.argmax(axis=1)
            elif not head["classes"]:
                end = end[:, 0]
            outputs[head["output"]] = end
    assert not ends, ends
    return outputs
