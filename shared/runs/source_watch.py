"""Writes down what is wrong with a source while it lasts, for the status of the run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from shared.adapters.lake import CONTROL, Lake
from shared.errors import Unreachable
from shared.messages.base import Source
from shared.runs.troubles import Trouble, trouble_path
from shared.sources.watching import TroubleKind

WRITTEN_EVERY = timedelta(seconds=5)
LONGEST_REASON = 300
log = logging.getLogger(__name__)


class SourceWatch:
    """The troubles that the lanes of this process see; what changes nothing is written every WRITTEN_EVERY at most.

    A lake that is gone costs a line in the log: what is told here is a service to people, and no task waits for it.
    """

    def __init__(self, lake: Lake, now: Callable[[], datetime]) -> None:
        self._lake = lake
        self._now = now
        self._open: dict[Source, Trouble] = {}
        self._written_at: dict[Source, datetime] = {}
        self._writing = asyncio.Lock()

    async def trouble(
        self, source: Source, kind: TroubleKind, reason: str, wait_s: float | None = None
    ) -> None:
        """A source is in trouble, and is asked again after so many seconds, where that is known."""
        now, before = self._now(), self._open.get(source)
        is_news = before is None or before.kind != kind
        if before is None or is_news:
            before = Trouble(source=source, kind=kind, reason=reason[:LONGEST_REASON], since=now, seen_at=now)
            log.warning("%s: %s: %s", source, kind, before.reason)
        again_at = before.again_at if wait_s is None else now + timedelta(seconds=wait_s)
        self._open[source] = before.model_copy(update={"seen_at": now, "again_at": again_at})
        if is_news or now - self._written_at[source] >= WRITTEN_EVERY:
            await self._write(source)

    async def again(self, source: Source, wait_s: float) -> None:
        """A task of a source is sent again in so many seconds: the soonest of them says when it is tried again."""
        now, trouble = self._now(), self._open.get(source)
        again_at = now + timedelta(seconds=wait_s)
        if trouble is None or trouble.kind == "slow":
            return
        if trouble.again_at is None or trouble.again_at <= now or again_at < trouble.again_at:
            self._open[source] = trouble.model_copy(update={"again_at": again_at})
            await self._write(source)

    async def well(self, source: Source) -> None:
        """A source answered as it should: its trouble is over."""
        trouble = self._open.pop(source, None)
        if trouble is not None:
            log.info("%s answers again; %s since %s", source, trouble.kind, trouble.since)
            await self._write(source)

    async def _write(self, source: Source) -> None:
        """Bring the blob to what is known now, one writing after the other."""
        async with self._writing:
            self._written_at[source] = self._now()
            trouble = self._open.get(source)
            try:
                if trouble is None:
                    await self._lake.delete(CONTROL, trouble_path(source))
                else:
                    await self._lake.put(CONTROL, trouble_path(source), trouble.to_json().encode())
            except Unreachable as error:
                log.warning("the trouble of %s is not written: %s", source, error.kind)
