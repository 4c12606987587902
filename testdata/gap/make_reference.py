"""Reference figures for the package gap from scipy, scikit-learn and pandas.

    python make_reference.py > reference.json
"""
import itertools
import json

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score


def mcnemar():
    pairs = [(0, 1), (0, 5), (0, 6), (3, 3), (4, 5), (2, 13), (40, 10), (131, 98), (700, 650), (30_000, 31_000), (900, 100)]
    return [{"only_probe": a, "only_behaviour": b, "p": binomtest(a, a + b).pvalue} for a, b in pairs]


def smallest():
    """The least split of n discordant rows that has p <= 0.05, as a difference of counts."""
    out = []
    for n in [6, 7, 8, 9, 12, 25, 100, 501, 5000]:
        rarer = max(k for k in range(n // 2 + 1) if binomtest(k, n).pvalue <= 0.05)
        out.append({"discordant": n, "difference": n - 2 * rarer})
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
    none = df[df.b < 0]
    return {k: float(v) for k, v in out.items()}, {
        "n": len(none), "by_label": [int((none.y == 0).sum()), int((none.y == 1).sum())],
        "accuracy": float(accuracy_score(none.y, none.p)),
    }


rng = np.random.default_rng(7)
nets = [[1], [1, -1], [3, 1, 1], [2, -1, 4, 1, 1, -3], rng.integers(1, 6, size=14).tolist(), [-x for x in range(1, 13)]]
df = rows(rng)
values, neither = measures(df)
print(json.dumps({
    "mcnemar": mcnemar(),
    "smallest": smallest(),
    "sign_flip": [{"net": net, "p": sign_flip(net)} for net in nets],
    "rows": {k: df[k].tolist() for k in df.columns},
    "values": values,
    "neither": neither,
}))
