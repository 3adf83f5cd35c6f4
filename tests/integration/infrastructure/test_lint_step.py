"""The workflow's lint of the Bicep files, with a compiler that says what the test wants."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.builders.declared_tree import ROOT

WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "infra.yml").read_text())
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
