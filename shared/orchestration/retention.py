"""Retention: raw blobs, documents of runs, metrics, reports and unreadable messages are removed when their time is up.

What may still be read is never removed, however old: everything of the active run, of the last completed run and
of the runs that published the current tables or the ones before, and the raw folders their bronze manifests name.
Versions of tables are the jobs' to remove.
Folders are looked at by date or run, so a call costs what it removes, and it removes only so much.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from shared.adapters.lake import CONTROL, GOLD, METRICS, RAW, Lake
from shared.adapters.telemetry import Telemetry, about
from shared.config import Settings
from shared.messages.manifests import RunManifest, TableSet
from shared.runs.store import RunStore

MOST_BLOBS = 50_000
DATE_FOLDER = "ingest_date="
RUN_FOLDER = "run_id="
MANIFESTS = ("bulk", "bronze", "silver", "gold")
TABLE_SETS = ("tables/silver.json", "tables/gold.json")
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Periods:
    """How long things are kept, raw blobs by their source; `shared.config` has the settings, with defaults."""

    raw: Mapping[str, timedelta]
    runs: timedelta
    metrics: timedelta

    @property
    def reports(self) -> timedelta:
        """Reports show titles of both sources: no longer than either permits."""
        return min(self.metrics, *self.raw.values())

    @classmethod
    def of(cls, config: Settings) -> Periods:
        """The periods that are set."""
        return cls(
            raw={source: timedelta(days=days) for source, days in config.retention_days.items()},
            runs=timedelta(days=config.runs_retention_days),
            metrics=timedelta(days=config.metrics_retention_days),
        )


@dataclass(frozen=True)
class Kept:
    """What must stay: runs by id, and folders of raw blobs."""

    runs: frozenset[str]
    raw_prefixes: frozenset[str]


@dataclass
class Removal:
    """What one call removed: blobs by area; `is_done` is False when there is more for the next call."""

    blobs: dict[str, int] = field(default_factory=dict)
    is_done: bool = True

    @property
    def total(self) -> int:
        """Blobs over all areas."""
        return sum(self.blobs.values())


@dataclass(frozen=True)
class _Expired:
    """A folder's worth of what is past its time: blobs, and folders that are to be removed once those are gone."""

    area: str
    container: str
    blobs: list[str]
    folders: list[str]


