"""Workflows and dependabot, against the JSON schemas that check-jsonschema brings."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import yaml

from local.infra_check.findings import Finding

WORKFLOWS = ".github/workflows"
DEPENDABOT = ".github/dependabot.yml"
PINNED = re.compile(r"^(\./.+|[\w.-]+/[\w./-]+@[0-9a-f]{40})$")


def check_schemas(root: Path) -> Iterator[Finding]:
    """Schemas, and what they do not ask for: least permissions, time limits, actions pinned by commit."""
    workflows = sorted((root / WORKFLOWS).glob("*.yml"))
    yield from _check_schema(root, "vendor.github-workflows", workflows)
    yield from _check_schema(root, "vendor.dependabot", [root / DEPENDABOT])
    for path in workflows:
        with suppress(yaml.YAMLError):  # said above already
            yield from _check_workflow(str(path.relative_to(root)), yaml.safe_load(path.read_text()))


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
