"""The learning curve of scikit-learn's probes on 60 cities of the capitals: layer 10,
C = 0.01, five folds of cities and five orders of them, drawn here.

    python make_learning.py > learning.json
"""
import json
import pathlib
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

LAYER, C, FOLDS, DRAWS = 10, 0.01, 5, 5
capitals = pathlib.Path(__file__).parent / "../capitals"
examples = [json.loads(line) for line in open(capitals / "examples.jsonl")]
cities = sorted({e["group"] for e in examples})[:60]
rows = [i for i, e in enumerate(examples) if e["user_wrong"] >= 0 and e["group"] in cities]
x = np.load(capitals / "hidden_states.npy", mmap_mode="r")[rows, LAYER].astype(float)
y = np.array([examples[i]["user_wrong"] for i in rows])
city = np.array([cities.index(examples[i]["group"]) for i in rows])

rng = np.random.default_rng(60)
fold = (rng.permutation(len(cities)) % FOLDS)[city]
place = [rng.permutation(len(cities))[city] for _ in range(DRAWS)]
curve, scores = [], []
for part in (16, 8, 4, 2):
    found = []
    for draw in range(DRAWS):
        score = np.zeros(len(y))
        for k in range(FOLDS):
            test = fold == k
            order = np.unique(place[draw][~test])  # of the cities that train
            train = ~test & np.isin(place[draw], order[:-(-len(order) // part)])
            scaler = StandardScaler().fit(x[train])
            probe = LogisticRegression(C=C, tol=1e-12, max_iter=100000, solver="newton-cholesky")
            probe.fit(scaler.transform(x[train]), y[train])
            score[test] = probe.predict_proba(scaler.transform(x[test]))[:, 1]
            found.append(roc_auc_score(y[test], score[test]))
        if draw == 0:
            scores.append(np.round(score, 9).tolist())
    curve.append(np.mean(found))  # folds have as many rows
json.dump({"layer": LAYER, "C": C, "row": rows, "y": y.tolist(), "city": city.tolist(), "fold": fold.tolist(),
           "place": [p.tolist() for p in place], "curve": curve, "score": scores}, sys.stdout)
