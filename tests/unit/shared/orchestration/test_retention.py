"""Retention: what is past its time goes, what somebody may still read stays."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.adapters.lake import CONTROL, GOLD, METRICS, RAW
from shared.adapters.telemetry import Telemetry
from shared.config import Settings
from shared.errors import InvalidMessage
from shared.messages.manifests import RawSlice, RunManifest
from shared.orchestration.retention import Periods, Retention
from shared.runs.state import RunState
from shared.runs.store import RunStore
from tests.builders.runs import run_at
from tests.fakes import FakeLake

NOW = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
PERIODS = Periods(raw={"tmdb": timedelta(days=730)}, runs=timedelta(days=100), metrics=timedelta(days=50))


class Account:
    """A lake with runs of any age in it."""

    def __init__(self, most_blobs: int = 1_000, is_hierarchical: bool = False) -> None:
        self.lake = FakeLake(is_hierarchical)
        self.runs = RunStore(self.lake, lambda: NOW)
        self.retention = Retention(
            lake=self.lake,
            runs=self.runs,
            telemetry=Telemetry(),
            now=lambda: NOW,
            periods=PERIODS,
            most_blobs=most_blobs,
        )

    async def add_run(self, days_ago: int, blobs: int = 2, raw_of: RunState | None = None) -> RunState:
        """A run of that day with raw blobs, a manifest, a failed task and metrics."""
        run = run_at(NOW - timedelta(days=days_ago))
        prefix = raw_prefix_of(run)
        for number in range(blobs):
            await self.lake.put(RAW, f"{prefix}{number}.jsonl.gz", b"x")
        parts = [prefix, *([raw_prefix_of(raw_of)] if raw_of else [])]
        await self.lake.put(CONTROL, f"bronze/{run.run_id}.json", manifest(run, parts))
        await self.lake.put(CONTROL, f"runs/{run.run_id}/state.json", run.model_dump_json().encode())
        await self.lake.put(CONTROL, f"runs/{run.run_id}/failed/t.json", b"{}")
        await self.lake.put_json(METRICS, f"{run.run_id}/gold.json", {"lineage": {"inputs": {}}})
        await self.lake.put(GOLD, f"report/{run.run_id}/index.html", b"<html>")
        return run

    async def make_current(self, stage: str, run: RunState, previous: RunState | None = None) -> None:
        """Make the tables that a run published those of a stage, as its job does."""
        tables = {"movies": {"table": "silver.movies", "version": 1, "rows": 2}}
        before = {"run_id": previous.run_id, "tables": tables} if previous else None
        value = {
            "version": 1, "stage": stage, "run_id": run.run_id, "published_at": run.created_at.isoformat(),
            "tables": tables, "previous": before,
        }  # fmt: skip
        await self.lake.put_json(CONTROL, f"tables/{stage}.json", value)

    def left(self, run: RunState) -> dict[str, int]:
        """Blobs of a run by area."""
        return {
            "raw": len(self.lake.blob_names(RAW, raw_prefix_of(run))),
            "runs": len(self.lake.blob_names(CONTROL, f"runs/{run.run_id}/")),
            "manifests": len(self.lake.blob_names(CONTROL, f"bronze/{run.run_id}")),
            "metrics": len(self.lake.blob_names(METRICS, run.run_id)),
            "reports": len(self.lake.blob_names(GOLD, f"report/{run.run_id}/")),
        }


WHOLE = {"raw": 2, "runs": 2, "manifests": 1, "metrics": 1, "reports": 1}
GONE = dict.fromkeys(WHOLE, 0)


def raw_prefix_of(run: RunState) -> str:
    return f"tmdb/discover/ingest_date={run.ingest_date}/run_id={run.run_id}/"


def manifest(run: RunState, prefixes: list[str]) -> bytes:
    parts = [
        RawSlice(source="tmdb", kind="discover", prefix=prefix, blobs=1, records=1, bytes=1)
        for prefix in prefixes
    ]
    made = RunManifest(
        run_id=run.run_id, mode="full", created_at=run.created_at, ingest_date=date(2026, 1, 1),
        raw=tuple(parts), counts={}, tasks=1, failed=0,
    )  # fmt: skip
    return made.to_json().encode()


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        (49, {}),
        (51, {"metrics": 0, "reports": 0}),
        (101, {"metrics": 0, "reports": 0, "runs": 0, "manifests": 0}),
        (730, {"metrics": 0, "reports": 0, "runs": 0, "manifests": 0}),
        (731, GONE),
    ],
)
async def test_each_area_has_its_own_time(
    account: Account, days_ago: int, expected: Mapping[str, int]
) -> None:
    """A run is removed from metrics, state and raw as it grows older, each by its own setting."""
    run = await account.add_run(days_ago)
    await account.retention.remove_expired()
    assert account.left(run) == {**WHOLE, **expected}


async def test_answers_are_kept_as_long_as_their_source_permits(account: Account) -> None:
    """TMDB's for half a year, Discogs' for two years, where nothing else is set; a report no longer than either."""
    account.retention.periods = Periods.of(Settings())
    run = await account.add_run(300)
    discogs = f"discogs/search/ingest_date={run.ingest_date}/run_id={run.run_id}/0.jsonl.gz"
    await account.lake.put(RAW, discogs, b"x")
    await account.retention.remove_expired()
    assert account.lake.blob_names(RAW, "") == [discogs]
    assert account.left(run) == {**WHOLE, "raw": 0, "reports": 0}


async def test_what_current_tables_stand_on_is_kept(account: Account) -> None:
    """The runs that published silver and gold, the ones before each, and raw folders they inherited."""
    old = [await account.add_run(2000 + n) for n in range(5)]
    other, before_silver, before_gold, gold, inherited = old
    silver = await account.add_run(1990, raw_of=inherited)
    await account.make_current("silver", silver, before_silver)
    await account.make_current("gold", gold, before_gold)
    await account.retention.remove_expired()
    for run in (silver, before_silver, gold, before_gold):
        assert account.left(run) == WHOLE
    assert account.left(inherited) == {**GONE, "raw": 2}
    assert account.left(other) == GONE


async def test_the_first_tables_have_none_before_them(account: Account) -> None:
    """A stage that has published once keeps that run only, and one that has not, none."""
    other, first = await account.add_run(2001), await account.add_run(2000)
    await account.make_current("silver", first)
    await account.retention.remove_expired()
    assert (account.left(first), account.left(other)) == (WHOLE, GONE)


async def test_nothing_is_removed_while_the_current_tables_cannot_be_read(account: Account) -> None:
    """A damaged set stops the call with an error that names the field, rather than remove what it stands on."""
    run = await account.add_run(2000)
    await account.lake.put_json(CONTROL, "tables/gold.json", {"version": 1, "stage": "gold"})
    with pytest.raises(InvalidMessage, match="run_id"):
        await account.retention.remove_expired()
    assert account.left(run) == WHOLE


async def test_the_active_and_the_last_completed_run_are_kept(account: Account) -> None:
    """However old they are; so is what the active one inherited from the run it replays."""
    completed, replayed, other = [await account.add_run(900 + n) for n in range(3)]
    await account.runs.keep_as_last_completed(completed)
    part = RawSlice(
        source="tmdb", kind="discover", prefix=raw_prefix_of(replayed), blobs=2, records=2, bytes=2
    )
    active = run_at(NOW - timedelta(days=800), "ingesting", inherited_raw=(part,))
    await account.runs.create(active)
    await account.retention.remove_expired()
    assert account.left(completed) == WHOLE
    assert account.left(replayed) == {**GONE, "raw": 2}
    assert account.left(other) == GONE
    assert await account.runs.active() == active


async def test_a_call_removes_only_so_much(caplog: pytest.LogCaptureFixture) -> None:
    """What is left is for the next call; each says what it removed and whether there is more."""
    caplog.set_level(logging.INFO)
    account = Account(most_blobs=5)
    for n in range(4):
        await account.add_run(800 + n, blobs=4)
    removals = []
    while not (removals and removals[-1].is_done):
        removals.append(await account.retention.remove_expired())
    assert len(removals) > 2 and all(removal.total <= 5 + 4 for removal in removals)
    assert account.lake.blob_names(RAW) == [] and account.lake.blob_names(METRICS) == []
    assert sum(removal.blobs.get("raw", 0) for removal in removals) == 16
    assert caplog.text.count("ExpiredRemoved") == len(removals)


async def test_folders_go_with_what_was_in_them() -> None:
    """With a hierarchical namespace a run's own folder goes, and a day's when nothing of it is kept."""
    account = Account(is_hierarchical=True)
    expired, completed = await account.add_run(900), await account.add_run(901)
    await account.runs.keep_as_last_completed(completed)
    removal = await account.retention.remove_expired()
    assert removal.blobs == {"raw": 2, "metrics": 1, "reports": 1, "runs": 3}
    assert account.left(expired) == GONE and account.left(completed) == WHOLE
    for container in (RAW, METRICS, GOLD, CONTROL):
        left = account.lake.folder_names(container)
        assert any(completed.run_id in name for name in left)
        assert not [name for name in left if expired.run_id in name or str(expired.ingest_date) in name]
    assert await account.runs.run_ids() == [completed.run_id]


async def test_folders_that_a_call_left_are_found_by_the_next() -> None:
    """A call that died when the blobs were gone leaves empty folders, which are listed as a run's are."""
    account = Account(is_hierarchical=True)
    run = await account.add_run(900)
    for container in (RAW, METRICS, GOLD, CONTROL):
        await account.lake.delete_all(container, account.lake.blob_names(container))
    assert (await account.retention.remove_expired()).blobs == {}
    assert not [name for name in account.lake.folder_names(CONTROL) if run.run_id in name]
    assert account.lake.folder_names(RAW) == ["tmdb", "tmdb/discover"]


async def test_unreadable_messages_grow_old_too_and_strangers_stay(account: Account) -> None:
    """Only names that begin with a time are looked at; what else lies there is nobody's to remove."""
    for name in ("20260101T000000-m1.json", "20261119T000000-m2.json", "notes.txt"):
        await account.lake.put(CONTROL, f"unreadable/{name}", b"{}")
    for container, name in ((RAW, "tmdb/discover/notes/run_id=x/a"), (METRICS, "notes/a"), (RAW, "top")):
        await account.lake.put(container, name, b"{}")
    removal = await account.retention.remove_expired()
    assert removal.blobs == {"unreadable": 1}
    assert (await account.retention.remove_expired()).blobs == {}
