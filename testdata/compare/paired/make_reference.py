"""Reference of paired comparisons by scipy, statsmodels and scikit-learn.

    python make_reference.py      (needs numpy, scipy, statsmodels, scikit-learn)

pairs: made-up labels, scores and behaviours of two conditions. The limits of
Fieller's set are found as the ratios r at which a t-test of a - r b, a and b the
falls of the accuracies, has p = .05: scipy's test where every row is a group,
that of a regression on a constant with errors by group else. Falls have the exact
test of McNemar. thresholds: the points of roc_curve at a false-positive rate.
dumps: two one-sided tests of the change of accuracy.
"""
import json
import pathlib

import numpy as np
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from scipy.optimize import brentq
from scipy.stats import norm, ttest_1samp
from sklearn.metrics import accuracy_score, roc_auc_score, roc_curve
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.weightstats import ttost_paired

rng = np.random.default_rng(11)
here = pathlib.Path(__file__).parent


def p_of(x, group):
    if len(set(group)) == len(group):
        return ttest_1samp(x, 0).pvalue
    fit = sm.OLS(x, np.ones(len(x))).fit(cov_type="cluster", cov_kwds={"groups": np.asarray(group), "df_correction": True}, use_t=True)
    return float(fit.pvalues[0])


def fieller(a, b, group):
    """The sign changes of p(r) - .05, and whether r = -1e6 and 1e6 are in the set."""
    f = lambda r: p_of(a - r * b, group) - 0.05
    grid = np.concatenate([-np.geomspace(1e4, 1e-3, 160), [0.0], np.geomspace(1e-3, 1e4, 160)]) + 1e-5
    v = [f(r) for r in grid]
    roots = [brentq(f, lo, hi, xtol=1e-13) for lo, hi, x, y in zip(grid, grid[1:], v, v[1:]) if x * y < 0]
    return {"roots": roots, "unbounded": bool(f(1e6) > 0)}


def observed(y, says):
    n1, n0 = int(sum(y)), int(len(y) - sum(y))
    h = (says[y == 1].sum() + 0.5) / (n1 + 1)
    f = (says[y == 0].sum() + 0.5) / (n0 + 1)
    return {"d_prime": norm.ppf(h) - norm.ppf(f), "criterion": -(norm.ppf(h) + norm.ppf(f)) / 2}


def pairs(n, per, fall_probe, fall_act):
    y = rng.integers(0, 2, n)
    group = np.arange(n) // per
    z = 2.0 * (y - 0.5) + rng.normal(size=n)
    first = 1 / (1 + np.exp(-z))
    second = 1 / (1 + np.exp(-(np.where(rng.random(n) < fall_probe, -0.5 * z, z) + 0.5 + 0.3 * rng.normal(size=n))))
    b0 = np.where(rng.random(n) < 0.85, y, 1 - y)
    b1 = np.where(rng.random(n) < fall_act, 1 - b0, b0)
    first, second = np.round(first, 6), np.round(second, 6)
    say = [(s > 0.5).astype(int) for s in (first, second)]
    right = [(s == y).astype(float) for s in say] + [(b == y).astype(float) for b in (b0, b1)]
    a, b = right[0] - right[1], right[2] - right[3]
    p = lambda u, v: mcnemar([[0, int(((u == 1) & (v == 0)).sum())], [int(((u == 0) & (v == 1)).sum()), 0]], exact=True).pvalue
    return {
        "label": y.tolist(), "group": group.tolist(),
        "score": [first.tolist(), second.tolist()], "behaviour": [b0.tolist(), b1.tolist()],
        "auroc": [roc_auc_score(y, s) for s in (first, second)],
        "accuracy": [accuracy_score(y, s) for s in say],
        "observed": [observed(y, s) for s in say],
        "share": 1 - a.mean() / b.mean(),
        "fieller": fieller(a, b, group),
        "mcnemar": {"probe": p(right[0], right[1]), "behaviour": p(right[2], right[3])} if per == 1 else None,
        "logit_shift": float(np.mean(np.log(second / (1 - second)) - np.log(first / (1 - first)))),
    }


def dumps(n, margin, moved):
    y = rng.integers(0, 2, n)
    z = 2 * (y - 0.5) + rng.normal(size=n)
    w = z + moved * (1 - 2 * y) + 0.4 * rng.normal(size=n)
    s = [np.round(1 / (1 + np.exp(-v)), 6) for v in (z, w)]
    right = [((v > 0.5).astype(int) == y).astype(float) for v in s]
    p, low, high = ttost_paired(right[1], right[0], -margin, margin)
    return {"label": y.tolist(), "score": [v.tolist() for v in s], "margin": margin, "p": float(p),
            "change": float((right[1] - right[0]).mean()), "t_p": float(ttest_1samp(right[1] - right[0], 0).pvalue)}


def thresholds(decimals, fpr):
    control, score = np.round(rng.beta(2, 4, 150), decimals), np.round(rng.beta(4, 2, 120), decimals)
    f, r, _ = roc_curve(np.r_[np.zeros(len(control), int), np.ones(len(score), int)], np.r_[control, score], drop_intermediate=False)
    k = np.flatnonzero(f <= fpr).max()
    return {"control": control.tolist(), "score": score.tolist(), "fpr": fpr, "realised": f[k], "recall": r[k]}


out = {
    "made_with": f"numpy {np.__version__}, scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, scikit-learn {sklearn.__version__}",
    "pairs": [pairs(120, 1, 0.2, 0.35), pairs(160, 4, 0.1, 0.3), pairs(40, 1, 0.3, 0.08), pairs(60, 5, 0.5, 0.3), pairs(48, 1, 0.6, 0.02)],
    "thresholds": [thresholds(d, f) for d in (1, 2, 6) for f in (0.01, 0.05, 0.2)],
    "dumps": [dumps(n, m, v) for n in (60, 300) for m in (0.02, 0.1, 0.3) for v in (0.0, 0.4)],
}
(here / "reference.json").write_text(json.dumps(out, default=float))
print(out["made_with"], [p["fieller"] for p in out["pairs"]], [p["share"] for p in out["pairs"]])
