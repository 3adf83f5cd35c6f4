"""The Databricks CLI as one deployer uses it: in a checkout of its own, with a token, without anybody's settings."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OLDEST = (1, 22)
_PARTS = ("infrastructure", "spark_jobs", "pyproject.toml")
_LAST_LINES = 20
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(\S*)")
_CHANGES = re.compile(r"(\d+) to (?:add|change|delete)")


class CheckError(Exception):
    """A command failed or did not do what it should; the message says which."""


@dataclass(frozen=True)
class Cli:
    """The program, the bundle's folder in a checkout, and the environment that says who deploys where."""

    program: Path
    folder: Path
    target: str
    environment: Mapping[str, str]

    def bundle(self, command: str, *arguments: str) -> str:
        """What `databricks bundle COMMAND` prints. Raises CheckError when it fails."""
        return run(
            [str(self.program), "bundle", command, "--target", self.target, *arguments],
            self.folder,
            self.environment,
        )

    def changes(self) -> int:
        """How many changes a deployment would make. Raises CheckError when the plan does not say so."""
        said = self.bundle("plan")
        counted = _CHANGES.findall(said)
        if not counted:
            raise CheckError(f"bundle plan says no number of changes: {said.strip()}")
        return sum(map(int, counted))

    def job_ids(self) -> dict[str, str]:
        """The ids of the jobs by key, as `bundle summary` tells them to the hooks of a deployment."""
        jobs = json.loads(self.bundle("summary", "--output", "json"))["resources"]["jobs"]
        return {key: str(job["id"]) for key, job in jobs.items()}


def find_cli() -> Path | None:
    """The `databricks` on the PATH, None if there is none. Raises CheckError for one that is too old."""
    found = shutil.which("databricks")
    if found is None:
        return None
    said = run([found, "version"], Path.cwd(), os.environ)
    version = _VERSION.search(said)
    # A build of a developer bears the number of the release before, and judges the bundle's constraint itself.
    if version is None or ((int(version[1]), int(version[2])) < OLDEST and "-dev" not in version[4]):
        raise CheckError(f"{found} says {said.strip()}: {OLDEST[0]}.{OLDEST[1]} or newer is needed")
    return Path(found)


def check_out(root: Path, folder: Path, target: str, variables: Mapping[str, Any]) -> Path:
    """What a deployment needs of the tree at `root`, in a folder of its own; the folder of the bundle in it."""
    folder.mkdir(parents=True)
    for name in _PARTS:
        copy = shutil.copytree if (root / name).is_dir() else shutil.copy
        copy(root / name, folder / name)
    bundle = folder / "infrastructure"
    shutil.rmtree(
        bundle / ".databricks", ignore_errors=True
    )  # what deployments from the tree itself remember
    overrides = bundle / ".databricks" / "bundle" / target / "variable-overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(json.dumps(variables), encoding="utf-8")
    return bundle


def environment(home: Path, host: str, token: str) -> dict[str, str]:
    """The environment of the CLI: this Python as `python3`, and no settings or profile of whoever runs the check."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABRICKS_", "BUNDLE_"))
    }
    return {
        **kept,
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "NO_PROXY": "127.0.0.1,localhost",
        "DATABRICKS_HOST": host,
        "DATABRICKS_TOKEN": token,
        "DATABRICKS_AUTH_TYPE": "pat",
    }


def run(command: list[str], folder: Path, env: Mapping[str, str]) -> str:
    """What a program prints. Raises CheckError with its last words when it fails."""
    done = subprocess.run(command, cwd=folder, env=dict(env), capture_output=True, text=True, check=False)  # noqa: S603 - the CLI
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_LAST_LINES:])
        raise CheckError(f"{' '.join(command[1:])} failed, exit code {done.returncode}:\n{said}")
    return done.stdout + done.stderr
