"""web_values.py PAGE SAID: what the page said of pictures (lines of browser.js) against lines of `predict --format jsonl`, within 1e-5."""
import json
import sys

page, said = ({line["path"]: line for line in map(json.loads, open(path))} for path in sys.argv[1:3])
assert page.keys() == said.keys(), (page.keys(), said.keys())
methods = {line["method"] for line in page.values()}
assert methods == {"bilinear", "area"}, methods
worst = n = 0
for path, line in page.items():
    for output, answer in line["said"].items():
        prefix = output + ".p."
        expected = [v for k, v in said[path].items() if k.startswith(prefix)] if isinstance(answer, list) else [said[path][output]]
        found = answer if isinstance(answer, list) else [answer]
        assert len(found) == len(expected), (output, found, expected)
        for a, b in zip(found, expected):
            worst = max(worst, abs(a - b) / max(1, abs(b)))
            n += 1
        assert output in line["shown"], (output, line["shown"])
assert n > 50 and worst <= 1e-5, (n, worst)
print(f"{len(page)} pictures, {n} numbers, within {worst:.1e}")
