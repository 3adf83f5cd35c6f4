"""Cached answers: fresh enough not to be asked for again.

The lake itself is the cache: the last completed run's blob of the same request has a name that can be computed. With
Redis, single answers are cached with a time to live, whatever run asked for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from shared.adapters.lake import RAW, Lake
from shared.errors import CacheUnavailable
from shared.ingestion import raw_blobs as raw
from shared.ingestion.raw_blobs import RawLine
from shared.messages.base import Source
from shared.messages.tasks import FetchTask
from shared.runs.state import RunState
from shared.runs.store import RunStore
from shared.sources.client import ApiRequest

if TYPE_CHECKING:
    from shared.adapters.redis import KeyValueStore

log = logging.getLogger(__name__)


class ResponseCache(Protocol):
    """Answers that are still fresh."""

    async def blob_of(self, task: FetchTask) -> bytes | None:
        """The whole blob of a task; None when it has to be asked for."""

    async def line_of(self, source: Source, request: ApiRequest) -> RawLine | None:
        """One answer; None when it has to be asked for."""

    async def keep(self, source: Source, line: RawLine) -> None:
        """Remember an answer that just came."""


class NoCache:
    """No cache: everything is asked for."""

    async def blob_of(self, task: FetchTask) -> bytes | None:
        """Always None."""
        return None

    async def line_of(self, source: Source, request: ApiRequest) -> RawLine | None:
        """Always None."""
        return None

    async def keep(self, source: Source, line: RawLine) -> None:
        """Do nothing."""


class LakeCache(NoCache):
    """The lake as a cache: the last completed run's blobs.

    Args:
        fresh_for: how old an answer may be.
    """

    def __init__(self, lake: Lake, runs: RunStore, now: Callable[[], datetime], fresh_for: timedelta) -> None:
        self._lake = lake
        self._runs = runs
        self._now = now
        self._fresh_for = fresh_for
        self._last: tuple[str, RunState | None] = ("", None)

    async def blob_of(self, task: FetchTask) -> bytes | None:
        """The last completed run's blob of the same task, if all its answers are fresh."""
        last = await self._last_run(task.run_id)
        if last is None or self._is_old(last.ended_at or last.updated_at):
            return None
        twin = FetchTask.create(last.run_id, last.ingest_date, task.params)
        data = await self._lake.read(RAW, twin.blob_name)
        if data is None or any(self._is_old(line.fetched_at) for line in raw.decode(data)):
            return None
        return data

    async def _last_run(self, run_id: str) -> RunState | None:
        """The run completed before this one; asked once a run."""
        if self._last[0] != run_id:
            self._last = (run_id, await self._runs.last_completed())
        return self._last[1]

    def _is_old(self, at: datetime) -> bool:
        return self._now() - at > self._fresh_for


class RedisCache(NoCache):
    """Single answers in Redis; a server that is down caches nothing, and is never an error.

    Args:
        fresh_for: how long an answer is kept.
    """

    def __init__(self, store: KeyValueStore, fresh_for: timedelta) -> None:
        self._store = store
        self._fresh_for = fresh_for

    async def line_of(self, source: Source, request: ApiRequest) -> RawLine | None:
        """The cached answer to a request."""
        try:
            data = await self._store.get(_key(source, request))
        except CacheUnavailable as error:
            log.warning("the response cache is out of reach: %s", error.kind)
            return None
        return None if data is None else raw.decode_line(data)

    async def keep(self, source: Source, line: RawLine) -> None:
        """Cache an answer for as long as it is fresh."""
        data = raw.encode_line(f"{source}.cached", line)
        try:
            await self._store.put(_key(source, line.request), data, self._fresh_for)
        except CacheUnavailable as error:
            log.warning("the response cache is out of reach: %s", error.kind)


def _key(source: Source, request: ApiRequest) -> str:
    return f"crossfade:{source}:{request.key}"
