"""How time, memory and bytes read grow with the size of a study, for docs/scale.md.

    python scale.py FOLDER TELL [SERIES ...]      (needs numpy, Linux)

Makes dumps in FOLDER, one at a time, runs tell on each and appends a line of JSON to
FOLDER/scale.jsonl: processor seconds by stage, wall time, largest resident set, bytes
asked of the system. Then prints a table for each series of all lines there, with log-log
slopes between its two largest sizes. With no SERIES all are run; "table" runs none.
Shapes and labels are the same in every run.
"""
import json
import math
import os
import pathlib
import re
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
    "rows": [10_000, 50_000, 200_000],
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


def command(*line):
    """Runs a command to its end and returns what it took."""
    start = time.perf_counter()
    with open(os.devnull, "w") as silent:
        child = subprocess.Popen([str(a) for a in line], stdout=subprocess.PIPE, stderr=silent, text=True)
        said = child.stdout.read()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # its counters are there until it is reaped
    counters = dict(line.split(": ") for line in pathlib.Path(f"/proc/{child.pid}/io").read_text().splitlines())
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status:
        sys.exit(f"{line}: exit {status}")
    stages = {}
    for name in STAGES:
        if found := re.search(rf"^{name}\s+[\d.]+\s+([\d.]+)", said, re.M):
            stages[name] = float(found[1])
    return dict(cpu=usage.ru_utime + usage.ru_stime, wall=time.perf_counter() - start, rss=usage.ru_maxrss / 1024,
                read=int(counters["rchar"]) / 1e6, stages=stages)


def measure(folder, tell, shape):
    study(folder, **shape)
    subprocess.run(["rm", "-rf", folder / "report"], check=True)
    parts = shape["parts"]
    if parts == 1:
        return command(tell, "run", folder / "study.yaml", "-o", folder / "report", "--profile")
    each = [command(tell, "fit", folder / "study.yaml", "-o", folder / "report", "--part", f"{i + 1}/{parts}", "--profile")
            for i in range(parts)]
    merge = command(tell, "merge", folder / "study.yaml", "-o", folder / "report", "--profile")
    return dict(cpu=sum(e["cpu"] for e in each) + merge["cpu"], wall=max(e["wall"] for e in each) + merge["wall"],
                rss=max(e["rss"] for e in each + [merge]), read=sum(e["read"] for e in each) + merge["read"],
                longest=max(e["cpu"] for e in each), merge=merge["cpu"], stages=merge["stages"])


def tables(lines):
    for name in SERIES:
        shown = [line for line in lines if line["series"] == name]
        if not shown:
            continue
        axis = AXIS.get(name, name)
        shown.sort(key=lambda line: line["shape"][axis])
        keys = ["cpu", "rss", "read"] + [k for k in ("longest", "merge") if k in shown[-1]]
        value = lambda line, key: line.get(key, line["stages"].get(key))
        keys += [s for s in STAGES if name != "parts" and any(line["stages"].get(s, 0) >= 0.1 for line in shown)]
        print(f"\n| {name if axis == name else axis + ', with text'} | " + " | ".join(keys) + " |\n|" + "---|" * (len(keys) + 1))
        for line in shown:
            cells = [value(line, k) for k in keys]
            print(f"| {line['shape'][axis]:,} | " + " | ".join("" if c is None else f"{c:.3g}" for c in cells) + " |")
        a, b = shown[-2], shown[-1]
        over = math.log(b["shape"][axis] / a["shape"][axis])
        slopes = []
        for k in keys:
            x, y = value(a, k), value(b, k)
            slopes.append(f"{math.log(y / x) / over:.2f}" if x and y else "")
        print("| slope | " + " | ".join(slopes) + " |")


def main():
    folder, tell, wanted = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3:]
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "scale.jsonl"
    made = None
    for name in wanted or SERIES:
        for size in SERIES.get(name, []):
            shape = BASE | AROUND.get(name, {}) | {AXIS.get(name, name): size}
            dump = [shape[k] for k in ("rows", "width", "layers", "positions")]
            if dump != made:
                # In a process of its own: a child's peak counts what its parent held.
                subprocess.run([sys.executable, "-c", f"import sys; sys.path[:0] = [{str(pathlib.Path(__file__).parent)!r}]\n"
                                f"import scale, pathlib; scale.make(pathlib.Path({str(folder)!r}), **{shape!r})"], check=True)
                made = dump
            line = dict(series=name, shape=shape) | measure(folder, tell, shape)
            with open(kept, "a") as f:
                f.write(json.dumps(line) + "\n")
            print(name, f"{size:,}", f"{line['cpu']:.1f} s", flush=True)
    for file in ("states.npy", "rows.jsonl"):
        (folder / file).unlink(missing_ok=True)
    subprocess.run(["rm", "-rf", folder / "report"], check=True)
    tables([json.loads(line) for line in kept.read_text().splitlines()])


if __name__ == "__main__":
    main()
