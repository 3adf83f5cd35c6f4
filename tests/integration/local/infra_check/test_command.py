"""The command over a changed tree, and the checks that start processes: a clean import, schemas, shells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from local.infra_check.__main__ import check, main
from local.infra_check.checkers import check_schemas
from local.infra_check.checks import Check, checks_of, scripts
from local.infra_check.code import CodeError, own_code, read_code
from local.infra_check.findings import Finding
from tests.builders.declared_tree import ROOT, Tree
from tests.unit.functions.indexed import FUNCTIONS

BUNDLE = "infrastructure/databricks.yml"
CI = ".github/workflows/ci.yml"


@pytest.mark.slow
def test_the_project_passes_every_check() -> None:
    """Nothing is to mend in the project; what passed on these very files is not looked at again."""
    assert main(["--root", str(ROOT), "--changed"]) == 0


def test_the_project_passes_every_check_but_checkovs() -> None:
    """All that can be looked at within seconds."""
    checks = {name: each for name, each in checks_of(ROOT).items() if name != "checkov"}
    assert check(ROOT, checks, is_changed_only=True) == 0


def test_code_is_read_as_its_modules_say() -> None:
    """Reading another tree's code gives what importing it here gives, but for what the environment changes."""
    code, here = read_code(ROOT), own_code(FUNCTIONS.values())
    assert replace(here, triggers=()) == replace(code, triggers=())
    assert {trigger.function for trigger in here.triggers} == {trigger.function for trigger in code.triggers}


def test_queue_renamed_in_code_only_is_found(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """The command fails and names the queue, the file and what to do."""
    tree.change("shared/adapters/bus.py", '"discogs-fetch"', '"discogs-tasks"')
    assert main(["--root", str(tree.root), "--quick"]) == 1
    said = capsys.readouterr().out
    assert "infrastructure/queues.json: queue discogs-tasks of the code is missing; add it" in said
    assert (
        "infrastructure/queues.json: queue discogs-fetch is not used by shared/adapters/bus.py; remove it"
        in said
    )


def test_code_that_does_not_import_is_said(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """The command ends with 2 and Python's reason."""
    tree.change("function_app.py", "import azure.functions as func", "import azure.functionz as func")
    with pytest.raises(CodeError, match=r"azure\.functionz"):
        read_code(tree.root)
    assert main(["--root", str(tree.root), "--write"]) == 2
    assert "azure.functionz" in capsys.readouterr().err


def test_bundle_that_is_no_yaml_is_said(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """The command ends with 2 and names the file."""
    tree.change(BUNDLE, "bundle:", "bundle: [")
    assert main(["--root", str(tree.root), "--quick"]) == 2
    assert "databricks.yml" in capsys.readouterr().err


def test_what_passed_is_left_out_until_something_it_reads_changes(
    tree: Tree, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each check that passed is remembered with the files it reads; one that failed is not, nor by a full check."""
    scripts_fail = Check(lambda: [Finding("a.sh", "is wrong", "mend it")], reads=["infrastructure"])
    checks = {"sound": Check(lambda: [], reads=["infrastructure", "azure.yaml"]), "wrong": scripts_fail}

    def said(*, is_changed_only: bool = True) -> list[str]:
        assert check(tree.root, checks, is_changed_only=is_changed_only) == 1
        lines = capsys.readouterr().out.splitlines()
        return [line.split(" (")[0].removeprefix("infra-check: ") for line in lines if line[0] != " "]

    passed = "sound: passed before, and nothing it reads has changed"
    assert said() == ["sound: ok", "wrong: 1 to mend"]
    assert said() == [passed, "wrong: 1 to mend"]
    assert said(is_changed_only=False) == ["sound: ok", "wrong: 1 to mend"]
    tree.change("host.json", "{", "{ ")
    assert said()[0] == passed
    tree.change("azure.yaml", "hooks:", "hooks: # moved")
    assert said()[0] == "sound: ok"
    (tree.root / "infrastructure/new.json").write_text("{}")
    assert said()[0] == "sound: ok"
    checks["sound"] = scripts_fail
    assert said(is_changed_only=False)[0] == "sound: 1 to mend"


def test_slips_in_workflows_are_found(tree: Tree) -> None:
    """What GitHub would refuse, and what it would allow and should not, are found."""
    tree.change(CI, "runs-on: ubuntu-latest", "run-on: ubuntu-latest")
    tree.change(CI, "permissions: {}\n", "")
    tree.change(CI, "    timeout-minutes: 60\n", "")
    tree.change(CI, "setup-python@a26af69be951a213d495a4c3e4e4022e16d87065", "setup-python@v5")
    tree.change(".github/dependabot.yml", "interval: monthly", "interval: sometimes")
    tree.change(".github/workflows/audit.yml", "on:\n", "on:\n - [\n")
    findings = [str(finding) for finding in check_schemas(tree.root)]
    for says in (
        "ci.yml: $.jobs.check",
        "permissions are not empty",
        "job check has no timeout-minutes",
        "actions/setup-python@v5 is not pinned by commit",
        ".github/dependabot.yml: $.updates",
        "audit.yml",
    ):
        assert any(says in finding for finding in findings), (says, findings)


def test_slips_in_scripts_are_found(tree: Tree) -> None:
    """A shell script or JSON file that does not parse is found."""
    assert list(scripts(tree.root)) == []
    tree.change("infrastructure/hooks/predown.sh", "\nfi", "\n")
    tree.change("infrastructure/queues.json", "{", "")
    assert [finding.file for finding in scripts(tree.root)] == [
        "infrastructure/hooks/predown.sh",
        "infrastructure/queues.json",
    ]
