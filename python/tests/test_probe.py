import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from tell_probe import ProbeCV

QUICK = dict(permutations=0, bootstrap=100, C=[0.01, 1])


@parametrize_with_checks([ProbeCV(**QUICK)])
def test_conventions(estimator, check):
    check(estimator)


def planted(rows=240, layers=None, seed=0):
    r = np.random.default_rng(seed)
    y = r.integers(0, 2, rows)
    x = r.standard_normal((rows, layers or 1, 12))
    x[:, -1, 0] += 1.5 * y
    return (x if layers else x[:, 0]), y, np.arange(rows) // 4


def test_out_of_fold():
    x, y, city = planted()
    probe = ProbeCV(**QUICK).fit(x, np.where(y == 1, "wrong", "right"), groups=city)
    assert probe.classes_.tolist() == ["right", "wrong"]
    assert probe.auroc_ == pytest.approx(roc_auc_score(y, probe.scores_))
    low, high = probe.auroc_interval_
    assert low < probe.auroc_ < high
    assert probe.p_ is None
    # Other rows of the same kind, which the probe has not seen.
    other, truth, _ = planted(seed=1)
    assert roc_auc_score(truth, probe.decision_function(other)) == pytest.approx(0.85, abs=0.06)
    assert (probe.predict(other) == np.where(truth == 1, "wrong", "right")).mean() > 0.7


def test_layers():
    x, y, city = planted(layers=3)
    probe = ProbeCV(permutations=20, bootstrap=100, C=[0.01, 1]).fit(x, y, groups=city)
    assert probe.layer_ == 2
    assert probe.curve_.shape == (3,) and probe.curve_.argmax() == 2
    assert probe.p_ == pytest.approx(1 / 21)
    assert probe.predict_proba(x).sum(axis=1) == pytest.approx(1)
    flat = clone(probe).fit(x[:, 2], y, groups=city)
    assert flat.coef_ == pytest.approx(probe.coef_, rel=1e-6)
    assert probe.decision_function(x) == pytest.approx(flat.decision_function(x[:, 2]), rel=1e-6)


def test_refusals():
    x, y, city = planted()
    with pytest.raises(ValueError, match="Found 3 classes in y, expected 2"):
        ProbeCV(**QUICK).fit(x, city % 3)
    for groups, says in [
        ([1, 2, 3], r"^groups: found shape \(3,\), expected \(240,\), one for each row of X$"),
        (np.zeros(240), r"^groups: found one value, 0\.0, on all 240 rows, so nothing can be held out; "),
        (np.where(city == 1, np.nan, city), r"^groups: row 4: found nan, expected the group of the row: write a value of its own"),
        ([None if c == 1 else f"city {c}" for c in city], "^groups: row 4: found None, "),
        ([float("nan") if c == 1 else f"city {c}" for c in city], "^groups: row 4: found nan, "),
        (pd.Series(city).where(city != 1, pd.NA).astype("Int64"), "^groups: row 4: found <NA>, "),
        (pd.to_datetime(pd.Series(city), unit="D").where(city != 1), "^groups: row 4: found NaT, "),
        ([int(c) if c == 1 else f"city {c}" for c in city], "^groups: found int and str, expected values of one type"),
        (city % 3, r"^folds: found 5 folds, expected at most 3, the number of groups \(without groups, of rows\)$"),
    ]:
        with pytest.raises(ValueError, match=says):
            ProbeCV(**QUICK).fit(x, y, groups=groups)
    for arguments, says in [
        (dict(folds=1), "^folds: found 1, expected at least 2"),
        (dict(folds=2.5), "^folds: found 2.5, expected a whole number"),
        (dict(inner_folds=1), "^inner_folds: found 1, expected at least 2$"),
        (dict(C=-1), "^C: found -1, expected finite numbers above 0$"),
        (dict(C="strong"), r'^C: found \["strong"\], expected a number'),
        (dict(tol=0), "^tol: found 0, "),
        (dict(permutations=-1), "^permutations: found -1, expected 0 to "),
        (dict(bootstrap=9), "^bootstrap: found 9, expected 100 to "),
        (dict(level=95), "^level: found 95, "),
        (dict(seed=-1), "^seed: found -1, "),
    ]:
        with pytest.raises(ValueError, match=says):
            ProbeCV(**{**QUICK, **arguments}).fit(x, y)
    with pytest.raises(ValueError, match="^X: found the same state on every row, expected columns that differ$"):
        ProbeCV(**QUICK).fit(np.ones((240, 3)), y)


def test_groups_of_every_type():
    x, y, city = planted()
    probe = ProbeCV(**QUICK).fit(x, y, groups=city)
    for groups in [list(city), city + 0.5, pd.Series(city), [f"city {c:02}" for c in city], pd.Series([f"city {c:02}" for c in city])]:
        assert (ProbeCV(**{**QUICK, "seed": np.int64(1)}).fit(x, y, groups=groups).scores_ == probe.scores_).all()
