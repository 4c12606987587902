"""A probe on arrays, by scikit-learn's conventions."""

import csv
import json
import re
import tempfile
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from .command import TellError, call
from .report import Report


class ProbeCV(ClassifierMixin, BaseEstimator):
    """A logistic probe whose metrics are out of fold and whose C is chosen inside.

    X is rows x width, or rows x layers x width, where the layer is chosen inside the
    training folds too. y has two classes. Rows of one group never cross a split.

    Parameters are those of a study file: ``C`` (None: ten values from 1e-4 to 1e4),
    ``folds``, ``inner_folds``, ``repeats``, ``tol``, ``permutations`` (0: no test),
    ``bootstrap``, ``level`` and ``seed``.

    Attributes
    ----------
    auroc_, auroc_interval_, p_ : the nested AUROC, its interval over groups (None where
        it cannot be estimated), and the p of permuted labels over all layers (None
        without permutations or where it cannot be tested).
    scores_ : P(classes_[1]) of every row by the probe that did not see it.
    curve_ : AUROC by layer, nan where it cannot be estimated; no result, but a curve.
    coef_, intercept_, layer_ : the probe that is trained on all rows, at the layer that
        most folds chose, on the states as they are. Its scores of these rows say
        nothing about others; ``scores_`` do.
    classes_ : label 0 and label 1.
    """

    def __init__(
        self, C=None, *, folds=5, inner_folds=5, repeats=1, tol=1e-8,
        permutations=200, bootstrap=2000, level=0.95, seed=1,
    ):
        self.C = C
        self.folds = folds
        self.inner_folds = inner_folds
        self.repeats = repeats
        self.tol = tol
        self.permutations = permutations
        self.bootstrap = bootstrap
        self.level = level
        self.seed = seed

    def fit(self, X, y, groups=None):
        X, y = validate_data(self, X, y, dtype=[np.float64, np.float32, np.float16], allow_nd=True)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind not in ("binary", "multiclass"):
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        if X.ndim > 3:
            raise ValueError(f"X: found {X.ndim} dimensions, expected rows x width or rows x layers x width")
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) != 2:
            found = "1 class" if len(self.classes_) == 1 else f"{len(self.classes_)} classes"
            raise ValueError(f"Only binary classification is supported. Found {found} in y, expected 2.")
        if groups is not None:
            groups = _numbered(groups, len(y))
        with tempfile.TemporaryDirectory() as folder:
            try:
                self._run(Path(folder), X, labels, groups)
            except TellError as error:
                raise ValueError(_of_arguments(str(error))) from None
        return self

    def _run(self, folder, X, labels, groups):
        np.save(folder / "x.npy", np.ascontiguousarray(X))
        with open(folder / "rows.jsonl", "w", encoding="utf-8") as f:
            for label, group in zip(labels, labels if groups is None else groups):
                row = {"label": int(label)}
                if groups is not None:
                    row["group"] = int(group)
                f.write(json.dumps(row) + "\n")
        probe = {"folds": self.folds, "inner_folds": self.inner_folds, "repeats": self.repeats, "tol": self.tol}
        if self.C is not None:
            probe["C"] = np.atleast_1d(self.C).tolist()
        study = {
            "activations": {"path": "x.npy", "axes": ["row", "layer", "width"] if X.ndim == 3 else ["row", "width"]},
            "examples": "rows.jsonl",
            "target": "label",
            "probe": probe,
            "controls": {"permutations": self.permutations, "bootstrap": self.bootstrap, "level": self.level},
            "seed": self.seed,
        }
        if groups is not None:
            study["group"] = "group"
        text = json.dumps(study, default=lambda number: number.item())  # of NumPy
        (folder / "study.json").write_text(text, encoding="utf-8")
        call("run", folder / "study.json", "--quiet", "--output", folder / "report")
        report = Report(folder / "report")
        call("export", report.directory, "--quiet", "--nested", "--kind", "logistic", "-o", folder / "probe.npz")
        self._read(report, np.load(folder / "probe.npz"), len(labels))

    def _read(self, report, probe, rows):
        table = report.json["table"]
        nested = [r for r in table if r["block"] == "nested" and r.get("predictor") == "probe" and "subset" not in r]
        auroc = next(r["estimate"] for r in nested if r["key"] == "auroc")
        curve = [r for r in table if r["block"] == "curve" and r["key"] == "auroc"]
        self.auroc_ = auroc.get("value", np.nan)
        self.auroc_interval_ = (auroc["low"], auroc["high"]) if "low" in auroc else None
        p = [r["estimate"].get("value") for r in table if r["block"] == "curve" and r["key"] == "p_over_all_sites"]
        self.p_ = min((v for v in p if v is not None), default=None)
        self.curve_ = np.array([r["estimate"].get("value", np.nan) for r in sorted(curve, key=lambda r: r["layer"])])
        self.layer_ = int(probe["layer"][0])
        self.coef_ = probe["coef_"] / probe["scale_"]
        self.intercept_ = probe["intercept_"] - self.coef_ @ probe["mean_"][0]
        total, times = np.zeros(rows), np.zeros(rows)
        with open(report.directory / "scores.csv", encoding="utf-8", newline="") as f:
            for row in csv.DictReader(f):
                total[int(row["row"])] += float(row["score"])
                times[int(row["row"])] += 1
        self.scores_ = total / times

    def decision_function(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32, np.float16], allow_nd=True, reset=False)
        if X.ndim == 3:
            X = X[:, self.layer_]
        return X.astype(np.float64) @ self.coef_[0] + self.intercept_[0]

    def predict(self, X):
        positive = self.decision_function(X) > 0
        return self.classes_[positive.astype(int)]

    def predict_proba(self, X):
        margin = self.decision_function(X)
        p = np.where(margin >= 0, 1, np.exp(-np.abs(margin))) / (1 + np.exp(-np.abs(margin)))
        return np.column_stack([1 - p, p])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


