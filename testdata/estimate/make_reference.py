"""Reference figures for internal/estimate from scipy.

    python make_reference.py > reference.json

The BCa intervals are scipy's own on rows that each stand alone, at the level
that the expanded tails of internal/estimate amount to.
"""
import json

import numpy as np
from scipy import stats


def expanded_tail(level, groups):
    t = stats.t.ppf((1 + level) / 2, groups - 1)
    return stats.norm.cdf(-np.sqrt(groups / (groups - 1)) * t)


def bca(name, sample, statistic, level=0.95):
    tail = expanded_tail(level, len(sample))
    interval = stats.bootstrap(
        (sample,), statistic, method="BCa", confidence_level=1 - 2 * tail,
        n_resamples=200_000, batch=10_000, vectorized=True, rng=np.random.default_rng(1),
    ).confidence_interval
    return {"name": name, "sample": sample.tolist(), "value": float(statistic(sample)),
            "low": float(interval.low), "high": float(interval.high)}


rng = np.random.default_rng(20240501)
skewed = np.round(rng.exponential(size=40), 6)
heavy = np.round(rng.standard_t(4, size=60), 6)
print(json.dumps({
    "tails": [{"level": level, "groups": g, "tail": expanded_tail(level, g)}
              for level in (0.8, 0.95, 0.99) for g in (2, 5, 20, 96, 10_000)],
    "intervals": [
        bca("mean", skewed, lambda x, axis=-1: np.mean(x, axis=axis)),
        bca("mean", heavy, lambda x, axis=-1: np.mean(x, axis=axis)),
        bca("variance", skewed, lambda x, axis=-1: np.var(x, axis=axis)),
    ],
}, indent=1))
