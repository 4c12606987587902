"""tell from Python: run a study, read what it found, train a probe on arrays.

    import tell_probe

    report = tell_probe.run("study.yaml")
    report                      # in a notebook: the finding and the layer figure
    report.results()            # one row for each estimate, in pandas or polars
    report.scores()             # one row for each example and repeat: its out-of-fold score

    from tell_probe import ProbeCV
    probe = ProbeCV().fit(states, user_wrong, groups=city)
    probe.auroc_, probe.auroc_interval_

The command ``tell``, which the wheel contains, computes everything.
"""

from .command import TellError, command
from .report import Report, run

__version__ = "0.1.0"
__all__ = ["ProbeCV", "Report", "TellError", "command", "run"]


def __getattr__(name):  # scikit-learn is needed by ProbeCV alone
    if name == "ProbeCV":
        try:
            from .probe import ProbeCV
        except ModuleNotFoundError as error:
            raise ImportError('ProbeCV needs scikit-learn: pip install "tell-probe[sklearn]"') from error

        return ProbeCV
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
