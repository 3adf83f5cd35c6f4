"""The handlers from trigger to effect, over fakes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import azure.functions as func
import pytest
from azure.functions.blob import InputStream
from azure.functions.servicebus import ServiceBusMessage
from azure.functions.timer import TimerRequest

from functions.deliveries import delivery_of, oldest_s
from shared.adapters.bus import Delivery
from shared.planning.roots import RunRequest
from shared.services import services
from tests.fakes import CrossfadeApp
from tests.unit.functions.indexed import FUNCTIONS
from tests.unit.shared.orchestration.test_stages import publish

HANDLERS = {name: function.get_user_function() for name, function in FUNCTIONS.items()}
HOST = "https://app.invalid/api"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[CrossfadeApp]:
    """The process's services, with the parts that reach out replaced by fakes."""
    app = CrossfadeApp()
    services.cache_clear()
    wired = services()
    for part in ("lake", "bus", "databricks", "lifecycle", "secrets", "fetcher", "stages"):
        setattr(wired, part, getattr(app.services, part))
    yield app
    services.cache_clear()


async def call(
    name: str, method: str = "POST", body: bytes = b"", **route: str
) -> tuple[int, dict[str, Any]]:
    """Call an HTTP function; returns its status and its JSON."""
    params = {key: value for key, value in route.items() if key != "run_id"}
    path = "/refresh" if name == "plan_on_request" else f"/runs/{route.get('run_id', '')}"
    suffix = {"replay_run": "/replay", "cancel_run": "/cancel"}.get(name, "")
    request = func.HttpRequest(
        method, f"{HOST}{path}{suffix}?code=k", body=body, params=params, route_params=route
    )
    answer = await HANDLERS[name](request)
    assert answer.mimetype == "application/json" and answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, json.loads(answer.get_body())


def messages(found: list[Delivery]) -> list[ServiceBusMessage]:
    """Deliveries as the host hands them over."""
    return [
        ServiceBusMessage(
            body=one.body.encode(), message_id=one.message_id, delivery_count=one.delivery_count,
            application_properties={}, user_properties={}, session_id=one.session_id,
        )
        for one in found
    ]  # fmt: skip


async def test_a_refresh_is_accepted_with_the_runs_address(app: CrossfadeApp) -> None:
    """202, the run's id, and where to look, without the key of the request."""
    status, answer = await call("plan_on_request", body=b'{"sources": ["tmdb"]}')
    assert status == 202 and answer["status_url"] == f"{HOST}/runs/{answer['run_id']}"
    assert [task.source for task in app.bus.tasks] == ["tmdb"]


async def test_a_wrong_refresh_is_told_its_field(app: CrossfadeApp) -> None:
    """400, with the field and the remedy; nothing begins."""
    status, answer = await call("plan_on_request", body=b'{"mode": "half"}')
    assert (status, answer["field"]) == (400, "mode") and "full" in answer["error"]
    assert await app.services.runs.active() is None


async def test_a_second_refresh_is_told_the_active_run(app: CrossfadeApp) -> None:
    """409 with the id of the run that is in the way."""
    _, first = await call("plan_on_request")
    status, second = await call("plan_on_request")
    assert (status, second["run_id"]) == (409, first["run_id"])


async def test_a_run_from_request_to_end(app: CrossfadeApp) -> None:
    """Every trigger in its turn: queues, manifests, and the status page says completed."""
    _, begun = await call("plan_on_request")
    run_id = begun["run_id"]
    while app.bus.sent:
        for source in ("tmdb", "discogs"):
            for message in messages(app.bus.take(f"{source}-fetch")):
                await HANDLERS[f"fetch_{source}"](message)
        await HANDLERS["track_progress"](messages(app.bus.take("run-events")))
    for handler, stage, following in (
        ("start_silver", "bronze", "silver"),
        ("start_gold", "silver", "gold"),
        ("finish_run", "gold", None),
    ):
        await HANDLERS[handler](InputStream(data=b"", name=f"control/{stage}/{run_id}.json"))
        if following:
            await publish(app, run_id, following)
    status, answer = await call("get_run", "GET", run_id=run_id)
    assert (status, answer["state"]) == (200, "completed")
    assert answer["progress"]["tmdb"]["records"] == 30
    status, answer = await call("list_runs", "GET", limit="5")
    assert (status, [run["run_id"] for run in answer["runs"]]) == (200, [run_id])


