"""What a bundle comes to for one target, put together as `local.bundle` does it, but with nobody who deploys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.bundle.source.loading import merged
from local.bundle.source.references import Values, resolve
from local.infra_check.findings import read_yaml

BUNDLE = "infrastructure/databricks.yml"
GROUPS = ("var", "bundle", "resources")


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
    """The bundle for a target, with values for its variables.

    The identity of `run_as` and the tags of `presets` are put on the jobs, which is where they are sent.

    Raises:
        BundleError: a reference leads nowhere, or to itself.
    """
    settings = bundle.settings(target)
    values = {name: entry.get("default") for name, entry in settings["variables"].items()} | dict(given)
    context = {
        "var": values,
        "bundle": {"name": settings["bundle"]["name"], "target": target},
        "resources": settings.get("resources", {}),
    }
    rendered: dict[str, Any] = resolve(settings, Values(context), GROUPS)
    for job in rendered.get("resources", {}).get("jobs", {}).values():
        job.setdefault("run_as", rendered.get("run_as"))
        job["tags"] = {**rendered.get("presets", {}).get("tags", {}), **job.get("tags", {})}
    return rendered


def given_to(bundle: Bundle, target: str) -> dict[str, str]:
    """A made-up value for each variable that the target does not set and that has no default."""
    variables = bundle.settings(target)["variables"]
    return {name: name.replace("_", "-") for name, entry in variables.items() if "default" not in entry}


def containers_of(bundle: Bundle) -> set[str]:
    """Containers of the lake that some target opens as an external location."""
    found = set()
    for target in bundle.targets:
        for location in bundle.settings(target).get("resources", {}).get("external_locations", {}).values():
            found |= set(re.findall(r"^abfss://(\w+)@", location["url"]))
    return found
