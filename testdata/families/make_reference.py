"""Reference fits of the families beside logistic.

    python make_reference.py [TASTE]

Needs numpy, scipy, scikit-learn and statsmodels. TASTE is the folder of the dump
that taste.npy and taste.json were cut from; without it they are left as they are.
Writes reference.json.
"""
import json
import pathlib
import sys

import numpy as np
from scipy.optimize import minimize
from scipy.special import comb, entr, expit, logsumexp, softmax
from scipy.stats import binom
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.preprocessing import StandardScaler
from statsmodels.genmod import families as sm_families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.miscmodels.ordinal_model import OrderedModel

HERE = pathlib.Path(__file__).resolve().parent
EVERY = 11  # predictions are kept for every so many rows

if len(sys.argv) > 1:
    folder = pathlib.Path(sys.argv[1])
    rows = [json.loads(line) for line in open(folder / "examples.jsonl")]
    states = np.load(folder / "hidden_states.npy", mmap_mode="r")
    np.save(HERE / "taste.npy", np.ascontiguousarray(states[:, 6:7, ::9]))
    json.dump({"first": [r["n_first"] for r in rows], "n": [r["n_a"] + r["n_b"] for r in rows]}, open(HERE / "taste.json", "w"))

examples = [json.loads(line) for line in open(HERE / "../arithmetic/examples.jsonl")]
arithmetic = np.load(HERE / "../arithmetic/layers.npy")[:, 1].astype(float)
number = np.arange(len(examples))
most, half = number % 5 != 0, number % 2 == 0
weight = (number * 7 % 4).astype(float)
digits = np.array([e["digits"] for e in examples])
op = np.array(["+-*".index(e["op"]) for e in examples])
correct = np.array([e["correct"] for e in examples])
cases, margins = [], []


def scaled(x, train, v):
    return StandardScaler().fit(x[train], sample_weight=None if v is None else v[train]).transform(x)


def add(name, family, kind, y, train, C, fit, v=None, dump="arithmetic", x=arithmetic, levels=0):
    z = scaled(x, train, v)
    w = np.ones(len(y)) if v is None else v
    objective, prediction = [], []
    for c in C:
        value, p = fit(z, y, train, w, c)
        objective.append(value)
        prediction.append([[float(f"{q:.9g}") for q in np.atleast_1d(row)] for row in p[::EVERY]])
    cases.append({"name": name, "family": family, "kind": kind, "dump": dump, "y": [float(f) for f in y], "levels": levels,
                  "train": [int(t) for t in train], "weight": None if v is None else v.tolist(), "C": C, "objective": objective, "prediction": prediction})
    print(name, objective)


def ridge(z, y, train, w, c):
    m = Ridge(alpha=1 / (2 * c), solver="svd").fit(z[train], y[train], sample_weight=w[train])
    p = m.predict(z)
    return m.coef_ @ m.coef_ / 2 + c * np.sum(w[train] * (y - p)[train] ** 2), p


def classifier(z, y, train, w, c):
    m = RidgeClassifier(alpha=1 / (2 * c), solver="svd").fit(z[train], y[train], sample_weight=w[train])
    coef, d = 2 * m.coef_.ravel(), 2 * m.decision_function(z)
    return coef @ coef / 2 + c * np.sum(w[train] * (4 * y - 2 - d)[train] ** 2), expit(d)


def multinomial(z, y, train, w, c):
    m = LogisticRegression(C=c, solver="newton-cg", tol=1e-11, max_iter=100_000).fit(z[train], y[train], sample_weight=w[train])
    d = z @ m.coef_.T + m.intercept_
    loss = logsumexp(d, axis=1) - d[number, y]
    return np.sum(m.coef_**2) / 2 + c * np.sum((w * loss)[train]), softmax(d, axis=1)


def lda(z, y, train, w, c):
    m = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(z[train], y[train])
    p = m.predict_proba(z)
    # Probabilities are 0 and 1 to many digits.
    margins.append([[float(f"{q:.9g}") for q in np.atleast_1d(row)] for row in m.decision_function(z)[::EVERY]])
    return 0.0, p[:, 1] if p.shape[1] == 2 else p


def levels_of(eta, cuts):
    below = expit(np.concatenate([[-np.inf], cuts, [np.inf]]) - eta[:, None])
    return np.diff(below, axis=1)


