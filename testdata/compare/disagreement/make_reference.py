"""Writes reference.json: the agreement of judges and what one who knew the true shares
would have.

    pip install numpy scipy statsmodels
    python make_reference.py

`kappa` is Fleiss' by statsmodels, for rows of as many judges each. `ceiling` is by
integration over the beta distributions of the true shares given the judgements
(scipy.stats): the mean cross-entropy, distance and accuracy of the majority on these
rows. Rank correlations are means over 4,000 draws of numpy.
"""

import json

import numpy as np
from scipy import integrate, stats
from scipy.special import digamma
from statsmodels.stats.inter_rater import fleiss_kappa

rng = np.random.default_rng(5)


def case(a, b, n):
    """Shares of n judgements each, of rows whose true shares are beta(a, b)."""
    n = np.asarray(n)
    k = rng.binomial(n, rng.beta(a, b, len(n)))
    s = k / n
    two = n >= 2
    mean, within = s[two].mean(), (s * (1 - s) * n / np.maximum(n - 1, 1))[two].mean()
    prior = within / (mean * (1 - mean) - within)
    yes, no = k + prior * mean, n - k + prior * (1 - mean)
    of = [stats.beta(x, y) for x, y in zip(yes, no)]
    # E[ln p] = digamma(yes) - digamma(yes + no)
    loss = -(s * (digamma(yes) - digamma(yes + no)) + (1 - s) * (digamma(no) - digamma(yes + no))) / np.log(2)
    away = [integrate.quad(lambda x: abs(x - t) * d.pdf(x), 0, 1, points=[t], limit=200)[0] for d, t in zip(of, s)]
    above = np.array([1 - d.cdf(0.5) for d in of])
    sided = s != 0.5
    right = np.where(s > 0.5, above, 1 - above)[sided]
    entropy = lambda p: stats.entropy([p, 1 - p], base=2, axis=0)
    draws = rng.beta(yes, no, (4000, len(n)))
    rank = lambda x, axis: stats.rankdata(x, axis=axis)
    corr = lambda x, y: np.mean([np.corrcoef(r, y)[0, 1] for r in x])
    c = {
        "share": s.tolist(), "n": n.tolist(), "cross_entropy": np.average(loss, weights=n), "total_variation": np.mean(away),
        "majority_accuracy": right.mean(), "spearman": corr(rank(draws, 1), rank(s, 0)),
        "entropy_spearman": corr(rank(np.round(entropy(draws), 12), 1), rank(np.round(entropy(s), 12), 0)),
    }
    if len(set(n)) == 1:
        c["kappa"] = fleiss_kappa(np.stack([k, n - k], 1))
    return c


cases = [case(2, 3, [12] * 60), case(0.7, 0.5, rng.integers(1, 9, 80)), case(5, 2, [5] * 90)]
with open("reference.json", "w") as out:
    json.dump({"cases": cases}, out)
    out.write("\n")
