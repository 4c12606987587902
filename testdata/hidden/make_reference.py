"""Reference of the two second-level regressions by scikit-learn.

    python make_reference.py      (needs numpy and scikit-learn)

The first-level scores are made up: a probe, a score with a sign against the
label and missing values, and a decision of three levels, for 2 repeats of 4
outer folds with 3 inner folds each. For each unit J0 (rivals) and J1 (rivals
and probe) choose C on the inner folds and predict the test rows. reference.json
holds the input, the choices, P(label = 1) of every row and the differences.
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(7)
grid = [0.01, 0.1, 1.0, 10.0]
repeats, outer, inner, n_groups, per = 2, 4, 3, 30, 4
n = n_groups * per
group = np.repeat(np.arange(n_groups), per)
y = rng.integers(0, 2, n)
level = np.where(rng.random(n) < 0.15, 2, np.where(rng.random(n) < 0.7, y, 1 - y))

# Scores differ a little from one first-level model to the next.
signal = {"probe": 0.9 * (2 * y - 1) + rng.normal(size=n), "against": -0.8 * y + rng.normal(size=n)}


def first_level(name):
    s = np.round(signal[name] * rng.uniform(0.8, 1.2) + rng.normal(scale=0.1, size=n), 4)
    if name == "against":
        s[::17] = np.nan
    return s


units, score = [], {k: [first_level(k) for _ in range(repeats)] for k in signal}
for r in range(repeats):
    for f, (train, test) in enumerate(GroupKFold(outer, shuffle=True, random_state=r).split(y, y, group)):
        fold = np.full(n, -1)
        for g, (_, valid) in enumerate(GroupKFold(inner, shuffle=True, random_state=f).split(train, y[train], group[train])):
            fold[train[valid]] = g
        units.append({"repeat": r, "fold": f, "inner_fold": fold, "inner": {k: first_level(k) for k in signal}})


def matrix(u, with_probe):
    test = u["inner_fold"] < 0
    pick = {k: np.where(test, score[k][u["repeat"]], u["inner"][k]) for k in signal}
    against = pick["against"]
    lost = np.isnan(against)
    columns = [np.where(lost, np.nanmean(against[~test]), against), lost, level == 0, level == 1, level == 2]
    if with_probe:
        columns.append(pick["probe"])
    return np.column_stack(columns).astype(float)


def fit(x, rows, C):
    model = make_pipeline(StandardScaler(), LogisticRegression(C=C, solver="newton-cholesky", tol=1e-13, max_iter=1000))
    return model.fit(x[rows], y[rows])


out = {}
for name, with_probe in [("J0", False), ("J1", True)]:
    p, chosen = np.zeros((repeats, n)), []
    for u in units:
        x, fold = matrix(u, with_probe), u["inner_fold"]
        loss = [
            sum(
                log_loss(y[fold == g], fit(x, (fold >= 0) & (fold != g), C).predict_proba(x[fold == g])[:, 1], normalize=False, labels=[0, 1])
                for g in range(inner)
            )
            for C in grid
        ]
        chosen.append(grid[int(np.argmin(loss))])
        test = fold < 0
        p[u["repeat"], test] = fit(x, fold >= 0, chosen[-1]).predict_proba(x[test])[:, 1]
    out[name] = {"C": chosen, "p": p.mean(axis=0)}

p0, p1 = out["J0"]["p"], out["J1"]["p"]


def plain(v):
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)):
        return [plain(x) for x in v]
    if isinstance(v, np.ndarray):
        return plain(v.tolist())
    return None if isinstance(v, float) and np.isnan(v) else v


json.dump(
    plain({
        "made_by": f"scikit-learn {sklearn.__version__}, newton-cholesky, tol 1e-13",
        "folds": outer, "inner": inner, "grid": grid,
        "label": y, "group": group, "level": level, "units": units, "score": score, **out,
        "hidden_information": (log_loss(y, p0) - log_loss(y, p1)) / np.log(2),
        "hidden_auroc": roc_auc_score(y, p1) - roc_auc_score(y, p0),
        "hidden_accuracy": accuracy_score(y, p1 > 0.5) - accuracy_score(y, p0 > 0.5),
    }),
    open(here / "reference.json", "w"),
)
print(out["J0"]["C"], out["J1"]["C"])