@dataclass(slots=True, kw_only=True)
class Retention:
    """Removes what is older than its period.

    Attributes:
        most_blobs: blobs one call removes at most, give or take a folder.
    """

    lake: Lake
    runs: RunStore
    telemetry: Telemetry
    now: Callable[[], datetime]
    periods: Periods
    most_blobs: int = MOST_BLOBS

    async def remove_expired(self) -> Removal:
        """Remove what is past its time, the oldest first, and report it as the event `ExpiredRemoved`."""
        removal = Removal()
        with about(stage="retention"):
            kept = await self._kept()
            async for found in self._expired(kept):
                if removal.total >= self.most_blobs:
                    removal.is_done = False
                    break
                if count := await self._remove(found):
                    removal.blobs[found.area] = removal.blobs.get(found.area, 0) + count
            self._report(removal)
        return removal

    async def _remove(self, expired: _Expired) -> int:
        """Remove blobs, then the folders they were in from the deepest up; how many blobs that were."""
        removed = await self.lake.delete_all(expired.container, expired.blobs)
        for depth in sorted({name.count("/") for name in expired.folders}, reverse=True):
            level = [name for name in expired.folders if name.count("/") == depth]
            await self.lake.delete_all(expired.container, level)
        return removed

    async def _expired(self, kept: Kept) -> AsyncIterator[_Expired]:
        """One folder after another."""
        now = self.now()
        async for day, prefixes in self._raw_days(now, kept):
            for prefix in prefixes:
                yield await self._folder("raw", RAW, prefix)
            yield _Expired("raw", RAW, [], [day])  # stays where something of it is kept
        for run_id in await self._old_runs(METRICS, "", now - self.periods.metrics, kept):
            yield await self._folder("metrics", METRICS, f"{run_id}/")
        for run_id in await self._old_runs(GOLD, "report/", now - self.periods.reports, kept):
            yield await self._folder("reports", GOLD, f"report/{run_id}/")
        before = now - self.periods.runs
        for run_id in await self._old_runs(CONTROL, "runs/", before, kept):
            # The folder that names the run goes last, so that a call that is cut off is made good by the next.
            manifests = [f"{stage}/{run_id}.json" for stage in MANIFESTS]
            found = await self._folder("runs", CONTROL, f"runs/{run_id}/")
            yield _Expired("runs", CONTROL, [*manifests, *found.blobs], found.folders)
        unreadable = [name async for name in self.lake.names(CONTROL, "unreadable/")]
        old = [name for name in unreadable if _is_before(name.split("/")[1], before)]
        yield _Expired("unreadable", CONTROL, old, [])

    async def _raw_days(self, now: datetime, kept: Kept) -> AsyncIterator[tuple[str, list[str]]]:
        """The folder of each day that is past its source's time, and the prefixes of its runs that are not kept."""
        for source, period in self.periods.raw.items():
            before = (now - period).date()
            for kind in await self.lake.folders(RAW, f"{source}/"):
                for day in await self.lake.folders(RAW, f"{source}/{kind}/"):
                    if _is_day_before(day, before):
                        folder = f"{source}/{kind}/{day}"
                        yield folder, await self._raw_prefixes(folder, kept)

    async def _raw_prefixes(self, day: str, kept: Kept) -> list[str]:
        return [
            prefix
            for run in await self.lake.folders(RAW, f"{day}/")
            if run.removeprefix(RUN_FOLDER) not in kept.runs
            and (prefix := f"{day}/{run}/") not in kept.raw_prefixes
        ]

    async def _old_runs(self, container: str, prefix: str, before: datetime, kept: Kept) -> list[str]:
        folders = await self.lake.folders(container, prefix)
        return [run_id for run_id in folders if run_id not in kept.runs and _is_before(run_id, before)]

    async def _folder(self, area: str, container: str, prefix: str) -> _Expired:
        found = await self.lake.contents(container, prefix)
        return _Expired(area, container, found.blobs, found.folders)

    async def _kept(self) -> Kept:
        active = await self.runs.active()
        runs = {run.run_id for run in (active, await self.runs.last_completed()) if run}
        runs |= {run_id async for run_id in self._current_runs()}
        prefixes = {prefix async for prefix in self._raw_of(runs)}
        prefixes |= {part.prefix for part in active.inherited_raw} if active else set()
        return Kept(frozenset(runs), frozenset(prefixes))

    async def _current_runs(self) -> AsyncIterator[str]:
        """Runs that published the current tables of silver and gold, and the ones before."""
        for name in TABLE_SETS:
            data = await self.lake.read(CONTROL, name)
            if data is not None:
                for run_id in TableSet.from_json(data).run_ids:
                    yield run_id

    async def _raw_of(self, run_ids: Iterable[str]) -> AsyncIterator[str]:
        """The raw folders that the bronze manifests of runs name, of whatever run they are."""
        for run_id in run_ids:
            data = await self.lake.read(CONTROL, f"bronze/{run_id}.json")
            if data is not None:
                for part in RunManifest.from_json(data).raw:
                    yield part.prefix

    def _report(self, removal: Removal) -> None:
        for area, count in removal.blobs.items():
            self.telemetry.count("crossfade.removed", count, area=area)
        log.info("removed as past their time: %s", removal.blobs or "nothing")
        self.telemetry.event("ExpiredRemoved", is_done=removal.is_done, blobs=removal.total, **removal.blobs)


def _is_before(stamped: str, before: datetime) -> bool:
    """Whether a name that begins with a time (20261120T063000Z-…) is older; False for any other name."""
    try:
        return datetime.strptime(stamped[:15], "%Y%m%dT%H%M%S") < before.replace(tzinfo=None)
    except ValueError:
        return False


def _is_day_before(folder: str, before: date) -> bool:
    try:
        return date.fromisoformat(folder.removeprefix(DATE_FOLDER)) < before
    except ValueError:
        return False
