"""What the typed model does not see: faults between resources, which a deployment shows only in its second plan."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local.infra_check.bundle.rendering import BUNDLE, Bundle
from local.infra_check.findings import Finding, texts_of

ADDRESSES = ("url", "storage_root", "storage_location")
# Fields that hold the name or the address of another resource, and what they refer to it by.
REFERRING = {
    "catalog_name": "${resources.catalogs.",
    "schema_name": "${resources.schemas.",
    "storage_root": "${resources.external_locations.",
    "storage_location": "${resources.external_locations.",
}
OF_METASTORE = ("catalogs", "external_locations")
SHARED = "/Workspace/Shared"
RUNS_ONLY = "CAN_MANAGE_RUN"
PARAMETER = re.compile(r"\{\{job\.parameters\.(\w+)\}\}")
SECRETS = ("{{secrets/", "fs.azure.")


def check_written(bundle: Bundle) -> Iterator[Finding]:
    """What is wrong whatever the target: names repeated, the metastore's objects out of place, secrets."""
    for name, document in bundle.documents.items():
        for kind, key, entry, mode in _entries(bundle, document):
            yield from _check_references_due(name, key, entry)
            if kind in OF_METASTORE and mode != "production":
                problem = f"{kind} {key} stands in a target that makes copies, or in none"
                yield Finding(name, problem, "declare it in targets of mode production alone")
        for word in SECRETS:
            if any(word in text for text in texts_of(document)):
                yield Finding(name, f"{word} is used", "let Unity Catalog open the lake: no secret is needed")
    if bundle.whole.get("sync", {}).get("paths") != []:
        yield Finding(BUNDLE, "files go up that no job reads", "set sync: {paths: []}")


def _entries(
    bundle: Bundle, document: Mapping[str, Any]
) -> Iterator[tuple[str, str, Mapping[str, Any], str | None]]:
    """Each resource of a file: kind, key, what is said of it, and the mode of the target it stands in."""
    parts = [(document, None)]
    for target, part in (document.get("targets") or {}).items():
        parts.append((part, bundle.targets[target].get("mode")))
    for part, mode in parts:
        for kind, entries in (part.get("resources") or {}).items():
            for key, entry in entries.items():
                yield kind, key, entry, mode


def _check_references_due(name: str, key: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    """A literal makes no order: the resource would be made beside the one it needs, not after it."""
    for field, beginning in REFERRING.items():
        if not str(entry.get(field, beginning)).startswith(beginning):
            problem = f"{key}: {field} is written out"
            yield Finding(name, problem, f"refer to it: {beginning}KEY…}}")


def check_target(target: str, rendered: Mapping[str, Any]) -> Iterator[Finding]:
    """What a target comes to: rights, addresses, compute."""
    for problem, remedy in _problems(rendered):
        yield Finding(BUNDLE, f"target {target}: {problem}", remedy)


def _problems(rendered: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    resources = rendered.get("resources", {})
    yield from _problems_of_rights(rendered)
    for entries in resources.values():
        for key, entry in entries.items():
            yield from _problems_of_addresses(key, entry)
    for key, location in resources.get("external_locations", {}).items():
        if location.get("enable_file_events") is not False:
            yield f"{key}: file events are on", "state enable_file_events: false; nobody reads their queue"
    for key, job in resources.get("jobs", {}).items():
        yield from _problems_of_access(key, job, rendered.get("run_as") or {})
        yield from _problems_of_compute(key, job)
        yield from _problems_of_parameters(key, job)
    is_prod = (rendered["variables"].get("stage") or {}).get("default") == "prod"
    for key, catalog in resources.get("catalogs", {}).items():
        if is_prod and not (catalog.get("lifecycle") or {}).get("prevent_destroy"):
            yield f"{key} can be destroyed with the bundle", "set lifecycle: {prevent_destroy: true}"


def _problems_of_rights(rendered: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if rendered.get("permissions"):
        yield "permissions at the top give the bundle's folder too", "put them on each job"
    if not (rendered.get("run_as") or {}).get("service_principal_name"):
        yield "jobs run as whoever deploys", "set run_as: {service_principal_name: …} at the top"
    root = str((rendered.get("workspace") or {}).get("root_path", SHARED))
    if rendered.get("mode") == "production" and root.startswith(SHARED):
        yield f"everybody may write to its root {root}", "give workspace.root_path a folder of the deployer"


def _problems_of_addresses(key: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in ADDRESSES:
        if str(entry.get(field, "")).endswith("/"):
            yield (
                f"{key}: {field} ends in a slash",
                "take it off: a metastore may, and plans would never be empty",
            )
    root = str(entry.get("storage_root", "")).partition("://")[2].rstrip("/")
    if root and "/" not in root:
        yield f"{key}: storage_root is a bare container", "give it a path below it"


def _problems_of_access(
    key: str, job: Mapping[str, Any], run_as: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Without an owner by name each who deploys becomes it, and the plan of the other is never empty."""
    levels = [
        (entry.get("level"), entry.get("service_principal_name")) for entry in job.get("permissions", ())
    ]
    owners = [name for level, name in levels if level == "IS_OWNER"]
    if owners != [run_as.get("service_principal_name")]:
        yield f"{key} is not owned by whom it runs as", "give IS_OWNER to that principal and to nobody else"
    if RUNS_ONLY not in [level for level, _ in levels]:
        yield f"{key} can be started by nobody", f"give {RUNS_ONLY} to the app"
    for entry in job.get("permissions", ()):
        if entry.get("level") == "CAN_MANAGE" and "group_name" in entry:
            yield f"{key}: a group has CAN_MANAGE", "name persons: the CLI knows the deployer by name only"


def _problems_of_compute(key: str, job: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for task in job.get("tasks", ()):
        if ("environment_key" in task) == ("job_cluster_key" in task):
            yield f"{key} has not one compute", "give its task environment_key or job_cluster_key"
        if "environment_key" in task and "libraries" in task:
            yield f"{key} has libraries on serverless compute", "put them under environments"
    for environment in job.get("environments", ()):
        if "environment_version" not in environment.get("spec", {}):
            yield f"{key}: environment without environment_version", "state it, or plans are never empty"
        if "performance_target" not in job:
            yield f"{key}: performance_target is not stated", "state it, or plans are never empty"
    for cluster in job.get("job_clusters", ()):
        machines = cluster.get("new_cluster")
        if "SPOT_WITH_FALLBACK_AZURE" not in texts_of(machines):
            yield (
                f"{key}: its cluster is not on spot machines with fallback",
                "set azure_attributes.availability",
            )


def _problems_of_parameters(key: str, job: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A run is refused a parameter that the job does not declare; one that no task takes changes nothing."""
    declared = {parameter["name"] for parameter in job.get("parameters", ())}
    taken = set(PARAMETER.findall(" ".join(texts_of(job.get("tasks", ())))))
    for name in sorted(taken - declared):
        yield f"{key}: parameter {name} is not declared", "add it to the job's parameters"
    for name in sorted(declared - taken):
        yield f"{key}: parameter {name} goes to no task", "hand it on as {{job.parameters.…}}, or remove it"
