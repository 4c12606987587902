"""Keeps six layers of the states of the word problems, and the columns of the study.

python cut_dump.py HIDDEN_STATES.npy EXAMPLES.jsonl
"""
import json, sys, numpy as np

layers = [0, 5, 10, 15, 20, 24]
np.save("hidden_states.npy", np.ascontiguousarray(np.load(sys.argv[1])[:, layers]))
keep = ["id", "difficulty", "max_number", "prompt", "generated", "n_generated", "finished", "correct", "success_rate"]
with open("examples.jsonl", "w") as out:
    for line in open(sys.argv[2]):
        row = json.loads(line)
        print(json.dumps({k: row[k] for k in keep}), file=out)
