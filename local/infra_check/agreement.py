"""Does infrastructure declare what the code uses: queues, containers, settings, roles, schedules, the app's name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.infra_check.bicep.syntax import BicepFile
from local.infra_check.bundle.rendering import containers_of, given_to, read_bundle, render
from local.infra_check.code import Code
from local.infra_check.contract import contract_of
from local.infra_check.findings import Finding, read_yaml, texts_of

QUEUES = "infrastructure/queues.json"
LAKE = "infrastructure/modules/lake.bicep"
ROLES = "infrastructure/modules/role-assignments.bicep"
MAIN = "infrastructure/main.bicep"
APP = "infrastructure/modules/function-app.bicep"
AZD = "azure.yaml"
NEEDED = frozenset({LAKE, ROLES, MAIN, APP})
Files = Mapping[str, BicepFile]

# Settings that Flex Consumption refuses: it takes them from functionAppConfig.
REFUSED = frozenset({"FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION", "WEBSITE_RUN_FROM_PACKAGE"})


def check_agreement(root: Path, code: Code, files: Files) -> Iterator[Finding]:
    """All of it."""
    yield from _check_queues(root, code)
    yield from _check_host(root, code)
    yield from _check_containers(root, code, files)
    yield from _check_settings(root, code, files)
    yield from _check_roles(code, files)
    yield from _check_azd(root, files)


def _check_queues(root: Path, code: Code) -> Iterator[Finding]:
    declared = {
        queue["name"]: queue["properties"] for queue in json.loads((root / QUEUES).read_text())["queues"]
    }
    triggers = {trigger.queue: trigger for trigger in code.triggers if trigger.queue}
    for name in sorted({*code.queues, *triggers} - set(declared)):
        yield Finding(
            QUEUES, f"queue {name} of the code is missing", "add it, or rename it in shared/adapters/bus.py"
        )
    for name in sorted(set(declared) - set(code.queues)):
        yield Finding(
            QUEUES, f"queue {name} is not used by shared/adapters/bus.py", "remove it, or use it there"
        )
    for name in sorted(set(code.queues) - set(triggers)):
        yield Finding("functions", f"no function is triggered by queue {name}", "add one to functions/")
    for name, trigger in triggers.items():
        if name in declared and declared[name]["requiresSession"] != trigger.needs_session:
            problem = f"{trigger.function} and queue {name} disagree on sessions"
            yield Finding(QUEUES, problem, "set requiresSession as is_sessions_enabled is")


def _check_host(root: Path, code: Code) -> Iterator[Finding]:
    """The host gives a call as long as a task may take and be held in an outage."""
    host = json.loads((root / "host.json").read_text())
    limits = [s.default for s in code.settings if s.field in ("task_limit_s", "outage_hold_s")]
    limit_s = sum(limit for limit in limits if isinstance(limit, int | float))
    timeout_s = _seconds(str(host.get("functionTimeout", "00:30:00")))
    if limit_s >= timeout_s:
        yield Finding(
            "host.json", f"functionTimeout of {timeout_s} s ends a call early", f"give it over {limit_s} s"
        )
    if not host["extensions"]["serviceBus"].get("autoCompleteMessages", True):
        yield Finding(
            "host.json", "autoCompleteMessages is off", "nothing else completes messages: switch it on"
        )


def _seconds(time: str) -> int:
    hours, minutes, seconds = (int(part) for part in time.split(":"))
    return hours * 3600 + minutes * 60 + seconds


def _check_containers(root: Path, code: Code, files: Files) -> Iterator[Finding]:
    """The lake has the containers that the app uses, and those that the bundle opens to the jobs."""
    declared = set(files[LAKE].variables["containerNames"])
    used = set(code.containers) | containers_of(read_bundle(root))
    yield from _both_ways(LAKE, "container", declared, used, "shared/adapters/lake.py or the bundle")


def _check_settings(root: Path, code: Code, files: Files) -> Iterator[Finding]:
    contract = contract_of(code)
    values = set(files[MAIN].calls["functionApp"].values["values"])
    wanted = {entry["from"] for entry in contract["wired"]}
    yield from _both_ways(MAIN, "value of functionApp", values, wanted, "local/infra_check/contract.py")
    yield from _check_addresses(root, files)
    for name in sorted(REFUSED & set(texts_of(files[APP].parsed))):
        yield Finding(APP, f"setting {name} is refused by Flex Consumption", "remove it")


def _check_addresses(root: Path, files: Files) -> Iterator[Finding]:
    """The app hands the jobs the path that the bundle's own volumes have."""
    given = str(files[MAIN].calls["functionApp"].values["values"].get("filesPath")).strip("'")
    bundle = read_bundle(root)
    for target in bundle.targets:
        rendered = render(bundle, target, {**given_to(bundle, target), "catalog": "${catalog}"})
        for key, job in rendered.get("resources", {}).get("jobs", {}).items():
            path = {parameter["name"]: parameter.get("default") for parameter in job.get("parameters", ())}
            if path.get("files") != given:
                problem = f"filesPath is {given}, and {path.get('files')} in {key} of target {target}"
                yield Finding(MAIN, problem, "make them the same")


def _both_ways(file: str, what: str, declared: set[str], used: set[str], where: str) -> Iterator[Finding]:
    for name in sorted(used - declared):
        yield Finding(file, f"{what} {name} is missing", f"add it, or take it out of {where}")
    for name in sorted(declared - used):
        yield Finding(file, f"{what} {name} is not used by {where}", "remove it, or use it there")


