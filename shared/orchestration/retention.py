"""Retention: raw blobs, documents of runs, metrics, reports and unreadable messages are removed when their time is up.

What may still be read is never removed, however old: everything of the active run, of the last completed run and
of the runs whose snapshots are current, the raw folders their bronze manifests name, and the snapshots those stand on.
Folders are looked at by date or run, so a call costs what it removes, and it removes only so much.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from shared.adapters.lake import CONTROL, GOLD, INTERMEDIATE, METRICS, RAW, Lake
from shared.adapters.log_fields import about
from shared.adapters.telemetry import Telemetry
from shared.config import Settings
from shared.messages.manifests import RunManifest
from shared.runs.store import RunStore

MOST_BLOBS = 50_000
DATE_FOLDER = "ingest_date="
RUN_FOLDER = "run_id="
MANIFESTS = ("bronze", "silver", "gold")
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Periods:
    """How long things are kept; `shared.config` has the settings, with defaults."""

    raw: timedelta
    runs: timedelta
    metrics: timedelta

    @classmethod
    def of(cls, config: Settings) -> Periods:
        """The periods that are set."""
        return cls(
            raw=timedelta(days=config.raw_retention_days),
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
            async for area, container, names in self._expired(kept):
                if removal.total >= self.most_blobs:
                    removal.is_done = False
                    break
                if count := await self.lake.delete_all(container, names):
                    removal.blobs[area] = removal.blobs.get(area, 0) + count
            self._report(removal)
        return removal

    async def _expired(self, kept: Kept) -> AsyncIterator[tuple[str, str, list[str]]]:
        """Area, container and blob names of one folder after another."""
        now = self.now()
        async for prefix in self._raw_folders((now - self.periods.raw).date(), kept):
            yield "raw", RAW, await self._names(RAW, prefix)
        for run_id in await self._old_runs(METRICS, "", now - self.periods.metrics, kept):
            yield "metrics", METRICS, await self._names(METRICS, f"{run_id}/")
        for run_id in await self._old_runs(GOLD, "report/", now - self.periods.metrics, kept):
            yield "reports", GOLD, await self._names(GOLD, f"report/{run_id}/")
        before = now - self.periods.runs
        for run_id in await self._old_runs(CONTROL, "runs/", before, kept):
            # The folder that names the run goes last, so that a call that is cut off is made good by the next.
            manifests = [f"{stage}/{run_id}.json" for stage in MANIFESTS]
            yield "runs", CONTROL, [*manifests, *await self._names(CONTROL, f"runs/{run_id}/")]
        unreadable = [name async for name in self.lake.names(CONTROL, "unreadable/")]
        yield "unreadable", CONTROL, [name for name in unreadable if _is_before(name.split("/")[1], before)]

    async def _raw_folders(self, before: date, kept: Kept) -> AsyncIterator[str]:
        for source in await self.lake.folders(RAW, ""):
            for kind in await self.lake.folders(RAW, f"{source}/"):
                for day in await self.lake.folders(RAW, f"{source}/{kind}/"):
                    if not _is_day_before(day, before):
                        continue
                    for run in await self.lake.folders(RAW, f"{source}/{kind}/{day}/"):
                        prefix = f"{source}/{kind}/{day}/{run}/"
                        if run.removeprefix(RUN_FOLDER) not in kept.runs and prefix not in kept.raw_prefixes:
                            yield prefix

    async def _old_runs(self, container: str, prefix: str, before: datetime, kept: Kept) -> list[str]:
        folders = await self.lake.folders(container, prefix)
        return [run_id for run_id in folders if run_id not in kept.runs and _is_before(run_id, before)]

    async def _names(self, container: str, prefix: str) -> list[str]:
        """Blobs under a prefix, deepest first: with a hierarchical namespace its folders are among them."""
        return sorted([name async for name in self.lake.names(container, prefix)], reverse=True)

    async def _kept(self) -> Kept:
        active = await self.runs.active()
        runs = {run.run_id for run in (active, await self.runs.last_completed()) if run}
        runs |= {run_id async for run_id in self._current_snapshots()}
        prefixes = {prefix async for prefix in self._raw_of(runs)}
        prefixes |= {part.prefix for part in active.inherited_raw} if active else set()
        return Kept(frozenset(runs), frozenset(prefixes))

    async def _current_snapshots(self) -> AsyncIterator[str]:
        """Runs whose snapshots are current, the snapshots before them, and those their jobs read."""
        for container in (INTERMEDIATE, GOLD):
            for table in await self.lake.folders(container, ""):
                pointer = await self.lake.read_json(container, f"{table}/_current.json") or {}
                for name in ("snapshot", "previous"):
                    if pointer.get(name):
                        yield pointer[name]
                if pointer.get("snapshot"):
                    for run_id in await self._inputs_of(pointer["snapshot"]):
                        yield run_id

    async def _inputs_of(self, run_id: str) -> list[str]:
        """The silver snapshots a gold run read."""
        metrics = await self.lake.read_json(METRICS, f"{run_id}/gold.json") or {}
        inputs = metrics.get("lineage", {}).get("inputs", {})
        return [snapshot for snapshot in inputs.values() if isinstance(snapshot, str)]

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
