"""Compare the families beside logistic with scikit-learn and scipy on this machine.

    python families.py [--dumps DATA] [--threads N] FOLDER TELL_FAMILIES [PROBLEM ...]

TELL_FAMILIES is the program built from bench/families; FOLDER is where problems and
made-up states are written. DATA is a folder of dumps of real states: with it, a problem is
one middle layer of each of them and a target of it. Lines that begin with | are rows of
docs/performance.md, whose table of ridge has a column for each way. A problem is one layer, standardised inside each split: 5 folds and
all rows, each at ten values of C (LDA has none). Both sides are timed in turn, A B A B, in
this one run; the ratio is the median over pairs. By default the clock is processor seconds of one
thread. With N threads it is the one on the wall, and scikit-learn is timed in up to three ways: with
N threads, as it comes, with one thread, and RidgeCV with N jobs of one thread each.

ridge: scikit-learn fits Ridge for each split and alpha = 1/(2C) with its own choice of
solver, and RidgeCV chooses among the same alphas over the same 5 folds (on columns
standardised once, outside the clock). lda: lsqr, auto. multinomial, and share as weighted
rows of both labels: the fastest of newton-cg and lbfgs that gets every objective within
1e-6 of tell's at tolerance 1e-12. cumulative: no library has its penalised likelihood (the
LogisticAT of mord sums over all cut points instead), so scipy minimises it with its first
derivatives or its second ones too, and the OrderedModel of statsmodels repeats its value.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import time
import warnings

parser = argparse.ArgumentParser()
parser.add_argument("--dumps", type=pathlib.Path)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("fit")
parser.add_argument("problems", nargs="*")
args = parser.parse_args()
for variable in ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "GOMAXPROCS"]:
    os.environ[variable] = str(args.threads)

import numpy as np
from joblib import parallel_config
from scipy.optimize import minimize
from scipy.special import expit, logsumexp, rel_entr, softmax
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge, RidgeCV
from sklearn.preprocessing import StandardScaler
from statsmodels.miscmodels.ordinal_model import OrderedModel
from threadpoolctl import threadpool_limits

warnings.simplefilter("ignore")
ROOT = pathlib.Path(__file__).resolve().parent.parent
PAIRS, MOST, WANTED, LIMIT = 3, 9, 1e-6, 300
GRID = {"ridge": np.logspace(-7, 2, 10).tolist(), "lda": [1.0]}  # of the others: -4 to 4
FAMILIES = {"number": ["ridge"], "class": ["multinomial", "lda"], "ordinal": ["cumulative"], "share": ["share"]}

# A dump, the index of its middle layer, and targets: kind and value of a row. A share has how
# many answers it is of, too.
DUMPS = [
    ("smollm2-arithmetic", 15, [("number", lambda r: r["n_generated"]), ("ordinal", lambda r: r["digits"]), ("class", lambda r: (r["op"], r["digits"] > 1))]),
    ("smollm2-sums", 15, [("number", lambda r: r["n_generated"]), ("share", lambda r: (r["success_rate"], 6)), ("ordinal", lambda r: r["difficulty"]), ("class", lambda r: r["difficulty"])]),
    ("qwen05-word-problems", 12, [("number", lambda r: r["n_generated"]), ("share", lambda r: (r["success_rate"], 4)), ("ordinal", lambda r: r["difficulty"]), ("class", lambda r: r["difficulty"])]),
    ("qwen05-taste", 6, [("number", lambda r: r["entropy"]), ("share", lambda r: (r["n_first"] / max(r["n_a"] + r["n_b"], 1), r["n_a"] + r["n_b"])), ("class", lambda r: r["topic"])]),
    ("smollm2-candidates", 8, [("number", lambda r: r["logp"]), ("share", lambda r: (r["p_true"], 1)), ("class", lambda r: r["topic"])]),
    ("qwen05-constraints", 6, [("number", lambda r: r["logp_forced"]), ("share", lambda r: (r["p_forced"], 1)), ("class", lambda r: r["kind"])]),
    ("smollm2-transfer", 8, [("number", lambda r: r["p_yes"]), ("class", lambda r: r["domain"])]),
    ("smollm2-pressure", 15, [("number", lambda r: r["logp_true"]), ("class", lambda r: r["condition"])]),
]


def write(name, x, layer, kind, y, weight=None):
    fold = (np.random.default_rng(0).permutation(len(y)) % 5).tolist()
    levels = int(max(y)) + 1 if kind in ("class", "ordinal") else 0
    for family in FAMILIES[kind]:
        problem = dict(x=str(x), layer=layer, family=family, kind=kind, levels=levels, y=list(map(float, y)), weight=weight, fold=fold, C=GRID.get(family, np.logspace(-4, 4, 10).tolist()))
        (folder / f"{family}_{name}.json").write_text(json.dumps(problem))


def synthetic(rows=2000, width=4096):
    path = folder / "wide.npy"
    rng = np.random.default_rng(1)
    number = rng.integers(0, 6, rows)
    x = rng.standard_normal((rows, width), dtype=np.float32) * (10 * np.arange(1, width + 1) ** -0.6).astype(np.float32)
    x = x @ (rng.standard_normal((width, width), dtype=np.float32) / np.sqrt(width))
    x += number[:, None] * (rng.standard_normal(width) * 0.01) + (rng.standard_normal((6, width)) * 0.02)[number]
    x[:, rng.integers(0, width, 4)] += np.array([300, -150, 90, 60], dtype=np.float32)
    np.save(path, x.astype(np.float16)[:, None])
    return path, number


def rows_of(path):
    return [json.loads(line) for line in open(path)]


def make():
    table = rows_of(ROOT / "testdata/arithmetic/examples.jsonl")
    real = ROOT / "testdata/arithmetic/layers.npy"
    write("arithmetic", real, 1, "number", [e["n_generated"] for e in table])
    # Six classes: addition or subtraction of one, two, or more digits; few are multiplications.
    write("arithmetic", real, 1, "class", [3 * (e["op"] == "-") + min(e["digits"], 3) - 1 for e in table])
    path, number = synthetic()
    write("wide", path, 0, "number", number + np.random.default_rng(2).normal(size=len(number)))
    write("wide", path, 0, "class", number)


def make_dumps(data):
    for dump, layer, targets in DUMPS:
        table = rows_of(data / dump / "examples.jsonl")
        for kind, value in targets:
            y, weight = [value(r) for r in table], None
            if kind == "share":
                y, weight = map(list, zip(*y))
            elif kind != "number":
                y = np.unique(np.array([str(v) for v in y]), return_inverse=True)[1]
            write(dump, data / dump / "hidden_states.npy", layer, kind, y, weight)


def load(name):
    p = json.load(open(folder / f"{name}.json"))
    x = np.load(p["x"], mmap_mode="r")[:, p["layer"]].astype(float)
    v = np.ones(len(x)) if p["weight"] is None else np.array(p["weight"], float)
    return p, x, np.array(p["y"]), v, np.array(p["fold"])


def clock(do):
    """Seconds of the processor, which others on the machine change less than those on the wall; these with several threads."""
    now = time.process_time if args.threads == 1 else time.perf_counter
    start = now()
    do()
    return now() - start


def ways(label):
    """How a peer is run: words and what sets it up."""
    n = args.threads
    yield f"threads: 1 of {n}", lambda: threadpool_limits(1)
    if n > 1:
        yield f"threads: {n} of {n}", lambda: threadpool_limits(n)
    if n > 1 and label == "RidgeCV":
        yield f"jobs: {n} of {n}", lambda: parallel_config(backend="loky", n_jobs=n, inner_max_num_threads=1)


def tell(name, *flags):
    return json.loads(subprocess.run([fit, *flags, folder / f"{name}.json"], check=True, capture_output=True, text=True).stdout)


# Fits: weights of every output and intercepts, or cut points, on standardised rows.


def ridge(z, t, v, c):
    m = Ridge(alpha=1 / (2 * c)).fit(z, t)
    return m.coef_[None], m.intercept_


def lda(z, t, v, c):
    m = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(z, t)
    return m.coef_, m.intercept_


def logistic(z, t, v, c, solver, tol):
    m = LogisticRegression(C=c, solver=solver, tol=tol, max_iter=100_000).fit(z, t, sample_weight=v)
    return m.coef_, m.intercept_


def share(z, t, v, c, solver, tol):
    return logistic(np.r_[z, z], np.repeat([1, 0], len(t)), np.r_[v * t, v * (1 - t)], c, solver, tol)


def cumulative(z, t, v, c, solver, tol):
    """scipy's minimum over weights and cut points."""
    d, k, t = z.shape[1], int(t.max()), t.astype(int)
    # The margins to the cut points above and below the level, of all parameters.
    above, below = t < k, t > 0
    up, low = np.eye(k + 1)[t][:, :k], np.eye(k + 1)[t][:, 1:]
    up, low = np.c_[-z, up], np.c_[-z, low]

    def margins(theta):
        return np.where(above, up @ theta, np.inf), np.where(below, low @ theta, -np.inf)

    def value(theta):
        if np.any(np.diff(theta[d:]) <= 0):
            return np.inf, np.zeros_like(theta)
        a, b = margins(theta)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            between = np.where(above & below, np.log(-np.expm1(b - a)), 0)
            s = np.where(above & below, 1 / np.expm1(a - b), 0)
        loss = np.logaddexp(0, -a) + np.logaddexp(0, b) - between
        gradient = up.T @ np.where(above, -expit(-a) - s, 0) + low.T @ np.where(below, expit(b) + s, 0)
        w = np.r_[theta[:d], np.zeros(k)]
        return w @ w / 2 + c * loss.sum(), w + c * gradient

    def second(theta):
        a, b = margins(theta)
        with np.errstate(over="ignore"):
            s = np.where(above & below, 1 / (4 * np.sinh((a - b) / 2) ** 2), 0)
        A, B = np.where(above, expit(a) * expit(-a) + s, 0), np.where(below, expit(b) * expit(-b) + s, 0)
        cross = up.T @ (s[:, None] * low)
        h = up.T @ (A[:, None] * up) + low.T @ (B[:, None] * low) - cross - cross.T
        return c * h + np.diag(np.r_[np.ones(d), np.zeros(k)])

    shares = np.cumsum(np.bincount(t))[:-1] / len(t)
    start = np.r_[np.zeros(d), np.log(shares / (1 - shares))]
    if solver == "trust-exact":
        theta = minimize(value, start, jac=True, hess=second, method=solver, options={"gtol": tol * c * len(t), "maxiter": 10_000}).x
    else:
        theta = minimize(value, start, jac=True, method=solver, options={"maxiter": 100_000, "maxfun": 200_000, "ftol": tol / 1000, "gtol": 0}).x
    return theta[None, :d], theta[d:]


