"""Compares what tell export and tell apply write with scikit-learn, safetensors, gguf
and repeng, and keeps figures for the tests.

    python prove.py TELL        (numpy, scikit-learn, safetensors, gguf, repeng 0.4, torch)

Writes figures.json and repeng.gguf beside this file.
"""

import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import gguf
import numpy as np

np.float_ = np.float64  # which repeng 0.4 asks for and NumPy 2 no longer has
from repeng import ControlVector
from safetensors import safe_open
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression

here = pathlib.Path(__file__).parent.resolve()
capitals = here.parent / "capitals"
tell = str(pathlib.Path(sys.argv[1]).resolve())
exec(re.search(r"```python\n(.*?)```", (here / "../../docs/probes.md").read_text(), re.S).group(1))  # load

rows = [json.loads(line) for line in open(capitals / "examples.jsonl")]
used = [i for i, r in enumerate(rows) if r["user_wrong"] >= 0 and r["template"] in (0, 1)]
y = np.array([rows[i]["user_wrong"] for i in used])
states = np.load(capitals / "hidden_states.npy").astype(np.float64)
LAYERS = [0, 1, 6, 12]


def close(what, found, expected, tolerance):
    error = np.max(np.abs(np.asarray(found) - expected) / np.maximum(1, np.abs(expected)))
    print(f"{what}: {error:.1e}")
    assert error <= tolerance, what


with tempfile.TemporaryDirectory() as folder:
    study = pathlib.Path(folder) / "study.yaml"
    study.write_text(f"""
activations: {{path: {capitals}/hidden_states.npy, embedding: 0}}
examples: {capitals}/examples.jsonl
rows: user_wrong >= 0 and template in [0, 1]
target: user_wrong
group: group
layers: {LAYERS}
probe: {{C: [0.01, 1], folds: 3, inner_folds: 3}}
controls: {{permutations: 0, bootstrap: 100}}
""")
    run = lambda *args: subprocess.run([tell, *args], cwd=folder, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    run("run", "study.yaml", "-o", "report")
    for name in ("a.npz", "a.safetensors", "a.gguf"):
        run("export", "report", "-o", name)
    run("export", "report", "--random", "3", "-o", "random.gguf")
    run("apply", "a.safetensors", str(capitals / "hidden_states.npy"), "-o", "scores.csv")
    path = lambda name: str(pathlib.Path(folder) / name)

    z = np.load(path("a.npz"))
    margin = {}
    for r in csv.DictReader(open(path("scores.csv"))):
        margin.setdefault((r["kind"], int(r["layer"])), []).append(float(r["margin"]))
    worst = 0.0
    figures = {}
    for i, (kind, layer) in enumerate(zip(z["kind"], z["layer"])):
        x = states[:, layer]
        expected = np.array(margin[kind, layer])
        found = load(path("a.npz"), i).decision_function(x)
        worst = max(worst, np.max(np.abs(found - expected)))
        a, b = x[used][y == 0], x[used][y == 1]
        delta = b.mean(0) - a.mean(0)
        u = z["direction"][i]
        close(f"{kind} {layer}: norm", np.linalg.norm(u), 1, 1e-14)
        close(f"{kind} {layer}: natural scale", z["natural_scale"][i], delta @ u, 1e-12)
        if kind == "logistic":
            C = [p for p in json.loads(str(z["metadata"]))["probes"]][i]["C"]
            xs = (x[used] - z["mean_"][i]) / z["scale_"][i]
            m = LogisticRegression(C=C, tol=1e-10, max_iter=10000, solver="newton-cholesky").fit(xs, y)
            close(f"{kind} {layer}: coef_ of scikit-learn", z["coef_"][i], m.coef_[0], 2e-4)
        if kind == "mass-mean":
            close(f"{kind} {layer}: direction of NumPy", u, delta / np.linalg.norm(delta), 1e-12)
        if kind == "covariance-corrected-mean":
            m = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto").fit(x[used], y)
            expected = m.coef_[0] / np.linalg.norm(m.coef_[0])
            close(f"{kind} {layer}: direction of scikit-learn", u, expected, 1e-9)
        if kind != "logistic" and layer == 12:
            u = delta / np.linalg.norm(delta) if kind == "mass-mean" else expected
            figures[kind] = {"direction": u[:8].tolist(), "natural_scale": float(delta @ u)}
    print(f"decision_function of the loader and margins of tell apply: {worst:.1e} apart at most, of margins up to {max(map(max, margin.values())):.0f}")
    assert worst <= 1e-12
    assert len(z["kind"]) == 9 and set(z["block"]) == {0, 5, 11}  # layer 0 is constant
    close("random: norms", np.linalg.norm(z["random"], axis=2), 1, 1e-14)

    with safe_open(path("a.safetensors"), "np") as f:
        weight, bias = f.get_tensor("weight"), f.get_tensor("bias")
        for i, layer in enumerate(f.get_tensor("layer")):
            m = margin[z["kind"][i], layer]
            close(f"safetensors {i}: margins", states[:, layer] @ weight[i] + bias[i], m, 1e-11)
        about = json.loads(f.metadata()["tell"])
        assert about["probes"][0]["hook_point"].startswith("hidden_states[1] ") and "not the ones that were scored" in about["scored"]

    own = gguf.GGUFReader(path("a.gguf"))
    vector = ControlVector.import_gguf(path("a.gguf"))
    assert sorted(vector.directions) == [5, 11], vector.directions.keys()
    for block, v in vector.directions.items():
        i = [k for k in range(9) if z["kind"][k] == "mass-mean" and z["block"][k] == block][0]
        x = states[used][:, block + 1]  # repeng trains block k on hidden_states[k + 1]
        close(f"gguf block {block}: mean difference", v, x[y == 1].mean(0) - x[y == 0].mean(0), 1e-6)
    again = ControlVector(vector.model_type, {k: np.array(v) for k, v in vector.directions.items()})
    again.export_gguf(path("repeng.gguf"))
    theirs = gguf.GGUFReader(path("repeng.gguf"))
    assert [t.name for t in own.tensors] == [t.name for t in theirs.tensors]
    assert [(t.tensor_type, list(t.shape)) for t in own.tensors] == [(t.tensor_type, list(t.shape)) for t in theirs.tensors]
    assert set(own.fields) - set(theirs.fields) == {"tell.probes"} and not set(theirs.fields) - set(own.fields)
    assert ControlVector.import_gguf(path("repeng.gguf")) == vector
    control = ControlVector.import_gguf(path("random.gguf"))
    for block, v in control.directions.items():
        close(f"gguf block {block}: norm of the control", np.linalg.norm(v), np.linalg.norm(vector.directions[block]), 1e-6)
    print("gguf: repeng's own file has the same keys but tell.probes, and the same tensors")

ControlVector("llama", {2: np.array([0.5, -1.25, 3], np.float32), 7: np.arange(1, 4, dtype=np.float32)}).export_gguf(here / "repeng.gguf")
(here / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
