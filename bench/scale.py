"""How time, memory and bytes read grow with the size of a study, for docs/scale.md.

    python scale.py FOLDER TELL [SERIES ...] [--times K] [--side-by-side N] [--within SECONDS]
                                                          (needs numpy, Linux)

Makes the dumps in FOLDER, runs tell on each and appends a line of JSON to
FOLDER/scale.jsonl: processor seconds by stage, waiting time, largest resident set, bytes
asked of the system. Then prints a table for each series of all lines there, of the median
run of each size, with log-log slopes between its two largest sizes. With no SERIES all are
run; "table" runs none. Shapes and labels are the same in every run.

Every run has two cores of its own, and N of them are at work at a time. --times repeats
each size. No run begins after SECONDS.
"""
import argparse
import concurrent.futures
import json
import math
import os
import pathlib
import queue
import re
import shutil
import statistics
import subprocess
import sys
import time

import numpy as np

BASE = dict(rows=10_000, width=64, layers=1, positions=1, permutations=20, bootstrap=200, parts=1, text=False)
SERIES = {
    "permutations": [20, 80, 320],
    "bootstrap": [200, 800, 3200],
    "layers": [1, 4, 16],
    "positions": [1, 2, 4],
    "parts": [1, 2, 3, 4],
    "rows": [10_000, 20_000, 50_000, 100_000, 200_000],
    "width": [64, 256, 768],
    "text": [1_000, 4_000],
}
# Parts divide the sites of one study; a study with prompts has the text-only baseline.
AROUND = {"parts": dict(layers=8), "text": dict(text=True)}
AXIS = {"text": "rows"}
STAGES = ["reading", "solving", "permutations", "baselines", "parts", "bootstrap", "hidden information", "report"]


def make(folder, rows, layers, positions, width, **_):
    """Labels that a direction carries and noise blurs, four rows to a group, a
    behaviour that follows the label seven times in ten, prompts of twelve words."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, rows)
    said = np.where(rng.random(rows) < 0.7, y, 1 - y)
    words = rng.zipf(1.5, (rows, 12)) % 2000
    # Axes as they are stored: position outermost, so that a site is one range.
    dump = np.lib.format.open_memmap(
        folder / "states.npy", mode="w+", dtype=np.float16, shape=(layers, positions, rows, width))
    spectrum = (np.arange(1, width + 1) ** -0.5).astype(np.float32)
    for at in np.ndindex(layers, positions):
        direction = (rng.standard_normal(width) * spectrum * 3 / math.sqrt(width)).astype(np.float32)
        for lo in range(0, rows, 20_000):
            hi = min(lo + 20_000, rows)
            x = rng.standard_normal((hi - lo, width), dtype=np.float32) * spectrum
            dump[at][lo:hi] = x + np.outer(y[lo:hi] - 0.5, direction)
    dump.flush()
    with open(folder / "rows.jsonl", "w") as f:
        for i in range(rows):
            f.write(json.dumps({
                "label": int(y[i]), "said": int(said[i]), "score": round(float(said[i] - 0.5), 3), "group": i // 4,
                "prompt": " ".join(f"w{w}" for w in words[i])}) + "\n")


def study(folder, permutations, bootstrap, text, **_):
    (folder / "study.yaml").write_text(f"""\
