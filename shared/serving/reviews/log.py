"""The log of reviews in the lake: `control/reviews/log/000001.jsonl` and on, a review a line, only ever appended to.

Whoever appends says where the log ended when they read it. If somebody else was there meanwhile, the storage refuses,
and the rest is read before the next try. So no review is lost or written over, one that is sent twice is kept once,
and each is later than all before it, whatever the clocks of two instances say.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from shared.adapters.lake import CHANGE_TRIES, CONTROL, Lake
from shared.errors import StaleWrite
from shared.serving.reviews.models import Review, ReviewBody

FOLDER = "reviews/log"
PART_BYTES = 4_000_000  # a blob takes 50,000 appended blocks; a line has 200 bytes and more
_INSTANT = timedelta(microseconds=1)
log = logging.getLogger(__name__)


@dataclass(frozen=True, order=True)
class Position:
    """A place in the log: the number of a part, from 1, and bytes of it."""

    part: int = 1
    size_bytes: int = 0

    @property
    def name(self) -> str:
        """The blob of the part."""
        return f"{FOLDER}/{self.part:06}.jsonl"

    @classmethod
    def of(cls, value: dict[str, Any] | None) -> Position:
        """As the gold job writes it; the beginning where it wrote none."""
        return cls(value["part"], value["bytes"]) if value else cls()


class ReviewLog:
    """Reads and appends; what follows the place that was asked for last stays in memory."""

    def __init__(self, lake: Lake, now: Callable[[], datetime], part_bytes: int = PART_BYTES) -> None:
        self._lake, self._now, self._part_bytes = lake, now, part_bytes
        self._begin = self._end = Position()
        self._reviews: list[Review] = []
        self._lock = asyncio.Lock()

    async def since(self, begin: Position) -> list[Review]:
        """The reviews after a place, in order."""
        async with self._lock:
            await self._catch_up(begin)
            return list(self._reviews)

    async def append(
        self, body: ReviewBody, begin: Position, after: datetime | None = None
    ) -> tuple[Review, bool]:
        """Keep a review; returns it, and whether it is new: one of the same id may be there since `begin`.

        Args:
            body: what was said.
            begin: where the log is read from.
            after: when the last review before `begin` was made.

        Raises:
            StaleWrite: others appended at the same time, again and again.
        """
        async with self._lock:
            for _ in range(CHANGE_TRIES):
                await self._catch_up(begin)
                known = next((each for each in self._reviews if each.review_id == body.review_id), None)
                if known is not None:
                    return known, False
                review = Review(**body.model_dump(), reviewed_at=self._later(after))
                line = f"{review.model_dump_json()}\n".encode()
                try:
                    await self._lake.append(CONTROL, self._end.name, line, self._end.size_bytes)
                except StaleWrite:
                    continue
                return review, True
        raise StaleWrite(f"{CONTROL}/{FOLDER} is contended")

    def _later(self, after: datetime | None) -> datetime:
        """Now, or just after what was said last."""
        last = self._reviews[-1].reviewed_at if self._reviews else after
        return max(self._now(), last + _INSTANT) if last else self._now()

    async def _catch_up(self, begin: Position) -> None:
        if begin != self._begin:
            self._begin = self._end = begin
            self._reviews = []
        while True:
            found = await self._lake.read_versioned(CONTROL, self._end.name, self._end.size_bytes)
            data = found.data if found else b""
            self._reviews += [review for line in data.splitlines() if (review := _parsed(line))]
            self._end = Position(self._end.part, self._end.size_bytes + len(data))
            if self._end.size_bytes < self._part_bytes:
                return
            self._end = Position(self._end.part + 1)


def _parsed(line: bytes) -> Review | None:
    try:
        return Review.model_validate_json(line)
    except ValidationError as error:  # somebody else wrote it: the gold job counts it
        log.warning("a line of %s is no review: %s", FOLDER, error.errors(include_input=False)[0]["msg"])
        return None
