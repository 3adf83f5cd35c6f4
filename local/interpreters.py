"""Which Python the virtual environment is made with, and the one place that says which are fine.

Standard library only, and it still parses on an old Python, to find a newer one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence

OLDEST, NEWEST = (3, 11), (3, 13)
"""Every package of the requirements is tried on these and those between. On a newer one some packages may have
no wheels yet, so it is used only where no other can be had."""


class InterpreterNotFound(Exception):
    """No Python that fits; the message says what to do."""


def pick_interpreter(version: tuple[int, int]) -> str:
    """This interpreter, of that (major, minor), if it fits; else one on the PATH; else one that uv has or brings.

    One newer than `NEWEST` is better than none. Raises InterpreterNotFound.
    """
    if OLDEST <= version <= NEWEST:
        return sys.executable
    found = _on_path() or _of_uv()
    if found:
        return found
    if version > NEWEST:
        return sys.executable
    raise InterpreterNotFound(f"{spoken(version)} is too old: {remedy()}")


def fitting() -> str:
    """The Pythons that are fine, as in "Python 3.11 to 3.13"."""
    return f"{spoken(OLDEST)} to {NEWEST[0]}.{NEWEST[1]}"


def remedy() -> str:
    """What to do where no Python fits."""
    return (
        f"{fitting()} are fine, and none is on the PATH; install one, or uv, which brings one, "
        f"or name one: make PYTHON=/path/to/python{NEWEST[0]}.{NEWEST[1]}"
    )


def spoken(version: tuple[int, int]) -> str:
    """As in "Python 3.12"."""
    return f"Python {version[0]}.{version[1]}"


def _on_path() -> str | None:
    """The newest fitting Python on the PATH that can make an environment: a shim of pyenv may stand for none."""
    able = (path for path in _candidates() if _ask([path, "-c", "import ensurepip, venv"]).returncode == 0)
    return next(able, None)


def _candidates() -> Iterator[str]:
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        for directory in os.environ.get("PATH", "").split(os.pathsep):
            found = shutil.which(f"python3.{minor}", path=directory)
            if found:
                yield found


def _of_uv() -> str | None:
    """A fitting Python that uv finds, else the newest fitting one, which it downloads; None without uv."""
    uv = shutil.which("uv")
    if uv is None:
        return None
    newest = f"{NEWEST[0]}.{NEWEST[1]}"
    wanted = f">={OLDEST[0]}.{OLDEST[1]},<{NEWEST[0]}.{NEWEST[1] + 1}"
    find = [uv, "python", "find", "--system", "--no-project", "--no-python-downloads", wanted]
    found = _ask(find)
    if found.returncode:
        print(f"set-up: asking uv for Python {newest}", flush=True)
        fetched = _ask([uv, "python", "install", newest])
        if fetched.returncode:
            print(f"set-up: uv said: {' '.join(fetched.stderr.split())}", file=sys.stderr)
            return None
        found = _ask(find)
    return found.stdout.strip() or None


def _ask(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - an interpreter, or uv
