"""Reference figures for the gap of several levels from scikit-learn and scipy.

    python make_levels.py > levels.json
"""
import json

import numpy as np
from scipy.stats import entropy, somersd
from sklearn.metrics import accuracy_score, cohen_kappa_score, recall_score, roc_auc_score


def probabilities(rng, k, n):
    """In 64ths, so that they are written in few digits."""
    return np.array([rng.multinomial(64 - k, p) + 1 for p in rng.dirichlet(np.ones(k), size=n)]) / 64


def sample(rng, k, ordered, n=120):
    y = np.concatenate([np.arange(k), rng.integers(k, size=n - k)])
    say = np.where(rng.random(n) < 0.6, y, rng.integers(k, size=n))
    act = np.where(rng.random(n) < 0.5, y, np.minimum(y + 1, k - 1) if ordered else rng.integers(k, size=n))
    act[rng.random(n) < 0.1] = -1
    score, graded = probabilities(rng, k, n), probabilities(rng, k, n)
    missing = rng.random(n) < 0.15
    sided = act >= 0
    Y, P, B = y[sided], say[sided], act[sided]
    values = {
        "accuracy_probe": accuracy_score(Y, P), "accuracy_behaviour": accuracy_score(Y, B),
        "kba": np.mean((P == Y) & (B != Y)), "abk": np.mean((P != Y) & (B == Y)),
        "net_gap": accuracy_score(Y, P) - accuracy_score(Y, B),
        "net_gap_balanced": recall_score(Y, P, average="macro") - recall_score(Y, B, average="macro"),
        "agreement": accuracy_score(B, P),
        "acts_against": np.mean((B != Y)[P == Y]), "hit_rate": np.mean((P == Y)[B != Y]),
        # How often the probe says y at behaviour b where b is right, for each wrong row.
        "false_alarm": np.mean([np.mean(P[(B == b) & (Y == b)] == v) for b, v in zip(B[B != Y], Y[B != Y])]),
        "kl_behaviour": np.mean(entropy(score[~missing], graded[~missing], base=2, axis=1)),
    }
    values["hit_rate_minus_false_alarm"] = values["hit_rate"] - values["false_alarm"]
    if ordered:
        values["quadratic_kappa_acted"] = cohen_kappa_score(P, B, weights="quadratic")
        values["somers_d_probe"] = somersd(Y, P).statistic
        values["somers_d_behaviour"] = somersd(Y, B).statistic
        values["signed_rank_gap"] = values["somers_d_probe"] - values["somers_d_behaviour"]
        values["levels_off_probe"] = np.mean(P - Y)
        values["levels_off_behaviour"] = np.mean(B - Y)
    else:
        values["kappa"] = cohen_kappa_score(P, B)
        one = lambda p, rows: [roc_auc_score(y[rows] == c, p[rows, c]) for c in range(k)]
        values["macro_auroc_probe"] = np.mean(one(score, ~missing))
        values["macro_auroc_behaviour"] = np.mean(one(graded, ~missing))
        values["macro_auroc_probe_minus_behaviour"] = values["macro_auroc_probe"] - values["macro_auroc_behaviour"]
        s, weight, auroc = score[sided], [], []
        for b in range(k):
            for c in range(k):
                is_c = Y[B == b] == c
                if 0 < is_c.sum() < is_c.size:
                    weight.append(is_c.sum() * (~is_c).sum() / is_c.size)
                    auroc.append(roc_auc_score(is_c, s[B == b, c]))
        values["matched_auroc"] = np.average(auroc, weights=weight)
    return {
        "ordered": ordered, "k": k, "label": y.tolist(), "behaviour": act.tolist(), "prediction": say.tolist(), "score": score.tolist(),
        "graded": [None if m else g for m, g in zip(missing, graded.tolist())], "values": {key: float(v) for key, v in values.items()},
    }


rng = np.random.default_rng(12)
print(json.dumps([sample(rng, k, ordered) for k, ordered in [(3, False), (6, False), (4, True)]]))
