"""What is wrong with a source while a run reads it: one small blob a source, written by the process of its lane."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from shared.adapters.lake import CONTROL, Lake
from shared.messages.base import Message, Source
from shared.sources.watching import TroubleKind

KEPT = timedelta(minutes=5)
SOURCES: tuple[Source, ...] = ("tmdb", "discogs")


class Trouble(Message):
    """A source that does not answer, wants a pause, or answers slowly.

    Attributes:
        since: when it began.
        seen_at: when it was last seen so.
        again_at: when it is asked again; None while it is being asked all the time.
    """

    source: Source
    kind: TroubleKind
    reason: str
    since: datetime
    seen_at: datetime
    again_at: datetime | None = None

    def is_current(self, now: datetime) -> bool:
        """Whether it still counts: nobody tells of the end of what a process saw that died."""
        return now - max(self.seen_at, self.again_at or self.seen_at) <= KEPT


def trouble_path(source: Source) -> str:
    """Where the trouble of a source is kept, in the control container."""
    return f"sources/{source}.json"


async def read_troubles(lake: Lake, now: datetime) -> list[Trouble]:
    """The current troubles of the sources."""
    found = await asyncio.gather(*(lake.read(CONTROL, trouble_path(source)) for source in SOURCES))
    troubles = (Trouble.from_json(data) for data in found if data)
    return [trouble for trouble in troubles if trouble.is_current(now)]
