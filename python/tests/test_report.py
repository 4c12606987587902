import importlib.util
import os
import shutil
import subprocess
import sys

import pytest

import tell_probe

STUDY = """\
activations: {path: hidden_states.npy}
examples: examples.jsonl
rows: template == 0
target: user_wrong
group: group
layers: [6, 12]
probe: {C: 0.01, folds: 2, inner_folds: 2}
controls: {permutations: 0, bootstrap: 100}
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    here = os.path.dirname(__file__)
    for name in ("hidden_states.npy", "examples.jsonl"):
        os.symlink(os.path.realpath(f"{here}/../../testdata/capitals/{name}"), folder / name)
    (folder / "study.yaml").write_text(STUDY)
    return tell_probe.run(folder / "study.yaml", folder / "report")


def test_frames(report):
    auroc = report.estimate("auroc")
    assert auroc["low"] < auroc["value"] < auroc["high"]
    t = report.results("pandas")
    assert t[(t.block == "nested") & (t.key == "auroc")].value.item() == auroc["value"]
    assert report.results("polars").shape == t.shape
    assert len(report.scores("pandas")) == auroc["n"]
    with pytest.raises(KeyError, match="found 0 rows"):
        report.estimate("auroque")
    with pytest.raises(ValueError, match="library: found 'dask', expected \"pandas\" or \"polars\""):
        report.results("dask")


def test_extras(report, monkeypatch):
    there = importlib.util.find_spec

    def without(*names):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in names else there(name))

    without("pyarrow")
    with pytest.raises(ImportError, match=r"tables in pandas need pyarrow: pip install \"tell-probe\[pandas\]\""):
        report.results("pandas")
    assert type(report.results()).__module__.startswith("polars")
    without("pandas", "pyarrow")
    with pytest.raises(ImportError, match="tables in pandas need pandas and pyarrow: "):
        report.scores("pandas")
    without("pandas", "polars")
    with pytest.raises(ImportError, match=r"pip install \"tell-probe\[pandas\]\" or \"tell-probe\[polars\]\""):
        report.results()
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    monkeypatch.delitem(sys.modules, "tell_probe.probe", raising=False)
    with pytest.raises(ImportError, match=r"ProbeCV needs scikit-learn: pip install \"tell-probe\[sklearn\]\""):
        tell_probe.ProbeCV


def test_notebook(report):
    html = report._repr_html_()
    assert html.startswith('<section id="finding"') and html.count("data:image/png;base64,") == 2
    assert "var(--" not in html and "<svg" not in html  # black without the style sheet of the page
    assert report.page.is_file()
    assert report.finding[0].startswith("Beyond ") and any("AUROC" in text for text in report.finding)


def test_refusals(tmp_path):
    with pytest.raises(tell_probe.TellError, match="found no results.json"):
        tell_probe.Report(tmp_path)
    with pytest.raises(tell_probe.TellError, match="no such file"):
        tell_probe.run(tmp_path / "none.yaml")


def test_script():
    out = subprocess.run(["tell", "version"], capture_output=True, text=True, check=True).stdout
    assert out.startswith("tell " + tell_probe.__version__)
    # The script named by TELL runs the binary, and not itself.
    env = {**os.environ, "TELL": shutil.which("tell")}
    assert subprocess.run(["tell", "version"], env=env, capture_output=True, text=True, check=True, timeout=60).stdout == out