def _numbered(groups, rows):
    """The groups as numbers in the order of their values."""
    values = np.asarray(groups, dtype=object)  # of a list with a NaN NumPy would make the text "nan"
    if values.shape != (rows,):
        raise ValueError(f"groups: found shape {values.shape}, expected ({rows},), one for each row of X")
    for row, value in enumerate(values):
        if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
            raise ValueError(
                f"groups: row {row}: found {value!r}, expected the group of the row: "
                "write a value of its own for a row that depends on no other, or leave the row out"
            )
    try:
        names, numbers = np.unique(values, return_inverse=True)
    except TypeError:
        found = " and ".join(sorted({type(value).__name__ for value in values}))
        raise ValueError(f"groups: found {found}, expected values of one type that have an order, such as str or int") from None
    if len(names) == 1:
        raise ValueError(
            f"groups: found one value, {names[0]!r}, on all {rows} rows, so nothing can be held out; "
            "expected values that tell items apart, or None where no row depends on another"
        )
    return numbers


# What tell says of the study that stands for the arguments, in their names.
_ARGUMENTS = [
    (r"^.*study\.json(:\d+)?: ", ""),
    (r"\b(?:probe|controls)\.(\w+)", r"\1"),
    (r"^probe: ", ""),
    (r"\binner folds: ", "inner_folds: "),
    (r", or \{logspace: .*?\}", " or None"),
    (r"^activations: .*?x\.npy: (array: )?", "X: "),
    (r"\S*rows\.jsonl", "y and groups"),
    (r"^nothing can be decoded from any layer; layer 0, position 0: constant: every row has the same state\..*", "X: found the same state on every row, expected columns that differ"),
    (r", as many as there are groups among the rows used", ", the number of groups (without groups, of rows)"),
    (r"\n?hint: .*", ""),
]


def _of_arguments(text):
    for pattern, words in _ARGUMENTS:
        text = re.sub(pattern, words, text)
    return text