def ordered(z, y, train, w, c):
    """Newton's method on the penalised likelihood, and its value by statsmodels."""
    k = y.max() + 1
    x, t, v = z[train], y[train], w[train]
    d = x.shape[1]
    # Cut points as the first and the logarithms of the distances, as statsmodels has them.
    start = np.zeros(d + k - 1)
    share = np.cumsum(np.bincount(t, v, k))[:-1] / v.sum()
    cut = np.log(share / (1 - share))
    start[d:] = np.concatenate([cut[:1], np.log(np.diff(cut))])

    def cuts(theta):
        return np.cumsum(np.concatenate([theta[d : d + 1], np.exp(theta[d + 1 :])]))

    def value(theta):
        eta, a = x @ theta[:d], cuts(theta)
        up = np.concatenate([a, [np.inf]])[t] - eta
        low = np.concatenate([[-np.inf], a])[t] - eta
        p = np.where(up > 0, expit(-low) - expit(-up), expit(up) - expit(low))
        gu, gl = expit(up) * expit(-up), expit(low) * expit(-low)
        by_eta = v * (gu - gl) / p  # of the loss
        by_cut = np.zeros(k + 1)
        np.add.at(by_cut, t + 1, -v * gu / p)
        np.add.at(by_cut, t, v * gl / p)
        by_cut = by_cut[1:k]
        tail = np.cumsum(by_cut[::-1])[::-1]
        gradient = np.concatenate([theta[:d] + c * x.T @ by_eta, c * np.concatenate([tail[:1], np.exp(theta[d + 1 :]) * tail[1:]])])
        return theta[:d] @ theta[:d] / 2 - c * np.sum(v * np.log(p)), gradient

    best = minimize(value, start, jac=True, method="L-BFGS-B", options={"maxiter": 100_000, "maxfun": 200_000, "ftol": 1e-16, "gtol": 1e-9})
    theta = best.x
    rows = np.repeat(np.arange(len(t)), v.astype(int))
    model = OrderedModel(t[rows], x[rows], distr="logit")
    loglike = model.loglike(theta)
    again = theta[:d] @ theta[:d] / 2 - c * loglike
    assert abs(again / best.fun - 1) < 1e-9, (again, best.fun)
    return best.fun, levels_of(z @ theta[:d], cuts(theta))


def share(z, y, train, w, c):
    def value(theta):
        m = z[train] @ theta[:-1] + theta[-1]
        g = c * w[train] * (expit(m) - y[train])
        loss = np.logaddexp(0, m) - y[train] * m
        return theta[:-1] @ theta[:-1] / 2 + c * np.sum(w[train] * loss), np.append(theta[:-1] + z[train].T @ g, g.sum())

    best = minimize(value, np.zeros(z.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 100_000, "maxfun": 200_000, "ftol": 1e-16, "gtol": 1e-10})
    # The same loss by scipy's probabilities of the counts.
    p = expit(z @ best.x[:-1] + best.x[-1])
    counts, k = w[train], np.round(w[train] * y[train])
    by_counts = np.sum(np.log(comb(counts, k)) - binom.logpmf(k, counts, p[train]))
    again = best.x[:-1] @ best.x[:-1] / 2 + c * by_counts
    assert abs(again / best.fun - 1) < 1e-8, (again, best.fun)
    # tell's objective leaves out the entropy of the shares.
    return best.fun - c * np.sum((w * (entr(y) + entr(1 - y)))[train]), p


few = [1e-4, 1e-2, 1.0]
add("digits, more rows than columns", "ridge", "number", digits, most, [1e-5, 1e-3, 1e-1], ridge)
tokens = np.array([e["n_generated"] for e in examples])
add("tokens, fewer rows", "ridge", "number", tokens, half, [1e-5, 1e-3, 1e-1], ridge)
add("digits, weighted", "ridge", "number", digits, most, [1e-4, 1e-2], ridge, v=weight)
add("correct", "ridge", "binary", correct, most, [1e-5, 1e-3, 1e-1], classifier, levels=2)
add("op", "multinomial", "class", op, most, few, multinomial, levels=3)
add("digits as classes, weighted", "multinomial", "class", digits - 1, half, [1e-3, 1e-1], multinomial, v=weight, levels=4)
add("correct", "lda", "binary", correct, most, [1.0], lda, levels=2)
add("op, fewer rows", "lda", "class", op, half, [1.0], lda, levels=3)
add("op", "lda", "class", op, most, [1.0], lda, levels=3)
few_columns = arithmetic[:, ::7]
add("digits", "cumulative", "ordinal", digits - 1, most, few, ordered, levels=4)
add("digits, weighted", "cumulative", "ordinal", digits - 1, half, [1e-3, 1e-1], ordered, v=weight, levels=4)
taste = json.load(open(HERE / "taste.json"))
n = np.array(taste["n"], float)
keep = n > 0
x = np.load(HERE / "taste.npy")[:, 0].astype(float)
y = np.divide(taste["first"], n, where=keep, out=np.full(len(n), 0.5))
add("first", "share", "share", y, np.arange(len(y)) % 4 != 0, [1e-4, 1e-2, 1.0], share, v=n, dump="taste", x=x)

# The unpenalised proportional odds model of statsmodels on a few columns.
z = StandardScaler().fit_transform(arithmetic[:, 5::97])
few_shares = StandardScaler().fit_transform(x[keep][:, 5::19])
glm = GLM(np.c_[y * n, n - y * n][keep], np.c_[few_shares, np.ones(keep.sum())], family=sm_families.Binomial()).fit(tol=1e-12)
m = OrderedModel(op, z, distr="logit").fit(method="bfgs", disp=0, maxiter=5000, gtol=1e-10)
unpenalised = {"columns": [5, 97], "y": op.tolist(), "loglike": m.llf, "prediction": m.predict()[::EVERY].tolist(),
               "share_columns": [5, 19], "share_prediction": glm.predict()[::EVERY].tolist()}
print("unpenalised", m.llf)

json.dump({"every": EVERY, "cases": cases, "lda_margins": margins, "unpenalised": unpenalised}, open(HERE / "reference.json", "w"))
