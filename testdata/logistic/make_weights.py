"""Reference fits of the weighted logistic probe by scikit-learn on the real dump.

    python make_weights.py      (needs numpy and scikit-learn)

For layer 15 of ../capitals, two sets of row weights (whole ones from a draw of
groups with replacement, and fractions), and three values of C, it writes
weights.json: the weights, the objectives and P(user_wrong = 1) of every row.
The columns are standardised by StandardScaler with the same sample_weight. The
objective is 1/2 w'w + C sum v log(1 + exp(-s (w'z + b))) at the optimum.
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

here = pathlib.Path(__file__).parent
dump = np.load(here.parent / "capitals" / "hidden_states.npy", mmap_mode="r")
examples = [json.loads(line) for line in open(here.parent / "capitals" / "examples.jsonl")]
rows = [i for i, e in enumerate(examples) if e["user_wrong"] >= 0]
y = np.array([examples[i]["user_wrong"] for i in rows])
groups = np.unique([examples[i]["group"] for i in rows], return_inverse=True)[1]

rng = np.random.default_rng(20)
drawn = np.bincount(rng.integers(groups.max() + 1, size=groups.max() + 1), minlength=groups.max() + 1)[groups]
parts = np.round(rng.exponential(size=len(y)), 3) * (rng.random(len(y)) < 0.9)

layer, C = 15, [1e-3, 0.1, 10]
x = dump[rows, layer].astype(np.float64)
objective, probability, worst = [], [], 0.0
for v in (drawn, parts):
    z = StandardScaler().fit(x, sample_weight=v).transform(x)
    for strength in C:
        m = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(z, y, sample_weight=v)
        w, margin = m.coef_[0], m.decision_function(z)
        p = 1 / (1 + np.exp(-margin))
        gradient = w + strength * z.T @ (v * (p - y))
        f = w @ w / 2 + strength * (v * np.logaddexp(0, -(2 * y - 1) * margin)).sum()
        worst = max(worst, gradient @ gradient / 2 / f)
        objective.append(f)
        probability.append(np.round(p, 7).tolist())
print("excess of the objective at most", worst)
json.dump(
    {
        "made_by": f"scikit-learn {sklearn.__version__}, newton-cholesky, tol 1e-12",
        "layer": layer,
        "C": C,
        "weights": [drawn.tolist(), parts.tolist()],
        "objective": objective,
        "probability": probability,
    },
    open(here / "weights.json", "w"),
)
