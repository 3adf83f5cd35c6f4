"""Bicep files that do not fit together are found."""

from __future__ import annotations

import pytest

from local.infra_check import checks
from tests.builders.declared_tree import ROOT, Tree

MAIN = "infrastructure/main.bicep"
LAKE = "infrastructure/modules/lake.bicep"
VALUES = "infrastructure/main.bicepparam"


def found(tree: Tree) -> list[str]:
    return [str(finding) for finding in checks.bicep(tree.root)]


def test_bicep_files_of_the_project_fit_together() -> None:
    """Nothing is to mend in the project's own Bicep."""
    assert list(checks.bicep(ROOT)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            MAIN,
            "softDeleteDays: softDeleteDays\n    rawCool",
            "softDeletDays: softDeleteDays\n    rawCool",
            "no parameter softDeletDays",
        ),
        (
            MAIN,
            "    skuName: storageSku\n    softDeleteDays: softDeleteDays\n    rawCool",
            "    skuName: storageSku\n    rawCool",
            "lacks parameter softDeleteDays",
        ),
        (
            MAIN,
            "publicAccess: !privateNetwork\n    connectorId",
            "publicAccess: 'yes'\n    connectorId",
            "publicAccess is string, not bool",
        ),
        (MAIN, "lakeId: lake.outputs.id\n  }", "lakeId: lake.outputs.identity\n  }", "no output identity"),
        (MAIN, "modules/events.bicep", "modules/event.bicep", "modules/event.bicep does not exist"),
        (
            MAIN,
            "network!.outputs.id\n    subnetId",
            "network.outputs.id\n    subnetId",
            "network may be null",
        ),
        (
            MAIN,
            "network!.outputs.endpointSubnetId",
            "network!.outputs.endpointSubnet",
            "no output endpointSubnet",
        ),
        (
            MAIN,
            "? network!.outputs.functionSubnetId : ''",
            ".?x ?? network.?outputs.subnet",
            "no output subnet",
        ),
        (LAKE, "name: skuName", "name: skuNam", "skuNam is not declared"),
        (
            LAKE,
            "@description('Tags')\nparam tags object",
            "param tags object",
            "parameter tags has no @description",
        ),
        (LAKE, "isHnsEnabled: true", "isHnsEnabled true", "does not parse"),
        (LAKE, "tags: tags\n", "", "tags is declared and not used"),
        (VALUES, "param telemetryDays =", "param telemetryDay =", "no parameter telemetryDay"),
        (
            VALUES,
            "param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')",
            "",
            "lacks parameter location",
        ),
        (
            "infrastructure/modules/alerts.bicep",
            "alerts/volume.kql",
            "alerts/volumes.kql",
            "alerts/volumes.kql does not exist",
        ),
        (LAKE, "  kind: 'StorageV2'\n", "   kind: 'StorageV2'\n", "is not indented by 2"),
        (LAKE, "  kind: 'StorageV2'\n", "  kind: 'StorageV2' \n", "white space at the end"),
        (LAKE, "\n\n// feed is", "\n\n\n// feed is", "empty lines"),
        (
            LAKE,
            "= [\n  for container in containerNames: {",
            "= [for container in containerNames: {",
            "a loop over several lines",
        ),
    ],
)
def test_slip_in_bicep_is_found(tree: Tree, file: str, old: str, new: str, says: str) -> None:
    """A misspelt, missing or wrong name is found with its file and what to do."""
    tree.change(file, old, new)
    findings = found(tree)
    assert any(finding.startswith(file) and says in finding for finding in findings), findings


def test_a_module_that_may_be_null_can_be_read_safely(tree: Tree) -> None:
    """With `.?` and a value for null, as the compiler advises, there is nothing to mend."""
    tree.change(MAIN, "privateNetwork ? network!.outputs.id : ''", "network.?outputs.id ?? ''")
    assert found(tree) == []


def test_forgotten_query_is_found(tree: Tree) -> None:
    """A query that no Bicep file loads is found."""
    (tree.root / "infrastructure/queries/idle.kql").write_text("customEvents | count\n")
    assert found(tree) == ["infrastructure/queries/idle.kql: no Bicep file names it; wire it or remove it"]


def test_value_that_is_not_allowed_is_found(tree: Tree) -> None:
    """A literal outside of @allowed is found."""
    tree.change(VALUES, "param location =", "param databricksSku = 'standard'\nparam location =")
    assert any("databricksSku may not be standard" in finding for finding in found(tree))
