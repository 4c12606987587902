"""Reference fits of the logistic probe by scikit-learn on the real dump.

    python make_reference.py      (needs numpy and scikit-learn)

For layers 6, 15 and 30 of ../capitals, for all labelled rows and for the rows
outside one group-disjoint fold, and for ten values of C, it writes
  reference.json     the settings, the rows' fold and the objectives
  probabilities.npy  layers x splits x C x rows, P(user_wrong = 1)
The objective is 1/2 w'w + C sum log(1 + exp(-s (w'z + b))) at the optimum.
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
groups = np.array([examples[i]["group"] for i in rows])
names = list(dict.fromkeys(groups))
held_out = np.isin(groups, names[::5])

layers = [6, 15, 30]
C = np.logspace(-4, 4, 10)
objective = np.zeros((len(layers), 2, len(C)))
probability = np.zeros((len(layers), 2, len(C), len(rows)))
worst = 0.0
for a, layer in enumerate(layers):
    x = dump[rows, layer].astype(np.float64)
    for b, train in enumerate([np.full(len(rows), True), ~held_out]):
        z = StandardScaler().fit(x[train]).transform(x)
        for c, strength in enumerate(C):
            m = LogisticRegression(C=strength, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(z[train], y[train])
            w, margin = m.coef_[0], m.decision_function(z)
            p = 1 / (1 + np.exp(-margin[train]))
            gradient = w + strength * z[train].T @ (p - y[train])
            signed = (2 * y[train] - 1) * margin[train]
            objective[a, b, c] = w @ w / 2 + strength * np.logaddexp(0, -signed).sum()
            worst = max(worst, gradient @ gradient / 2 / objective[a, b, c])
            probability[a, b, c] = m.predict_proba(z)[:, 1]
print("excess of the objective at most", worst)
np.save(here / "probabilities.npy", probability)
json.dump(
    {
        "made_by": f"scikit-learn {sklearn.__version__}, newton-cholesky, tol 1e-12",
        "layers": layers,
        "C": C.tolist(),
        "held_out": np.flatnonzero(held_out).tolist(),
        "objective": objective.tolist(),
    },
    open(here / "reference.json", "w"),
)
