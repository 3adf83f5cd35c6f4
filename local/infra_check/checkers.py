"""Checkers that are programs of their own: checkov for Bicep, JSON schemas for workflows, the parser for KQL.

checkov pins dozens of packages to versions the project does not use, so it has an environment of its own under
`.local/infra`, as has Microsoft's KQL parser; both are installed once, and again when their pins change.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from local.infra_check.findings import Finding
from local.machine.steps import SetupError, Stamp, digest_of, said_in
from local.setup import npm_command

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HOME = ROOT / ".local" / "infra"
PINS = HERE / "checkov.txt"
MANIFESTS = (HERE / "package.json", HERE / "package-lock.json")
FOLDER = "infrastructure"
CONFIG = "infrastructure/checkov.yaml"
WORKFLOWS = ".github/workflows"
DEPENDABOT = ".github/dependabot.yml"
PINNED = re.compile(r"^(\./.+|[\w.-]+/[\w./-]+@[0-9a-f]{40})$")


def check_policies(root: Path) -> Iterator[Finding]:
    """What checkov objects to, files it could not read, and exceptions that nothing needs any more.

    Raises:
        SetupError: checkov cannot be installed or does not run.
    """
    report = _report(root)
    for path in report["results"]["parsing_errors"]:
        yield Finding(
            str(Path(path).relative_to(root.resolve())), "checkov cannot read it", "use plainer syntax"
        )
    for failed in report["results"]["failed_checks"]:
        file = f"{FOLDER}/{failed['file_path'].lstrip('/')}"
        problem = f"{failed['check_id']} {failed['check_name']} ({failed['resource']})"
        yield Finding(file, problem, f"set it right, or give the reason in {CONFIG}")


def check_schemas(root: Path) -> Iterator[Finding]:
    """Schemas, and what they do not ask for: least permissions, time limits, actions pinned by commit."""
    workflows = sorted((root / WORKFLOWS).glob("*.yml"))
    yield from _check_schema(root, "vendor.github-workflows", workflows)
    yield from _check_schema(root, "vendor.dependabot", [root / DEPENDABOT])
    for path in workflows:
        with suppress(yaml.YAMLError):  # said above already
            yield from _check_workflow(str(path.relative_to(root)), yaml.safe_load(path.read_text()))


def checkov(home: Path = HOME, pins: Path = PINS) -> Path:
    """The checkov command, in an environment under `home` with what `pins` says.

    Raises:
        SetupError: it cannot be installed.
    """
    environment = home / "checkov"
    stamp = Stamp(environment / ".installed", digest_of([pins]))
    if not stamp.is_current():
        _run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(environment)], ROOT)
        pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python")]
        _run([*pip, "install", "--quiet", "-r", str(pins)], ROOT)
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


def _report(root: Path) -> dict[str, Any]:
    command = [str(checkov()), "--directory", FOLDER, "--config-file", CONFIG, "--output", "json"]
    env = {**os.environ, "LOG_LEVEL": "CRITICAL", "PYTHONWARNINGS": "ignore"}
    run = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)  # noqa: S603 - own command
    try:
        report = json.loads(run.stdout)
    except ValueError:
        last = (run.stderr.strip().splitlines() or ["no message"])[-1]
        raise SetupError(f"checkov failed ({last}): remove .local/infra/checkov and run this again") from None
    if not report.get("summary", report).get("passed"):
        raise SetupError(f"checkov read no resource in {root / FOLDER}: is there Bicep?")
    return dict(report)


def _check_schema(root: Path, schema: str, paths: list[Path]) -> Iterator[Finding]:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        schema,
        "--output-format",
        "json",
    ]
    run = subprocess.run([*command, *map(str, paths)], capture_output=True, text=True)  # noqa: S603 - own command
    report = json.loads(run.stdout)
    for error in report["errors"]:
        file = str(Path(error["filename"]).relative_to(root))
        yield Finding(file, f"{error['path']}: {error['message']}", "mend it after the GitHub reference")
    for error in report.get("parse_errors", ()):
        yield Finding(str(Path(error["filename"]).relative_to(root)), error["message"], "mend the YAML")


def _check_workflow(name: str, workflow: dict[str, object]) -> Iterator[Finding]:
    if workflow.get("permissions") != {}:
        yield Finding(
            name, "the workflow's own permissions are not empty", "set permissions: {} and grant by job"
        )
    jobs = workflow["jobs"]
    assert isinstance(jobs, dict)  # noqa: S101 - the schema says so
    for key, job in jobs.items():
        if "uses" not in job and "timeout-minutes" not in job:
            yield Finding(name, f"job {key} has no timeout-minutes", "set one")
        for step in job.get("steps", ()):
            if "uses" in step and not PINNED.match(step["uses"]):
                yield Finding(name, f"{step['uses']} is not pinned by commit", "name the commit's 40 digits")


def _run(command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
    run = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)  # noqa: S603 - own commands
    if run.returncode:
        raise SetupError(f"{Path(command[0]).name} said: {said_in(run.stderr or run.stdout)}")
