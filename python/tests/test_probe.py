import numpy as np
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
    with pytest.raises(ValueError, match=r"groups of shape \(3,\), expected \(240,\)"):
        ProbeCV(**QUICK).fit(x, y, groups=[1, 2, 3])
    with pytest.raises(ValueError, match="nothing can be held out"):
        ProbeCV(**QUICK).fit(x, y, groups=np.zeros(240))
