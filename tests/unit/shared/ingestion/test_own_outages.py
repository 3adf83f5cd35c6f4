"""Services of our own that are gone: a message is held, then sent again, and only then given back."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import pytest

from shared.adapters.bus import Delivery
from shared.errors import VaultUnavailable
from shared.ingestion.active_runs import ActiveRuns
from shared.ingestion.fetching import OUTAGE_SENDS, Fetcher, FetchOptions
from shared.messages.tasks import DetailsParams, DiscoverParams, FetchTask
from shared.planning.roots import RunRequest
from shared.runs.state import RunState
from tests.fakes import CrossfadeApp, FakeClock, LakeDown
from tests.unit.shared.ingestion.test_fetching import task_of

MINUTE_S = 60.0
OPTIONS = FetchOptions(task_limit_s=240, outage_hold_s=300, max_attempts=4, resend_delay_s=30)


class Outage:
    """An app on a fake clock; sleeping lets the time pass, and after a minute the outage is over."""

    def __init__(self) -> None:
        self.app, self.clock = CrossfadeApp(), FakeClock()
        self.end: Callable[[], object] = lambda: None

    async def begin(self, params: DiscoverParams | DetailsParams) -> tuple[RunState, FetchTask]:
        run = await self.app.services.starter.begin(RunRequest(sources=("tmdb",)), "test")
        self.app.bus.queues.clear()
        return run, task_of(run, params)

    async def work(self, task: FetchTask) -> None:
        """Work a task as the host would, with the patience the settings give by default."""
        services = self.app.services
        fetcher = Fetcher(
            lanes=services.lanes, lander=services.lander, bus=services.bus,
            active=ActiveRuns(services.runs, time.monotonic), failed_tasks=services.failed_tasks,
            telemetry=services.telemetry, watch=services.source_watch, options=OPTIONS,
            clock=self.clock, sleep=self._sleep,
        )  # fmt: skip
        await fetcher.work(Delivery(task.to_json(), task.message_id))

    async def _sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)
        if self.clock() >= MINUTE_S:
            self.end()


@pytest.mark.parametrize("container", ["raw", "control"])
async def test_a_lake_gone_for_a_minute_costs_nothing(container: str) -> None:
    """The answers are kept in hand, nothing is asked twice, and the task lands when the container is back."""
    outage = Outage()
    _, task = await outage.begin(DetailsParams(film_ids=(1, 2)))
    lake = outage.app.lake
    lake.gone = {container}
    outage.end = lake.gone.clear
    await outage.work(task)
    (event,) = outage.app.bus.events
    assert (event.outcome, event.requests, len(outage.app.catalog.asked)) == ("landed", 2, 2)
    assert MINUTE_S <= outage.clock() < 2 * MINUTE_S and outage.app.bus.tasks == []


async def test_queues_gone_for_a_minute_cost_nothing() -> None:
    """Children and report are sent when the broker is back."""
    outage = Outage()
    _, task = await outage.begin(DiscoverParams())
    outage.app.bus.is_down = True
    outage.end = lambda: setattr(outage.app.bus, "is_down", False)
    await outage.work(task)
    assert len(outage.app.bus.events) == 1 and len(outage.app.bus.tasks) == 2
    assert len(outage.app.catalog.asked) == 1


async def test_a_vault_gone_for_a_minute_costs_no_slot() -> None:
    """Without a token nothing is asked; with it the task lands."""
    outage, asked = Outage(), []
    _, task = await outage.begin(DetailsParams(film_ids=(1,)))
    client = outage.app.services.lanes.of("tmdb", "tmdb").client
    prepare: Callable[[], Awaitable[None]] = client.prepare

    async def without_token() -> None:
        asked.append(outage.clock())
        if outage.clock() < MINUTE_S:
            raise VaultUnavailable("the vault", "no token")
        await prepare()

    client.prepare = without_token  # type: ignore[method-assign]
    await outage.work(task)
    (event,) = outage.app.bus.events
    assert (event.outcome, event.requests) == ("landed", 1) and len(asked) > 3


async def test_a_longer_outage_sends_the_task_again() -> None:
    """After five minutes the message is let go, and the same attempt comes again with a delay."""
    outage = Outage()
    _, task = await outage.begin(DetailsParams(film_ids=(1,)))
    outage.app.lake.gone = {"raw"}
    await outage.work(task)
    (again,) = outage.app.bus.tasks
    assert (again.attempt, again.sends, outage.app.bus.delays_s) == (1, 1, [30.0])
    assert outage.clock() == pytest.approx(OPTIONS.outage_hold_s) and outage.app.bus.events == []
    outage.app.lake.gone.clear()
    await outage.work(again)
    assert [event.outcome for event in outage.app.bus.events] == ["landed"]


async def test_only_when_nothing_works_the_message_is_given_back() -> None:
    """Lake and queues both gone for longer: an exception, minutes later, so that ten deliveries last an hour."""
    outage = Outage()
    _, task = await outage.begin(DetailsParams(film_ids=(1,)))
    outage.app.lake.gone, outage.app.bus.is_down = {"raw"}, True
    with pytest.raises(LakeDown):
        await outage.work(task)
    assert outage.clock() == pytest.approx(OPTIONS.outage_hold_s)


async def test_a_task_is_not_sent_again_for_ever() -> None:
    """After twenty sendings in vain the message is given back, so that it ends as a dead letter."""
    outage = Outage()
    run, _ = await outage.begin(DetailsParams(film_ids=(1,)))
    outage.app.lake.gone = {"raw"}
    with pytest.raises(LakeDown):
        await outage.work(task_of(run, DetailsParams(film_ids=(1,)), sends=OUTAGE_SENDS))


async def test_events_are_held_then_sent_again_then_given_back() -> None:
    """The fan-in too: without the lake its events come again under other ids; without queues they are given back."""
    app = CrossfadeApp()
    await app.services.starter.begin(RunRequest(sources=("tmdb",)), "test")
    await app.fetch(*app.bus.take("tmdb-fetch"))
    deliveries = app.bus.take("run-events")
    app.lake.gone = {"control"}
    app.bus.is_down = True
    with pytest.raises(LakeDown):
        await app.services.fan_in.track(deliveries)
    app.bus.is_down = False
    await app.services.fan_in.track(deliveries)
    (again,) = app.bus.queues["run-events"]
    assert again.delay_s > 0 and again.message_id != deliveries[0].message_id
    assert again.session_id == deliveries[0].session_id
    app.lake.gone.clear()
    await app.drain_queues()
    assert not app.bus.sent, "the run goes on and ends"


async def test_a_fan_in_that_failed_half_way_reads_its_journal_again() -> None:
    """What it had counted and not yet followed up is made again from the lake."""
    app = CrossfadeApp()
    run = await app.services.starter.begin(RunRequest(sources=("tmdb",)), "test")
    await app.fetch(*app.bus.take("tmdb-fetch"))
    deliveries = app.bus.take("run-events")
    app.lake.broken = {"progress.json"}
    await app.services.fan_in.track(deliveries)
    app.lake.broken = set()
    await app.drain_queues()
    assert (await app.services.runs.get(run.run_id)).state == "silver"
