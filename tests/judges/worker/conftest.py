"""Microsoft's worker in an environment of its own, with exactly what is deployed beside it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.machine.steps import Stamp, digest_of
from tests.judges.servicebus.sdk import last_line

from .driver import PACKAGE, PYTHON, VERSION

ROOT = Path(__file__).resolve().parents[3]
INSTALLED = ROOT / ".local" / "judges" / "worker"
PINS = ROOT / "requirements.txt"


@pytest.fixture(scope="session")
def worker_python() -> Path:
    """The interpreter of an environment with the worker's library and requirements.txt, made once for each list."""
    stamp = Stamp(INSTALLED / ".installed", f"{VERSION} {digest_of([PINS])}")
    python = INSTALLED / "bin" / "python"
    if not stamp.is_current():
        interpreter = next(filter(_runs, _interpreters()), None)
        if interpreter is None:
            pytest.skip(f"no Python {PYTHON} is there, which {PACKAGE} {VERSION} needs")
        _run("venv", "--quiet", "--clear", "--no-python-downloads", "--python", interpreter, str(INSTALLED))
        pins = ["--only-binary", ":all:", "--requirement", str(PINS), f"{PACKAGE}=={VERSION}"]
        _run("pip", "install", "--quiet", "--python", str(python), *pins)
        stamp.write()
    return python


def _run(*arguments: str) -> None:
    run = subprocess.run([sys.executable, "-m", "uv", *arguments], capture_output=True, text=True)
    if run.returncode:
        pytest.skip(f"{PACKAGE} {VERSION} could not be installed: {last_line(run.stderr)}")


def _runs(interpreter: str) -> bool:
    """Whether it starts: a shim of pyenv may stand for a Python that is not chosen."""
    return subprocess.run([interpreter, "-c", ""], capture_output=True).returncode == 0


def _interpreters() -> Iterator[str]:
    """Pythons of the app's version: this one, one on the PATH, one of pyenv's."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == PYTHON:
        yield sys.executable
    if found := shutil.which(f"python{PYTHON}"):
        yield found
    for path in sorted(Path.home().glob(f".pyenv/versions/{PYTHON}.*/bin/python")):
        yield str(path)