def attempts(family, tols=(1e-4, 1e-6, 1e-8, 1e-10)):
    """What is timed: for each solver its fits, from quick to exact."""
    if family == "ridge":
        return [[("Ridge", ridge)]]
    if family == "lda":
        return [[("LDA", lda)]]
    do, solvers = {"multinomial": (logistic, ["newton-cg", "lbfgs"]), "share": (share, ["newton-cg", "lbfgs"]), "cumulative": (cumulative, ["L-BFGS-B"])}[family]
    return [[(f"{solver}, tol {tol:g}", lambda *args, solver=solver, tol=tol: do(*args, solver, tol)) for tol in tols] for solver in solvers]


def reference(family):
    """What tell is held to be equal to."""
    if family == "cumulative":
        return "trust-exact", lambda *args: cumulative(*args, "trust-exact", 1e-10)
    return attempts(family, [1e-12])[0][0]


def objective(kind, z, t, v, c, w, b):
    m = z @ w.T + (0 if kind == "ordinal" else b)
    if kind == "number":
        loss = np.sum((t - m[:, 0]) ** 2)
    elif kind == "class":
        loss = np.sum(logsumexp(m, axis=1) - m[np.arange(len(t)), t.astype(int)])
    elif kind == "share":
        loss = np.sum(v * (rel_entr(t, expit(m[:, 0])) + rel_entr(1 - t, expit(-m[:, 0]))))
    else:
        steps = np.r_[b[:1], np.log(np.diff(b))]
        loss = -OrderedModel(t.astype(int), z, distr="logit").loglike(np.r_[w[0], steps])
    return np.sum(w**2) / 2 + c * loss


