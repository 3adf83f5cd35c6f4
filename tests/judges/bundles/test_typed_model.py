"""The typed model that Databricks publishes (databricks-bundles) on every resource of every target."""

from __future__ import annotations

import copy
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest

from local.infra_check.bundle.check import KINDS
from local.infra_check.bundle.rendering import given_to, read_bundle, render
from tests.builders.declared_tree import ROOT
from tests.judges.report import count_checks

Resources = dict[str, dict[str, Any]]
pytestmark = pytest.mark.judge("databricks-bundles", version("databricks-bundles"))


def resources_of(target: str) -> Resources:
    bundle = read_bundle(ROOT)
    resources: Resources = render(bundle, target, given_to(bundle, target))["resources"]
    return resources


def judged(resources: Resources) -> list[str]:
    """What the model objects to; empty is praise."""
    objections = []
    for kind, entries in resources.items():
        for key, entry in entries.items():
            said = {name: value for name, value in entry.items() if value != []}
            try:
                assert KINDS[kind].from_dict(entry).as_dict() == said, f"{key} is not given back as it is"
            except (ValueError, TypeError, AssertionError) as error:
                objections.append(f"{kind} {key}: {error}")
    return objections


@pytest.mark.parametrize("target", sorted(read_bundle(ROOT).targets))
def test_every_resource_is_as_the_model_has_it(
    target: str, record_property: Callable[[str, object], None]
) -> None:
    """Names, types, required fields and allowed values: no objection, and what goes in comes out the same."""
    resources = resources_of(target)
    objections = judged(resources)
    checks = sum(map(len, resources.values()))
    count_checks(record_property, checks=checks, right=checks - len(objections))
    assert objections == []


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("jobs", "max_concurrent_run", 1),
        ("jobs", "timeout_seconds", "an hour"),
        ("jobs", "performance_target", "FAST"),
        ("jobs", "permissions", [{"level": "CAN_DO_ALL", "user_name": "anna"}]),
        ("volumes", "volume_type", "OUTSIDE"),
        ("volumes", "catalog_name", None),
        ("schemas", "grants", [{"principal": "anna", "privileges": ["CREATE_SCHEMATA"]}]),
        ("external_locations", "file_events", False),
        ("catalogs", "storage_roots", "abfss://a@b/c"),
    ],
)
def test_a_wrong_resource_is_found(kind: str, field: str, value: object) -> None:
    """It objects to a field of another name, a value of another type or one not allowed, and a field that lacks."""
    resources = copy.deepcopy(resources_of("prod"))
    entry = next(iter(resources[kind].values()))
    entry[field] = value
    if value is None:
        del entry[field]
    assert len(judged(resources)) == 1
