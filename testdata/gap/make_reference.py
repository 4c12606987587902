"""Reference figures for the package gap from scipy, scikit-learn and pandas.

    python make_reference.py > reference.json
"""
import itertools
import json

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.stats import binomtest, norm
from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score


def mcnemar():
    pairs = [(0, 1), (0, 5), (0, 6), (3, 3), (4, 5), (2, 13), (40, 10), (131, 98), (700, 650), (30_000, 31_000), (900, 100)]
    return [{"only_probe": a, "only_behaviour": b, "p": binomtest(a, a + b).pvalue} for a, b in pairs]


def observer(says, y):
    """d' and criterion with the log-linear correction of Hautus (1995)."""
    h, f = ((says[y == v].sum() + 0.5) / ((y == v).sum() + 1) for v in (1, 0))
    return {"d": norm.ppf(h) - norm.ppf(f), "c": -(norm.ppf(h) + norm.ppf(f)) / 2}


def accuracy(pi, d, c):
    """Of an equal-variance observer: the normals of its evidence lie at d/2 and -d/2."""
    return pi * norm.sf(c, loc=d / 2) + (1 - pi) * norm.cdf(c, loc=-d / 2)


def shapley(pi, probe, behaviour):
    """Mean gain of each parameter over the orders in which the probe's replace the behaviour's."""
    gain = {"d": 0.0, "c": 0.0}
    orders = list(itertools.permutations(gain))
    for order in orders:
        now = dict(behaviour)
        for name in order:
            before = accuracy(pi, **now)
            now[name] = probe[name]
            gain[name] += (accuracy(pi, **now) - before) / len(orders)
    return gain


def observers():
    """Two observers with d' and criterion stated: rates, gap at pi, its parts and its root."""
    out = []
    for d_p, c_p, d_b, c_b, pi in [(1.5, 0, 1.5, 1.66, 0.5), (2.5, 0, 2.5, 1.66, 0.5), (1.5, 0, 1.5, 1, 0.5), (2.5, 0, 2.5, 1.66, 0.05),
                                   (2.609, -0.027, 2.470, 1.659, 0.447), (0, 0, 3, -0.4, 0.2), (1.1, 0.3, -0.4, 0.3, 0.9)]:
        probe, behaviour = {"d": d_p, "c": c_p}, {"d": d_b, "c": c_b}
        rate = lambda o, at: float(norm.sf(o["c"], loc=at * o["d"] / 2))
        net = lambda pi: float(accuracy(pi, **probe) - accuracy(pi, **behaviour))
        parts = shapley(pi, probe, behaviour)
        out.append({"d_p": d_p, "c_p": c_p, "d_b": d_b, "c_b": c_b, "pi": pi, "hit_p": rate(probe, 1), "alarm_p": rate(probe, -1),
                    "hit_b": rate(behaviour, 1), "alarm_b": rate(behaviour, -1), "net": net(pi),
                    "sensitivity": float(parts["d"]), "criterion": float(parts["c"]),
                    "root": brentq(net, 0, 1, xtol=1e-15, rtol=1e-14) if net(0) * net(1) < 0 else None})
    return out


def sign_flip(net):
    net = np.array(net)
    signs = np.array(list(itertools.product([-1, 1], repeat=len(net))))
    return float(np.mean(np.abs(signs @ net) >= abs(net.sum())))


def rows(rng, n=240, groups=40):
    df = pd.DataFrame({"group": rng.integers(groups, size=n), "y": rng.integers(2, size=n)})
    df["b"] = np.where(rng.random(n) < np.where(df.y == 1, 0.45, 0.8), df.y, 1 - df.y)
    df["s"] = np.round(1 / (1 + np.exp(-(1.1 * (2 * df.y - 1) + 0.6 * (2 * df.b - 1) + rng.normal(size=n)))), 2)
    df["p"] = (df.s > 0.5).astype(int)
    df["c"] = np.where(rng.random(n) < 0.9, df.b, 1 - df.b)
    df["t"] = np.where(rng.random(n) < 0.7, df.y, 1 - df.y)
    df.loc[rng.random(n) < 0.15, "b"] = -1
    # The graded behaviour, in steps so that there are ties, and whether the model is known to know.
    df["m"] = np.round(0.8 * (2 * df.y - 1) + 0.7 * np.where(df.b < 0, 0, 2 * df.b - 1) + rng.normal(size=n), 1)
    df.loc[rng.random(n) < 0.1, "m"] = np.nan
    df["k"] = rng.choice([-1, 0, 1], p=[0.1, 0.4, 0.5], size=n)
    return df


