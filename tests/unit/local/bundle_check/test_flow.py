"""The order of the CLI's commands, what they are given, and what makes the check fail; the CLI is a script of ours."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.bundle_check.cli import CheckError, Cli, check_out, environment, find_cli
from local.bundle_check.flow import Flow
from tests.builders.declared_tree import ROOT

SCRIPT = """#!{python}
import json, os, pathlib, sys
place = pathlib.Path({place!r})
answers = json.loads((place / "answers.json").read_text())
words = sys.argv[1:]
command = words[1] if words[0] == "bundle" else words[0]
calls = place / "calls.jsonl"
seen = [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []
count = sum(call["command"] == command for call in seen)
names = ("DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_AUTH_TYPE", "DATABRICKS_CONFIG_PROFILE", "HOME")
call = dict(command=command, words=words, folder=os.getcwd(), env={{n: os.environ.get(n) for n in names}})
with calls.open("a") as log:
    log.write(json.dumps(call) + "\\n")
told = answers.get(command, [["", 0]])
text, code = told[min(count, len(told) - 1)]
print(text)
sys.exit(code)
"""
NEW = "create jobs.a\n\nPlan: 31 to add, 0 to change, 0 to delete, 0 unchanged"
EMPTY = "Plan: 0 to add, 0 to change, 0 to delete, 31 unchanged"
ONE = "Plan: 0 to add, 1 to change, 0 to delete, 30 unchanged"
SUMMARY = json.dumps({"resources": {"jobs": {"silver": {"id": "11"}, "gold": {"id": 12}}}})
ANSWERS: dict[str, list[tuple[str, int]]] = {
    "version": [("Databricks CLI v1.22.1", 0)],
    "plan": [(NEW, 0), (EMPTY, 0)],
    "summary": [(SUMMARY, 0)],
}


@dataclass
class StandIn:
    """A `databricks` that notes how it is called and answers what it was told."""

    place: Path
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        (self.place / "bin").mkdir()
        self.program.write_text(SCRIPT.format(python=sys.executable, place=str(self.place)))
        self.program.chmod(0o755)
        self.answer()

    @property
    def program(self) -> Path:
        return self.place / "bin" / "databricks"

    def answer(self, **changed: list[tuple[str, int]]) -> None:
        """What it prints and exits with, call by call of each command; the last answer stays."""
        (self.place / "answers.json").write_text(json.dumps({**ANSWERS, **changed}))

    def flow(self) -> Flow:
        """Two deployers."""
        both = [self._cli(name) for name in ("first", "second")]
        return Flow(both[0], both[1], self.said.append)

    def _cli(self, name: str) -> Cli:
        folder = self.place / name
        if not folder.exists():
            folder.mkdir()
        env = environment(self.place / f"home-{name}", "http://127.0.0.1:8900", f"token-{name}")
        return Cli(self.program, folder, "dev", env)

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.place / "calls.jsonl").read_text().splitlines()]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A stand-in whose user has a profile and a variable of the bundle, which must not count."""
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "mine")
    monkeypatch.setenv("BUNDLE_VAR_catalog", "mine")
    return StandIn(tmp_path)


def test_the_commands_in_their_order(cli: StandIn) -> None:
    """First deployer: validate to summary, both runs; second: plan, deploy, plan; first again: plan, destroy."""
    flow = cli.flow()
    assert flow.deploy() == {"silver": "11", "gold": "12"}
    flow.run(("silver", "gold"), "R1")
    flow.deploy_again()
    flow.destroy()
    called = [(Path(call["folder"]).name, *call["words"]) for call in cli.calls]
    target = ("--target", "dev")
    first, second = ("first", "bundle"), ("second", "bundle")
    assert called == [
        (*first, "validate", *target),
        (*first, "plan", *target),
        (*first, "deploy", *target),
        (*first, "plan", *target),
        (*first, "summary", *target, "--output", "json"),
        (*first, "run", *target, "silver", "--params", "run_id=R1"),
        (*first, "run", *target, "gold", "--params", "run_id=R1"),
        (*second, "plan", *target),
        (*second, "deploy", *target),
        (*second, "plan", *target),
        (*first, "plan", *target),
        (*first, "destroy", *target, "--auto-approve"),
    ]
    assert cli.said[0].startswith("validate") and cli.said[-1].startswith("destroy")


