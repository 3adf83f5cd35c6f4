"""One step of set-up: run a program, say how long it took, and remember what it was done from.

Standard library only: set-up runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import subprocess
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

NOISE = ("error: ignored the following", "npm error a complete log")


class SetupError(Exception):
    """A step cannot be done; the message says what to do."""


class Stamp:
    """A file that says from what a step was last done."""

    def __init__(self, path: Path, digest: str) -> None:
        self._path, self._digest = path, digest

    def is_current(self) -> bool:
        """Whether the step was done from the very same files."""
        return self._path.exists() and self._path.read_text() == self._digest

    def write(self) -> None:
        """Say that the step is done."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(self._digest)

    def clear(self) -> None:
        """Say that the step is not done."""
        self._path.unlink(missing_ok=True)


def digest_of(paths: Iterable[Path], root: Path | None = None) -> str:
    """SHA-256 over names and contents; over paths from `root` where it is given."""
    digest = hashlib.sha256()
    for path in paths:
        name = path.relative_to(root) if root else path.name
        digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def ask(root: Path, python: Path, code: str) -> str:
    """What this Python prints when it runs `code` in `root`. Raises SetupError with what it said on failing."""
    answer = subprocess.run([str(python), "-c", code], cwd=root, capture_output=True, text=True)  # noqa: S603 - own code
    if answer.returncode:
        raise SetupError(said_in(answer.stderr) or f"{python} failed: remove .venv and run this again")
    return answer.stdout.strip()


def run_logged(
    command: Sequence[str], log_path: Path, name: str, cwd: Path, env: Mapping[str, str] | None = None
) -> None:
    """Run an installer, its output in a file. Raises SetupError with the words of `name` when it fails."""
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("wb") as log:
        result = subprocess.run(command, cwd=cwd, env=env, stdout=log, stderr=log)  # noqa: S603 - own commands
    if result.returncode:
        said = said_in(log_path.read_text(errors="replace"))
        raise SetupError(f"{name} said: {said} (the rest is in {log_path})")


def said_in(text: str) -> str:
    """What an installer said of its failure, in one line: its errors, with the last reason of its retries before."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    retries = [line for line in lines if line.startswith("WARNING: Retrying")]
    errors = [line for line in lines if line.lower().startswith(("error", "e: ", "npm error"))]
    telling = [line for line in errors if not line.lower().startswith(NOISE)]
    return "; ".join(textwrap.shorten(line, 300) for line in [*retries[-1:], *telling[:3]] or lines[-1:])


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print what is being done, and how many seconds it took."""
    start_s = time.monotonic()
    print(f"set-up: {name} ... ", end="", flush=True)
    try:
        yield
    except BaseException:
        print("failed")
        raise
    print(f"{time.monotonic() - start_s:.1f} s", flush=True)
