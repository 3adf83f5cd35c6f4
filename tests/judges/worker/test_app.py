"""Microsoft's own worker on the function app: what is deployed indexes, loads and answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from azure.functions.meta import Datum

from local.host.worker import bindings, messages
from tests.unit.functions.indexed import FUNCTIONS
from tests.unit.local.host.worker.test_messages import Received

from .conftest import ROOT
from .driver import PACKAGE, VERSION, Answers, Call, ask

pytestmark = [pytest.mark.judge(PACKAGE, VERSION), pytest.mark.timeout(900)]


def get(function: str, path: str) -> Call:
    """A request as the host sends it."""
    request: dict[str, Any] = {
        "method": bindings.text_datum("GET"),
        "url": bindings.text_datum(f"https://app.invalid/api/{path}"),
        "headers": {}, "params": {}, "query": {}, "body": bindings.bytes_datum(b""),
    }  # fmt: skip
    return Call(function, "req", Datum(request, "http"))


def others() -> list[Call]:
    """A call of each other kind of trigger."""
    received = cast(Any, [Received()])
    batch = Call("track_progress", "messages", bindings.blobs_datum([b"{}"]), messages.arrays_of(received))
    single = {"UserProperties": bindings.json_datum({}), "MessageId": bindings.text_datum("m1")}
    return [
        Call("watch_runs", "timer", bindings.json_datum({"IsPastDue": False})),
        Call(
            "start_silver", "manifest", bindings.bytes_datum(b"{}"), {"BlobTrigger": bindings.text_datum("b")}
        ),
        Call("fetch_tmdb", "message", bindings.bytes_datum(b"{}"), single),
        batch,
    ]


@pytest.fixture(scope="module")
def answers(worker_python: Path) -> Answers:
    """The app without a setting, asked for what needs none, and for what names those that are missing."""
    pages = [
        get("get_openapi", "openapi.json"),
        get("get_dashboard", "dashboard"),
        get("get_health", "health"),
    ]
    return ask(worker_python, ROOT, [*pages, *others()], PYTHON_ENABLE_OPENTELEMETRY="true")


def test_every_function_is_indexed_and_loaded(answers: Answers) -> None:
    """As many as azure-functions finds itself, each with the same bindings."""
    assert answers.app["failure"] is None
    expected = {
        name: [json.loads(binding) for binding in function.get_raw_bindings()]
        for name, function in FUNCTIONS.items()
    }
    assert answers.app["functions"] == expected


def test_requests_are_answered(answers: Answers) -> None:
    """Documents come with 200; without a setting health says what is missing."""
    document, page, health = [answer["returned"]["value"] for answer in answers.calls[:3]]
    assert json.loads(bytes.fromhex(document["body"]["value"]))["openapi"].startswith("3.1")
    assert (document["status_code"], page["status_code"]) == ("200", "200")
    assert health["status_code"] == "503"


def test_every_kind_of_trigger_reaches_its_handler(answers: Answers) -> None:
    """Timer, blob, one message and a batch: each handler takes what it is handed and names the setting it lacks."""
    errors = [answer["error"] for answer in answers.calls[3:]]
    assert [error.partition(":")[0] for error in errors] == ["InvalidSettings"] * 4


def test_the_host_leaves_log_lines_to_the_app(answers: Answers) -> None:
    """The worker says so, because the deployed settings do."""
    deployed = json.loads((ROOT / "infrastructure/app-settings.json").read_text())["defaults"]
    assert deployed["PYTHON_ENABLE_OPENTELEMETRY"] is True
    assert answers.app["capabilities"]["WorkerOpenTelemetryEnabled"]
