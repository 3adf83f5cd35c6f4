"""How often a key may ask: a quota a minute and one a day, counted in the lake, so that they survive a restart.

Of a key only its SHA-256 is kept, as the name of a small document `quotas/DIGEST.json` in `control`. An instance takes
requests from it in blocks, which double while a minute lasts up to a twentieth of the quota of a minute, and gives back
what it did not use; a document is thus written some twenty times a minute at most, and an instance that dies has taken
too much from its key, never too little. The next block is taken while half of the last one is left, and a minute begins
with half of what the one before ended with, so that hardly any request waits for the lake.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.adapters.lake import CONTROL, Lake
from shared.errors import CrossfadeError, OverQuota

logger = logging.getLogger(__name__)
BLOCKS_A_MINUTE = 20
KEYS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests a key may make."""

    per_min: int
    per_day: int

    @property
    def largest_block(self) -> int:
        """Requests an instance takes at a time at most."""
        return max(1, self.per_min // BLOCKS_A_MINUTE)


@dataclass(slots=True)
class _Block:
    """What an instance has taken of a minute and not used yet; `size` is what it took last."""

    minute: str = ""
    size: int = 0
    left: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ahead: asyncio.Task[None] | None = None

    def has(self, minute: str) -> bool:
        """Whether a request of that minute needs no other block."""
        return self.minute == minute and self.left > 0

    @property
    def is_low(self) -> bool:
        """Whether it is time for the next block; one of a single request has none after it that nobody asked for."""
        return self.size > 1 and 2 * self.left <= self.size


class Quotas:
    """Counts the requests of keys.

    Args:
        lake: where the counts are.
        now: the time, in UTC.
        quota: what each key may do.
    """

    def __init__(self, lake: Lake, now: Callable[[], datetime], quota: Quota) -> None:
        self._lake = lake
        self._now = now
        self._quota = quota
        self._blocks: OrderedDict[str, _Block] = OrderedDict()

    async def spend(self, key: str) -> None:
        """Count one request of a key.

        Raises:
            OverQuota: the key has none left.
        """
        digest = hashlib.sha256(key.encode()).hexdigest()
        block = self._blocks.setdefault(digest, _Block())
        self._blocks.move_to_end(digest)
        while len(self._blocks) > KEYS_KEPT:
            self._blocks.popitem(last=False)
        while not block.has(_minute(self._now())):
            await self._take(digest, block)
        block.left -= 1
        if block.is_low and block.ahead is None:
            block.ahead = asyncio.create_task(self._take_ahead(digest, block))

    async def _take(self, digest: str, block: _Block) -> None:
        """Take the next block, unless another request has taken it meanwhile. Raises OverQuota where none is left."""
        async with block.lock:
            now = self._now()
            if not block.has(_minute(now)) and not await self._taken(digest, block, now):
                await self._refuse(digest, now)

    async def _take_ahead(self, digest: str, block: _Block) -> None:
        """Take the next block before the last one is used up; where that fails whoever needs it is told."""
        try:
            async with block.lock:
                now = self._now()
                if block.is_low and block.minute == _minute(now):
                    await self._taken(digest, block, now)
        except CrossfadeError as error:
            logger.warning("requests are not counted ahead: %s", error)
        finally:
            block.ahead = None

    async def _taken(self, digest: str, block: _Block, now: datetime) -> int:
        """Take requests of this minute, and give back what is left of an earlier one; returns how many were taken."""
        minute = _minute(now)
        is_same_minute = block.minute == minute
        wanted = min(self._quota.largest_block, max(1, 2 * block.size if is_same_minute else block.size // 2))
        back = 0 if is_same_minute else block.left
        day_of_block = block.minute[:10]

        def step(data: bytes | None) -> tuple[bytes | None, int]:
            count = _Count.of(data, now)
            if day_of_block == count.day:
                count.of_day = max(0, count.of_day - back)
            free = min(self._quota.per_min - count.of_minute, self._quota.per_day - count.of_day)
            taken = max(0, min(wanted, free))
            count.of_minute += taken
            count.of_day += taken
            return count.to_json(), taken

        taken = await self._lake.change(CONTROL, f"quotas/{digest}.json", step)
        block.left = taken + (block.left if is_same_minute else 0)
        block.minute, block.size = minute, max(1, taken)
        return taken

    async def _refuse(self, digest: str, now: datetime) -> None:
        count = _Count.of(await self._lake.read(CONTROL, f"quotas/{digest}.json"), now)
        if count.of_day >= self._quota.per_day:
            tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            raise OverQuota(f"{self._quota.per_day} requests a day", _seconds(tomorrow - now))
        raise OverQuota(f"{self._quota.per_min} requests a minute", 60 - now.second)


@dataclass(slots=True)
class _Count:
    """What all instances have taken, of the minute and of the day."""

    minute: str
    of_minute: int
    day: str
    of_day: int

    @classmethod
    def of(cls, data: bytes | None, now: datetime) -> _Count:
        """The counts as they stand now: those of an earlier minute or day are over."""
        kept: dict[str, Any] = json.loads(data) if data else {}
        minute, day = _minute(now), now.date().isoformat()
        return cls(
            minute,
            kept["of_minute"] if kept.get("minute") == minute else 0,
            day,
            kept["of_day"] if kept.get("day") == day else 0,
        )

    def to_json(self) -> bytes:
        """As it is kept."""
        value = {"minute": self.minute, "of_minute": self.of_minute, "day": self.day, "of_day": self.of_day}
        return json.dumps(value).encode()


def _minute(now: datetime) -> str:
    return now.strftime("%Y-%m-%dT%H:%M")


def _seconds(span: timedelta) -> int:
    return max(1, int(span.total_seconds()))
