"""Time scikit-learn's LogisticRegression on one problem; the other half of
compare.py.

    python sklearn_fit.py PROBLEM SOLVER TOL MAX_ITER

Prints seconds (standardising and fitting, not loading), the objectives by
split then C, and the peak resident set.
"""
import json
import resource
import sys
import time
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

path, solver, tol, max_iter = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
warnings.simplefilter("ignore")
p = json.load(open(path))
x = np.asarray(np.load(p["x"], mmap_mode="r")[p["rows"], p["layer"]], dtype=np.float64)
y, fold = np.array(p["y"]), np.array(p["fold"])

models = []
start = time.perf_counter()
for f in range(fold.max() + 2):
    train = fold != f
    z = StandardScaler().fit_transform(x[train])
    for c in p["C"]:
        m = LogisticRegression(C=c, solver=solver, tol=tol, max_iter=max_iter).fit(z, y[train])
        models.append((f, c, m))
seconds = time.perf_counter() - start

objective = []
for f, c, m in models:
    train = fold != f
    z = StandardScaler().fit_transform(x[train])
    margin = z @ m.coef_[0] + m.intercept_[0]
    objective.append(m.coef_[0] @ m.coef_[0] / 2 + c * np.logaddexp(0, -(2 * y[train] - 1) * margin).sum())
print(json.dumps({
    "seconds": seconds,
    "objective": objective,
    "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}))