def needed_roles(code: Code) -> dict[str, set[str]]:
    """Roles of the function app and of the connectors by the list in role-assignments.bicep that has to hold them."""
    kinds = {trigger.kind for trigger in code.triggers}
    receives = "get_queue_receiver" in code.clients or "serviceBusTrigger" in kinds
    return {
        "queueRoles": {
            *_if("get_queue_sender" in code.clients, "Azure Service Bus Data Sender"),
            *_if(receives, "Azure Service Bus Data Receiver"),
        },
        # What the platform's scaler reads as the app.
        "namespaceActions": set(
            _if("serviceBusTrigger" in kinds, "Microsoft.ServiceBus/namespaces/queues/read")
        ),
        "lakeRoles": set(_if("blobTrigger" in kinds, "Storage Queue Data Contributor")),
        # The Functions host itself: leases, receipts of blob triggers, diagnostic events.
        "hostStorageRoles": {
            "Storage Blob Data Owner",
            "Storage Table Data Contributor",
            *_if("blobTrigger" in kinds, "Storage Queue Data Contributor"),
        },
        "vaultRoles": set(_if("SecretClient" in code.clients, "Key Vault Secrets User")),
        # Of Unity Catalog, not of the app: one opens the lake, the other sends the jobs' spans.
        "lakeConnectorRoles": {"Storage Blob Data Contributor"},
        "insightsConnectorRoles": {"Monitoring Metrics Publisher"},
        "insightsRoles": set(_if("configure_azure_monitor" in code.clients, "Monitoring Metrics Publisher")),
    }


def _if(is_needed: bool, role: str) -> tuple[str, ...]:
    return (role,) if is_needed else ()


def _check_roles(code: Code, files: Files) -> Iterator[Finding]:
    declared = files[ROLES].variables
    for variable, needed in needed_roles(code).items():
        for role in sorted(needed - set(declared.get(variable, ()))):
            yield Finding(ROLES, f"{variable} lacks {role}, which the code needs", "add it there")
        for role in sorted(set(declared.get(variable, ())) - needed):
            yield Finding(ROLES, f"{variable} has {role}, which the code does not need", "remove it")
    yield from _check_container_roles(code, declared["lakeContainerRoles"])
    yield from _check_role_ids(declared)
    yield from _check_principals(files)


def _check_container_roles(code: Code, declared: list[dict[str, str]]) -> Iterator[Finding]:
    watched = {t.path.partition("/")[0] for t in code.triggers if t.kind == "blobTrigger"}
    roles = {entry["container"]: entry["role"] for entry in declared}
    yield from _both_ways(ROLES, "container", set(roles), set(code.containers), "shared/adapters/lake.py")
    own = dict.fromkeys(code.containers, "Storage Blob Data Contributor")
    own |= dict.fromkeys(code.read_only, "Storage Blob Data Reader")
    own |= dict.fromkeys(watched, "Storage Blob Data Owner")
    for container, role in sorted(roles.items()):
        needed = own.get(container, role)
        if role != needed:
            yield Finding(ROLES, f"container {container} gives {role}", f"the code needs {needed}")


def _check_role_ids(declared: Mapping[str, Any]) -> Iterator[Finding]:
    known = {name.strip("'") for name in declared["roleIds"]}
    of_app = ("lakeRoles", "hostStorageRoles", "queueRoles", "vaultRoles", "insightsRoles")
    lists = (*of_app, "lakeConnectorRoles", "insightsConnectorRoles")
    named = {role for name in lists for role in declared.get(name, ())}
    for role in sorted({*named, *(entry["role"] for entry in declared["lakeContainerRoles"])} - known):
        yield Finding(ROLES, f"roleIds has no {role}", "add the role's id")


def _check_principals(files: Files) -> Iterator[Finding]:
    """A principal that a deployment may lack gets no role then: Azure refuses an assignment to nobody."""
    main, roles = files[MAIN], files[ROLES]
    given = main.calls["roles"].values
    absent = {name for name, parameter in main.parameters.items() if not parameter.is_required}
    optional = {name for name, value in given.items() if isinstance(value, str) and value in absent}
    for name, resource in roles.resources.items():
        principal = resource["config"].get("properties", {}).get("principalId")
        if principal in optional and principal not in _guards(roles, name):
            problem = f"{name} gives a role to {principal}, which may be empty"
            yield Finding(ROLES, problem, f"let its condition or its list ask for empty({principal})")


def _guards(file: BicepFile, resource: str) -> str:
    """What decides whether a resource is made: its condition, or the list it goes through."""
    config = file.parsed["resources"][resource]["config"]
    listed = config.get("loop_type", {}).get("detail", {}).get("array_name", "")
    return f"{config.get('condition')} {file.variables.get(listed)}"


def _check_azd(root: Path, files: Files) -> Iterator[Finding]:
    azd = read_yaml(root / AZD)
    for service in azd["services"]:
        if f"'azd-service-name': '{service}'" not in files[APP].text:
            yield Finding(APP, f"no resource has the tag azd-service-name: {service}", "set it on the app")
    for path in _hook_paths(azd):
        if not (root / path).is_file():
            yield Finding(AZD, f"hook {path} does not exist", "mend the path, or add the script")


def _hook_paths(azd: Mapping[str, Any]) -> Iterator[str]:
    owners = [azd, *azd["services"].values()]
    for owner in owners:
        for hook in owner.get("hooks", {}).values():
            yield str(hook["run"]).removeprefix("./")
