"""A private network: what its second deployment, and the first in a new subscription, would fail at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.infra_check.bicep.syntax import BicepFile
from tests.builders.declared_tree import ROOT
from tests.integration.infrastructure.test_hooks import SUBSCRIPTION, Shell

NETWORK = BicepFile(ROOT / "infrastructure/modules/network.bicep")
PREFIX = "Microsoft.Databricks-workspaces_UseOnly_databricks-"
#: Direction, priority, destination and ports of what Databricks writes into the group of subnets that it takes over.
INTENDED = {
    "worker-to-worker-inbound": ("Inbound", 100, "VirtualNetwork", {"*"}),
    "worker-to-databricks-webapp": ("Outbound", 100, "AzureDatabricks", {"443", "3306", "8443-8451"}),
    "worker-to-sql": ("Outbound", 101, "Sql", {"3306"}),
    "worker-to-storage": ("Outbound", 102, "Storage", {"443"}),
    "worker-to-worker-outbound": ("Outbound", 103, "VirtualNetwork", {"*"}),
    "worker-to-eventhub": ("Outbound", 104, "EventHub", {"9093"}),
}


def body(resource: str) -> dict[str, Any]:
    config: dict[str, Any] = NETWORK.resources[resource]["config"]
    return config


def test_the_group_has_the_rules_of_the_intent_policy() -> None:
    """Each of them is declared with Databricks' own name and place, so that a second deployment takes none out."""
    found = {}
    for rule in body("clusterRules")["properties"]["securityRules"]:
        values = rule["properties"]
        ports = set(values.get("destinationPortRanges") or [values["destinationPortRange"]])
        assert (values["access"], values["sourceAddressPrefix"]) == ("Allow", "VirtualNetwork")
        where = (values["direction"], values["priority"], values["destinationAddressPrefix"], ports)
        found[rule["name"].removeprefix(PREFIX)] = where
    assert found == INTENDED


def test_the_network_is_deployed_again_with_its_subnets() -> None:
    """A network without subnets in it keeps those that are there, from this version of the API on."""
    network = NETWORK.resources["network"]
    assert "subnets" not in body("network")["properties"]
    assert network["api_version"] >= "2023-11-01"


@pytest.mark.parametrize("is_private", ["true", "false"])
def test_the_provider_of_the_delegation_is_registered(tmp_path: Path, is_private: str) -> None:
    """Microsoft.App before anything is made, and only where the app gets a subnet."""
    shell = Shell(tmp_path)
    done = shell.run(
        "hooks/preprovision.sh", CROSSFADE_PRIVATE_NETWORK=is_private, CROSSFADE_COMPUTE="classic"
    )
    assert done.returncode == 0, done.stderr
    register = f"az provider register --namespace Microsoft.App --wait --subscription {SUBSCRIPTION}"
    assert (register in shell.calls) == (is_private == "true")
    delegated = body("functions")["properties"]["delegations"][0]["properties"]["serviceName"]
    assert delegated == "Microsoft.App/environments"