def test_each_deployer_signs_in_alone(cli: StandIn) -> None:
    """Host and token are the check's; neither profile nor settings nor variables of whoever runs it count."""
    flow = cli.flow()
    flow.deploy()
    flow.deploy_again()
    for call in cli.calls:
        name, env = Path(call["folder"]).name, call["env"]
        assert env["DATABRICKS_TOKEN"] == f"token-{name}"
        assert (env["DATABRICKS_HOST"], env["DATABRICKS_AUTH_TYPE"]) == ("http://127.0.0.1:8900", "pat")
        assert env["HOME"] == str(cli.place / f"home-{name}") and env["DATABRICKS_CONFIG_PROFILE"] is None
        assert not [variable for variable in flow.first.environment if variable.startswith("BUNDLE_")]


@pytest.mark.parametrize("command", ["validate", "plan", "deploy", "summary", "run", "destroy"])
def test_a_command_that_fails_ends_the_check(cli: StandIn, command: str) -> None:
    """The error names the command and says what it said; nothing comes after it."""
    cli.answer(**{command: [("no such node", 1)]})
    with pytest.raises(CheckError, match=rf"bundle {command} .*exit code 1:\nno such node"):
        flow = cli.flow()
        flow.deploy()
        flow.run(("silver",), "R1")
        flow.destroy()
    assert cli.calls[-1]["command"] == command


@pytest.mark.parametrize(
    ("plans", "which"),
    [
        ([EMPTY], "nothing to do in an empty workspace"),
        (["done"], "no number of changes"),
        ([NEW, ONE], "the deployer's second plan has 1 changes"),
        ([NEW, EMPTY, ONE], "the second deployer's first plan"),
        ([NEW, EMPTY, EMPTY, ONE], "the second deployer's second plan"),
        ([NEW, EMPTY, EMPTY, EMPTY, ONE], "the first deployer's plan after that"),
    ],
)
def test_a_plan_that_is_not_what_it_should_be_ends_the_check(
    cli: StandIn, plans: list[str], which: str
) -> None:
    """The first plan has changes; every later one has none."""
    cli.answer(plan=[(text, 0) for text in plans])
    with pytest.raises(CheckError, match=which):
        flow = cli.flow()
        flow.deploy()
        flow.deploy_again()


@pytest.mark.parametrize(
    ("said", "is_new_enough"),
    [
        ("Databricks CLI v1.22.1", True),
        ("Databricks CLI v2.0.0", True),
        ("Databricks CLI v1.14.0-dev+7bbe285", True),
        ("Databricks CLI v1.21.9", False),
        ("Version 0.18.0", False),
        ("what", False),
    ],
)
def test_the_version_is_asked_for(
    cli: StandIn, monkeypatch: pytest.MonkeyPatch, said: str, is_new_enough: bool
) -> None:
    """1.22 or newer, or a build of a developer, which the bundle's own constraint judges."""
    monkeypatch.setenv("PATH", str(cli.program.parent))
    cli.answer(version=[(said, 0)])
    if is_new_enough:
        assert find_cli() == cli.program
    else:
        with pytest.raises(CheckError, match=r"1\.22 or newer is needed"):
            find_cli()


def test_a_checkout_has_what_a_deployment_needs(tmp_path: Path) -> None:
    """Bundle, sources and project file, the values of variables, and nothing that was deployed from the tree before."""
    folder = check_out(ROOT, tmp_path / "there", "dev", {"catalog": "films", "job_permissions": []})
    assert (folder / "databricks.yml").is_file() and (folder / "build_wheel.py").is_file()
    assert (folder.parent / "spark_jobs" / "silver" / "job.py").is_file()
    assert (folder.parent / "pyproject.toml").is_file()
    overrides = folder / ".databricks" / "bundle" / "dev" / "variable-overrides.json"
    assert json.loads(overrides.read_text()) == {"catalog": "films", "job_permissions": []}
    assert [path.name for path in (folder / ".databricks" / "bundle").rglob("*.json")] == [
        "variable-overrides.json"
    ]
