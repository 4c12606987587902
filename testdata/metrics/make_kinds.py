"""Reference figures of the metrics of targets that are not binary.

    python make_kinds.py      (needs numpy, scipy and scikit-learn; writes kinds.json)

Rows are repeated by their weights, since scipy takes none.
"""
import json
import pathlib

import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.special import softmax
from scipy.stats import entropy, kendalltau, somersd, spearmanr
from sklearn.metrics import (accuracy_score, balanced_accuracy_score, cohen_kappa_score, log_loss, mean_absolute_error, r2_score,
                             roc_auc_score)

rng = np.random.default_rng(5)
n = 60
cases = []


def add(kind, y, score, value, levels=0, counts=None):
    for weighted in (False, True):
        w = rng.integers(0, 4, n) if weighted else np.ones(n, int)
        rows = np.repeat(np.arange(n), w)
        c = None if counts is None else counts[rows]
        want = value(y[rows], score[rows], c) if counts is not None else value(y[rows], score[rows])
        cases.append({"kind": kind, "y": y.tolist(), "score": np.ravel(score).tolist(), "levels": levels, "n": None if counts is None else counts.tolist(),
                      "w": w.tolist(), "want": {k: float(v) for k, v in want.items()}})


def number(y, s):
    return {"spearman": spearmanr(s, y).statistic, "kendall_tau_b": kendalltau(s, y).statistic, "r2": r2_score(y, s), "mean_absolute_error": mean_absolute_error(y, s)}


def ordinal(y, p):
    k = p.shape[1]
    median = np.array([int(np.argmax(np.cumsum(row) >= 0.5)) for row in p])
    below = np.cumsum(p, axis=1)[:, :-1]
    is_below = (y[:, None] <= np.arange(k - 1)).astype(float)
    return {"somers_d": somersd(y, p @ np.arange(k)).statistic, "quadratic_kappa": cohen_kappa_score(y, median, weights="quadratic", labels=range(k)),
            "ranked_probability_score": np.mean((below - is_below) ** 2), **levels(y, p)}


def levels(y, p):
    return {"level_log_loss": log_loss(y, p, labels=range(p.shape[1])), "level_accuracy": accuracy_score(y, p.argmax(1)),
            "level_balanced_accuracy": balanced_accuracy_score(y, p.argmax(1))}


def classes(y, p):
    return {"macro_auroc": roc_auc_score(y, p, multi_class="ovr", average="macro"), **levels(y, p)}


def share(y, s, counts):
    judged = counts > 0
    pair = lambda x: np.stack([x, 1 - x], axis=1)
    h = lambda x: entropy(pair(x), base=2, axis=1)
    each = -(y * np.log2(s) + (1 - y) * np.log2(1 - s))
    return {"spearman": spearmanr(s[judged], y[judged]).statistic, "cross_entropy": np.average(each, weights=counts),
            "jensen_shannon": np.mean(jensenshannon(pair(y), pair(s), base=2, axis=1)[judged] ** 2),
            "total_variation": np.mean(np.abs(y - s)[judged]), "majority_accuracy": np.mean(((s > 0.5) == (y > 0.5))[judged & (y != 0.5)]), "entropy_spearman": spearmanr(np.round(h(s), 12)[judged], np.round(h(y), 12)[judged]).statistic}


y = np.round(rng.normal(size=n), 1)
add("number", y, np.round(0.6 * y + rng.normal(size=n), 1), number)
k = 4
y = np.resize(np.arange(k), n)
latent = y + rng.normal(size=n)
add("ordinal", y, softmax(-((latent[:, None] - np.arange(k)) ** 2), axis=1), ordinal, levels=k)
add("class", y, softmax(rng.normal(size=(n, k)) + 1.5 * np.eye(k)[y], axis=1), classes, levels=k)
counts = rng.integers(0, 9, n)
p = rng.beta(2, 2, n)
y = np.divide(rng.binomial(counts, p), counts, out=np.full(n, 0.5), where=counts > 0)
add("share", y, np.clip(p + 0.1 * rng.normal(size=n), 0.02, 0.98), share, counts=counts)
(pathlib.Path(__file__).parent / "kinds.json").write_text(json.dumps(cases))
