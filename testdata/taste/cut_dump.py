"""Keeps five layers of the states of the choices, and the columns of the study.

python cut_dump.py HIDDEN_STATES.npy EXAMPLES.jsonl
"""
import json, sys, numpy as np

at = [0, 3, 6, 9, 12]  # layers 0, 6, 12, 18, 24 of the model
np.save("hidden_states.npy", np.ascontiguousarray(np.load(sys.argv[1])[:, at]))
keep = ["id", "item", "topic", "option_a", "option_b", "order", "prompt", "n_samples", "n_a", "n_b", "n_first", "share_first", "entropy", "generated"]
with open("examples.jsonl", "w") as out:
    for line in open(sys.argv[2]):
        row = json.loads(line)
        print(json.dumps({k: row[k] for k in keep}), file=out)
