"""Time scikit-learn's LogisticRegression on one problem; the other half of
compare.py.

    python sklearn_fit.py PROBLEM SOLVER TOL MAX_ITER [--sweep]

Prints seconds (standardising and fitting, not loading), the objectives by
split then C, and the peak resident set. With --sweep it trains every layer of
the dump, with as many processes as there are processors and one thread each,
and the seconds include the loading, as tell's do; the processes are started
before the clock is.
"""
import json
import os
import sys
import time
import warnings

sweep = sys.argv[5:] == ["--sweep"]
if sweep:
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

path, solver, tol, max_iter = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
warnings.simplefilter("ignore")
p = json.load(open(path))
y, fold = np.array(p["y"]), np.array(p["fold"])


def read(layer):
    return np.asarray(np.load(p["x"], mmap_mode="r")[p["rows"], layer], dtype=np.float64)


def fit(x):
    warnings.simplefilter("ignore")
    models = []
    for f in range(fold.max() + 2):
        train = fold != f
        z = StandardScaler().fit_transform(x[train])
        for c in p["C"]:
            m = LogisticRegression(C=c, solver=solver, tol=tol, max_iter=max_iter).fit(z, y[train])
            models.append((f, c, m))
    return models


def objectives(x, models):
    for f, c, m in models:
        train = fold != f
        z = StandardScaler().fit_transform(x[train])
        margin = z @ m.coef_[0] + m.intercept_[0]
        yield m.coef_[0] @ m.coef_[0] / 2 + c * np.logaddexp(0, -(2 * y[train] - 1) * margin).sum()


def sweep_seconds():
    from concurrent.futures import ProcessPoolExecutor

    cores = len(os.sched_getaffinity(0))
    with ProcessPoolExecutor(cores) as pool:
        list(pool.map(time.sleep, [0.2] * cores))
        start = time.perf_counter()
        list(pool.map(fit_layer, range(np.load(p["x"], mmap_mode="r").shape[1])))
        return time.perf_counter() - start


def fit_layer(layer):
    fit(read(layer))


def peak_bytes():
    """The largest resident set since this program began: what getrusage tells
    counts the process that started it as well."""
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmHWM")) * 1024


def main():
    if sweep:
        print(json.dumps({"seconds": sweep_seconds()}))
        return
    x = read(p["layer"])
    start = time.perf_counter()
    models = fit(x)
    seconds = time.perf_counter() - start
    print(json.dumps({
        "seconds": seconds,
        "objective": list(objectives(x, models)),
        "peak_bytes": peak_bytes(),
    }))


if __name__ == "__main__":
    main()
