"""Prints the rank correlation of scikit-learn's probes with the share, by dump and layer.

    pip install numpy scipy scikit-learn
    python by_sklearn.py

Every judgement is a row of weight one to LogisticRegression (C = 0.001, standardised in
the fold); means over three splits of the pairs into five folds.
"""

import json

import numpy as np
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression

rows = [json.loads(line) for line in open("examples.jsonl")]
item = np.array([r["item"] for r in rows])
share = np.array([r["share_first"] for r in rows])
n = np.array([r["n_a"] + r["n_b"] for r in rows])
items = sorted(set(item))
rng = np.random.default_rng(0)
for name in ("before", "after"):
    dump = np.load(name + ".npz")
    for layer in (6, 12, 18, 24, 30):
        x = dump[f"layer.{layer}"].astype(float)
        found = []
        for _ in range(3):
            fold_of = {items[k]: i % 5 for i, k in enumerate(rng.permutation(len(items)))}
            fold = np.array([fold_of[k] for k in item])
            p = np.zeros(len(share))
            for k in range(5):
                train = fold != k
                z = (x - x[train].mean(0)) / np.where(x[train].std(0) > 0, x[train].std(0), 1)
                y = np.repeat([1, 0], train.sum())
                weight = np.concatenate([share[train] * n[train], (1 - share[train]) * n[train]])
                probe = LogisticRegression(C=1e-3, max_iter=500).fit(np.vstack([z[train]] * 2), y, sample_weight=weight)
                p[~train] = probe.predict_proba(z[~train])[:, 1]
            found.append(spearmanr(p, share)[0])
        print(name, layer, round(np.mean(found), 3))
