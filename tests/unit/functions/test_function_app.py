"""The function app as the host sees it: names, triggers, and settings that fit together."""

from __future__ import annotations

import json
import typing
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest

from shared.adapters.bus import QUEUES
from shared.config import load_settings
from tests.unit.functions.indexed import FUNCTIONS

ROOT = Path(__file__).parents[3]
HOST: dict[str, Any] = json.loads((ROOT / "host.json").read_text())


def trigger(name: str) -> dict[str, Any]:
    bound = FUNCTIONS[name].get_trigger()
    assert bound is not None
    return dict(bound.get_dict_repr())


def test_all_functions_of_the_design_are_there() -> None:
    """Each has the trigger it needs."""
    triggers = {name: trigger(name)["type"] for name in FUNCTIONS}
    expected = {
        "timerTrigger": {"plan_on_timer", "watch_runs", "drain_dead_letters", "remove_expired"},
        "httpTrigger": {"plan_on_request", "replay_run", "cancel_run", "list_runs", "get_run"},
        "serviceBusTrigger": {"fetch_tmdb", "fetch_discogs", "track_progress"},
        "blobTrigger": {"start_ingest", "start_silver", "start_gold", "finish_run"},
    }
    for kind, names in expected.items():
        assert names <= {name for name, found in triggers.items() if found == kind}


@pytest.mark.parametrize("name", ["fetch_tmdb", "fetch_discogs"])
def test_fetching_takes_one_message_a_call(name: str) -> None:
    """Only then does the host renew the session's lock for as long as there is work."""
    bound = trigger(name)
    assert bound["isSessionsEnabled"] is True and bound["cardinality"] == func.Cardinality.ONE
    annotation = typing.get_type_hints(FUNCTIONS[name].get_user_function())["message"]
    assert annotation is func.ServiceBusMessage


def test_events_are_taken_in_batches() -> None:
    """One session at a time, many messages a call, annotated as the Python worker wants it."""
    name = "track_progress"
    bound = trigger(name)
    assert bound["isSessionsEnabled"] is True and bound["cardinality"] == func.Cardinality.MANY
    annotation = typing.get_type_hints(FUNCTIONS[name].get_user_function())["messages"]
    assert annotation == typing.List[func.ServiceBusMessage]  # noqa: UP006 -- list[...] is refused by the worker
    assert not isinstance(annotation, type(list[int]))


@pytest.mark.parametrize("name", ["fetch_tmdb", "fetch_discogs", "track_progress"])
def test_bodies_come_as_they_were_sent(name: str) -> None:
    """Of binary data the host neither reads the JSON in a body anew nor leaves an empty one out of a batch."""
    assert trigger(name)["dataType"] == func.DataType.BINARY


def test_queues_are_the_ones_that_are_deployed() -> None:
    """Triggers, code and infrastructure name the same queues, and all of them have sessions."""
    queues = json.loads((ROOT / "infrastructure/queues.json").read_text())["queues"]
    assert {queue["name"] for queue in queues} == set(QUEUES)
    assert {trigger(name)["queueName"] for name in ("fetch_tmdb", "fetch_discogs", "track_progress")} == set(
        QUEUES
    )
    for queue in queues:
        assert queue["properties"]["requiresSession"] and queue["properties"]["requiresDuplicateDetection"]
        assert queue["properties"]["lockDuration"] == "PT5M"


def test_a_call_ends_before_the_host_ends_it() -> None:
    """A task's limit, and the time it may be held in an outage, fit into functionTimeout with 30 s to spare."""
    loaded = load_settings()
    hours, minutes, seconds = (int(part) for part in HOST["functionTimeout"].split(":"))
    assert loaded.task_limit_s + loaded.outage_hold_s + 30 < 3600 * hours + 60 * minutes + seconds == 600
    fields = type(loaded).model_fields
    most_s = sum(limit.le for name in ("task_limit_s", "outage_hold_s") for limit in fields[name].metadata
                 if hasattr(limit, "le"))  # fmt: skip
    assert most_s + 30 <= 600


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("start_ingest", "bulk"),
        ("start_silver", "bronze"),
        ("start_gold", "silver"),
        ("finish_run", "gold"),
    ],
)
def test_blob_functions_watch_manifests(name: str, stage: str) -> None:
    """One small blob a stage, through Event Grid unless the setting says otherwise."""
    bound = trigger(name)
    assert bound["path"] == f"control/{stage}/{{run_id}}.json" and bound["connection"] == "LAKE"
    assert bound["source"] == "EventGrid"


def test_http_functions_need_a_key_unless_they_hold_no_data() -> None:
    """Only the dashboard's page and its files are open to anyone."""
    routes = {name: trigger(name) for name in FUNCTIONS if trigger(name)["type"] == "httpTrigger"}
    open_ones = {name for name, bound in routes.items() if bound["authLevel"] == func.AuthLevel.ANONYMOUS}
    assert open_ones == {"get_dashboard", "get_dashboard_file"}
    others = {name: bound["authLevel"] for name, bound in routes.items() if name not in open_ones}
    assert set(others.values()) == {func.AuthLevel.FUNCTION}


def test_the_host_settings_fit_batches_of_sessions() -> None:
    """The bundle, telemetry and Service Bus settings are the ones the design counts on."""
    assert HOST["version"] == "2.0" and HOST["telemetryMode"] == "OpenTelemetry"
    assert HOST["extensionBundle"]["version"] == "[4.*, 5.0.0)"
    bus = HOST["extensions"]["serviceBus"]
    assert bus["autoCompleteMessages"] is True and bus["prefetchCount"] == 0
    assert 1 <= bus["minMessageBatchSize"] <= bus["maxMessageBatchSize"] <= 1000
    assert bus["maxAutoLockRenewalDuration"] == "-00:00:00.0010000", "locks are renewed while there is work"
    assert bus["maxConcurrentCallsPerSession"] >= 64 and bus["maxConcurrentSessions"] >= 1


def test_the_example_settings_are_ones_the_app_knows() -> None:
    """Every name in local.settings.example.json is a setting of the app or of the host."""
    values = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
    fields = type(load_settings()).model_fields
    known = {name.upper() for name in fields} | {str(f.alias).upper() for f in fields.values()}
    assert set(values) - {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"} <= known
