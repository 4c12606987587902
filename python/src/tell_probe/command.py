"""The command tell."""

import os
import shutil
import subprocess
import sys
from pathlib import Path


class TellError(RuntimeError):
    """What tell said when it refused."""


def command():
    """The path of tell: ``$TELL``, the one of this package, or the one on the path."""
    name = "tell.exe" if os.name == "nt" else "tell"
    own = Path(__file__).parent / "bin" / name
    for path in (os.environ.get("TELL"), own if own.exists() else None, shutil.which(name)):
        if path and not _is_script(path):
            return str(path)
    raise TellError("found no tell: install a wheel of tell-probe, which holds it, or set TELL to its path")


def _is_script(path):
    """Whether it is the script of this package, which would run itself."""
    script = Path(sys.executable).parent / Path(path).name
    return script.exists() and Path(path).exists() and Path(path).samefile(script)


def call(*args, text=None):
    """Run tell and return what it prints."""
    done = subprocess.run([command(), *map(str, args)], capture_output=True, text=True, encoding="utf-8", input=text)
    if done.returncode != 0:
        raise TellError(done.stderr.strip().removeprefix("tell: ") or f"tell ended with {done.returncode}")
    return done.stdout


def main():
    """The script tell."""
    path = command()
    if os.name == "nt":
        sys.exit(subprocess.call([path, *sys.argv[1:]]))
    os.execv(path, [path, *sys.argv[1:]])
