"""Figures of scikit-learn and NumPy for controls: a probe on states with columns
regressed out, ROC curves, an online code, the span of columns.

    python make_reference.py > reference.json
"""
import json
import sys

import numpy as np
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import roc_curve
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(5)
n, d, groups = 120, 6, 24
group = np.repeat(np.arange(groups), n // groups)
y = rng.integers(0, 2, n)
level = rng.integers(0, 3, n)  # a feature with three levels
length = rng.normal(size=n) + 0.5 * y
z = np.column_stack([level == k for k in range(3)] + [length]).astype(float)  # dependent columns
x = rng.normal(size=(n, d))
x[:, 0] += y
x[:, 1] += 2 * length
x[:, 2] = 3 * (level == 1) - 1  # nothing but the nuisance
weight = np.round(rng.uniform(0, 3, n), 2)


def fit(x, y, C, weight=None):
    scaler = StandardScaler().fit(x, sample_weight=weight)
    model = LogisticRegression(C=C, tol=1e-12, max_iter=100000, solver="newton-cholesky")
    model.fit(scaler.transform(x), y, sample_weight=weight)
    return lambda x: model.predict_proba(scaler.transform(x))[:, 1]


# Residualised: of a single split, the first 16 groups train, at every C.
train = group < 16
residual = {}
for name, w in (("plain", None), ("weighted", weight)):
    regression = LinearRegression().fit(z[train], x[train], sample_weight=None if w is None else w[train])
    r = x - z @ regression.coef_.T
    r[:, 2] = 0  # exactly told by z: rounding is no state
    score = [fit(r[train], y[train], C, None if w is None else w[train])(r).tolist() for C in (0.1, 10.0)]
    residual[name] = {"x": r.tolist(), "score": score}

# The online code: portions given, the mixture of three C.
grid = [0.01, 1.0, 100.0]
place = rng.permutation(groups)[group]
ends = [1, 3, 6, 12]
portion = np.searchsorted(ends, place, side="right")
nats = np.zeros(len(grid))
bits = np.ones(n)
for k in range(1, 5):
    known, here = portion < k, portion == k
    if len(set(y[known])) < 2:
        continue
    p = np.array([fit(x[known], y[known], C)(x[here]) for C in grid])
    p = np.where(y[here] == 1, p, 1 - p)
    w = np.exp(-(nats - nats.min()))
    bits[here] = -np.log2(w @ p / w.sum())
    nats -= np.log(p).sum(axis=1)

# ROC curves with ties.
curves = []
for digits in (1, 2, 8):
    label = rng.integers(0, 2, 80)
    score = np.round(rng.normal(size=80) + label, digits)
    w = np.round(rng.uniform(0.5, 3, 80), 2)
    for v in (None, w):
        fpr, tpr, _ = roc_curve(label, score, sample_weight=v, drop_intermediate=False)
        # At one false-positive rate the curve goes straight up; its upper end counts.
        last = np.array([tpr[np.isclose(fpr, f, atol=1e-12)].max() for f in fpr])
        rates = [0.0, 0.01, 0.05, 0.1, 0.5, 1.0]
        height = []
        for rate in rates:
            below = np.flatnonzero(fpr <= rate + 1e-12).max()
            if below + 1 == len(fpr) or np.isclose(fpr[below], rate, atol=1e-12):
                height.append(float(last[below]))
                continue
            a, b = below, below + 1
            height.append(float(tpr[a] + (rate - fpr[a]) / (fpr[b] - fpr[a]) * (tpr[b] - tpr[a])))
        recall = [float(tpr[fpr <= rate + 1e-12].max()) for rate in rates]
        curves.append({"label": label.tolist(), "score": score.tolist(), "weight": None if v is None else v.tolist(),
                       "rates": rates, "height": height, "recall": recall})

told = LinearRegression().fit(z, y).score(z, y)
json.dump({"x": x.tolist(), "y": y.tolist(), "z": z.T.tolist(), "weight": weight.tolist(), "group": group.tolist(),
           "train": train.tolist(), "residual": residual, "grid": grid, "portion": portion.tolist(), "bits": bits.tolist(),
           "curves": curves, "told": told}, sys.stdout)
