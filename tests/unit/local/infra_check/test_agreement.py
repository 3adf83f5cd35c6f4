"""A drift between the code and what is declared is found, and said with file and remedy."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from local.infra_check.agreement import check_agreement
from local.infra_check.bicep.wiring import read_files
from local.infra_check.checks import agreement
from local.infra_check.code import Code, Setting, Trigger
from local.infra_check.contract import check_contract, contract_of, text_of
from tests.builders.declared_tree import ROOT, Tree

ROLES = "infrastructure/modules/role-assignments.bicep"


def found(tree: Tree, code: Code) -> list[str]:
    return [str(finding) for finding in agreement(tree.root, lambda: code)]


def test_the_scaler_may_read_counts_and_nothing_else() -> None:
    """The role holds what the Bicep file gives it, no data of a queue, and is the app's on the namespace."""
    role = json.loads((ROOT / "infrastructure/modules/queue-counts-role.json").read_text())["resources"][0]
    (permission,) = role["properties"]["permissions"]
    assert permission.pop("actions") == "[parameters('actions')]" and not any(permission.values())
    roles = read_files(ROOT)[0][ROLES]
    assert roles.calls["queueCounts"].values == {"actions": "namespaceActions"}
    given = roles.resources["countsOnNamespace"]["config"]
    assert (given["scope"], given["properties"]["principalId"]) == ("serviceBus", "appPrincipalId")
    assert "queueCounts" in str(given["properties"]["roleDefinitionId"])


def test_generated_settings_are_current(code: Code) -> None:
    """infrastructure/app-settings.json is what --write would write."""
    assert (ROOT / "infrastructure/app-settings.json").read_text() == text_of(code)


def test_code_and_declarations_agree(code: Code) -> None:
    """Nothing is to mend between the project's code and its infrastructure."""
    assert list(agreement(ROOT, lambda: code)) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            ROLES,
            "var vaultRoles = ['Key Vault Secrets User']",
            "var vaultRoles = []",
            "lacks Key Vault Secrets User",
        ),
        (
            ROLES,
            "['Microsoft.ServiceBus/namespaces/queues/read']",
            "[]",
            "lacks Microsoft.ServiceBus/namespaces/queues/read",
        ),
        (
            ROLES,
            "['Microsoft.ServiceBus/namespaces/queues/read']",
            "['Microsoft.ServiceBus/namespaces/queues/read', 'Microsoft.ServiceBus/namespaces/queues/write']",
            "has Microsoft.ServiceBus/namespaces/queues/write, which the code does not need",
        ),
        (
            ROLES,
            "var lakeConnectorRoles = ['Storage Blob Data Contributor']",
            "var lakeConnectorRoles = ['Storage Blob Data Owner']",
            "lakeConnectorRoles has Storage Blob Data Owner, which the code does not need",
        ),
        (
            ROLES,
            "var insightsConnectorRoles = ['Monitoring Metrics Publisher']",
            "var insightsConnectorRoles = []",
            "insightsConnectorRoles lacks Monitoring Metrics Publisher",
        ),
        (
            ROLES,
            "{ container: 'raw', role: 'Storage Blob Data Contributor' }\n",
            "{ container: 'raw', role: 'Storage Blob Data Contributor' }\n  "
            "{ container: 'intermediate', role: 'Storage Blob Data Contributor' }\n",
            "container intermediate is not used by",
        ),
        ("infrastructure/modules/lake.bicep", "'intermediate', ", "", "container intermediate is missing"),
        (
            "infrastructure/main.bicep",
            "'/Volumes/${catalog}/files/{area}'",
            "'/Volumes/${catalog}/file/{area}'",
            "filesPath is /Volumes/${catalog}/file/{area}, and /Volumes/${catalog}/files/{area} in",
        ),
        (
            ROLES,
            "deployerOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerPrincipalId)) {",
            "deployerOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = {",
            "deployerOnVault gives a role to deployerPrincipalId, which may be empty",
        ),
        (ROLES, "'Azure Service Bus Data Sender', 'Azure", "'Azure", "lacks Azure Service Bus Data Sender"),
        (
            ROLES,
            "['Storage Queue Data Contributor']",
            "['Storage Queue Data Contributor', 'Storage Blob Data Owner']",
            "the code does not need",
        ),
        (
            ROLES,
            "'control', role: 'Storage Blob Data Owner'",
            "'control', role: 'Storage Blob Data Reader'",
            "the code needs Storage Blob Data Owner",
        ),
        (
            ROLES,
            "{ container: 'metrics', role: 'Storage Blob Data Contributor' }\n",
            "\n",
            "container metrics is missing",
        ),
        (
            ROLES,
            "  'Key Vault Secrets User': '",
            "  'Key Vault Reader': '",
            "roleIds has no Key Vault Secrets User",
        ),
        ("infrastructure/modules/lake.bicep", ", 'control'", "", "container control is missing"),
        (
            "infrastructure/main.bicep",
            "      lakeQueueEndpoint: lake.outputs.queueEndpoint\n",
            "",
            "lakeQueueEndpoint is missing",
        ),
        (
            "infrastructure/app-settings.json",
            '"name": "SILVER_JOB_ID"',
            '"name": "SILVER_JOB"',
            "wired is not what the code says",
        ),
        (
            "infrastructure/app-settings.json",
            '"PLAN_MODE": "full"',
            '"PLAN_MODE": "incremental"',
            "(PLAN_MODE); run python -m",
        ),
        (
            "infrastructure/modules/function-app.bicep",
            "minTlsVersion: '1.2'\n      scm",
            "FUNCTIONS_WORKER_RUNTIME: 'python'\n      scm",
            "refused by Flex",
        ),
        (
            "infrastructure/modules/function-app.bicep",
            "'azd-service-name': 'functions'",
            "'azd-service-name': 'app'",
            "azd-service-name: functions",
        ),
        (
            "infrastructure/queues.json",
            '"requiresSession": true',
            '"requiresSession": false',
            "disagree on sessions",
        ),
        ("azure.yaml", "hooks/postdeploy.sh", "hooks/after.sh", "hooks/after.sh does not exist"),
        ("host.json", '"functionTimeout": "00:10:00"', '"functionTimeout": "00:09:00"', "ends a call early"),
        (
            "host.json",
            '"autoCompleteMessages": true',
            '"autoCompleteMessages": false',
            "autoCompleteMessages is off",
        ),
    ],
)
def test_drift_of_a_declaration_is_found(
    tree: Tree, code: Code, file: str, old: str, new: str, says: str
) -> None:
    """Whatever the code uses and a file no longer declares is found, with that file's name."""
    tree.change(file, old, new)
    findings = found(tree, code)
    assert any(finding.startswith(file) and says in finding for finding in findings), findings


