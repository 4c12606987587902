"""Cut five layers out of a dump of sixteen.

    pip install numpy
    python make_dump.py FOLDER

FOLDER has hidden_states.npy, rows x layers x width in float16, layers.json with the
true numbers of its layers, and examples.jsonl. The examples get a column with the
question and the answer in one text.
"""

import json
import pathlib
import sys

import numpy as np

LAYERS = [4, 10, 16, 22, 28]

source = pathlib.Path(sys.argv[1])
states = np.load(source / "hidden_states.npy", mmap_mode="r")
numbers = json.loads((source / "layers.json").read_text())["layers"]
np.savez("hidden_states.npz", **{f"layer_{n}": np.ascontiguousarray(states[:, numbers.index(n)]) for n in LAYERS})
with open(source / "examples.jsonl", encoding="utf-8") as lines, open("examples.jsonl", "w", encoding="utf-8") as out:
    for line in lines:
        e = json.loads(line)
        e["text"] = e["prompt"] + " " + e["answer"]
        out.write(json.dumps(e, ensure_ascii=False) + "\n")
