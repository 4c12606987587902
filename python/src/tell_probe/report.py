"""Reports: the directory that tell run writes."""

import base64
import importlib
import importlib.util
import json
import re
from pathlib import Path

from .command import TellError, call


# What a table in a library needs: the extra of its name installs it.
_LIBRARIES = {"pandas": ("pandas", "pyarrow"), "polars": ("polars",)}


def run(study, output=None, *, force=False):
    """Do everything that a study asks for and return its Report.

    output is the directory of the report, by default ``STUDY-report`` in the current
    directory. What is finished there is used again.
    """
    args = ["run", study, "--quiet", "--json"]
    if output is not None:
        args += ["--output", output]
    if force:
        args.append("--force")
    return Report(json.loads(call(*args))["directory"])


class Report:
    """A directory that ``tell run`` has written."""

    def __init__(self, directory):
        self.directory = Path(directory)
        if not (self.directory / "results.json").is_file():
            raise TellError(f"{self.directory}: found no results.json, expected a directory that tell run has written")

    @property
    def page(self):
        """The path of the page."""
        return self.directory / "report.html"

    @property
    def json(self):
        """results.json: every estimate with definitions and provenance."""
        return json.loads((self.directory / "results.json").read_text(encoding="utf-8"))

    def results(self, library=None):
        """The table of estimates as a frame of "pandas" or "polars"."""
        return self._frame("results", library)

    def scores(self, library=None):
        """The out-of-fold scores as a frame of "pandas" or "polars"."""
        return self._frame("scores", library)

    def estimate(self, key, block="nested", predictor="probe", subset=None, **columns):
        """One row of the table as a dict; layer, position, dump and others narrow it."""
        wanted = {"block": block, "predictor": predictor, "key": key, **columns}
        found = [
            row
            for row in self.json["table"]
            if all(row.get(name) == value for name, value in wanted.items()) and _subset(row) == subset
        ]
        if len(found) != 1:
            raise KeyError(f"found {len(found)} rows of {wanted}, subset {subset}, expected 1: see results()")
        return found[0]["estimate"]

    @property
    def finding(self):
        """The finding in words."""
        return [_plain(text) for text in re.findall(r"<(?:p class=\"lead\"|li)>(.*?)</(?:p|li)>", self._finding(), re.S)]

    def _finding(self):
        page = self.page.read_text(encoding="utf-8")
        found = re.search(r'<section id="finding".*?</section>', page, re.S)
        return re.sub(r'<details class="values">.*?</details>', "", found[0], flags=re.S) if found else ""

    def _frame(self, name, library):
        lacks = {lib: [n for n in needs if not importlib.util.find_spec(n)] for lib, needs in _LIBRARIES.items()}
        library = library or next((lib for lib, missing in lacks.items() if not missing), None)
        if library is None:
            raise ImportError('tables need pandas with pyarrow, or polars: pip install "tell-probe[pandas]" or "tell-probe[polars]"')
        if library not in lacks:
            raise ValueError(f'library: found {library!r}, expected "pandas" or "polars"')
        if lacks[library]:
            raise ImportError(f'tables in {library} need {" and ".join(lacks[library])}: pip install "tell-probe[{library}]"')
        return importlib.import_module(library).read_parquet(self.directory / f"{name}.parquet")

    def __repr__(self):
        return f"Report({str(self.directory)!r})"

    def _repr_html_(self):
        # The figures of the page need its style sheet.
        picture = self._picture("finding", "The probe beside behaviour and rivals")
        html = re.sub(r"<figure.*?</figure>", lambda _: picture, self._finding(), flags=re.S)
        return html + self._picture("layers", "Decodability by layer")

    def _picture(self, name, words):
        path = self.directory / f"{name}.png"
        if not path.is_file():
            return ""
        data = base64.b64encode(path.read_bytes()).decode()
        return f'<img alt="{words}" style="display:block;max-width:46em;width:100%" src="data:image/png;base64,{data}">'


def _subset(row):
    s = row.get("subset")
    if not s:
        return None
    return f"{s['column']}={s.get('value', '')}" + (f"-{s['reference']}" if "reference" in s else "")


def _plain(html):
    from html import unescape

    return unescape(re.sub(r"<[^>]+>", "", html)).strip()
