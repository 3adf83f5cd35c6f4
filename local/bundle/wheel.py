"""The jobs' wheel, built by the bundle's own command once for each state of the sources."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from local.bundle.errors import BundleError

_SCRIPT = "infrastructure/build_wheel.py"
_TOOLS = ".local/build"
"""What the build needs, installed by set-up: with it a build asks no package index."""


def wheel_of(root: Path) -> Path:
    """The wheel of a checkout's sources: the one in dist/ if it is of them, else a new one. Raises BundleError."""
    dist = root / "dist"
    dist.mkdir(exist_ok=True)
    with (dist / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # stacks of tests start side by side
        found = list(dist.glob(f"*.post{_number(root)}-*.whl"))
        return found[0] if found else _built(root)


def _number(root: Path) -> int:
    """The number that says in a wheel's name what is in it."""
    spec = importlib.util.spec_from_file_location("build_wheel", root / _SCRIPT)
    if spec is None or spec.loader is None:
        raise BundleError(f"{root / _SCRIPT} cannot be loaded")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    return int(script.post_release(project, script.sources(root)))


def _built(root: Path) -> Path:
    environment = dict(os.environ)
    tools = root / _TOOLS
    if (tools / "setuptools").is_dir():
        environment |= {"PIP_NO_BUILD_ISOLATION": "0", "PYTHONPATH": str(tools)}
    command = [sys.executable, str(root / _SCRIPT)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - own script
    if done.returncode:
        raise BundleError(
            f"{_SCRIPT} failed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}"
        )
    return Path(done.stdout.strip().splitlines()[-1])
