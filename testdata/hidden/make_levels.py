"""Reference of the second level on classes and on ordered levels.

    python make_levels.py      (needs numpy, scipy, scikit-learn and statsmodels)

The first-level scores are made up: a probe and a text, as probabilities of every
level, a number with missing values, and a behaviour that is a level or none, for 4
outer folds with 3 inner folds each. For each unit J0 (rivals) and J1 (rivals and
probe) choose C on the inner folds and predict the test rows. levels.json holds the
input, the choices, the probability of every level and the differences.

The rivals of J0 of the first case, `columns`, are columns of one number a row, so that
J0 is scikit-learn's LogisticRegression. With log-odds, which have one weight for all
classes, and for ordered levels, scipy minimises the objective, which is written down
here; this objective has LogisticRegression's optimum in the first case, and that of
statsmodels' OrderedModel without a penalty, or the script stops.
"""
import json
import pathlib

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy.optimize import minimize
from scipy.special import expit, logsumexp
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.model_selection import GroupKFold
from statsmodels.miscmodels.ordinal_model import OrderedModel

here = pathlib.Path(__file__).parent
grid = [0.01, 0.1, 1.0]
outer, inner, n_groups, per, k = 4, 3, 30, 4, 3
n = n_groups * per


def softmax(m):
    return np.exp(m - logsumexp(m, axis=1, keepdims=True))


class Multinomial:
    """Log-odds have one weight, other columns one for each class."""

    def __init__(self, plain, odds, y, C):
        # plain is n x d; odds is a list of n x k.
        self.mean = plain.mean(0)
        self.sd = np.where(plain.std(0) > 0, plain.std(0), 1)
        self.odds_mean = [o.mean(0) for o in odds]
        self.odds_sd = [np.sqrt(o.var(0).sum()) for o in odds]
        d, e, one = plain.shape[1], len(odds), np.eye(k)[y]
        z, u = self.standard(plain, odds)

        def f(t):
            W, b, v = t[: d * k].reshape(d, k), t[d * k : d * k + k], t[d * k + k :]
            m = z @ W + b + sum(x * w for x, w in zip(u, v))
            r = C * (softmax(m) - one)
            value = 0.5 * (t[: d * k] @ t[: d * k] + v @ v) + C * (logsumexp(m, axis=1) - m[np.arange(len(y)), y]).sum()
            return value, np.concatenate([(z.T @ r + W).ravel(), r.sum(0), [(r * x).sum() + w for x, w in zip(u, v)]])

        t = minimise(f, d * k + k + e)
        self.W, self.b, self.v = t[: d * k].reshape(d, k), t[d * k : d * k + k], t[d * k + k :]

    def standard(self, plain, odds):
        return (plain - self.mean) / self.sd, [(o - m) / s for o, m, s in zip(odds, self.odds_mean, self.odds_sd)]

    def predict(self, plain, odds):
        z, u = self.standard(plain, odds)
        return softmax(z @ self.W + self.b + sum(x * w for x, w in zip(u, self.v)))


class Ordered:
    def __init__(self, plain, y, C):
        self.mean = plain.mean(0)
        self.sd = np.where(plain.std(0) > 0, plain.std(0), 1)
        z = (plain - self.mean) / self.sd
        d = z.shape[1]

        def f(t):
            w, cuts = t[:d], np.concatenate([[-np.inf], t[d : d + 1], t[d] + np.cumsum(np.exp(t[d + 1 :])), [np.inf]])
            a, b = cuts[y + 1] - z @ w, cuts[y] - z @ w
            p = expit(a) - expit(b)
            da, db = expit(a) * expit(-a) / p, expit(b) * expit(-b) / p
            g = [(z * (da - db)[:, None]).sum(0), [-(da[y < k - 1].sum() - db[y > 0].sum())]]
            for j in range(1, k - 1):
                g.append([-np.exp(t[d + j]) * (da[(y >= j) & (y < k - 1)].sum() - db[y > j].sum())])
            g = C * np.concatenate(g)
            g[:d] += w
            return 0.5 * w @ w - C * np.log(p).sum(), g

        t = minimise(f, d + k - 1, start=np.concatenate([np.zeros(d), [-1], np.zeros(k - 2)]))
        self.w, self.cuts = t[:d], np.concatenate([t[d : d + 1], t[d] + np.cumsum(np.exp(t[d + 1 :]))])

    def predict(self, plain):
        m = ((plain - self.mean) / self.sd) @ self.w
        below = np.column_stack([np.zeros(len(m)), *(expit(c - m) for c in self.cuts), np.ones(len(m))])
        return np.diff(below, axis=1)


