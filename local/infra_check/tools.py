"""The checkers that live outside the project's environment: checkov, and Microsoft's KQL parser.

checkov pins dozens of packages to versions the project does not use, so it has an environment of its own under
`.local/infra`; both are installed once, and again when their pins change.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from local.setup import SetupError, Stamp, digest_of, npm_command, said_in

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HOME = ROOT / ".local" / "infra"
PINS = HERE / "checkov.txt"
MANIFESTS = (HERE / "package.json", HERE / "package-lock.json")


def checkov(home: Path = HOME, pins: Path = PINS) -> Path:
    """The checkov command, in an environment under `home` with what `pins` says.

    Raises:
        SetupError: it cannot be installed.
    """
    environment = home / "checkov"
    stamp = Stamp(environment / ".installed", digest_of([pins]))
    if not stamp.is_current():
        _run([sys.executable, "-m", "venv", "--clear", str(environment)], ROOT)
        _run([str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(pins)], ROOT)
        stamp.write()
    return environment / "bin" / "checkov"


def kql_parser(home: Path = HOME, manifests: Sequence[Path] = MANIFESTS) -> tuple[str, Path]:
    """Node, and the directory under `home` that the KQL parser of `manifests` is installed in.

    Raises:
        SetupError: it cannot be installed.
    """
    target = home / "kql"
    stamp = Stamp(target / ".installed", digest_of(manifests))
    npm, env = npm_command(ROOT, Path(sys.executable))
    if not stamp.is_current():
        target.mkdir(parents=True, exist_ok=True)
        for manifest in manifests:
            shutil.copy(manifest, target)
        arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        _run([*npm, *arguments], target, env)
        stamp.write()
    node = shutil.which("node", path=env["PATH"])
    if node is None:
        raise SetupError("no node beside npm: remove .venv and run make again")
    return node, target


def _run(command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
    run = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)  # noqa: S603 - own commands
    if run.returncode:
        raise SetupError(f"{Path(command[0]).name} said: {said_in(run.stderr or run.stdout)}")
