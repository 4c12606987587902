"""References for two targets, trajectories and candidate answers.

    python make_reference.py [CANDIDATES.jsonl]
    (needs numpy, scipy, scikit-learn and lifelines)

Writes reference.json: made-up input with what lifelines, scipy, scikit-learn
and plain loops make of it. With a file of candidate answers it also writes
candidates.json, the columns of that file with K, K* and the logistic
regression of all scorers; without one candidates.json stays as it is.
"""
import json
import pathlib
import sys

import lifelines
import numpy as np
import scipy
import scipy.stats
import sklearn
from lifelines import KaplanMeierFitter
from scipy.linalg import sqrtm, subspace_angles
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef, roc_auc_score
from sklearn.preprocessing import StandardScaler

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(11)


def median_of(k):
    """lifelines' median, but a share of one half that is off by rounding is one half."""
    left = k.survival_function_.iloc[:, 0]
    done = left.index[left <= 0.5 + 1e-9]
    return float(done[0]) if len(done) else None


def kaplan_meier():
    """Curves and medians with whole weights, censoring and ties."""
    cases = []
    for n, censored in [(30, 0.0), (40, 0.3), (25, 0.7), (12, 1.0), (60, 0.15)]:
        at = rng.integers(0, 25, n)
        seen = rng.random(n) >= censored
        weight = rng.integers(0, 4, n)
        k = KaplanMeierFitter().fit(at[weight > 0], seen[weight > 0], weights=weight[weight > 0])
        places = np.arange(at[weight > 0].max() + 1)
        cases.append(dict(at=at.tolist(), seen=seen.tolist(), weight=weight.tolist(),
                          left=k.survival_function_at_times(places).tolist(),
                          median=median_of(k)))
    return cases


def cosines():
    cases = []
    for d in (2, 5, 9):
        a, b = rng.normal(size=d), rng.normal(size=d)
        m = rng.normal(size=(d, d + 3))
        s = m @ m.T / d
        root = np.real(sqrtm(s))
        angle = lambda x, y: float(np.cos(subspace_angles(x[:, None], y[:, None])[0]))
        cases.append(dict(a=a.tolist(), b=b.tolist(), covariance=s.ravel().tolist(),
                          cosine=angle(a, b), mahalanobis=angle(root @ a, root @ b)))
    return cases


def targets():
    n, layers = 120, [0, 3, 7, 8]
    latent = rng.normal(size=n)
    label = [(latent + rng.normal(size=n) > 0).astype(int), (latent + rng.normal(size=n) > 0.3).astype(int)]
    score = [[np.round(1 / (1 + np.exp(-(s * (2 * y - 1) + rng.normal(size=n)))), 2) for y, s in zip(label, strength)]
             for strength in [(0.0, 0.1), (0.5, 0.2), (1.5, 0.4), (1.45, 1.2)]]
    group = np.arange(n) // 3
    fold = group % 4
    rank = lambda x: (scipy.stats.rankdata(x) - 0.5) / n
    apart = label[0] != label[1]
    auroc = [[[roc_auc_score(label[l], s[k]) for l in (0, 1)] for k in (0, 1)] for s in score]
    reached = []
    for k in (0, 1):
        firsts = []
        for f in range(4):
            train = fold != f
            curve = np.array([roc_auc_score(label[k][train], s[k][train]) for s in score])
            firsts.append(layers[int(np.flatnonzero(curve >= 0.5 + 0.95 * (curve.max() - 0.5))[0])])
        reached.append(float(np.mean(firsts)))
    return dict(label=[y.tolist() for y in label], group=group.tolist(), fold=fold.tolist(), layers=layers,
                score=[[x.tolist() for x in s] for s in score], auroc=auroc, reached=reached,
                phi=matthews_corrcoef(*label),
                separation=[roc_auc_score(label[0][apart], (rank(s[0]) - rank(s[1]))[apart]) for s in score])


