"""Gzip in parts to blocks of text, unpacked ahead of who reads them: on a core of its own, where there is one."""

from __future__ import annotations

import io
import queue
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from isal import igzip, igzip_lib

from spark_jobs.bulk.download import chunks_of
from spark_jobs.bulk.errors import DumpError

BLOCK_BYTES = 1 << 20
_AHEAD = 3
_DAMAGED: tuple[type[Exception], ...] = (EOFError, OSError, zlib.error, igzip_lib.IsalError)  # type: ignore[assignment]  # a class, whatever its stub says


class _Reader(io.RawIOBase):
    """A file of several parts, read from the first byte to the last."""

    def __init__(self, parts: list[Path]) -> None:
        self._chunks, self._held = chunks_of(parts), memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._held:
            self._held = memoryview(next(self._chunks, b""))
        count = min(len(buffer), len(self._held))
        buffer[:count], self._held = self._held[:count], self._held[count:]
        return count


def unpacked(parts: list[Path], block_bytes: int = BLOCK_BYTES) -> Iterator[bytes]:
    """The text in blocks.

    Raises:
        DumpError: the gzip is damaged, or ends early.
    """
    size_bytes = 0
    raw = io.BufferedReader(_Reader(parts), 1 << 20)
    with igzip.open(raw, "rb") as file:  # type: ignore[no-untyped-call]  # its stubs leave this one out
        try:
            while block := file.read(block_bytes):
                size_bytes += len(block)
                yield block
        except _DAMAGED as error:
            raise DumpError(
                f"the dump's gzip is torn or damaged after {size_bytes:,} bytes of text ({error}): nothing of it is "
                "published"
            ) from error


@contextmanager
def read_ahead(blocks: Iterator[bytes], ahead: int = _AHEAD) -> Iterator[Iterator[bytes]]:
    """The same blocks, of which some are made ready in a thread while others are worked on; unpacking holds no lock.

    An error of the blocks is raised where they are read.
    """
    ready: queue.Queue[bytes | Exception | None] = queue.Queue(ahead)
    stop = threading.Event()

    def put(item: bytes | Exception | None) -> bool:
        while not stop.is_set():
            try:
                ready.put(item, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def work() -> None:
        try:
            for block in blocks:
                if not put(block):
                    return
        except Exception as error:
            put(error)
        else:
            put(None)

    thread = threading.Thread(target=work, name="unpacking", daemon=True)
    thread.start()
    try:
        yield _taken(ready)
    finally:
        stop.set()
        thread.join()


def _taken(ready: queue.Queue[bytes | Exception | None]) -> Iterator[bytes]:
    while (item := ready.get()) is not None:
        if isinstance(item, Exception):
            raise item
        yield item
