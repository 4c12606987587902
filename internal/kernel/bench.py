#!/usr/bin/env python3
"""Pair the kernels with numpy's OpenBLAS on this machine.

    python bench.py [--rounds 3] [--threads 1 2]

needs go, numpy and threadpoolctl. The two libraries run in turn, a few
rounds each; the table holds the rate of either in its best round and their
ratio; a rate is the mean over the calls of a round. The Gram
product counts the operations of one triangle for both: numpy computes X.T @ X
with syrk and copies the triangle, which is inside its time.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time

EXAMPLES, WIDTH = 2000, 4096
COLUMNS = (1, 2, 4, 8, 16, 64, 512)
SECONDS = 0.3  # of every measurement
HERE = os.path.dirname(os.path.abspath(__file__))


def numpy_rates(threads):
    """Return the GFLOPS of OpenBLAS, by the names of the Go benchmarks."""
    import numpy as np
    from threadpoolctl import threadpool_info

    def rate(operations, product):
        product()
        start, calls = time.perf_counter(), 0
        while time.perf_counter() - start < SECONDS:
            product()
            calls += 1
        return 2 * operations * calls / (time.perf_counter() - start) / 1e9

    rng = np.random.default_rng(1)
    rates = {}
    for dtype in (np.float64, np.float32):
        name, suffix = np.dtype(dtype).name, f"workers={threads}"
        x = rng.standard_normal((EXAMPLES, WIDTH)).astype(dtype)
        rates[f"Gram/{name}/{suffix}"] = rate(EXAMPLES * WIDTH * (WIDTH + 1) / 2, lambda: x.T @ x)
        for n in COLUMNS:
            w = rng.standard_normal((WIDTH, n)).astype(dtype)
            r = rng.standard_normal((EXAMPLES, n)).astype(dtype)
            operations = EXAMPLES * WIDTH * n
            rates[f"Forward/{name}/columns={n}/{suffix}"] = rate(operations, lambda: x @ w)
            rates[f"Gradient/{name}/columns={n}/{suffix}"] = rate(operations, lambda: x.T @ r)
    libraries = [f"{i['internal_api']} {i['version']} {i['architecture']}" for i in threadpool_info()]
    return {"rates": rates, "libraries": libraries}


def run_numpy(threads):
    env = dict(os.environ, OPENBLAS_NUM_THREADS=str(threads))
    # These choose another kernel than the one the processor deserves.
    env.pop("OPENBLAS_CORETYPE", None)
    env.pop("OPENBLAS_L2_SIZE", None)
    out = subprocess.check_output([sys.executable, __file__, "--numpy", str(threads)], env=env)
    return json.loads(out)


def run_kernels(binary, threads):
    out = subprocess.check_output(
        [binary, "-test.run=^$", f"-test.bench=Gram/./workers={threads}$|(Forward|Gradient)/././workers={threads}$",
         f"-test.benchtime={SECONDS}s"], text=True, cwd=HERE)
    lines = re.findall(r"^Benchmark(\S+?)(?:-\d+)?\s.*?([\d.]+) GFLOPS", out, re.MULTILINE)
    return {name: float(rate) for name, rate in lines}


def keep_best(best, rates):
    for name, rate in rates.items():
        best[name] = max(rate, best.get(name, 0))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--numpy", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.numpy:
        print(json.dumps(numpy_rates(args.numpy)))
        return

    kernels, openblas, libraries = {}, {}, set()
    with tempfile.TemporaryDirectory() as folder:
        binary = os.path.join(folder, "kernel.test")
        subprocess.check_call(["go", "test", "-c", "-o", binary, "."], cwd=HERE)
        for _ in range(args.rounds):
            for threads in args.threads:
                keep_best(kernels, run_kernels(binary, threads))
                result = run_numpy(threads)
                keep_best(openblas, result["rates"])
                libraries.update(result["libraries"])

    print("; ".join(sorted(libraries)))
    print(f"{'product':<45} {'kernel':>8} {'OpenBLAS':>8} {'ratio':>6}")
    for name, theirs in openblas.items():
        print(f"{name:<45} {kernels[name]:8.1f} {theirs:8.1f} {kernels[name] / theirs:6.2f}")


if __name__ == "__main__":
    main()