async def test_unknown_runs_and_wrong_limits_are_told_apart(app: CrossfadeApp) -> None:
    """404 for the one, 400 for the other."""
    assert (await call("get_run", "GET", run_id="nope"))[0] == 404
    assert (await call("cancel_run", run_id="nope"))[0] == 404
    status, answer = await call("list_runs", "GET", limit="many")
    assert (status, answer["field"]) == (400, "limit")


async def test_cancel_and_replay_over_http(app: CrossfadeApp) -> None:
    """An active run cannot be replayed, a cancelled one can; a finished replay leaves nothing to do."""
    _, begun = await call("plan_on_request")
    run_id = begun["run_id"]
    assert (await call("replay_run", run_id=run_id))[0] == 409
    status, answer = await call("cancel_run", run_id=run_id)
    assert (status, answer["state"]) == (200, "cancelled")
    status, answer = await call("replay_run", run_id=run_id)
    assert (status, answer["replays"], answer["tasks"]) == (202, run_id, 2)
    assert answer["status_url"] == f"{HOST}/runs/{answer['run_id']}"
    await app.drain_queues()
    await app.services.lifecycle.complete(answer["run_id"])
    status, answer = await call("replay_run", run_id=answer["run_id"])
    assert (status, answer["tasks"]) == (200, 0)


async def test_timers_plan_watch_and_drain(app: CrossfadeApp) -> None:
    """The planning timer begins a run; the others find nothing to do, and a second tick is skipped."""
    timer = TimerRequest(past_due=False)
    for _ in range(2):
        await HANDLERS["plan_on_timer"](timer)
    await HANDLERS["watch_runs"](timer)
    await HANDLERS["drain_dead_letters"](timer)
    await HANDLERS["remove_expired"](timer)
    state = await app.services.runs.active()
    assert state is not None and state.trigger == "timer"
    assert len(await app.services.runs.run_ids()) == 1


