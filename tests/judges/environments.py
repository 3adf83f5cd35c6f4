"""Judges written in Python that must not share an environment with the project: each gets one of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from local.machine.steps import Stamp, said_in

FOLDER = Path(__file__).resolve().parents[2] / ".local" / "judges"


def environment_of(name: str, *pins: str) -> Path:
    """The interpreter of the judge's own environment with these packages, made once for each list of them.

    Skips the test where the packages cannot be had, saying why.
    """
    home = FOLDER / name
    stamp, python = (
        Stamp(home / ".installed", f"{sys.version_info[:2]} {' '.join(pins)}"),
        home / "bin" / "python",
    )
    if not (stamp.is_current() and python.exists()):
        _uv("venv", "--quiet", "--clear", "--no-python-downloads", "--python", sys.executable, str(home))
        _uv("pip", "install", "--quiet", "--only-binary", ":all:", "--python", str(python), *pins)
        stamp.write()
    return python


def _uv(*arguments: str) -> None:
    run = subprocess.run([sys.executable, "-m", "uv", *arguments], capture_output=True, text=True)
    if run.returncode:
        pytest.skip(f"{arguments[-1]} could not be installed: {said_in(run.stderr)}")
