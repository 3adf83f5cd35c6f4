"""Security rules for Bicep, by checkov; the exceptions with their reasons are in infrastructure/checkov.yaml."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.infra_check import tools
from local.infra_check.findings import Finding
from local.setup import SetupError

FOLDER = "infrastructure"
CONFIG = "infrastructure/checkov.yaml"


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


def _report(root: Path) -> dict[str, Any]:
    command = [str(tools.checkov()), "--directory", FOLDER, "--config-file", CONFIG, "--output", "json"]
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
