"""onnx_check.py MODEL N_NORMS BRANCHES: ONNX' own checker, strict inference of all shapes, and what the model says of itself."""
import json
import sys

import onnx

path, n_norms, branches = sys.argv[1:]
model = onnx.load(path)
onnx.checker.check_model(model, full_check=True)
inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
known = {value.name for value in list(inferred.graph.value_info) + list(inferred.graph.output)}
for node in model.graph.node:
    assert node.output[0] in known, node.name + ": no shape"
(image,) = model.graph.input
sides = image.type.tensor_type.shape.dim
assert image.name == "image" and image.type.tensor_type.elem_type == onnx.TensorProto.UINT8
assert sides[0].dim_param == "N" and sides[3].dim_value == 3 and sides[1].dim_value > 0
facts = {entry.key: entry.value for entry in model.metadata_props}
said = json.loads(facts["branches"])
assert [b["name"] for b in said] == branches.split(","), said
outputs = {o.name: [d.dim_value or d.dim_param for d in o.type.tensor_type.shape.dim] for o in model.graph.output}
for branch in said:
    assert len(branch["weights"]) == 16
    for head in branch["heads"]:
        assert outputs[head["output"]] == (["N", head["n_classes"]] if head["n_classes"] else ["N"]), (head, outputs)
        assert len(head["classes"]) == head["n_classes"]
operators = [node.op_type for node in model.graph.node]
assert operators.count("BatchNormalization") == int(n_norms), operators
print(f"{path}: {len(operators)} nodes, sound; " + " ".join(f"{o}:{operators.count(o)}" for o in sorted(set(operators))))