def trajectory():
    """Every definition by plain loops over positions."""
    n, precision = 60, 0.8
    final, truth = rng.integers(0, 2, n), rng.integers(-1, 2, n)
    fold, group = np.arange(n) // 2 % 3, np.arange(n) // 2
    score, stated, end, position = [], [], [], []
    for i in range(n):
        at = np.cumsum(rng.integers(1, 3, rng.integers(4, 15))) - 1
        turn = rng.integers(0, at[-1] + 4)
        m = np.where(at >= turn, 2.0, 0.2) * (2 * final[i] - 1) + rng.normal(size=len(at))
        score.append(np.round(1 / (1 + np.exp(-m)), 2))
        position.append(at)
        end.append(int(at[-1] + rng.integers(0, 4)))
        stated.append(int(rng.integers(0, end[-1] + 1)) if rng.random() < 0.7 else -1)
    tau = {}
    for f in range(3):
        pool = [(max(p, 1 - p), (p >= 0.5) == final[i]) for i in range(n) if fold[i] != f
                for at, p in zip(position[i], score[i]) if stated[i] < 0 or at < stated[i]]
        good = [c for c, _ in pool if np.mean([ok for d, ok in pool if d >= c]) >= precision]
        tau[f] = min(good) if good else np.inf
    decided, passage, waste, agree, right, full, before, passed = [], [], [], [], [], [], [], []
    stop = []
    for i in range(n):
        t = tau[fold[i]]
        p_final = score[i] if final[i] == 1 else 1 - score[i]
        d = next((int(position[i][j]) for j in range(len(p_final)) if all(p_final[j:] >= t - 1e-12)), None)
        decided.append(d)
        passage.append(next((int(a) for a, p in zip(position[i], p_final) if p >= t - 1e-12), None))
        if stated[i] > 0:
            waste.append(0.0 if d is None or d >= stated[i] else (stated[i] - d) / stated[i])
        if stated[i] >= 0:
            before.append(d is not None and d < stated[i])
        j = next((j for j, p in enumerate(score[i]) if max(p, 1 - p) >= t - 1e-12), None)
        side = final[i] if j is None else int(score[i][j] >= 0.5)
        stop.append(end[i] if j is None else int(position[i][j]))
        agree.append(side == final[i])
        if truth[i] >= 0:
            right.append(side == truth[i])
            full.append(final[i] == truth[i])
        for at, p in zip(position[i], score[i]):
            if (stated[i] < 0 or at < stated[i]) and max(p, 1 - p) >= t - 1e-12:
                passed.append((p >= 0.5) == final[i])
    last = [int(a[-1]) for a in position]
    km = lambda times, otherwise: KaplanMeierFitter().fit(
        [o if t is None else t for t, o in zip(times, otherwise)], [t is not None for t in times])
    places = sorted({int(a) for at in position for a in at})
    k, s = km(decided, last), km([None if x < 0 else x for x in stated], end)
    return dict(final=final.tolist(), truth=truth.tolist(), group=group.tolist(), fold=fold.tolist(), precision_asked=precision,
                score=[x.tolist() for x in score], position=[x.tolist() for x in position], stated=stated, end=end,
                tau=float(np.mean(list(tau.values()))), precision=float(np.mean(passed)),
                decided_median=median_of(k), first_passage_median=median_of(km(passage, last)),
                stated_median=median_of(s), places=places,
                undecided=k.survival_function_at_times(places).tolist(), unstated=s.survival_function_at_times(places).tolist(),
                waste=float(np.mean(waste)), decided_before_stated=float(np.mean(before)),
                saved=1 - sum(stop) / sum(end), agreement=float(np.mean(agree)),
                accuracy_stopped=float(np.mean(right)), accuracy_full=float(np.mean(full)),
                never_decided=sum(d is None for d in decided))


def of_question(score, right, question):
    k, star = [], []
    for q in np.unique(question):
        r, w = score[(question == q) & (right == 1)], score[(question == q) & (right == 0)]
        if len(r) and len(w):
            pairs = (r[:, None] > w).astype(float) + 0.5 * (r[:, None] == w)
            k.append(pairs.mean())
            star.append(float((pairs == 1).all()))
    return float(np.mean(k)), float(np.mean(star))


def candidates(path):
    rows = [json.loads(line) for line in open(path)]
    names = sorted({r["question"] for r in rows})
    question = np.array([names.index(r["question"]) for r in rows])
    right = np.array([r["right"] for r in rows])
    fold = question % 5
    scorers = {k: np.array([r[k] for r in rows], float) for k in ("logp", "logp_per_token", "p_true")}
    x = np.column_stack(list(scorers.values()))
    margin = np.empty(len(rows))
    for f in range(5):
        train = fold != f
        scale = StandardScaler().fit(x[train])
        fit = LogisticRegression(C=1.0, tol=1e-12, solver="newton-cholesky").fit(scale.transform(x[train]), right[train])
        margin[~train] = fit.decision_function(scale.transform(x[~train]))
    out = dict(question=question.tolist(), right=right.tolist(), fold=fold.tolist(),
               said=[r["sample_count"] > 0 or r["is_greedy"] == 1 for r in rows], greedy=[r["is_greedy"] == 1 for r in rows],
               scorers={k: v.tolist() for k, v in scorers.items()}, margin=margin.round(8).tolist(),
               k={k: of_question(v, right, question) for k, v in [*scorers.items(), ("all external", margin)]})
    (here / "candidates.json").write_text(json.dumps(out, separators=(",", ":")) + "\n")


(here / "reference.json").write_text(json.dumps(dict(
    made_with=dict(lifelines=lifelines.__version__, scipy=scipy.__version__, sklearn=sklearn.__version__),
    kaplan_meier=kaplan_meier(), cosines=cosines(), targets=targets(), trajectory=trajectory()),
    separators=(",", ":")) + "\n")
if len(sys.argv) > 1:
    candidates(sys.argv[1])