def minimise(f, size, start=None):
    t = np.zeros(size) if start is None else start
    for _ in range(5):
        t = minimize(f, t, jac=True, method="BFGS", options={"gtol": 1e-11, "maxiter": 5000}).x
        if np.abs(f(t)[1]).max() <= 1e-9 * max(1, f(t)[0]):
            break
    if np.abs(f(t)[1]).max() > 1e-7 * max(1, f(t)[0]):
        raise SystemExit(f"the gradient is {np.abs(f(t)[1]).max()}")
    return t


def data(seed):
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(n_groups), per)
    y = rng.integers(0, k, n)
    acted = np.where(rng.random(n) < 0.15, -1, np.where(rng.random(n) < 0.6, y, rng.integers(0, k, n)))
    number = 0.5 * y + rng.normal(size=n)
    level = np.arange(k)

    def scores(slope):
        """Probabilities around the level, as of another first-level model each time."""
        centre = y + rng.normal(scale=1.1, size=n) + rng.normal(scale=0.1, size=n)
        return np.round(softmax(-slope * (level - centre[:, None]) ** 2 + rng.normal(scale=0.3, size=(n, k))), 6)

    units = []
    base = {name: scores(s) for name, s in [("probe", 0.9), ("text", 0.5)]}

    def near(p):
        q = np.clip(p * np.exp(rng.normal(scale=0.1, size=p.shape)), 1e-3, None)
        return np.round(q / q.sum(1, keepdims=True), 6)

    score = {name: near(p) for name, p in base.items()}
    for f, (train, test) in enumerate(GroupKFold(outer, shuffle=True, random_state=seed).split(y, y, group)):
        fold = np.full(n, -1)
        for g, (_, valid) in enumerate(GroupKFold(inner, shuffle=True, random_state=f).split(train, y[train], group[train])):
            fold[train[valid]] = g
        units.append({"fold": f, "inner_fold": fold, "inner": {name: near(p) for name, p in base.items()}})
    number[::17] = np.nan
    return {"label": y, "group": group, "acted": acted, "number": np.round(number, 5), "units": units, "score": score}


def log_odds_of_lying_above(p):
    above = p[:, ::-1].cumsum(1)[:, ::-1][:, 1:]
    return (np.log(above) - np.log(p.cumsum(1)[:, :-1])).mean(1)


def columns(d, u, with_probe, with_text, kind):
    test = u["inner_fold"] < 0
    pick = {name: np.where(test[:, None], d["score"][name], u["inner"][name]) for name in d["score"]}
    lost = np.isnan(d["number"])
    plain = [np.where(lost, np.nanmean(d["number"][~test]), d["number"]), lost]
    plain += [d["acted"] == a for a in range(-1, k)]
    names = ["text"] * with_text + ["probe"] * with_probe
    if kind == "class":
        logs = [np.log(pick[name]) for name in names]
        return np.column_stack(plain).astype(float), [o - o.mean(1, keepdims=True) for o in logs]
    return np.column_stack(plain + [log_odds_of_lying_above(pick[name]) for name in names]).astype(float), []


