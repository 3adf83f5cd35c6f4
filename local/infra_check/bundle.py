"""The Databricks bundle, against the typed model its makers publish (databricks-bundles) and against itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from databricks.bundles.cluster_policies import ClusterPolicy
from databricks.bundles.jobs import ClusterSpec, Job
from databricks.bundles.secret_scopes import SecretScope

from local.infra_check.findings import Finding, read_yaml

BUNDLE = "infrastructure/databricks.yml"
KINDS: Mapping[str, Any] = {"jobs": Job, "cluster_policies": ClusterPolicy, "secret_scopes": SecretScope}
# What may stand at the top of a bundle, and in a target: the configuration reference of the Databricks CLI.
TOP = frozenset(
    {"artifacts", "bundle", "include", "permissions", "presets", "resources", "run_as", "sync", "targets"}
    | {"variables", "workspace", "experimental", "scripts"}
)
TARGET = TOP - {"include", "targets"} | {"mode", "default", "git"}
REFERENCE = re.compile(r"\$\{([a-z_]+)\.([\w.-]+)\}")


def check_bundle(root: Path, job_entry_points: Mapping[str, str]) -> Iterator[Finding]:
    """Resources fit their types, references lead somewhere, wheels' entry points exist, stages are those of Bicep."""
    bundle = read_yaml(root / BUNDLE)
    yield from _check_keys(bundle)
    documents = {BUNDLE: bundle, **_included(root, bundle)}
    resources: dict[str, dict[str, Any]] = {}
    for name, document in documents.items():
        for kind, entries in (document.get("resources") or {}).items():
            resources.setdefault(kind, {}).update(entries)
            yield from _check_resources(name, kind, entries, job_entry_points)
    yield from _check_cluster(bundle)
    yield from _check_uniqueness(documents)
    for name, document in documents.items():
        yield from _check_references(name, document, bundle["variables"], resources)
    yield from _check_policies(resources.get("cluster_policies", {}))


def _included(root: Path, bundle: Mapping[str, Any]) -> dict[str, Any]:
    paths = [path for pattern in bundle["include"] for path in sorted((root / BUNDLE).parent.glob(pattern))]
    return {str(path.relative_to(root)): read_yaml(path) for path in paths}


def _check_keys(bundle: Mapping[str, Any]) -> Iterator[Finding]:
    for key in sorted(set(bundle) - TOP):
        yield Finding(BUNDLE, f"unknown key {key}", f"known are {', '.join(sorted(TOP))}")
    for target, settings in bundle["targets"].items():
        for key in sorted(set(settings) - TARGET):
            yield Finding(
                BUNDLE, f"target {target}: unknown key {key}", f"known are {', '.join(sorted(TARGET))}"
            )
        for variable in sorted(set(settings.get("variables", ())) - set(bundle["variables"])):
            yield Finding(BUNDLE, f"target {target} sets variable {variable}", "declare it under variables")


def _check_resources(
    name: str, kind: str, entries: Mapping[str, Any], entry_points: Mapping[str, str]
) -> Iterator[Finding]:
    if kind not in KINDS:
        yield Finding(name, f"resources of kind {kind} are not checked", f"known are {', '.join(KINDS)}")
        return
    for key, entry in entries.items():
        try:
            KINDS[kind].from_dict(entry)
        except (ValueError, TypeError, AssertionError) as error:
            yield Finding(name, f"{kind} {key}: {error}", "mend it after the Databricks reference")
        for task in entry.get("tasks", ()):
            wheel = task.get("python_wheel_task") or {}
            if wheel.get("entry_point") not in entry_points:
                problem = f"{key}: entry point {wheel.get('entry_point')} is not in pyproject.toml"
                yield Finding(name, problem, f"it has {', '.join(entry_points)}")


def _check_uniqueness(documents: Mapping[str, Any]) -> Iterator[Finding]:
    """A key stands for one resource or script: the CLI knows them by key alone. A target may set one over again."""
    users: dict[str, dict[str, str]] = {}
    for name, document in documents.items():
        for part in (document, *(document.get("targets") or {}).values()):
            for kind, entries in {"scripts": part.get("scripts"), **(part.get("resources") or {})}.items():
                for key in entries or ():
                    users.setdefault(key, {}).setdefault(kind, name)
    for key, kinds in users.items():
        if len(kinds) > 1:
            problem = f"key {key} is used by {', '.join(kinds)}"
            yield Finding(list(kinds.values())[-1], problem, "give each resource and script a key of its own")


def _check_cluster(bundle: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        ClusterSpec.from_dict(bundle["variables"]["job_cluster"]["default"])
    except (ValueError, TypeError, AssertionError) as error:
        yield Finding(BUNDLE, f"variable job_cluster: {error}", "mend it after the Databricks reference")


def _check_references(
    name: str, document: Any, variables: Mapping[str, Any], resources: Mapping[str, Any]
) -> Iterator[Finding]:
    for group, path in sorted(set(REFERENCE.findall(yaml.safe_dump(document, width=10_000)))):
        first, _, rest = path.partition(".")
        is_known = {
            "var": first in variables,
            "resources": rest.partition(".")[0] in resources.get(first, {}),
            "bundle": first in {"name", "target"},
            "workspace": True,
        }
        if not is_known.get(group, False):
            yield Finding(name, f"${{{group}.{path}}} leads nowhere", "declare it, or mend the spelling")


def _check_policies(policies: Mapping[str, Any]) -> Iterator[Finding]:
    """The definition is JSON once references are filled in, and keeps clusters cheap."""
    for key, policy in policies.items():
        try:
            definition = json.loads(REFERENCE.sub("1", policy["definition"]))
        except ValueError as error:
            yield Finding(
                "infrastructure/resources", f"policy {key} is not JSON: {error}", "mend its definition"
            )
            continue
        spot = definition.get("azure_attributes.availability", {}).get("value")
        if spot != "SPOT_WITH_FALLBACK_AZURE" or definition.get("cluster_type", {}).get("value") != "job":
            problem = f"policy {key} does not hold clusters to jobs on spot machines with fallback"
            yield Finding(
                "infrastructure/resources", problem, "fix cluster_type and azure_attributes.availability"
            )
