"""The trace of a run travels: in message properties, through handlers, into the jobs' parameters; and log fields."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from functions.deliveries import oldest_s
from shared.adapters.bus import DeadLetter, Delivery, event_message, task_message
from shared.adapters.metrics import METRICS
from shared.adapters.telemetry import (
    Telemetry,
    about,
    add_fields,
    following,
    trace_properties,
    traceparent_of,
)
from shared.messages.events import TaskDone
from shared.messages.tasks import FetchTask, ReleaseParams
from shared.planning.roots import RunRequest
from shared.runs.state import RunState
from tests.builders.findings import matching_json, quality_json
from tests.builders.runs import NOW
from tests.fakes import CrossfadeApp

RUN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-11111111111111111111111111111111-2222222222222222-01"
TASK = FetchTask.create("RUN", NOW.date(), ReleaseParams(release_id=1))
EVENT = TaskDone(run_id="RUN", task_id="discogs.release-1", kind="discogs.release", outcome="landed")


def test_messages_carry_the_trace_of_their_run() -> None:
    """Tasks and events, under both names, whatever span is open meanwhile; none outside of a trace."""
    assert trace_properties() == {}
    with following(RUN), Telemetry().span("something", OTHER), following(RUN):
        for message in (task_message(TASK, "discogs"), event_message(EVENT)):
            assert message.properties == {"traceparent": RUN, "Diagnostic-Id": RUN}
        with following(None):
            assert traceparent_of(trace_properties()) == RUN
    assert trace_properties() == {}


def test_either_name_of_the_trace_is_understood() -> None:
    """The Functions host and other SDKs know it as Diagnostic-Id."""
    assert traceparent_of({"Diagnostic-Id": OTHER}) == OTHER
    assert traceparent_of({"traceparent": RUN, "Diagnostic-Id": OTHER}) == RUN
    assert traceparent_of({}) is traceparent_of(None) is None


async def test_a_run_stays_one_trace_from_end_to_end() -> None:
    """Every message that follows from the first ones carries the root's traceparent, and so do both jobs."""
    app = CrossfadeApp()
    with Telemetry().span("plan_on_request", RUN):
        run = await app.services.starter.begin(RunRequest(), "test")
    assert str(run.traceparent).split("-")[1] == RUN.split("-")[1]
    seen = set()

    def note() -> None:
        seen.update(traceparent_of(message.properties) for message in app.bus.sent)

    await app.drain_queues(before_batch=note)
    assert seen == {run.traceparent}
    await app.services.stages.start_silver(run.run_id)
    assert app.databricks.started[0][1]["traceparent"] == run.traceparent


async def test_a_dead_letter_stays_in_its_trace() -> None:
    """Its failure is reported, and a dead event is sent again, under the trace the letter had."""
    app = CrossfadeApp()
    properties = {"traceparent": RUN}
    app.bus.dead = [
        DeadLetter("discogs-fetch", TASK.to_json().encode(), "m1", 1, "x", 10, properties),
        DeadLetter("run-events", EVENT.to_json().encode(), "m2", 2, "x", 10, properties),
    ]
    await app.services.drain.drain()
    assert {traceparent_of(message.properties) for message in app.bus.sent} == {RUN}


async def test_what_the_watcher_sends_again_stays_in_the_trace() -> None:
    """Tasks that were lost come back under the trace of their run."""
    app = CrossfadeApp(stalled_after_min=1e-9)
    with Telemetry().span("plan_on_request", RUN):
        run = await app.services.starter.begin(RunRequest(), "test")
    app.bus.queues.clear()
    with Telemetry().span("watch_runs", OTHER):
        await app.services.watchdog.watch()
    assert {traceparent_of(message.properties) for message in app.bus.sent} == {run.traceparent}


async def test_scores_and_bands_come_into_the_state() -> None:
    """What the jobs measured is in the run's state when their stage ends; what cannot be read is left out."""
    app = CrossfadeApp()
    run = await app.services.starter.begin(RunRequest(), "test")
    await app.drain_queues()
    quality = quality_json(completeness=0.97)
    await app.lake.put_json("metrics", f"{run.run_id}/quality.json", quality)
    await app.lake.put("metrics", f"{run.run_id}/matching.json", b'{"bands": "many"}')
    stages = app.services.stages
    await stages.start_silver(run.run_id)
    for stage in ("silver", "gold"):
        manifest = {"version": 1, "stage": stage, "run_id": run.run_id, "created_at": NOW, "seconds": 1}
        await app.lake.put_json(
            "control", f"{stage}/{run.run_id}.json", {**manifest, "tables": {}, "counts": {}}
        )
    await stages.start_gold(run.run_id)
    await app.lake.put_json("metrics", f"{run.run_id}/matching.json", matching_json(strong=7))
    await stages.finish(run.run_id)
    ended: RunState = await app.services.runs.get(run.run_id)
    assert ended.quality == {"movies": {"completeness": 0.97}} and ended.bands == {"strong": 7}


def test_log_lines_say_what_they_are_about() -> None:
    """Run, task and stage are on every line inside, the innermost first; a line's own word wins; none outside."""
    logger, records = logging.getLogger("tests.fields"), []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign,assignment]
    logger.addHandler(handler)
    logger.propagate = False
    for _ in range(2):
        add_fields(logger)
    with about(run_id="r", stage="ingest"), about(task_id="t", stage="silver", other=None):
        logger.warning("inside")
        logger.warning("own", extra={"run_id": "mine"})
    logger.warning("outside")
    inside, own, outside = records
    assert (inside.run_id, inside.task_id, inside.stage) == ("r", "t", "silver")
    assert own.run_id == "mine" and not hasattr(inside, "other") and not hasattr(outside, "run_id")
    assert len(handler.filters) == 1


def test_the_age_of_a_batch_is_that_of_its_oldest_message() -> None:
    """Messages without a time are passed over; clocks that differ make no negative age."""
    ages = [Delivery("{}", "m", enqueued_at=NOW - timedelta(seconds=s)) for s in (3, 40)]
    assert oldest_s([*ages, Delivery("{}", "m")], NOW) == 40
    assert oldest_s(ages, NOW - timedelta(hours=1)) == 0
    assert oldest_s([Delivery("{}", "m")], NOW) is None


def test_a_metric_nobody_described_is_refused() -> None:
    """All names are in the table that the documentation is checked against."""
    with pytest.raises(KeyError):
        Telemetry().count("crossfade.unheard_of", 1)
    assert all(name.startswith("crossfade.") for name in METRICS)
