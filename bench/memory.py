"""Train on a layer far larger than the memory allowed.

    python memory.py FOLDER TELL      (needs numpy)

Makes a dump of 100,000 rows x 1 layer x 4096, f16 (0.8 GB), and runs tell on it
with --memory 512MiB. Prints the time and the largest resident set of the run.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

ROWS, WIDTH = 100_000, 4096


def make(folder):
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, ROWS)
    direction = (rng.standard_normal(WIDTH) * 0.03).astype(np.float32)
    scale = (np.arange(1, WIDTH + 1) ** -0.5).astype(np.float32)
    dump = np.lib.format.open_memmap(folder / "large.npy", mode="w+", dtype=np.float16, shape=(ROWS, WIDTH))
    for lo in range(0, ROWS, 5000):
        x = rng.standard_normal((5000, WIDTH), dtype=np.float32) * scale
        dump[lo : lo + 5000] = x + np.outer(2 * y[lo : lo + 5000] - 1, direction * scale)
    dump.flush()
    with open(folder / "large.jsonl", "w") as f:
        for i in range(ROWS):
            f.write(json.dumps({"y": int(y[i]), "group": i // 4}) + "\n")


folder, tell = pathlib.Path(sys.argv[1]), sys.argv[2]
folder.mkdir(parents=True, exist_ok=True)
if tell == "make":
    make(folder)
    sys.exit()
if not (folder / "large.jsonl").exists():
    # In a process of its own: a child's peak counts what its parent held.
    subprocess.run([sys.executable, __file__, folder, "make"], check=True)
(folder / "large.yaml").write_text("""\
activations: {path: large.npy}
examples: large.jsonl
target: y
group: group
probe: {C: {logspace: [-4, 0, 3]}, folds: 5, inner_folds: 2, tol: 1e-6}
controls: {permutations: 0, bootstrap: 200}
""")

start = time.perf_counter()
run = subprocess.Popen([tell, "run", folder / "large.yaml", "-o", folder / "large-report", "--force", "--memory", "512MiB"])
_, status, usage = os.wait4(run.pid, 0)
print(f"exit {status}, {time.perf_counter() - start:.0f} s, largest resident set {usage.ru_maxrss / 1024:.0f} MiB")
