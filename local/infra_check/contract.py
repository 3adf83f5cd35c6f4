"""infrastructure/app-settings.json: the function app's settings in Azure, derived from the code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.infra_check.code import Code, Setting, Trigger
from local.infra_check.findings import Finding

CONTRACT = "infrastructure/app-settings.json"
COMMAND = "python -m local.infra_check --write"

# Which value of main.bicep a setting takes. All others keep their default, or come from the vault.
FROM_BICEP = {
    "lake_account_url": "lakeBlobEndpoint",
    "tables_uri": "tablesUri",
    "files_path": "filesPath",
    "catalog": "catalog",
    "servicebus_namespace": "serviceBusHost",
    "key_vault_url": "vaultUrl",
    "applicationinsights_connection_string": "insightsConnectionString",
    "azure_client_id": "clientId",
    "databricks_host": "databricksUrl",
    "silver_job_id": "silverJobId",
    "gold_job_id": "goldJobId",
    "bulk_job_id": "bulkJobId",
    "public_url": "publicUrl",
}
# Connection strings and tokens of one machine; in Azure an identity takes their place.
ONE_MACHINE = frozenset({"lake", "servicebus", "databricks_token"})
# What the Functions host reads of a connection, by the kind of trigger that uses it.
OF_CONNECTION = {
    "serviceBusTrigger": {"fullyQualifiedNamespace": "serviceBusHost"},
    "blobTrigger": {"blobServiceUri": "lakeBlobEndpoint", "queueServiceUri": "lakeQueueEndpoint"},
}
BY_IDENTITY = {"credential": "credential", "clientId": "clientId"}
OF_HOST = {
    "AzureWebJobsStorage__accountName": "hostStorageName",
    "AzureWebJobsStorage__credential": "credential",
    "AzureWebJobsStorage__clientId": "clientId",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING": "insightsAuthentication",
}


def contract_of(code: Code) -> dict[str, Any]:
    """What the file has to hold."""
    wired = {**OF_HOST, **dict(_connections(code.triggers)), **dict(_wired(code.settings))}
    return {
        "generatedBy": COMMAND,
        "wired": [{"name": name, "from": wired[name]} for name in sorted(wired)],
        "defaults": {s.name: s.default for s in code.settings if _keeps_default(s)},
        "vault": [
            s.name for s in code.settings if s.is_secret and s.field not in {*ONE_MACHINE, *FROM_BICEP}
        ],
        "blobTriggers": [_subscription(t) for t in code.triggers if t.kind == "blobTrigger"],
    }


def text_of(code: Code) -> str:
    """The file's text."""
    return json.dumps(contract_of(code), indent=2) + "\n"


def check_contract(root: Path, code: Code) -> Iterator[Finding]:
    """The file is what the code says."""
    path = root / CONTRACT
    held = json.loads(path.read_text()) if path.exists() else {}
    wanted = contract_of(code)
    for part, value in wanted.items():
        if held.get(part) != value:
            names = ", ".join(sorted(_differing(held.get(part), value))) or part
            yield Finding(CONTRACT, f"{part} is not what the code says ({names})", f"run {COMMAND}")


def _differing(held: Any, wanted: Any) -> set[str]:
    return {name for name, _ in _entries(held) ^ _entries(wanted)}


def _entries(part: Any) -> set[tuple[str, str]]:
    if isinstance(part, dict):
        return {(name, repr(value)) for name, value in part.items()}
    if not isinstance(part, list):
        return set()
    return {(_name(entry), repr(entry)) for entry in part}


def _name(entry: Any) -> str:
    return str(entry.get("name") or entry.get("function")) if isinstance(entry, dict) else str(entry)


def _keeps_default(setting: Setting) -> bool:
    return not setting.is_secret and setting.field not in FROM_BICEP


def _wired(settings: tuple[Setting, ...]) -> Iterator[tuple[str, str]]:
    for setting in settings:
        if setting.field in FROM_BICEP:
            yield setting.name, FROM_BICEP[setting.field]


def _connections(triggers: tuple[Trigger, ...]) -> Iterator[tuple[str, str]]:
    for trigger in triggers:
        if trigger.connection:
            for key, value in {**OF_CONNECTION.get(trigger.kind, {}), **BY_IDENTITY}.items():
                yield f"{trigger.connection}__{key}", value


def _subscription(trigger: Trigger) -> dict[str, str]:
    """Which blobs a trigger hears of: `control/bronze/{run_id}.json` is container, prefix and suffix."""
    container, _, name = trigger.path.partition("/")
    prefix, _, rest = name.partition("{")
    suffix = rest.partition("}")[2]
    return {"function": trigger.function, "container": container, "prefix": prefix, "suffix": suffix}
