"""A bundle or a workflow that its makers' tools would refuse is found."""

from __future__ import annotations

import pytest

from local.infra_check.__main__ import main
from local.infra_check.bundle import check_bundle
from local.infra_check.checkers import check_schemas
from local.infra_check.checks import entry_points, scripts
from tests.unit.local.infra_check.conftest import ROOT, Tree

GOLD = "infrastructure/resources/gold.job.yml"
BUNDLE = "infrastructure/databricks.yml"
POLICY = "infrastructure/resources/clusters.yml"
CI = ".github/workflows/ci.yml"


def test_bundle_of_the_project_is_sound() -> None:
    """Nothing is to mend in the project's own bundle."""
    assert list(check_bundle(ROOT, entry_points(ROOT))) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (GOLD, "max_retries:", "max_retry:", "max_retry"),
        (GOLD, "entry_point: gold", "entry_point: golden", "entry point golden is not in pyproject.toml"),
        (GOLD, "${var.job_cluster}", "${var.cluster}", "${var.cluster} leads nowhere"),
        (BUNDLE, "cluster_policies.crossfade", "cluster_policies.crosfade", "leads nowhere"),
        (
            BUNDLE,
            "      node_type: Standard_D8ds_v5",
            "      node_typ: Standard_D8ds_v5",
            "sets variable node_typ",
        ),
        (BUNDLE, "presets:", "preset:", "unknown key preset"),
        (BUNDLE, "    mode: development", "    modus: development", "unknown key modus"),
        (
            BUNDLE,
            "      data_security_mode: SINGLE_USER",
            "      data_security: SINGLE_USER",
            "data_security",
        ),
        (POLICY, "SPOT_WITH_FALLBACK_AZURE", "ON_DEMAND_AZURE", "on spot machines"),
        (POLICY, '"value": -1},', '"value": -1}', "is not JSON"),
        (POLICY, "secret_scopes:", "scopes:", "resources of kind scopes"),
    ],
)
def test_slip_in_bundle_is_found(tree: Tree, file: str, old: str, new: str, says: str) -> None:
    """An unknown field, a dangling reference, a dear cluster are found."""
    tree.change(file, old, new)
    findings = [str(finding) for finding in check_bundle(tree.root, entry_points(tree.root))]
    assert any(says in finding for finding in findings), findings


def test_bundle_that_is_no_yaml_is_said(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    """The command ends with 2 and names the file."""
    tree.change(BUNDLE, "bundle:", "bundle: [")
    assert main(["--root", str(tree.root), "--quick"]) == 2
    assert "databricks.yml" in capsys.readouterr().err


def test_workflows_of_the_project_are_sound() -> None:
    """Nothing is to mend in the project's own workflows."""
    assert list(check_schemas(ROOT)) == []


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
    tree.change("infrastructure/hooks/postdown.sh", "\nfi", "\n")
    tree.change("infrastructure/queues.json", "{", "")
    assert [finding.file for finding in scripts(tree.root)] == [
        "infrastructure/hooks/postdown.sh",
        "infrastructure/queues.json",
    ]