def test_new_setting_is_found(code: Code) -> None:
    """A setting added to the code alone is named, with the command that adds it."""
    more = replace(code, settings=(*code.settings, Setting("new_limit", "NEW_LIMIT", False, 5)))
    (finding,) = check_contract(ROOT, more)
    assert "(NEW_LIMIT)" in finding.problem
    assert "python -m local.infra_check --write" in finding.remedy


def test_trigger_of_unknown_queue_is_found(code: Code) -> None:
    """A function that listens to a queue nobody declares is found; so is a queue nobody listens to."""
    files, _ = read_files(ROOT)
    stray = Trigger(
        "stray", "serviceBusTrigger", queue="nowhere", connection="SERVICEBUS", needs_session=True
    )
    others = tuple(trigger for trigger in code.triggers if trigger.queue != "run-events")
    findings = list(check_agreement(ROOT, replace(code, triggers=(*others, stray)), files))
    problems = {finding.problem for finding in findings}
    assert problems == {
        "queue nowhere of the code is missing",
        "no function is triggered by queue run-events",
    }


def test_identity_of_every_connection_is_wired(code: Code) -> None:
    """Each connection a trigger names gets an address and the app's identity, and no connection string."""
    names = {entry["name"] for entry in contract_of(code)["wired"]}
    for connection in {trigger.connection for trigger in code.triggers if trigger.connection}:
        assert {f"{connection}__credential", f"{connection}__clientId"} <= names
        assert connection not in names


def test_missing_module_is_found(tree: Tree, code: Code) -> None:
    """Without the file that grants roles nothing else is said of roles than that."""
    (tree.root / ROLES).unlink()
    assert found(tree, code) == [f"{ROLES}: is missing or does not parse; the check looks there"]
