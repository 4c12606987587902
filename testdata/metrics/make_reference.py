"""Reference figures for the metrics of the package probe from scikit-learn.

    python make_reference.py > reference.json

ECE, which scikit-learn does not have, is written out with pandas: ten bins of
equal width of P(Y=1), as the package defines it.
"""
import json

import numpy as np
import pandas as pd
from sklearn.metrics import (accuracy_score, balanced_accuracy_score, brier_score_loss, log_loss,
                             roc_auc_score)

BINS = 10


def bins(y, p, w):
    df = pd.DataFrame({"y": w * y, "p": w * p, "w": w, "bin": np.minimum(np.floor(p * BINS), BINS - 1).astype(int)})
    return df.groupby("bin").sum()


def ece(y, p, w):
    t = bins(y, p, w)
    return float((t.w / w.sum() * (t.p / t.w - t.y / t.w).abs()).sum())


def table(y, p):
    w = np.ones(len(y))
    t = bins(y, p, w)
    return [{"low": k / BINS, "n": int(r.w), "mean_p": r.p / r.w, "observed": r.y / r.w} for k, r in t.iterrows()]


def case(name, y, p, w):
    hat = (p > 0.5).astype(int)
    return {
        "name": name, "y": y.tolist(), "p": p.tolist(), "w": w.tolist(),
        "auroc": roc_auc_score(y, p, sample_weight=w),
        "accuracy": accuracy_score(y, hat, sample_weight=w),
        "balanced_accuracy": balanced_accuracy_score(y, hat, sample_weight=w),
        "log_loss": log_loss(y, p, sample_weight=w),
        "brier": brier_score_loss(y, p, sample_weight=w),
        "ece": ece(y, p, w),
        "bins": table(y, p),
    }


def scores(rng, y, pull):
    return 1 / (1 + np.exp(-(pull * (2 * y - 1) + rng.normal(size=len(y)))))


rng = np.random.default_rng(11)
cases = []
for name, n, share, pull, digits, top in [
    ("plain", 60, 0.5, 1, 6, 1), ("ties", 80, 0.4, 0.8, 1, 1), ("weights", 70, 0.3, 1.2, 2, 6),
    ("chance", 50, 0.5, 0, 3, 4), ("rare label", 90, 0.08, 1, 3, 3),
]:
    y = (rng.random(n) < share).astype(int)
    w = rng.integers(0, top + 1, size=n).astype(float) if top > 1 else np.ones(n)
    cases.append(case(name, y, np.round(scores(rng, y, pull), digits), w))
y = np.array([0, 0, 1, 1, 1, 0])
cases.append(case("certain", y, np.array([0.0, 1.0, 1.0, 0.0, 0.5, 0.5]), np.ones(6)))
cases.append(case("constant", y, np.full(6, 0.25), np.ones(6)))
print(json.dumps(cases))
