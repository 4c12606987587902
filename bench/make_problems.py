"""Make the problems that tell and scikit-learn are compared on.

    python make_problems.py FOLDER      (needs numpy)

A problem is a JSON file: the dump, the layer, the rows, the labels, the fold of
every row (groups kept together) and the values of C. The dumps are the real
ones in testdata and a synthetic one with the shape of a 7B model.
"""
import json
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = pathlib.Path(sys.argv[1]).resolve()
C = np.logspace(-4, 4, 10).tolist()


def folds(groups, rng, k=5):
    names = list(dict.fromkeys(groups))
    of = dict(zip(names, rng.permutation(len(names)) % k))
    return [int(of[g]) for g in groups]


def problem(name, dump, layer, rows, y, groups):
    fold = folds(groups, np.random.default_rng(0))
    content = {"x": str(dump), "layer": layer, "rows": rows, "y": y, "fold": fold, "C": C}
    (OUT / f"{name}.json").write_text(json.dumps(content))


def examples(folder):
    return [json.loads(line) for line in open(ROOT / "testdata" / folder / "examples.jsonl")]


def capitals():
    table = examples("capitals")
    rows = [i for i, e in enumerate(table) if e["user_wrong"] >= 0]
    y = [table[i]["user_wrong"] for i in rows]
    problem("capitals", ROOT / "testdata/capitals/hidden_states.npy", 15, rows, y, [table[i]["group"] for i in rows])


def arithmetic():
    table = examples("arithmetic")
    y = [e["correct"] for e in table]
    # Layer 15 of the model is the second of the three that are kept.
    problem("arithmetic", ROOT / "testdata/arithmetic/layers.npy", 1, list(range(len(table))), y, [e["group"] for e in table])


def seven_billion(rows=2000, layers=33, width=4096):
    """A power-law spectrum, four massive dimensions, and a label that a
    direction carries and noise blurs."""
    path = OUT / "seven_billion.npy"
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, rows)
    dump = np.lib.format.open_memmap(path, mode="w+", dtype=np.float16, shape=(rows, layers, width))
    scale = np.arange(1, width + 1) ** -0.6
    for layer in range(layers):
        mix = rng.standard_normal((width, width), dtype=np.float32) / np.sqrt(width)
        x = (rng.standard_normal((rows, width), dtype=np.float32) * (10 * scale).astype(np.float32)) @ mix
        x += np.outer(2 * y - 1, rng.standard_normal(width) * 0.02)
        x[:, rng.integers(0, width, 4)] += np.array([300, -150, 90, 60], dtype=np.float32)
        dump[:, layer] = x
    dump.flush()
    problem("seven_billion", path, 16, list(range(rows)), y.tolist(), [i // 4 for i in range(rows)])


OUT.mkdir(parents=True, exist_ok=True)
capitals()
arithmetic()
seven_billion()
