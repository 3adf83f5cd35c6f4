"""An app with a wrong setting: every function is indexed, and health says what to correct."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import azure.functions as func
import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from shared.config import DEFAULT_SCHEDULE, Settings, plan_schedule, setting_names, settings
from shared.services import services
from tests.unit.functions.indexed import FUNCTIONS

ROOT = Path(__file__).parents[3]
# Made of no type: what this is wrong for is said by a rule of its own.
OWN_RULES = {"plan_schedule": ["never", "0 0 25 * * *", "* * * *", "0 0 4/x * * *"]}
OWN_RULES["applicationinsights_connection_string"] = ["nonsense"]
# Indexes the app first with all wrong values at once, then with each alone: the modules of the app anew every time.
INDEX = """
import json, os, sys

def index(values):
    for module in [name for name in sys.modules if name.split(".")[0] in ("function_app", "functions")]:
        del sys.modules[module]
    os.environ.update(values)
    from function_app import app
    for name in values:
        del os.environ[name]
    return sorted(function.get_function_name() for function in app.get_functions())

cases = json.load(sys.stdin)
json.dump([index(dict(cases)), *(index({name: value}) for name, value in cases)], sys.stdout)
"""


def refused_values(name: str, field: FieldInfo) -> list[str]:
    """Texts that a setting refuses: made of its type and its bounds, or listed where it has a rule of its own."""
    found: list[str] = list(OWN_RULES.get(name, ()))
    for bound in field.metadata:
        found += [str(bound.gt)] if hasattr(bound, "gt") else []
        found += [str(bound.ge - 1)] if hasattr(bound, "ge") else []
        found += [str(bound.le + 1)] if hasattr(bound, "le") else []
        found += ["x" * (bound.min_length - 1)] if hasattr(bound, "min_length") else []
    types = {field.annotation, *get_args(field.annotation)}
    return found if {str, SecretStr} & types else ["no such value", *found]


CASES = [
    (setting_names()[name], value)
    for name, field in Settings.model_fields.items()
    for value in refused_values(name, field)
]
FREE_TEXT = [
    setting_names()[name]
    for name, field in Settings.model_fields.items()
    if not refused_values(name, field)
]  # fmt: skip


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    """Settings as they are when a process begins, before and after."""
    for cache in (services, settings):
        cache.cache_clear()
    yield
    for cache in (services, settings):
        cache.cache_clear()


async def ask(name: str, **route: str) -> tuple[int, dict[str, Any]]:
    request = func.HttpRequest("GET", "https://app.invalid/api/x", body=b"", route_params=route)
    answer = await FUNCTIONS[name].get_user_function()(request)
    return answer.status_code, json.loads(answer.get_body())


def test_every_function_is_indexed_whatever_a_setting_says() -> None:
    """Each setting in turn has each value that it refuses, or nonsense where it takes any text."""
    cases = CASES + [(name, "nonsense") for name in FREE_TEXT]
    assert {name for name, _ in cases} == set(setting_names().values())
    env = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", INDEX], cwd=ROOT, env=env, input=json.dumps(cases), capture_output=True, text=True
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    indexed = dict(zip(["all at once", *cases], json.loads(done.stdout), strict=True))
    assert {case: names for case, names in indexed.items() if names != sorted(FUNCTIONS)} == {}


@pytest.mark.parametrize(("name", "value"), CASES)
async def test_health_names_a_wrong_setting_and_the_remedy(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Health is 503 with the setting and what to do; so is every other request; the value is not repeated."""
    monkeypatch.setenv(name, value)
    status, health = await ask("get_health")
    (dependency,) = health["dependencies"]
    assert (status, health["status"], dependency["name"]) == (503, "down", "settings")
    assert dependency["detail"].startswith(f"{name}: ") and "or remove it" in dependency["detail"]
    status, refusal = await ask("get_run", run_id="20260101T000000Z-0000")
    assert (status, refusal["setting"]) == (503, name)
    assert "no such value" not in dependency["detail"] + refusal["error"]


async def test_several_wrong_settings_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first with its remedy, the others by name, so that one look is enough."""
    monkeypatch.setenv("MAX_ATTEMPTS", "0")
    monkeypatch.setenv("RUN_LIMIT_MIN", "long")
    _, health = await ask("get_health")
    detail = health["dependencies"][0]["detail"]
    assert detail.startswith("MAX_ATTEMPTS: input should be greater than or equal to 1; correct it, or")
    assert "for the default 4" in detail and detail.endswith("; wrong as well: RUN_LIMIT_MIN")


async def test_what_needs_no_setting_is_served_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The document, and the page that shows what health says."""
    monkeypatch.setenv("MAX_ATTEMPTS", "0")
    assert (await ask("get_openapi"))[0] == 200
    request = func.HttpRequest("GET", "https://app.invalid/api/dashboard", body=b"")
    assert (await FUNCTIONS["get_dashboard"].get_user_function()(request)).status_code == 200


@pytest.mark.parametrize("package", ["azure.servicebus.aio", "databricks.sdk"])
async def test_an_sdk_that_does_not_load_is_named(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Health says which package it is and what to do; so does every other request, but for one seldom needed."""
    for name in [name for name in sys.modules if name.startswith(package)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delattr("shared.services")
    for module in ("services", "adapters.connections"):
        monkeypatch.delitem(sys.modules, f"shared.{module}")
    status, health = await ask("get_health")
    (dependency,) = health["dependencies"]
    assert (status, dependency["name"]) == (503, "packages")
    assert package in dependency["detail"] and "deploy again" in dependency["detail"]
    if package != "databricks.sdk":
        status, refusal = await ask("get_run", run_id="20260101T000000Z-0000")
        assert status == 503 and package in refusal["error"]


def test_what_fetches_loads_no_sdk_of_databricks() -> None:
    """Only what asks a workspace imports it: a process that fetches is ready seconds sooner."""
    code = "import sys, shared.services\nsys.stdout.write(' '.join(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "databricks.sdk" not in loaded.stdout.split()


def test_handlers_and_routes_load_no_sdk() -> None:
    """Services, and with them the SDKs, are imported at the first call: indexing the whole app needs none."""
    code = (
        "import sys, function_app\nfunction_app.app.get_functions()\nsys.stdout.write(' '.join(sys.modules))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    sdks = (
        "azure.core",
        "azure.identity",
        "azure.servicebus",
        "azure.storage",
        "databricks",
        "redis",
        "httpx",
    )
    assert not {name for name in loaded.stdout.split() if name.startswith((*sdks, "opentelemetry"))}


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("0 0 6 * * 1-5", "0 0 6 * * 1-5"),
        ("*/30 * * * *", "*/30 * * * *"),
        ("0 0 6 * JAN,JUL MON", "0 0 6 * JAN,JUL MON"),
        ("06:00:00", "06:00:00"),
        ("0 60 * * * *", DEFAULT_SCHEDULE),
        ("often", DEFAULT_SCHEDULE),
        ("", DEFAULT_SCHEDULE),
    ],
)
def test_the_timer_gets_a_schedule_in_any_case(
    monkeypatch: pytest.MonkeyPatch, given: str, taken: str
) -> None:
    """PLAN_SCHEDULE as it stands where it is one; the default where it is none."""
    monkeypatch.setenv("PLAN_SCHEDULE", given)
    assert plan_schedule() == taken
