"""The Databricks bundle, against the typed model its makers publish (databricks-bundles) and against itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from databricks.bundles.catalogs import Catalog
from databricks.bundles.external_locations import ExternalLocation
from databricks.bundles.jobs import Job
from databricks.bundles.schemas import Schema
from databricks.bundles.volumes import Volume

from local.bundle.source.references import references_in
from local.infra_check.bundle.rendering import BUNDLE, Bundle, given_to, read_bundle, render
from local.infra_check.bundle.rules import check_target, check_written
from local.infra_check.findings import Finding

# A kind that holds a secret is none of them, on purpose.
KINDS: Mapping[str, Any] = {
    "jobs": Job,
    "catalogs": Catalog,
    "external_locations": ExternalLocation,
    "schemas": Schema,
    "volumes": Volume,
}
# What may stand at the top of a bundle, and in a target: the configuration reference of the Databricks CLI.
TOP = frozenset(
    {"artifacts", "bundle", "include", "permissions", "presets", "resources", "run_as", "sync", "targets"}
    | {"variables", "workspace", "experimental", "scripts"}
)
TARGET = TOP - {"include", "targets"} | {"mode", "default", "git"}


def check_bundle(root: Path, job_entry_points: Mapping[str, str]) -> Iterator[Finding]:
    """Keys and references of what is written, and what each target comes to: types, entry points, rights, addresses."""
    bundle = read_bundle(root)
    yield from _check_keys(bundle)
    yield from _check_uniqueness(bundle)
    yield from check_written(bundle)
    dangling = list(_check_references(bundle))
    yield from dangling
    for target in () if dangling else bundle.targets:
        rendered = render(bundle, target, given_to(bundle, target))
        yield from _check_resources(target, rendered, job_entry_points)
        yield from check_target(target, rendered)


def _check_keys(bundle: Bundle) -> Iterator[Finding]:
    for name, document in bundle.documents.items():
        for key in sorted(set(document) - TOP):
            yield Finding(name, f"unknown key {key}", f"known are {', '.join(sorted(TOP))}")
    for target, settings in bundle.targets.items():
        for key in sorted(set(settings) - TARGET):
            problem = f"target {target}: unknown key {key}"
            yield Finding(BUNDLE, problem, f"known are {', '.join(sorted(TARGET))}")
        for variable in sorted(set(settings.get("variables", ())) - set(bundle.whole["variables"])):
            yield Finding(BUNDLE, f"target {target} sets variable {variable}", "declare it under variables")


def _check_uniqueness(bundle: Bundle) -> Iterator[Finding]:
    """A key stands for one resource or script: the CLI knows them by key alone. A target may set one over again."""
    users: dict[str, dict[str, str]] = {}
    for name, document in bundle.documents.items():
        for part in (document, *(document.get("targets") or {}).values()):
            for kind, entries in {"scripts": part.get("scripts"), **(part.get("resources") or {})}.items():
                for key in entries or ():
                    users.setdefault(key, {}).setdefault(kind, name)
    for key, kinds in users.items():
        if len(kinds) > 1:
            problem = f"key {key} is used by {', '.join(kinds)}"
            yield Finding(list(kinds.values())[-1], problem, "give each resource and script a key of its own")


def _check_references(bundle: Bundle) -> Iterator[Finding]:
    for name, document in bundle.documents.items():
        for reference in sorted(set(references_in(document))):
            if not _leads_somewhere(bundle, *reference.split(".", 1)):
                yield Finding(name, f"${{{reference}}} leads nowhere", "declare it, or mend the spelling")


def _leads_somewhere(bundle: Bundle, group: str, path: str = "") -> bool:
    """Whether there is such a variable, or in every target such a resource; of the workspace the CLI knows."""
    first, _, rest = path.partition(".")
    if group != "resources":
        known = {"var": bundle.whole["variables"], "bundle": {"name", "target"}, "workspace": {first}}
        return first in known.get(group, ())
    declared = [bundle.settings(target).get("resources", {}).get(first, {}) for target in bundle.targets]
    return all(rest.partition(".")[0] in entries for entries in declared)


def _check_resources(
    target: str, rendered: Mapping[str, Any], entry_points: Mapping[str, str]
) -> Iterator[Finding]:
    for kind, entries in rendered.get("resources", {}).items():
        if kind not in KINDS:
            problem = f"target {target}: resources of kind {kind} are not checked"
            yield Finding(BUNDLE, problem, f"known are {', '.join(KINDS)}")
            continue
        for key, entry in entries.items():
            yield from _check_type(target, kind, key, entry)
            for task in entry.get("tasks", ()):
                wheel = task.get("python_wheel_task") or {}
                if wheel.get("entry_point") not in entry_points:
                    problem = f"{key}: entry point {wheel.get('entry_point')} is not in pyproject.toml"
                    yield Finding(BUNDLE, problem, f"it has {', '.join(entry_points)}")


def _check_type(target: str, kind: str, key: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        KINDS[kind].from_dict(dict(entry))
    except (ValueError, TypeError, AssertionError) as error:
        problem = f"target {target}: {kind} {key}: {error}"
        yield Finding(BUNDLE, problem, "mend it after the Databricks reference")
