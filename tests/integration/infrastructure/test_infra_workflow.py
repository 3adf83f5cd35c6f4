"""The workflow of pull requests: its lint with a compiler that says what the test wants, and what it compares with."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.builders.declared_tree import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
WORKFLOW = yaml.safe_load((WORKFLOWS / "infra.yml").read_text())
DEPLOY = yaml.safe_load((WORKFLOWS / "deploy.yml").read_text())
(STEP,) = [step["run"] for step in WORKFLOW["jobs"]["bicep"]["steps"] if step.get("name") == "Lint"]
NULL = 'WARNING: /r/main.bicep(216,32) : Warning BCP318: The value of type "module | null" may be null'


@pytest.mark.parametrize(
    ("said", "exit_code", "is_good"),
    [("", 0, True), (NULL, 0, False), ("ERROR: /r/main.bicep(1,1) : Error BCP057: no such name", 1, False)],
)
def test_a_warning_of_the_compiler_fails_the_step(
    tmp_path: Path, said: str, exit_code: int, is_good: bool
) -> None:
    """An error does, and so does a warning, which the compiler itself is content to print."""
    fake = tmp_path / "az"
    fake.write_text(f"#!/bin/sh\ncase \"$*\" in *main.bicep) echo '{said}' >&2; exit {exit_code};; esac\n")
    fake.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:/usr/bin:/bin"}
    command = ["bash", "--noprofile", "--norc", "-e", "-c", STEP]  # as a runner does
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode == 0) == is_good, done.stdout + done.stderr
    assert said in done.stdout


def test_what_if_compares_what_a_deployment_would_send() -> None:
    """Each parameter comes from the same variable as in the deployment; else job ids or options are said to go."""
    parameters = (ROOT / "infrastructure" / "main.bicepparam").read_text()
    names = re.findall(r"readEnvironmentVariable\('(\w+)'", parameters)
    (deploy,) = DEPLOY["jobs"].values()
    what_if = WORKFLOW["jobs"]["what-if"]["env"]
    assert names and {name: what_if.get(name) for name in names} == {
        name: deploy["env"].get(name) for name in names
    }


def test_what_if_asks_for_no_right_to_deploy() -> None:
    """Whoever looks may not write: the check of rights to do what is shown is left out."""
    (step,) = [s["run"] for s in WORKFLOW["jobs"]["what-if"]["steps"] if s.get("name") == "What would change"]
    assert "--validation-level ProviderNoRbac" in step
