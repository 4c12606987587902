"""Time the logistic probes of one problem in PyTorch, on a GPU where there is one.

    python torch_fit.py FOLDER TELL_FIT [PROBLEM ...]      (needs numpy and torch)

FOLDER holds the problems of make_problems.py and TELL_FIT is the program built from
bench/fit. torch solves all splits and all C at once: Newton's method on the weights of
the rows, with a Gram matrix for each split and batched Cholesky factors, in double
precision, until every objective is within 1e-6 of the optimum, relatively. The clock
holds the copy to the device, standardising and the fits. A second row is what people
write, torch.optim.LBFGS on one fit after another, at its first tolerance that gets there.
tell and torch are timed in turn; the ratio is the median over pairs.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np
import torch

WANTED, PAIRS, LIMIT = 1e-6, 5, 30
device = "cuda" if torch.cuda.is_available() else "cpu"


def splits(x, y, fold):
    """The standardised rows of every split, and which of them train."""
    train = torch.stack([fold != f for f in range(int(fold.max()) + 2)]).to(x)
    n = train.sum(1)
    mean = train @ x / n[:, None]
    z = []
    for t, m, k in zip(train, mean, n):
        centred = x - m
        sd = torch.sqrt(t @ centred**2 / k)
        z.append(centred / torch.where(sd > 0, sd, 1))
    return z, train


def newton(x, y, fold, grid):
    """The objectives by split, then C."""
    z, train = splits(x, y, fold)
    gram = torch.stack([a @ a.T for a in z])[:, None]  # split, 1, row, row
    on = train[:, None]  # split, 1, row
    c = torch.tensor(grid, dtype=x.dtype, device=x.device)[None, :, None]
    eye = torch.eye(len(y), dtype=x.dtype, device=x.device)

    def total(dual, f, b):
        loss = torch.nn.functional.softplus(f) - y * f
        return (dual * (f - b)).sum(-1) / 2 + (c * on * loss).sum(-1)

    def times(k, v):
        return (k @ v[..., None])[..., 0]

    shape = (len(train), len(grid), len(y))
    dual, f = x.new_zeros(shape), x.new_zeros(shape)
    b = x.new_zeros(shape[:2] + (1,))
    at = total(dual, f, b)
    for _ in range(100):
        p = torch.sigmoid(f)
        weight = c * on * p * (1 - p)
        root = weight.sqrt()
        right = weight * f - c * on * (p - y)
        factor = torch.linalg.cholesky(eye + root[..., None] * gram * root[..., None, :])
        sides = torch.stack([root * times(gram, right), root], -1)
        sides = root[..., None] * torch.cholesky_solve(sides, factor)
        free, ones = right - sides[..., 0], sides[..., 1]
        to = free.sum(-1, keepdim=True) / ones.sum(-1, keepdim=True)
        step = free - to * ones - dual
        slope, lift = times(gram, step) + to - b, to - b
        size = x.new_ones(shape[:2] + (1,))
        for _ in range(40):
            new = total(dual + size * step, f + size * slope, b + size * lift)
            worse = (new > at * (1 + 1e-14))[..., None]
            if not worse.any():
                break
            size = torch.where(worse, size / 2, size)
        gain = (at - new) / new
        dual, f, b, at = dual + size * step, f + size * slope, b + size * lift, new
        if gain.max() < WANTED / 10:
            break
    return at


def lbfgs(x, y, fold, grid, tol):
    """One fit after another, as people write it; None past the limit."""
    z, train = splits(x, y, fold)
    start, out = time.perf_counter(), []
    for a, t in zip(z, train):
        rows, labels = a[t > 0], y[t > 0]
        for c in grid:
            w = torch.zeros(x.shape[1] + 1, dtype=x.dtype, device=x.device, requires_grad=True)
            search = torch.optim.LBFGS([w], max_iter=10_000, max_eval=20_000, tolerance_grad=tol * c, tolerance_change=0, line_search_fn="strong_wolfe")

            def objective():
                search.zero_grad()
                f = rows @ w[:-1] + w[-1]
                value = w[:-1] @ w[:-1] / 2 + c * (torch.nn.functional.softplus(f) - labels * f).sum()
                value.backward()
                return value

            search.step(objective)
            out.append(objective().detach())
            if time.perf_counter() - start > LIMIT:
                return None
    return torch.stack(out)


def timed(solve, p, x):
    if device == "cuda":
        torch.cuda.synchronize()
    start = time.perf_counter()
    out = solve(x.to(device).double(), p["y"], p["fold"], p["C"])
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start, None if out is None else out.cpu().numpy().ravel()


def tell(fit, path, *flags):
    out = subprocess.run([fit, *flags, path], check=True, capture_output=True, text=True)
    return json.loads(out.stdout)


def compare(fit, path):
    p = json.load(open(path))
    x = np.load(p["x"], mmap_mode="r")[p["rows"], p["layer"]]
    x = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32))
    p["y"] = torch.tensor(p["y"], dtype=torch.float64, device=device)
    p["fold"] = torch.tensor(p["fold"], device=device)
    best = np.array(tell(fit, path, "-tol", "1e-12")["objective"])
    excess = lambda objectives: float(np.max((objectives - best) / best))

    def pairs(label, solve):
        warm, out = timed(solve, p, x)  # what is compiled or loaded is so now
        if out is None:
            print(f"| {path.stem} | {label} | over {LIMIT} s | | |", flush=True)
            return False
        if excess(out) > WANTED:
            print(f"| {path.stem} | {label} | {warm:.3f} s | {excess(out):.0e}: too much | |", flush=True)
            return False
        ours, theirs = [], []
        for _ in range(PAIRS if warm < 20 else 1):
            ours.append(tell(fit, path, "-tol", str(WANTED))["seconds"])
            theirs.append(timed(solve, p, x)[0])
        ratios = [a / b for a, b in zip(theirs, ours)]
        print(f"| {path.stem} | {label} | {statistics.median(theirs):.3f} s | {excess(out):.0e} | {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) of tell's {statistics.median(ours):.3f} s |", flush=True)
        return True

    pairs("Newton, all at once", newton)
    for tol in [1e-3, 1e-5]:
        if pairs(f"LBFGS, tolerance_grad {tol:g} C", lambda x, y, fold, grid: lbfgs(x, y, fold, grid, tol)):
            break


if __name__ == "__main__":
    folder, program = pathlib.Path(sys.argv[1]), sys.argv[2]
    print(torch.cuda.get_device_name() if device == "cuda" else "no GPU", f"torch {torch.__version__}")
    print("| problem | torch | seconds | excess | time in multiples of tell's |\n|---|---|---|---|---|")
    for name in sys.argv[3:] or ["capitals", "arithmetic", "seven_billion"]:
        compare(program, folder / f"{name}.json")