def second_level(d, kind, with_probe, with_text, sklearn_too):
    y, p, chosen = d["label"], np.zeros((n, k)), []
    for u in d["units"]:
        plain, odds = columns(d, u, with_probe, with_text, kind)
        fold = u["inner_fold"]

        def fit(rows, to, C):
            if kind == "ordinal":
                return Ordered(plain[rows], y[rows], C).predict(plain[to])
            q = Multinomial(plain[rows], [o[rows] for o in odds], y[rows], C).predict(plain[to], [o[to] for o in odds])
            if sklearn_too:
                sd = np.where(plain[rows].std(0) > 0, plain[rows].std(0), 1)
                z = (plain - plain[rows].mean(0)) / sd
                other = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(z[rows], y[rows]).predict_proba(z[to])
                if np.abs(q - other).max() > 1e-6:
                    raise SystemExit(f"scikit-learn is off by {np.abs(q - other).max()}")
                return other
            return q

        loss = [sum(log_loss(y[fold == g], fit((fold >= 0) & (fold != g), fold == g, C), normalize=False, labels=range(k)) for g in range(inner)) for C in grid]
        chosen.append(grid[int(np.argmin(loss))])
        p[fold < 0] = fit(fold >= 0, fold < 0, chosen[-1])
    return {"C": chosen, "p": p}


def concordance(y, p):
    s = p @ np.arange(k)
    more = y[:, None] > y[None, :]
    return ((s[:, None] > s[None, :]) + 0.5 * (s[:, None] == s[None, :]))[more].mean()


def plain_json(v):
    if isinstance(v, dict):
        return {a: plain_json(x) for a, x in v.items()}
    if isinstance(v, (list, tuple)):
        return [plain_json(x) for x in v]
    if isinstance(v, np.ndarray):
        return plain_json(v.ravel().tolist())
    return None if isinstance(v, float) and np.isnan(v) else v


def checked_against_ordered_model(d):
    """Without a penalty the cumulative logit is that of statsmodels."""
    z = np.column_stack([log_odds_of_lying_above(d["score"]["probe"]), np.nan_to_num(d["number"])])
    z = (z - z.mean(0)) / z.std(0)
    own = Ordered(z, d["label"], 1e7).predict(z)
    r = OrderedModel(d["label"], z, distr="logit").fit(method="bfgs", disp=False, gtol=1e-9)
    if np.abs(own - np.asarray(r.predict(z))).max() > 1e-5:
        raise SystemExit(f"statsmodels is off by {np.abs(own - np.asarray(r.predict(z))).max()}")


cases = {}
for name, kind, with_text, seed in [("columns", "class", False, 1), ("class", "class", True, 2), ("ordinal", "ordinal", True, 3)]:
    d = data(seed)
    if kind == "ordinal":
        checked_against_ordered_model(d)
    J0 = second_level(d, kind, False, with_text, name == "columns")
    J1 = second_level(d, kind, True, with_text, False)
    y, p0, p1 = d["label"], J0["p"], J1["p"]
    auroc = concordance if kind == "ordinal" else lambda y, p: roc_auc_score(y, p, multi_class="ovr")
    cases[name] = {
        "kind": kind, "text": with_text, **d, "J0": J0, "J1": J1,
        "log_loss": [log_loss(y, p0), log_loss(y, p1)],
        "hidden_information": (log_loss(y, p0) - log_loss(y, p1)) / np.log(2),
        "hidden_auroc": auroc(y, p1) - auroc(y, p0),
        "hidden_accuracy": accuracy_score(y, p1.argmax(1)) - accuracy_score(y, p0.argmax(1)),
    }
    print(name, J0["C"], J1["C"], cases[name]["hidden_information"])

made_by = f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, statsmodels {statsmodels.__version__}"
json.dump(plain_json({"made_by": made_by, "folds": outer, "inner": inner, "levels": k, "grid": grid, "cases": cases}), open(here / "levels.json", "w"))
