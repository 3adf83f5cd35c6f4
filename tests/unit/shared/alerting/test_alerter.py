"""Alerts at work over a lake: after a death, with the lake or a webhook out of reach, with dead letters."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from shared.adapters.bus import DeadLetter
from shared.alerting.alerter import read_book
from shared.alerting.book import AlertBook
from shared.planning.roots import RunRequest
from shared.runs.history import read_history
from shared.runs.state import RunState
from tests.fakes import CrossfadeApp, LakeDown


@pytest.fixture
def app() -> CrossfadeApp:
    return CrossfadeApp()


@pytest.fixture
async def run(app: CrossfadeApp) -> AsyncIterator[RunState]:
    yield await app.services.starter.begin(RunRequest(), "test")


async def book_of(app: CrossfadeApp) -> AlertBook:
    return await read_book(app.lake, datetime.now(UTC))


async def test_a_death_right_after_the_end_loses_no_notice(app: CrossfadeApp, run: RunState) -> None:
    """The state is written and the process dies: the watcher of the next one tells people, once."""
    app.lake.writes_left = 1
    with pytest.raises(LakeDown):
        await app.services.lifecycle.fail(run.run_id, "no token")
    assert app.notices == []
    app.lake.writes_left = None
    app.restart()
    for _ in range(3):
        await app.services.watchdog.watch()
    (notice,) = app.notices
    assert run.run_id in notice and "no token" in notice
    assert [ended.run_id for ended in (await read_history(app.lake)).runs] == [run.run_id]
    assert await app.services.runs.active() is None


@pytest.mark.parametrize("writes", range(1, 8))
async def test_a_death_at_any_write_tells_people_once(app: CrossfadeApp, run: RunState, writes: int) -> None:
    """Wherever the end of a run is cut off, its notice arrives; a repeated one carries the same words."""
    app.lake.writes_left = writes
    with suppress(LakeDown):
        await app.services.lifecycle.fail(run.run_id, "no token")
    app.lake.writes_left = None
    app.restart()
    if (await app.services.runs.get(run.run_id)).is_active:
        await app.services.lifecycle.fail(run.run_id, "no token")
    await app.services.watchdog.watch()
    assert len(set(app.notices)) == 1 and len(app.notices) <= 2


async def test_a_lake_out_of_reach_hurts_no_end(
    app: CrossfadeApp, run: RunState, caplog: pytest.LogCaptureFixture
) -> None:
    """The run has ended, alerts were not checked, and the next check catches up."""
    app.lake.broken = {"alerts.json"}
    assert await app.services.lifecycle.fail(run.run_id, "no token") is not None
    assert "alerts were not checked" in caplog.text
    app.lake.broken = set()
    await app.services.alerter.check()
    assert len(app.notices) == 1


async def test_documents_that_cannot_be_read_are_begun_anew(app: CrossfadeApp, run: RunState) -> None:
    """No run hangs on a broken history, nobody is left untold by a broken book."""
    for name in ("history.json", "alerts.json"):
        await app.lake.put("control", name, b'{"runs": 7, "open": 7}')
    await app.services.lifecycle.fail(run.run_id, "no token")
    assert await app.services.runs.active() is None
    assert len(app.notices) == 1


async def test_a_failure_and_the_recovery_from_it(app: CrossfadeApp, run: RunState) -> None:
    """Failed, then completed: people hear of the failure, of the recovery and of the completion."""
    await app.services.lifecycle.fail(run.run_id, "no token")
    second = await app.services.starter.begin(RunRequest(), "test")
    await app.services.lifecycle.complete(second.run_id)
    titles = [notice.splitlines()[0] for notice in app.notices]
    assert sorted(titles) == sorted(
        [
            f"Crossfade run {run.run_id} failed",
            f"Crossfade run {second.run_id} completed",
            "Crossfade recovered: run_failed",
        ]
    )


async def test_dead_letters_alert_until_a_run_completes(
    app: CrossfadeApp, run: RunState, caplog: pytest.LogCaptureFixture
) -> None:
    """Drained once, they are alerted of; the next run that completes ends that, and the count begins anew."""
    caplog.set_level(logging.INFO)
    app.bus.dead = [DeadLetter("tmdb-fetch", b"nonsense", "m1", 1, "MaxDeliveryCountExceeded", 10, {})]
    await app.services.drain.drain()
    await app.services.watchdog.watch()
    assert (await book_of(app)).open["dead_letters"].reason == "1 dead letters were found"
    assert "AlertOpened" in caplog.text
    await app.services.lifecycle.cancel(run.run_id, "enough")
    second = await app.services.starter.begin(RunRequest(), "test")
    await app.services.lifecycle.complete(second.run_id)
    book = await book_of(app)
    assert (book.open, book.dead_letters) == ({}, 0)
    assert "AlertClosed" in caplog.text


async def test_a_failed_export_alerts_until_one_completes(app: CrossfadeApp, run: RunState) -> None:
    """What the export's report says is alerted of; a report that cannot be read alerts nobody."""

    async def report(**said: object) -> set[str]:
        await app.lake.put("control", "export.json", json.dumps({"run_id": run.run_id, **said}).encode())
        await app.services.alerter.check()
        return set((await book_of(app)).open)

    ended = "2026-11-20T06:30:00.000000Z"
    assert await report(state="failed", reason="away", ended_at=ended) == {"export_failed"}
    assert (await book_of(app)).open["export_failed"].reason == "away"
    assert await report(state="completed", reason="", ended_at=ended) == set()
    assert await report(state="odd") == set()


async def test_alerts_are_looked_at_also_when_the_workspace_is_down(app: CrossfadeApp, run: RunState) -> None:
    """The watcher fails, and people hear of what is wrong all the same."""
    await app.drain_queues()

    def broken(state: RunState) -> bool:
        state.created_at = datetime(2026, 1, 1, tzinfo=UTC)
        state.stages["silver"].databricks_run_id = 404
        return True

    await app.services.runs.change(run.run_id, broken)
    with pytest.raises(KeyError):
        await app.services.watchdog.watch()
    assert any("critical: run_late" in notice for notice in app.notices)


async def test_the_history_keeps_the_runs_that_ended_last(app: CrossfadeApp) -> None:
    """Each once, oldest first, with counts and scores; only so many of them."""
    for _ in range(3):
        run = await app.services.starter.begin(RunRequest(), "test")
        await app.services.lifecycle.cancel(run.run_id, "enough")
        await app.services.runs.end(run.run_id, "failed")
    runs = (await read_history(app.lake)).runs
    ends = [run.ended_at for run in runs if run.ended_at]
    assert len(runs) == len(ends) == 3 and ends == sorted(ends)
    assert {run.state for run in runs} == {"cancelled"}