def measures(df):
    d = df[df.b >= 0]
    probe, behaviour = d.p == d.y, d.b == d.y
    out = {
        "accuracy_behaviour": accuracy_score(d.y, d.b),
        "accuracy_probe": accuracy_score(d.y, d.p),
        "accuracy_calibrated": accuracy_score(d.y, d.c),
        "accuracy_text": accuracy_score(d.y, d.t),
        "kba": (probe & ~behaviour).mean(),
        "abk": (~probe & behaviour).mean(),
        "kba_balanced": (probe & ~behaviour).groupby(d.y).mean().mean(),
        "abk_balanced": (~probe & behaviour).groupby(d.y).mean().mean(),
        "net_gap_balanced": balanced_accuracy_score(d.y, d.p) - balanced_accuracy_score(d.y, d.b),
        "hit_rate": probe[~behaviour].mean(),
        "acts_against": (~behaviour)[probe].mean(),
        "acts_against_y0": (d.b == 1)[(d.p == 0) & (d.y == 0)].mean(),
        "acts_against_y1": (d.b == 0)[(d.p == 1) & (d.y == 1)].mean(),
    }
    out["net_gap"] = out["accuracy_probe"] - out["accuracy_behaviour"]
    out["calibrated_minus_behaviour"] = out["accuracy_calibrated"] - out["accuracy_behaviour"]
    out["probe_minus_calibrated"] = out["accuracy_probe"] - out["accuracy_calibrated"]
    out["probe_minus_text"] = out["accuracy_probe"] - out["accuracy_text"]
    out["hidden_beyond_text"] = out["accuracy_probe"] - max(out["accuracy_calibrated"], out["accuracy_text"])

    aurocs, weights, alarms = [], [], []
    for b in (0, 1):
        at = d[d.b == b]
        hit = (at.p[at.y != b] == at.y[at.y != b]).mean()
        alarm = (at.p[at.y == b] != b).mean()
        auroc = roc_auc_score(at.y, at.s)
        out |= {f"hit_rate_b{b}": hit, f"false_alarm_b{b}": alarm, f"hit_rate_minus_false_alarm_b{b}": hit - alarm,
                f"matched_auroc_b{b}": auroc}
        aurocs.append(auroc)
        weights.append((at.y == 1).sum() * (at.y == 0).sum() / len(at))
        alarms.append(alarm)
    out["matched_auroc"] = np.average(aurocs, weights=weights)
    out["false_alarm"] = np.mean([alarms[b] for b in d.b[~behaviour]])
    out["hit_rate_minus_false_alarm"] = out["hit_rate"] - out["false_alarm"]
    out["mcnemar_p"] = binomtest(int((probe & ~behaviour).sum()), int((probe != behaviour).sum())).pvalue
    measures_of_signal(df, d, out)
    none = df[df.b < 0]
    return {k: float(v) for k, v in out.items()}, {
        "n": len(none), "by_label": [int((none.y == 0).sum()), int((none.y == 1).sum())],
        "accuracy": float(accuracy_score(none.y, none.p)),
    }


def measures_of_signal(df, d, out):
    graded = df[df.m.notna()]
    out["auroc_probe"], out["auroc_behaviour"] = roc_auc_score(graded.y, graded.s), roc_auc_score(graded.y, graded.m)
    out["auroc_probe_minus_behaviour"] = out["auroc_probe"] - out["auroc_behaviour"]

    hit = {name: d[col][d.y == 1].mean() for name, col in [("probe", "p"), ("behaviour", "b")]}
    alarm = {name: d[col][d.y == 0].mean() for name, col in [("probe", "p"), ("behaviour", "b")]}
    who = {"probe": observer(d.p, d.y), "behaviour": observer(d.b, d.y)}
    for name in who:
        out |= {f"hit_{name}": hit[name], f"alarm_{name}": alarm[name], f"d_prime_{name}": who[name]["d"], f"criterion_{name}": who[name]["c"]}
    for key in ("d_prime", "criterion"):
        out[f"{key}_difference"] = out[f"{key}_probe"] - out[f"{key}_behaviour"]

    # Another base rate is another weight of each label.
    def net(pi):
        w = np.where(d.y == 1, pi / (d.y == 1).mean(), (1 - pi) / (d.y == 0).mean())
        return float(np.average((d.p == d.y).astype(float) - (d.b == d.y), weights=w))
    out["base_rate"] = d.y.mean()
    for pi in (5, 25, 50, 75, 95):
        out[f"net_gap_at_{pi:02}"] = net(pi / 100)
    assert net(0) * net(1) > 0  # no base rate turns this gap; observers() has roots
    parts = shapley(out["base_rate"], **who)
    out["gap_from_sensitivity"], out["gap_from_criterion"] = parts["d"], parts["c"]

    right = df.p == df.y
    out["net_gap_neither_wrong"] = right.mean() - (df.b == df.y).mean()
    out["net_gap_neither_right"] = right.mean() - ((df.b == df.y) | (df.b < 0)).mean()

    seen = d[d.p == d.y]
    for name, k in [("known", 1), ("unknown", 0)]:
        out[f"acts_against_{name}"] = (seen.b != seen.y)[seen.k == k].mean()
    out["acts_against_known_minus_unknown"] = out["acts_against_known"] - out["acts_against_unknown"]
    for y in (0, 1):
        of = d[d.y == y]
        out[f"signal_predicts_act_y{y}"] = roc_auc_score(of.b == y, of.s if y == 1 else -of.s)

    # The standard error of a mean whose rows come in clusters, as in survey sampling.
    gain = (d.p == d.y).astype(float) - (d.b == d.y)
    sums = (gain - gain.mean()).groupby(d.group).sum()
    se = np.sqrt(len(sums) / (len(sums) - 1) * (sums ** 2).sum()) / len(d)
    out["smallest_gap"] = (norm.ppf(0.975) + norm.ppf(0.8)) * se


rng = np.random.default_rng(7)
nets = [[1], [1, -1], [3, 1, 1], [2, -1, 4, 1, 1, -3], rng.integers(1, 6, size=14).tolist(), [-x for x in range(1, 13)]]
df = rows(rng)
values, neither = measures(df)
print(json.dumps({
    "mcnemar": mcnemar(),
    "observers": observers(),
    "sign_flip": [{"net": net, "p": sign_flip(net)} for net in nets],
    "rows": {k: df[k].astype(object).where(df[k].notna(), None).tolist() for k in df.columns},
    "values": values,
    "neither": neither,
}))