def scores(family, z, w, b):
    """Probabilities; of numbers and LDA, whose probabilities are 0 and 1 to the last digit, margins."""
    if family == "cumulative":
        return np.diff(expit(np.r_[-np.inf, b, np.inf] - z @ w.T), axis=1)
    m = z @ w.T + b
    return softmax(m, axis=1) if family == "multinomial" else expit(m) if family == "share" else m


def each(x, y, v, fold, do):
    """Do with the number of a split, its training rows, and those outside."""
    for f in range(fold.max() + 2):
        train = (fold != f) & (v > 0)
        scaler = StandardScaler().fit(x[train], sample_weight=v[train])
        do(f, scaler.transform(x[train]), y[train], v[train], scaler, fold == f)


def fits(p, data, do):
    """The fits of all splits and C."""
    models = {}

    def train(f, z, t, v, scaler, outside):
        for i, c in enumerate(p["C"]):
            models[f, i] = do(z, t, v, c)

    each(*data, train)
    return models


def compare(p, data, models, objectives, held=None):
    """The largest relative excess of the models over the objectives, the largest of these over theirs, and the largest difference in what
    they say of held-out rows, in probabilities or, of numbers and LDA, in standard deviations."""
    x, y = data[0], data[1]
    worst = [0.0, 0.0, 0.0]

    def check(f, z, t, v, scaler, outside):
        for i, c in enumerate(p["C"]):
            k = f * len(p["C"]) + i
            if p["family"] != "lda":
                excess = objective(p["kind"], z, t, v, c, *models[f, i]) / objectives[k] - 1
                worst[0], worst[1] = max(worst[0], excess), max(worst[1], -excess)
            if held and outside.any():
                theirs = scores(p["family"], scaler.transform(x[outside]), *models[f, i])
                gap = np.reshape(held[k], theirs.shape) - theirs
                scale = 1.0
                if p["family"] == "ridge":
                    scale = y.std()
                if p["family"] == "lda":  # a number that all classes share says nothing
                    gap, scale = gap - gap.mean(1, keepdims=True), theirs.std()
                worst[2] = max(worst[2], np.abs(gap).max() / scale)

    each(*data, check)
    return worst


