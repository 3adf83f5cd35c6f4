"""A bundle that Databricks would refuse is found."""

from __future__ import annotations

import pytest

from local.infra_check.bundle import check_bundle
from local.infra_check.checks import entry_points
from tests.builders.declared_tree import ROOT, Tree

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
            POLICY,
            "    crossfade_clusters:",
            "    crossfade:",
            "key crossfade is used by secret_scopes, cluster_policies",
        ),
        (
            POLICY,
            "    crossfade_clusters:",
            "    crossfade_gold:",
            "key crossfade_gold is used by cluster_policies, jobs",
        ),
        (
            BUNDLE,
            "presets:",
            "scripts: {crossfade: {content: ls}}\npresets:",
            "used by scripts, secret_scopes",
        ),
        (
            BUNDLE,
            "    mode: development\n",
            "    mode: development\n    resources: {schemas: {crossfade: {name: silver}}}\n",
            "key crossfade is used by schemas, secret_scopes",
        ),
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
