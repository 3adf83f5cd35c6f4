"""What a bundle comes to for one target: files put together, variables and references filled in, nothing sent. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.infra_check.findings import read_yaml

BUNDLE = "infrastructure/databricks.yml"
REFERENCE = re.compile(r"\$\{([a-z_]+)\.([\w.-]+)\}")
# Lists whose entries are one and the same under the same key; all others are put one after the other.
KEYED = {
    "tasks": "task_key",
    "job_clusters": "job_cluster_key",
    "environments": "environment_key",
    "parameters": "name",
}
DEPTH = 10  # references that lead to references


@dataclass(frozen=True)
class Bundle:
    """The files of a bundle as they are written, by name, and all of them in one."""

    documents: Mapping[str, Mapping[str, Any]]
    whole: Mapping[str, Any]

    @property
    def targets(self) -> Mapping[str, Any]:
        """Every target, put together from all files."""
        return dict(self.whole["targets"])

    def settings(self, target: str) -> Mapping[str, Any]:
        """The bundle with what the target sets over it, without its targets."""
        bare = {name: value for name, value in self.whole.items() if name != "targets"}
        over = dict(self.targets[target])
        for name, value in over.pop("variables", {}).items():
            over.setdefault("variables", {})[name] = {"default": value}
        return dict(merged(bare, over))


def read_bundle(root: Path) -> Bundle:
    """The bundle of the tree at `root`, with the files it includes.

    Raises:
        yaml.YAMLError: naming the file and the line.
    """
    main = read_yaml(root / BUNDLE)
    names = [path for pattern in main["include"] for path in sorted((root / BUNDLE).parent.glob(pattern))]
    documents = {BUNDLE: main, **{str(path.relative_to(root)): read_yaml(path) for path in names}}
    whole: Any = {}
    for document in documents.values():
        whole = merged(whole, document)
    return Bundle(documents, whole)


def render(bundle: Bundle, target: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The bundle for a target, with values for its variables; what a deployment tells, such as ids, stays as it is.

    The identity of `run_as` and the tags of `presets` are put on the jobs, which is where they are sent.
    """
    settings = bundle.settings(target)
    values = {name: entry.get("default") for name, entry in settings["variables"].items()} | dict(given)
    context = {
        "var": values,
        "bundle": {"name": settings["bundle"]["name"], "target": target},
        "resources": settings.get("resources", {}),
    }
    rendered: dict[str, Any] = filled(settings, context)
    for job in rendered.get("resources", {}).get("jobs", {}).values():
        job.setdefault("run_as", rendered.get("run_as"))
        job["tags"] = {**rendered.get("presets", {}).get("tags", {}), **job.get("tags", {})}
    return rendered


def merged(under: Any, over: Any, name: str = "") -> Any:
    """One value over another: objects field by field, keyed lists entry by entry, other lists one after the other."""
    if isinstance(under, Mapping) and isinstance(over, Mapping):
        both = {key: merged(under[key], over[key], key) for key in under if key in over}
        return {**under, **over, **both}
    if isinstance(under, list) and isinstance(over, list):
        return _merged_list(under, over, KEYED.get(name))
    return over


def _merged_list(under: list[Any], over: list[Any], key: str | None) -> list[Any]:
    if key is None or not all(isinstance(entry, Mapping) for entry in (*under, *over)):
        return [*under, *over]
    entries: dict[Any, Any] = {}
    for entry in (*under, *over):
        entries[entry[key]] = merged(entries.get(entry[key], {}), entry)
    return list(entries.values())


def filled(value: Any, context: Mapping[str, Any], depth: int = DEPTH) -> Any:
    """The value with references filled in; a text that is one reference becomes whatever that is."""
    if isinstance(value, Mapping):
        return {key: filled(entry, context, depth) for key, entry in value.items()}
    if isinstance(value, list):
        return [filled(entry, context, depth) for entry in value]
    if not isinstance(value, str) or not depth:
        return value
    whole = REFERENCE.fullmatch(value)
    if whole:
        found = looked_up(context, *whole.groups())
        return value if found is None else filled(found, context, depth - 1)

    def one(match: re.Match[str]) -> str:
        found = looked_up(context, *match.groups())
        return match[0] if found is None else str(filled(found, context, depth - 1))

    return REFERENCE.sub(one, value)


def looked_up(context: Mapping[str, Any], group: str, path: str) -> Any:
    """What a reference leads to; None where it leads nowhere."""
    found: Any = context.get(group)
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def references(value: Any) -> Iterator[tuple[str, str]]:
    """Every reference in a value: its group, such as `var`, and the rest."""
    if isinstance(value, Mapping):
        for entry in value.values():
            yield from references(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from references(entry)
    elif isinstance(value, str):
        yield from REFERENCE.findall(value)
