"""Compare tell with scikit-learn on the same problems, folds and optimum.

    python compare.py FOLDER TELL_FIT [PROBLEM ...]

FOLDER holds the problems of make_problems.py and TELL_FIT is the program built
from bench/fit. The reference optimum of every fit is tell's at tolerance 1e-12,
which the test suite holds equal to scikit-learn's newton-cholesky at 1e-12.

Every scikit-learn solver is run at its default tolerance and then at tighter
ones, until all its objectives are within 1e-6 of the reference, relatively, or
the time limit is reached. The fastest that gets there is then timed against
tell in turn, A B A B, and the ratio is the median over pairs.
"""
import json
import pathlib
import statistics
import subprocess
import sys
import time

import numpy as np

folder, fit = pathlib.Path(sys.argv[1]), sys.argv[2]
names = sys.argv[3:] or ["capitals", "arithmetic", "seven_billion"]
here = pathlib.Path(__file__).resolve().parent
LIMIT = 600  # seconds for one scikit-learn run
PAIRS = 3
SWEEP_PAIRS = 2
WANTED = 1e-6
SWEPT = ["capitals"]  # problems whose dump holds every layer and is quick enough


def tell(name, *flags):
    out = subprocess.run([fit, *flags, folder / f"{name}.json"], check=True, capture_output=True, text=True)
    return json.loads(out.stdout)


def sklearn(name, solver, tol, max_iter, *flags):
    command = [sys.executable, here / "sklearn_fit.py", folder / f"{name}.json", solver, str(tol), str(max_iter), *flags]
    try:
        out = subprocess.run(command, check=True, capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return None
    return json.loads(out.stdout)


def excess(run, best):
    return float(np.max((np.array(run["objective"]) - best) / best))


def gemm_peak():
    a = np.random.default_rng(0).standard_normal((2048, 2048))
    best = 0.0
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        best = max(best, 2 * 2048**3 / (time.perf_counter() - start))
    return best


def bandwidth():
    """Bytes a second that one pass over a large array is read at."""
    a = np.ones(1 << 26)
    best = 0.0
    for _ in range(3):
        start = time.perf_counter()
        a.sum()
        best = max(best, a.nbytes / (time.perf_counter() - start))
    return best


def compare(name, peak, memory):
    best = np.array(tell(name, "-tol", "1e-12")["objective"])
    print(f"\n## {name}\n", flush=True)
    print("| solver | tol | seconds | excess of the objective | peak MiB |")
    print("|---|---|---|---|---|")

    def row(solver, tol, run):
        if run is None:
            print(f"| {solver} | {tol:g} | over {LIMIT} | | |", flush=True)
            return
        print(f"| {solver} | {tol:g} | {run['seconds']:.2f} | {excess(run, best):.0e} | {run['peak_bytes'] / 2**20:.0f} |", flush=True)

    fastest, default = None, None
    for solver in ["newton-cg", "newton-cholesky", "lbfgs"]:
        for tol, max_iter in [(1e-4, 100), (1e-6, 10_000), (1e-8, 100_000), (1e-9, 100_000), (1e-10, 100_000), (1e-11, 100_000)]:
            run = sklearn(name, solver, tol, max_iter)
            row(f"scikit-learn {solver}", tol, run)
            if run is None:
                break
            if excess(run, best) <= WANTED:
                if fastest is None or run["seconds"] < fastest[0]:
                    fastest = (run["seconds"], solver, tol, max_iter)
                if solver == "lbfgs":
                    default = (solver, tol, max_iter)
                break

    flags = ["-tol", str(WANTED)]
    ours = tell(name, *flags)
    row("tell", WANTED, ours)
    print(f"\ntell: {ours['flops'] / 1e9:.1f} GFLOP in matrix products, {ours['bytes'] / 1e9:.1f} GB of operands and results, "
          f"{ours['flops'] / ours['seconds'] / peak:.0%} of the machine's float64 GEMM peak of {peak / 1e9:.0f} GFLOPS; "
          f"the products alone would take {ours['flops'] / peak:.3f} s at that peak, and the bytes {ours['bytes'] / memory:.3f} s "
          f"at the {memory / 1e9:.0f} GB/s that one thread reads memory at")
    assert ours["not_converged"] == 0 and excess(ours, best) <= WANTED

    def ratio(label, other, sweep=False):
        pairs = []
        for _ in range(SWEEP_PAIRS if sweep else PAIRS):
            a = tell(name, *flags, f"-sweep={str(sweep).lower()}")
            b = sklearn(name, *other, *(["--sweep"] if sweep else []))
            assert a["not_converged"] == 0
            pairs.append(b["seconds"] / a["seconds"])
        print(f"\n{label} ({other[0]}, tol {other[1]:g}) takes {statistics.median(pairs):.1f} times as long as tell "
              f"({min(pairs):.1f} to {max(pairs):.1f} over {len(pairs)} pairs)", flush=True)

    if fastest:
        ratio("scikit-learn's fastest solver that reaches the optimum", fastest[1:])
    if default:
        ratio("its default solver at the same optimum", default)
    if fastest and name in SWEPT:
        ratio("over all layers of the dump, a layer on each processor, the fastest solver", fastest[1:], sweep=True)
    if default and name in SWEPT:
        ratio("over all layers of the dump, a layer on each processor, the default solver", default, sweep=True)
    controls = []
    for _ in range(PAIRS):
        run = tell(name, *flags, "-controls", "100")
        controls.append(run["control_seconds"] / run["seconds"])
    print(f"\n100 control labels on the same splits at C = 0.01 take {statistics.median(controls):.1f} times as long as the target with all its C", flush=True)


if __name__ == "__main__":
    machine_peak, machine_memory = gemm_peak(), bandwidth()
    for problem in names:
        compare(problem, machine_peak, machine_memory)
