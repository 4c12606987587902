"""Efforts that are cut off, and what lifelines and scipy say of them."""
import json, numpy as np
from lifelines.utils import concordance_index
from scipy.stats import spearmanr
import lifelines, scipy

r = np.random.default_rng(3)
cases = []
for n, limit, slope in [(40, 1.0, 0.8), (60, 0.3, 0.4), (25, 9.0, 0.0)]:
    difficulty = r.permutation(n) / n * 4 - 2
    decoded = difficulty + 0.5 * r.normal(size=n)
    effort = slope * difficulty + r.normal(size=n)
    censored = effort > limit
    effort = np.minimum(effort, limit + 1e-3 * r.random(n))
    cases.append(dict(
        difficulty=difficulty.tolist(), decoded=decoded.tolist(), effort=effort.tolist(), censored=censored.tolist(),
        concordance_effort=concordance_index(effort, difficulty, ~censored),
        concordance_decoded=concordance_index(decoded, difficulty),
        rank_effort=spearmanr(effort, difficulty)[0], rank_decoded=spearmanr(decoded, difficulty)[0]))
json.dump(dict(versions=dict(numpy=np.__version__, scipy=scipy.__version__, lifelines=lifelines.__version__), cases=cases), open("reference.json", "w"))