async def test_a_missing_setting_is_answered_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app without a lake answers 503 and says what to set."""
    services.cache_clear()
    monkeypatch.delenv("LAKE", raising=False)
    status, answer = await call("get_run", "GET", run_id="x")
    assert (status, answer["setting"]) == (503, "LAKE")
    services.cache_clear()


async def test_what_there_is_to_read_over_http(app: CrossfadeApp) -> None:
    """Alerts, films, health and the document itself are answered as JSON; wrong questions by name."""
    objective = {
        "target": 0.995, "runs": 0, "kept": 0, "share": None, "budget_runs": 0.0, "budget_left": None,
        "fresh_until": None, "is_fresh": False,
    }  # fmt: skip
    assert await call("list_alerts", "GET") == (
        200,
        {"alerts": [], "objective": objective, "record": [], "stored": None},
    )
    assert (await call("search_films", "GET", q="blade"))[1]["films"] == []
    assert (await call("search_films", "GET", q="?"))[1]["field"] == "q"
    app.bus.is_down = True
    status, answer = await call("get_health", "GET")
    assert (status, answer["status"]) == (503, "down")
    assert (await call("get_openapi", "GET"))[1]["openapi"] == "3.1.0"


async def test_a_report_is_a_page_that_can_do_nothing(app: CrossfadeApp) -> None:
    """HTML as the job wrote it, under a policy that lets it style itself only; a missing or unknown one is told."""
    _, begun = await call("plan_on_request")
    run_id = begun["run_id"]
    assert (await call("get_report", "GET", run_id=run_id, report="gold"))[0] == 404
    assert (await call("get_report", "GET", run_id=run_id, report="bronze"))[1]["field"] == "report"
    await app.lake.put("metrics", f"{run_id}/quality.html", b"<h1>fine</h1>")
    route = {"run_id": run_id, "report": "silver"}
    answer = await HANDLERS["get_report"](func.HttpRequest("GET", HOST, body=b"", route_params=route))
    assert (answer.status_code, answer.mimetype, answer.get_body()) == (200, "text/html", b"<h1>fine</h1>")
    assert "sandbox;" in answer.headers["Content-Security-Policy"]


def test_messages_become_deliveries() -> None:
    """Body, id and count come through, also when the body is a JSON string of itself."""
    body = json.dumps(json.dumps({"version": 1}))
    (one,) = messages([Delivery(body, "m1", 3, session_id="tmdb-1")])
    assert delivery_of(one) == Delivery('{"version": 1}', "m1", 3, session_id="tmdb-1")


@pytest.mark.parametrize("body", [b"\xff\x00", b'"', b""])
def test_a_body_that_nobody_can_read_is_a_delivery_too(body: bytes) -> None:
    """It is judged with its own message and takes no other of its batch along."""
    message = ServiceBusMessage(body=body, message_id="m1", application_properties={}, user_properties={})
    found = delivery_of(message)
    assert found.body == body.decode("utf-8", "replace")


def test_a_time_without_a_zone_is_utc() -> None:
    """The Functions host names no zone; a message's age is counted from it all the same."""
    message = ServiceBusMessage(
        body=b"{}", message_id="m1", application_properties={}, user_properties={},
        enqueued_time_utc=datetime(2026, 11, 20, 6, 30),
    )  # fmt: skip
    found = delivery_of(message)
    assert oldest_s([found], datetime(2026, 11, 20, 6, 31, tzinfo=UTC)) == 60.0


async def test_messages_of_several_traces_are_all_worked(app: CrossfadeApp) -> None:
    """Messages say their trace and their age, whichever run they are of; none is left behind for it."""
    _, begun = await call("plan_on_request", body=b'{"sources": ["tmdb"]}')
    traces = [f"00-{number:032x}-{number:016x}-01" for number in (1, 2, 2)]
    (task,) = app.bus.take("tmdb-fetch")
    batch = [
        ServiceBusMessage(
            body=task.body.encode(), message_id=task.message_id, application_properties={"traceparent": trace},
            user_properties={}, enqueued_time_utc=datetime.now(UTC),
        )
        for trace in traces
    ]  # fmt: skip
    assert [delivery_of(found).traceparent for found in batch] == traces
    for message in batch:
        await HANDLERS["fetch_tmdb"](message)
    assert {event.run_id for event in app.bus.events} == {begun["run_id"]}


async def test_a_run_that_is_asked_for_with_films(app: CrossfadeApp) -> None:
    """film_ids go through the request to the tasks."""
    await call("plan_on_request", body=b'{"film_ids": [3, 5]}')
    (task,) = app.bus.tasks
    assert task.kind == "tmdb.details" and RunRequest().film_ids == ()


async def test_changes_are_asked_since_a_run_of_the_feed(app: CrossfadeApp) -> None:
    """No run, a wrong limit and a wrong place are 400 with their name; without a feed there are no changes."""
    since = "20261120T063000Z-7f3a"
    for wrong, params in (
        ("since", {}),
        ("limit", {"since": since, "limit": "1001"}),
        ("after", {"since": since, "after": "x"}),
    ):
        status, answer = await call("list_changes", "GET", b"", **params)
        assert (status, answer["field"]) == (400, wrong)
    status, answer = await call("list_changes", "GET", since=since)
    assert (status, answer["run_id"]) == (404, since)
