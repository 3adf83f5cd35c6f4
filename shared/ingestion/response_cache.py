"""Answers we hold that are fresh enough not to be asked for again.

The lake itself is the cache: the last completed run's blob of the same request has a name that can be computed. With
Redis, single answers are cached with a time to live, whatever run asked for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.adapters.lake import RAW, Lake
from shared.ingestion import raw_blobs as raw
from shared.ingestion.raw_blobs import RawLine
from shared.messages.base import Source
from shared.messages.tasks import FetchTask
from shared.runs.state import RunState
from shared.runs.store import RunStore
from shared.sources.client import ApiRequest

log = logging.getLogger(__name__)


class ResponseCache(Protocol):
    """Where fresh answers may be found."""

    async def blob_of(self, task: FetchTask) -> bytes | None:
        """The whole blob of a task; None when it has to be asked for."""

    async def line_of(self, source: Source, request: ApiRequest) -> RawLine | None:
        """One answer; None when it has to be asked for."""

    async def keep(self, source: Source, line: RawLine) -> None:
        """Remember an answer that just came."""


class NoCache:
    """Everything is asked for."""

    async def blob_of(self, task: FetchTask) -> bytes | None:
        """Nothing is held."""
        return None

    async def line_of(self, source: Source, request: ApiRequest) -> RawLine | None:
        """Nothing is held."""
        return None

    async def keep(self, source: Source, line: RawLine) -> None:
        """Nothing is remembered."""


class LakeCache(NoCache):
    """The last completed run's blobs.

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
    """Single answers in Redis; a cache that is down is no cache, never an error."""

    def __init__(self, redis: Redis, fresh_for: timedelta) -> None:
        self._redis = redis
        self._fresh_for = fresh_for

    async def line_of(self, source: Source, request: ApiRequest) -> RawLine | None:
        """The cached answer to a request."""
        try:
            data = await self._redis.get(_key(source, request))
        except RedisError as error:
            log.warning("the response cache is out of reach: %s", type(error).__name__)
            return None
        return raw.decode_line(data) if isinstance(data, bytes) else None

    async def keep(self, source: Source, line: RawLine) -> None:
        """Cache an answer for as long as it is fresh."""
        try:
            data = raw.encode_line(f"{source}.cached", line)
            await self._redis.set(_key(source, line.request), data, ex=self._fresh_for)
        except RedisError as error:
            log.warning("the response cache is out of reach: %s", type(error).__name__)


def _key(source: Source, request: ApiRequest) -> str:
    return f"crossfade:{source}:{request.key}"