activations: {{path: states.npy, axes: [layer, position, row, width]}}
examples: rows.jsonl
target: label
group: group
{"text: prompt" if text else ""}
decision: {{acts_as_0: said == 0, acts_as_1: said == 1}}
probe: {{C: [0.001, 0.1], folds: 5, inner_folds: 2}}
controls: {{permutations: {permutations}, permutation_C: 0.01, bootstrap: {bootstrap}}}
""")


def command(cores, *line):
    """Runs a command on its cores to its end and returns what it took."""
    start = time.perf_counter()
    with open(os.devnull, "w") as silent:
        child = subprocess.Popen(["taskset", "-c", cores] + [str(a) for a in line], stdout=subprocess.PIPE, stderr=silent, text=True)
        said = child.stdout.read()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # its counters are there until it is reaped
    wall = time.perf_counter() - start
    counters = dict(line.split(": ") for line in pathlib.Path(f"/proc/{child.pid}/io").read_text().splitlines())
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        sys.exit(f"{line}: exit {status}")
    stages = {}
    for name in STAGES:
        if found := re.search(rf"^{name}\s+[\d.]+\s+([\d.]+)", said, re.M):
            stages[name] = float(found[1])
    return dict(cpu=usage.ru_utime + usage.ru_stime, wall=wall, rss=usage.ru_maxrss / 1024,
                read=int(counters["rchar"]) / 1e6, stages=stages)


def measure(folder, tell, shape, cores):
    """Runs the study of the dump in a folder, from a folder of its own: runs of other
    studies of this dump may be at work."""
    own = folder / f"cores-{cores}"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir()
    for name in ("states.npy", "rows.jsonl"):
        (own / name).symlink_to(folder / name)
    study(own, **shape)
    line = [own / "study.yaml", "-o", own / "report", "--profile"]
    parts = shape["parts"]
    if parts == 1:
        return command(cores, tell, "run", *line)
    each = [command(cores, tell, "fit", *line, "--part", f"{i + 1}/{parts}") for i in range(parts)]
    merge = command(cores, tell, "merge", *line)
    return dict(cpu=sum(e["cpu"] for e in each) + merge["cpu"], wall=max(e["wall"] for e in each) + merge["wall"],
                rss=max(e["rss"] for e in each + [merge]), read=sum(e["read"] for e in each) + merge["read"],
                longest=max(e["cpu"] for e in each), merge=merge["cpu"], stages=merge["stages"])


def medians(lines):
    """One line for each size, each of its numbers the median of the runs."""
    of = {}
    for line in lines:
        of.setdefault(json.dumps(line["shape"]), []).append(line)
    middle = lambda runs, key: statistics.median(run.get(key, 0) for run in runs)
    return [dict(runs[0], runs=len(runs), stages={k: middle([r["stages"] for r in runs], k) for k in runs[0]["stages"]},
                 **{k: middle(runs, k) for k in ("wall", "cpu", "rss", "read", "longest", "merge") if k in runs[0]})
            for runs in of.values()]


def tables(lines):
    for name in SERIES:
        shown = medians([line for line in lines if line["series"] == name])
        if not shown:
            continue
        axis = AXIS.get(name, name)
        shown.sort(key=lambda line: line["shape"][axis])
        keys = ["runs", "wall", "cpu", "rss", "read"] + [k for k in ("longest", "merge") if k in shown[-1]]
        value = lambda line, key: line.get(key, line["stages"].get(key))
        keys += [s for s in STAGES if name != "parts" and any(line["stages"].get(s, 0) >= 0.1 for line in shown)]
        print(f"\n| {name if axis == name else axis + ', with text'} | " + " | ".join(keys) + " |\n|" + "---|" * (len(keys) + 1))
        for line in shown:
            cells = [value(line, k) for k in keys]
            print(f"| {line['shape'][axis]:,} | " + " | ".join("" if c is None else f"{c:.3g}" for c in cells) + " |")
        if len(shown) < 2:
            continue
        a, b = shown[-2], shown[-1]
        over = math.log(b["shape"][axis] / a["shape"][axis])
        slopes = []
        for k in keys:
            x, y = value(a, k), value(b, k)
            slopes.append(f"{math.log(y / x) / over:.2f}" if k != "runs" and x and y else "")
        print("| slope | " + " | ".join(slopes) + " |")


def dump_of(folder, shape):
    return folder / "-".join(str(shape[k]) for k in ("rows", "width", "layers", "positions"))


def made(folder, shape):
    """Makes the dump of a shape in a process of its own: a child's peak counts what its
    parent held."""
    at = dump_of(folder, shape)
    at.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = [{str(pathlib.Path(__file__).parent)!r}]\n"
                    f"import scale, pathlib; scale.make(pathlib.Path({str(at)!r}), **{shape!r})"], check=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=pathlib.Path)
    p.add_argument("tell", type=pathlib.Path)
    p.add_argument("series", nargs="*", help=", ".join(SERIES))
    p.add_argument("--times", type=int, default=1)
    p.add_argument("--side-by-side", type=int, default=1)
    p.add_argument("--within", type=float, default=math.inf)
    a = p.parse_args()
    if wrong := set(a.series) - {*SERIES, "table"}:
        p.error(f"found {sorted(wrong)}, expected some of {', '.join(SERIES)}")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2 * a.side_by_side:
        sys.exit(f"found {len(cores)} cores, expected two for each of {a.side_by_side} runs")
    folder = a.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    free = queue.SimpleQueue()
    for k in range(a.side_by_side):
        free.put(f"{cores[2 * k]},{cores[2 * k + 1]}")
    tasks = [(name, BASE | AROUND.get(name, {}) | {AXIS.get(name, name): size})
             for name in a.series or SERIES for size in SERIES.get(name, [])]
    # The longest first, so that none is alone at the end, and every size before a second time.
    size = lambda task: math.prod(task[1][k] for k in ("rows", "width", "layers", "positions", "permutations"))
    tasks = sorted(tasks, key=size, reverse=True) * a.times
    kept = folder / "scale.jsonl"

    def one(task):
        name, shape = task
        if time.perf_counter() - begun > a.within:
            return None
        own = free.get()
        try:
            return dict(series=name, shape=shape) | measure(dump_of(folder, shape), a.tell.resolve(), shape, own)
        finally:
            free.put(own)

    with concurrent.futures.ThreadPoolExecutor(a.side_by_side) as pool:
        list(pool.map(lambda shape: made(folder, shape), {dump_of(folder, shape): shape for _, shape in tasks}.values()))
        for line in pool.map(one, tasks):
            if line:
                with open(kept, "a") as f:
                    f.write(json.dumps(line) + "\n")
                print(line["series"], dump_of(folder, line["shape"]).name, f"{line['wall']:.1f} s waiting, {line['cpu']:.1f} s of processors", file=sys.stderr, flush=True)
    for _, shape in tasks:
        shutil.rmtree(dump_of(folder, shape), ignore_errors=True)
    tables([json.loads(line) for line in kept.read_text().splitlines()])


if __name__ == "__main__":
    main()
