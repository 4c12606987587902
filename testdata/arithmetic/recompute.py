"""The gap of digits.yaml, counted again with NumPy from the scores of the rows.

    tell run digits.yaml -o digits-report
    python recompute.py digits-report      (needs numpy)

It prints every number beside that of results.csv, stops where they differ, and writes
digits_reference.json: what was right, done and predicted on every row, and the numbers.
"""
import csv
import json
import sys

import numpy as np

folder = sys.argv[1]
rows = {r["id"]: r for r in map(json.loads, open("digits.jsonl")) if r["op"] != "*"}
scores = [s for s in csv.DictReader(open(f"{folder}/scores.csv")) if s["predictor"] == "probe"]
assert sorted(rows) == sorted(s["id"] for s in scores)

# From the examples themselves; of the report the prediction alone.
label = np.array([rows[s["id"]]["answer_digits"] for s in scores])
acted = np.array([rows[s["id"]]["given_digits"] or 0 for s in scores])
predicted = np.array([1 + int(s["prediction"]) for s in scores])
took = acted > 0
Y, B, P = label[took], acted[took], predicted[took]


def somers(y, x):
    """Of all pairs of different y, those that x puts in order less the others."""
    total = pairs = 0
    for i in range(len(y)):
        more = y[i] > y
        pairs += more.sum()
        total += np.sign(x[i] - x[more]).sum()
    return total / pairs


wrong, right = B != Y, P == Y
false_alarm = [np.mean(P[(B == b) & (Y == b)] == y) for b, y in zip(B[wrong], Y[wrong])]
values = {
    "accuracy_probe": np.mean(right), "accuracy_behaviour": np.mean(~wrong), "net_gap": np.mean(right) - np.mean(~wrong),
    "kba": np.mean(right & wrong), "abk": np.mean(~right & ~wrong), "agreement": np.mean(P == B),
    "acts_against": np.mean(wrong[right]), "hit_rate": np.mean(right[wrong]), "false_alarm": np.mean(false_alarm),
    "somers_d_probe": somers(Y, P), "somers_d_behaviour": somers(Y, B), "signed_rank_gap": somers(Y, P) - somers(Y, B),
    "levels_off_probe": np.mean(P - Y), "levels_off_behaviour": np.mean(B - Y),
}
printed = {}
for r in csv.DictReader(open(f"{folder}/results.csv")):
    if r["block"] in ("gap", "hidden") and r["predictor"] == "probe":
        printed[r["block"], r["subset"], r["key"]] = float(r["value"] or "nan")


def check(name, found, subset="", block="gap"):
    other = printed[block, subset, name]
    print(f"{name + ' ' + subset:40} {found:10.6f} {other:10.6f}")
    if not abs(found - other) < 1e-12:
        sys.exit(f"{name} differs")


for name, x in values.items():
    check(name, x)
check("hidden_information", np.mean([float(s["gain"]) for s in scores]), block="hidden")
for y in range(1, 6):
    of = Y == y
    check("net_gap", np.mean(right[of]) - np.mean(~wrong[of]), f"label={y}")
    check("kba", np.mean(right[of] & wrong[of]), f"label={y}")

text = lambda v: "".join(map(str, v))
json.dump(
    {"label": text(label), "acted": text(acted), "predicted": text(predicted), "values": {k: float(v) for k, v in values.items()}},
    open("digits_reference.json", "w"), indent=1,
)
