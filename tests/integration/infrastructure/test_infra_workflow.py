"""The workflow of pull requests: its steps with a compiler that says what the test wants, and what it compares with."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.builders.declared_tree import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
WORKFLOW = yaml.safe_load((WORKFLOWS / "infra.yml").read_text())
DEPLOY = yaml.safe_load((WORKFLOWS / "deploy.yml").read_text())
STEPS = {step.get("name"): step.get("run") for step in WORKFLOW["jobs"]["bicep"]["steps"]}
NULL = 'WARNING: /r/main.bicep(216,32) : Warning BCP318: The value of type "module | null" may be null'


def command_on_path(folder: Path, name: str, script: str) -> None:
    """A command that does what the test wants."""
    fake = folder / name
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)


def run_step(name: str, path: Path, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """A step of the job bicep, as a runner runs it, in a checkout."""
    environment = {**os.environ, "PATH": f"{path}:/usr/bin:/bin"}
    command = ["bash", "--noprofile", "--norc", "-e", "-c", STEPS[name]]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("said", "exit_code", "is_good"),
    [("", 0, True), (NULL, 0, False), ("ERROR: /r/main.bicep(1,1) : Error BCP057: no such name", 1, False)],
)
def test_a_warning_of_the_compiler_fails_the_step(
    tmp_path: Path, said: str, exit_code: int, is_good: bool
) -> None:
    """An error does, and so does a warning, which the compiler itself is content to print."""
    command_on_path(tmp_path, "az", f"case \"$*\" in *main.bicep) echo '{said}' >&2; exit {exit_code};; esac")
    done = run_step("Lint", tmp_path)
    assert (done.returncode == 0) == is_good, done.stdout + done.stderr
    assert said in done.stdout


def test_another_layout_fails_the_step(tmp_path: Path) -> None:
    """What the formatter makes of a file is compared with the file; the difference is shown."""
    command_on_path(tmp_path, "bicep", 'cat "$2"')
    assert run_step("Layout", tmp_path).returncode == 0
    command_on_path(
        tmp_path, "bicep", 'case "$2" in *lake.bicep) sed "s/^  kind/    kind/" "$2";; *) cat "$2";; esac'
    )
    done = run_step("Layout", tmp_path)
    assert done.returncode == 1 and "+    kind: 'StorageV2'" in done.stdout
    assert "otherwise: infrastructure/modules/lake.bicep\n" in done.stdout
    command_on_path(tmp_path, "bicep", "exit 1")
    assert run_step("Layout", tmp_path).returncode == 1


def test_other_snapshots_fail_the_step(tmp_path: Path) -> None:
    """Both environments are compared, with nothing of this machine's options, and a difference says what to do."""
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "infrastructure", checkout / "infrastructure")
    before = {path.name for path in (checkout / "infrastructure").iterdir()}
    calls = tmp_path / "calls"
    command_on_path(tmp_path, "bicep", f'ls "$2" && echo "$*" >> {calls} && env >> {calls}')
    done = run_step("Snapshots", tmp_path, checkout)
    assert done.returncode == 0, done.stderr
    said = calls.read_text()
    assert "AZURE_ENV_NAME=snapshot" in said and "PYTEST" not in said
    for name in ("main", "everything"):
        assert f"snapshot {name}.bicepparam --mode validate" in said
    assert {path.name for path in (checkout / "infrastructure").iterdir()} == before
    command_on_path(tmp_path, "bicep", 'case "$2" in everything*) exit 1;; esac')
    done = run_step("Snapshots", tmp_path, checkout)
    assert done.returncode == 1 and "start the workflow infra by hand on this branch" in done.stdout


def test_the_snapshot_of_everything_gives_every_option() -> None:
    """Each parameter that the environment fills is filled there, so that what an option adds is seen."""
    parameters = (ROOT / "infrastructure" / "main.bicepparam").read_text()
    names = set(re.findall(r"readEnvironmentVariable\('(\w+)'", parameters))
    script = (ROOT / "infrastructure" / "snapshot.sh").read_text()
    assert names - set(re.findall(r"\b([A-Z][A-Z_]+)=", script)) == set()


def test_the_compiler_is_of_one_version() -> None:
    """Pull requests are judged by the compiler that wrote the snapshots."""
    pinned = re.compile(r"v\d+\.\d+\.\d+")
    assert pinned.fullmatch(WORKFLOW["env"]["BICEP_VERSION"])
    installs = [
        s["run"] for job in WORKFLOW["jobs"].values() for s in job["steps"] if s.get("name") == "Compiler"
    ]
    assert len(installs) == 2 and all('--version "$BICEP_VERSION"' in install for install in installs)


def test_what_if_compares_what_a_deployment_would_send() -> None:
    """Each parameter comes from the same variable as in the deployment; else job ids or options are said to go."""
    parameters = (ROOT / "infrastructure" / "main.bicepparam").read_text()
    names = re.findall(r"readEnvironmentVariable\('(\w+)'", parameters)
    (deploy,) = DEPLOY["jobs"].values()
    what_if = WORKFLOW["jobs"]["what-if"]["env"]
    assert names and {name: what_if.get(name) for name in names} == {
        name: deploy["env"].get(name) for name in names
    }


@pytest.mark.parametrize("workflow", ["deploy", "rehearsal"])
def test_a_deployment_from_github_names_where_and_who(workflow: str) -> None:
    """The hooks take neither the subscription nor the deployer from the machine."""
    (job,) = yaml.safe_load((WORKFLOWS / f"{workflow}.yml").read_text())["jobs"].values()
    assert {"AZURE_SUBSCRIPTION_ID", "AZURE_PRINCIPAL_ID", "AZURE_PRINCIPAL_TYPE", "AZURE_ENV_NAME"} <= set(
        job["env"]
    )


def test_what_if_asks_for_no_right_to_deploy() -> None:
    """Whoever looks may not write: the check of rights to do what is shown is left out."""
    (step,) = [s["run"] for s in WORKFLOW["jobs"]["what-if"]["steps"] if s.get("name") == "What would change"]
    assert "--validation-level ProviderNoRbac" in step
