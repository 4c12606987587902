"""Efforts that are cut off and ties in them, and what lifelines and scipy say of them."""
import json, numpy as np
from lifelines.utils import concordance_index
from lifelines.utils.concordance import _concordance_summary_statistics
from scipy.stats import somersd, spearmanr
import lifelines, scipy


def comparable(difficulty, decoded, effort, censored):
    """Pair by pair: shares of comparable pairs in order by the effort and by what is decoded."""
    took = read = total = ties = 0
    n = len(effort)
    for i in range(n):
        for j in range(n):
            if difficulty[i] >= difficulty[j]:
                continue
            low = i if effort[i] < effort[j] else j if effort[j] < effort[i] else None
            if low is None:
                if censored[i] and censored[j]:
                    continue
                if not censored[i] and not censored[j]:
                    took, ties = took + 0.5, ties + 1
                elif censored[j]:
                    took += 1
            elif censored[low]:
                continue
            else:
                took += low == i
            total += 1
            read += (decoded[j] > decoded[i]) + 0.5 * (decoded[j] == decoded[i])
    # lifelines leaves ties in effort out and counts those in difficulty apart.
    right, tied, pairs = _concordance_summary_statistics(effort, difficulty, ~censored)
    assert (right + ties / 2, pairs - tied + ties) == (took, total)
    return took / total, read / total


r = np.random.default_rng(3)
cases = []
for n, limit, slope, levels in [(40, 1.0, 0.8, 0), (60, 0.3, 0.4, 0), (25, 9.0, 0.0, 0), (50, 99.0, 0.7, 6), (50, 2.0, 0.7, 6)]:
    difficulty = r.permutation(n) / n * 4 - 2
    decoded = difficulty + 0.5 * r.normal(size=n)
    effort = slope * difficulty + r.normal(size=n)
    if levels:  # steps and tokens are whole numbers, and cut off at one of them
        difficulty = np.floor((difficulty + 2) / 4 * levels)
        decoded, effort = np.round(decoded, 1), np.round(2 * effort)
        censored = effort > limit  # one that ends at the limit by itself is not cut off
        effort = np.minimum(effort, limit)
    else:
        censored = effort > limit
        effort = np.minimum(effort, limit + 1e-3 * r.random(n))
    took, read = comparable(difficulty, decoded, effort, censored)
    if not censored.any():
        assert abs(took - (1 + somersd(difficulty, effort).statistic) / 2) < 1e-12
        assert abs(took - concordance_index(difficulty, effort)) < 1e-12
    if not levels:
        assert abs(took - concordance_index(effort, difficulty, ~censored)) < 1e-12
    cases.append(dict(
        difficulty=difficulty.tolist(), decoded=decoded.tolist(), effort=effort.tolist(), censored=censored.tolist(),
        concordance_effort=took, concordance_decoded=concordance_index(difficulty, decoded), concordance_lead=read - took,
        rank_effort=spearmanr(effort, difficulty)[0], rank_decoded=spearmanr(decoded, difficulty)[0]))
json.dump(dict(versions=dict(numpy=np.__version__, scipy=scipy.__version__, lifelines=lifelines.__version__), cases=cases), open("reference.json", "w"))
