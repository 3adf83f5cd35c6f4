"""Reads the files that the gold job publishes for the app: a pointer, a manifest a run, and a gzipped file a bucket.

`search/_current.json` names a snapshot, `search/snapshot=RUN/manifest.json` the files of each bucket of each family, a
bucket being the upper bits of its lines' keys. So whatever is asked costs one file, however many films there are, and
whoever holds a manifest sees one run whole. Files asked for last stay in memory as they came, up to a limit in bytes;
of a file only the block that has the key is unpacked.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from shared.adapters.lake import GOLD, Lake
from shared.errors import CrossfadeError, NotKnown
from shared.serving.published.blocks import block_of

logger = logging.getLogger(__name__)
AREA = "search/"
POINTER = f"{AREA}_current.json"
FRESH_S = 5.0
"""Who asks later than this after the last look has the next one begun, and is answered from what is known."""
STALE_S = 30.0
"""Who asks later than this waits for it."""
CACHE_BYTES = 64 * 2**20
INLINE_BYTES = 100_000
"""Larger blocks are unpacked beside the event loop, which answers others meanwhile."""
BUCKETS_A_PAGE = 8
"""Files a page is made of at most: a condition that hardly anything meets must not read them all."""
NOTHING_YET = "nothing is published yet: a run has to complete first, see GET /api/runs"
Result = TypeVar("Result")


class GenerationGone(CrossfadeError):
    """A file of a generation is not there any more: a newer one took its place."""


@dataclass(frozen=True, slots=True)
class Family:
    """Files by bucket; `shift` lower bits of a key are left out of its bucket."""

    shift: int
    files: Mapping[int, tuple[str, ...]]

    def bucket_of(self, key: int) -> int:
        """The bucket of a key."""
        return key >> self.shift

    def buckets_from(self, key: int) -> list[int]:
        """The buckets of a key and of those after it, in order."""
        first = self.bucket_of(key)
        return sorted(bucket for bucket in self.files if bucket >= first)


@dataclass(frozen=True, slots=True)
class Generation:
    """What a run has published.

    Attributes:
        common: words of which the search lists the best known documents only.
        views: of each view its rows, order and columns.
    """

    run_id: str
    families: Mapping[str, Family]
    common: tuple[str, ...] = ()
    views: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Generation:
        """From a manifest."""
        families = {
            name: Family(found["shift"], {int(n): tuple(b["files"]) for n, b in found["buckets"].items()})
            for name, found in manifest["families"].items()
        }
        return cls(manifest["run_id"], families, tuple(manifest.get("common", ())), manifest.get("views", {}))


class ServingIndex:
    """The current generation and its files.

    Args:
        lake: where they are.
        clock: seconds, rising.
        cache_bytes: of gzipped files kept in memory.
    """

    def __init__(self, lake: Lake, clock: Callable[[], float], cache_bytes: int = CACHE_BYTES) -> None:
        self._lake = lake
        self._clock = clock
        self._cache_bytes = cache_bytes
        self._current: Generation | None = None
        self._looked_at_s = float("-inf")
        self._looking = asyncio.Lock()
        self._look_ahead: asyncio.Task[None] | None = None
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._kept_bytes = 0
        self._reading: dict[str, asyncio.Task[bytes]] = {}

    async def current(self, fresh_s: float = FRESH_S) -> Generation | None:
        """The generation to answer from; None before the first.

        It was current at most `fresh_s` ago, or, where the last look is no older than STALE_S, is looked for while
        this one answers. With `fresh_s` 0 it is the one that is current now. Whoever has to wait while another looks
        waits for what that one finds: a manifest is large.
        """
        if self._is_fresh(fresh_s):
            return self._current
        if fresh_s and self._is_fresh(STALE_S):
            if self._look_ahead is None:
                self._look_ahead = asyncio.create_task(self._look_beside())
            return self._current
        async with self._looking:
            return self._current if self._is_fresh(fresh_s) else await self._look()

    def _is_fresh(self, fresh_s: float) -> bool:
        return self._current is not None and self._clock() - self._looked_at_s < fresh_s

    async def _look_beside(self) -> None:
        """Look while others are answered; where the lake does not answer they are told later, if it lasts."""
        try:
            async with self._looking:
                await self._look()
        except CrossfadeError as error:
            logger.warning("what gold publishes is not looked at: %s", error)
        finally:
            self._look_ahead = None

    async def _look(self) -> Generation | None:
        since_s = self._clock()
        pointer = await self._lake.read_json(GOLD, POINTER)
        if pointer is None:
            return None
        run_id = pointer["snapshot"]
        if self._current is None or self._current.run_id != run_id:
            manifest = await self._lake.read_json(GOLD, f"{AREA}snapshot={run_id}/manifest.json")
            self._current = Generation.of(manifest) if manifest else None
        self._looked_at_s = since_s
        return self._current

    async def answer(
        self, work: Callable[[Generation], Awaitable[Result]], fresh_s: float = FRESH_S
    ) -> Result:
        """What `work` makes of the generation that `current` gives, or of the next, if that takes its place meanwhile.

        Raises:
            NotKnown: there is none yet.
        """
        try:
            return await work(await self._published(fresh_s))
        except GenerationGone:
            return await work(await self._published(0.0))

    async def _published(self, fresh_s: float) -> Generation:
        found = await self.current(fresh_s)
        if found is None:
            raise NotKnown(NOTHING_YET)
        return found

    async def find(self, generation: Generation, family: str, key: int, name: str) -> bytes | None:
        """The JSON of the line that begins with `name`; None where there is no such line."""
        known = generation.families.get(family)
        if known is None:
            return None
        wanted = f"{name}\t".encode()
        line = next(lines_beginning(await self.lines(generation, family, key), wanted), None)
        return None if line is None else line[len(wanted) :]

    async def lines(self, generation: Generation, family: str, key: int) -> bytes:
        """All lines of a key, each with its end, and others near it; empty where there are none.

        Raises:
            GenerationGone: a file is not there.
        """
        known = generation.families.get(family)
        packed = await self._files(known, known.bucket_of(key)) if known else b""
        return await _unpacked(block_of(packed, key))

    async def bucket(self, generation: Generation, family: str, bucket: int) -> bytes:
        """All lines of a bucket, likewise. Raises GenerationGone."""
        known = generation.families.get(family)
        return await _unpacked(await self._files(known, bucket) if known else b"")

    async def _files(self, family: Family, bucket: int) -> bytes:
        return b"".join([await self._packed(name) for name in family.files.get(bucket, ())])

    async def _packed(self, name: str) -> bytes:
        """A file as it came; whoever asks for it meanwhile waits for the same read."""
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        reading = self._reading.get(name)
        if reading is None:
            reading = self._reading[name] = asyncio.create_task(self._read(name))
            reading.add_done_callback(lambda _: self._reading.pop(name, None))
        return await asyncio.shield(reading)

    async def _read(self, name: str) -> bytes:
        data = await self._lake.read(GOLD, AREA + name)
        if data is None:
            raise GenerationGone(f"{name} is gone")
        self._kept[name] = data
        self._kept_bytes += len(data)
        while self._kept_bytes > self._cache_bytes and len(self._kept) > 1:
            self._kept_bytes -= len(self._kept.popitem(last=False)[1])
        return data


async def _unpacked(packed: bytes) -> bytes:
    if len(packed) > INLINE_BYTES:
        return await asyncio.to_thread(gzip.decompress, packed)
    return gzip.decompress(packed) if packed else b""


def lines_beginning(lines: bytes, start: bytes) -> Iterator[bytes]:
    """The lines that begin so, without looking at the others one by one."""
    place = 0 if lines.startswith(start) else lines.find(b"\n" + start) + 1
    while place or lines.startswith(start):
        end = lines.find(b"\n", place)
        yield lines[place : end if end >= 0 else len(lines)]
        place = lines.find(b"\n" + start, end) + 1 if end >= 0 else 0
        if place == 0:
            return


def key_of(text: str) -> int:
    """The key of what is looked up by text: its CRC-32, as Spark's `crc32` gives it."""
    return zlib.crc32(text.encode())
