"""Keep five of the layers, and name what belongs together: cut.py DIRECTORY, which
holds hidden_states.npy, layers.json and examples.jsonl as they were exported."""

import json
import sys
from pathlib import Path

import numpy as np

KEPT = [6, 12, 18, 24, 30]

source, here = Path(sys.argv[1]), Path(__file__).parent
layers = json.loads((source / "layers.json").read_text())["layers"]
states = np.load(source / "hidden_states.npy")
np.savez(here / "hidden_states.npz", **{f"layer.{k}": states[:, layers.index(k)] for k in KEPT})

with open(here / "examples.jsonl", "w") as out:
    for line in open(source / "examples.jsonl"):
        row = json.loads(line)
        truth = "true" if row["statement_true"] else "false"
        row["claim"] = f"{row['group']}-{truth}"
        row["pair"] = f"{row['claim']}-{row['wording']}"
        out.write(json.dumps(row, ensure_ascii=False) + "\n")