def peers(p, data, best):
    """What tell is timed against: name and function."""
    found = []
    for solver in attempts(p["family"]):
        for label, do in solver:
            models = {}
            seconds = clock(lambda: models.update(fits(p, data, do)))
            excess = compare(p, data, models, best)[0]
            if len(solver) > 1:
                print(f"  {label}: {seconds:.2f} s, excess {excess:.0e}", flush=True)
            if excess <= WANTED:
                found.append((seconds, label, lambda do=do: fits(p, data, do)))
            if excess <= WANTED or seconds > LIMIT or found and seconds > found[0][0]:
                break
    if found:
        yield min(found, key=lambda f: f[0])[1:]
    if p["family"] == "ridge":
        x, y, v, fold = data
        z = StandardScaler().fit_transform(x)
        cv = [(np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in range(5)]
        yield "RidgeCV", lambda: RidgeCV(alphas=[1 / (2 * c) for c in p["C"]], cv=cv).fit(z, y)


if __name__ == "__main__":
    folder, fit = args.folder, args.fit
    folder.mkdir(exist_ok=True)
    if not list(folder.glob("*.json")):
        make_dumps(args.dumps) if args.dumps else make()
    for name in args.problems or sorted(p.stem for p in folder.glob("*.json")):
        print(f"\n## {name}", flush=True)
        p, *data = load(name)
        best = tell(name) if p["family"] in ("ridge", "lda") else tell(name, "-tol", "1e-12")
        label, do = reference(p["family"])
        ours = tell(name, "-scores")
        above, below, difference = compare(p, data, fits(p, data, do), ours["objective"], ours["scores"])
        print(f"  {label}: objectives above tell's by {above:.0e} and below by {below:.0e}, predictions differ by {difference:.0e}", flush=True)
        for label, peer in peers(p, data, best["objective"]):
            for way, setting in ways(label):
                if label == "RidgeCV":
                    with setting():
                        peer()  # as the others did when they were chosen
                seconds = []
                while len(seconds) < PAIRS or len(seconds) < MOST and sum(s[1] for s in seconds) < 5:
                    time.sleep(0.3)  # idle threads of numpy wait in a loop for a while
                    ours = tell(name, "-tol", str(WANTED))
                    assert ours["not_converged"] == 0
                    with setting():
                        seconds.append((ours["seconds" if args.threads == 1 else "wall_seconds"], clock(peer)))
                    if seconds[-1][1] > 60:
                        break
                pairs = [b / a for a, b in seconds]
                print(f"{label}, {way} takes {statistics.median(pairs):.1f} times as long as tell ({min(pairs):.1f} to {max(pairs):.1f}, {len(pairs)} pairs; "
                      f"tell {min(s[0] for s in seconds):.4f} s, it {min(s[1] for s in seconds):.3f} s)", flush=True)
                print(f"| {name.split('_', 1)[1]} | {len(data[0])} x {data[0].shape[1]} | {p['family']} | {label}, {way} | {statistics.median(pairs):.1f} ({min(pairs):.1f} to {max(pairs):.1f}) | {'none' if p['family'] == 'lda' else f'{max(above, below):.0e}'} | {difference:.0e} |", flush=True)
        if not args.dumps and args.threads == 1 and p["family"] in ("ridge", "lda"):
            runs = [tell(name, "-permutations", "200") for _ in range(PAIRS)]
            one, every = (statistics.median(r["permutation_seconds"] / r[of] for r in runs) for of in ("one_seconds", "seconds"))
            print(f"200 permutations take {one:.1f} times as long as the target alone at one C (target {min(r['one_seconds'] for r in runs):.3f} s), "
                  f"and {every:.1f} times as long as its fit on 5 folds and all rows at every C", flush=True)
