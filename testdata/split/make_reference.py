"""Folds by scikit-learn's StratifiedGroupKFold, without shuffle.

python testdata/split/make_reference.py > testdata/split/reference.json
"""

import json
import sys
import warnings

import numpy as np
import sklearn
from sklearn.model_selection import StratifiedGroupKFold

warnings.simplefilter("ignore")


def case(name, label, group, k):
    folds = np.full(len(label), -1)
    split = StratifiedGroupKFold(n_splits=k).split(np.zeros(len(label)), label, group)
    for fold, (_, test) in enumerate(split):
        folds[test] = fold
    return {
        "name": name,
        "label": np.asarray(label).tolist(),
        "group": np.asarray(group).tolist(),
        "k": k,
        "folds": folds.tolist(),
    }


rng = np.random.default_rng(1)
cases = [
    case("balanced groups of six", np.tile([0, 0, 0, 1, 1, 1], 96), np.repeat(np.arange(96), 6), 5),
    case("constant labels in groups of four", np.repeat(np.arange(30) % 2, 4), np.repeat(np.arange(30), 4), 5),
]
for i in range(12):
    groups = int(rng.integers(8, 60))
    size = rng.integers(1, 9, groups)
    share = rng.beta(0.5, 0.7, groups)
    group = np.repeat(rng.permutation(groups) * 3 - 20, size)
    label = (rng.random(len(group)) < np.repeat(share, size)).astype(int)
    order = rng.permutation(len(group))
    cases.append(case(f"random {i}", label[order], group[order], int(rng.integers(2, 7))))

json.dump({"scikit-learn": sklearn.__version__, "cases": cases}, sys.stdout)
print()
