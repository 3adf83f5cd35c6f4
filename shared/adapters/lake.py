"""The lake: blobs in the containers that the app reads and writes; `adapters.blobs` has it over azure-storage-blob."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from shared.errors import StaleWrite

RAW = "raw"
GOLD = "gold"
METRICS = "metrics"
CONTROL = "control"
FEED = "feed"
CONTAINERS = (RAW, GOLD, METRICS, CONTROL, FEED)
READ_ONLY = (FEED,)
"""Containers that the app writes nothing to: the jobs do."""
CHANGE_TRIES = 20
Result = TypeVar("Result")


@dataclass(frozen=True)
class Versioned:
    """A blob's bytes and the etag they had."""

    data: bytes
    etag: str


@dataclass(frozen=True)
class Contents:
    """What is in a folder.

    Attributes:
        blobs: their names.
        folders: with a hierarchical namespace the folders in it and itself, which are blobs too; else none.
    """

    blobs: list[str]
    folders: list[str]


class Lake(Protocol):
    """Reads and writes blobs. Every method raises LakeUnavailable where the storage does not answer."""

    async def create(
        self, container: str, name: str, data: bytes, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Write a blob once.

        Raises:
            BlobExists: it is there already, and stays as it is.
        """

    async def put(self, container: str, name: str, data: bytes) -> None:
        """Write a blob, whatever was there."""

    async def read_versioned(
        self, container: str, name: str, offset: int = 0, length: int | None = None
    ) -> Versioned | None:
        """A blob's bytes from `offset` on, at most `length`, and its etag; None when there is no such blob."""

    async def replace(self, container: str, name: str, data: bytes, etag: str | None) -> None:
        """Write a blob that is still as it was read; `etag` None means that there was none.

        Raises:
            StaleWrite: somebody else wrote it meanwhile.
        """

    async def append(self, container: str, name: str, data: bytes, at: int) -> int:
        """Append to a log blob that still ends at `at` bytes (0 creates it); returns where it ends now.

        Raises:
            StaleWrite: it ends elsewhere: somebody else wrote to it.
        """

    async def metadata(self, container: str, name: str) -> Mapping[str, str] | None:
        """A blob's metadata; None when there is no such blob."""

    async def modified_at(self, container: str, name: str) -> datetime | None:
        """When a blob was last written, in UTC; None when there is no such blob."""

    async def delete(self, container: str, name: str, etag: str | None = None) -> None:
        """Remove a blob if it is there (and still has this etag).

        Raises:
            StaleWrite: it has another etag.
        """

    async def delete_all(self, container: str, names: Sequence[str]) -> int:
        """Remove blobs, in no order; returns how many were removed.

        One that is not there is passed over, and so is a folder that is not empty.
        """

    def names(self, container: str, prefix: str) -> AsyncIterator[str]:
        """Names of the blobs under a prefix, in order, without folders that are blobs too."""

    async def contents(self, container: str, prefix: str) -> Contents:
        """Everything under a prefix that ends in a slash."""

    async def size_bytes(self, container: str, prefix: str) -> int:
        """Bytes of the blobs under a prefix; lists them all."""

    async def folders(self, container: str, prefix: str) -> list[str]:
        """Names of the folders directly under a prefix, in order, without the prefix and the slash."""

    async def close(self) -> None:
        """Close the connections."""

    async def put_json(self, container: str, name: str, value: Any) -> None:
        """Write a JSON document, whatever was there."""
        await self.put(container, name, json.dumps(value, default=str).encode())

    async def read(self, container: str, name: str) -> bytes | None:
        """A blob's bytes; None when there is none."""
        found = await self.read_versioned(container, name)
        return found.data if found else None

    async def read_json(self, container: str, name: str) -> Any | None:
        """A JSON document; None when there is none."""
        data = await self.read(container, name)
        return None if data is None else json.loads(data)

    async def change(
        self, container: str, name: str, step: Callable[[bytes | None], tuple[bytes | None, Result]]
    ) -> Result:
        """Change a small document that several processes change, by compare-and-swap.

        Args:
            container: where it is kept.
            name: its name.
            step: from its bytes (None where it is not there) to its new bytes (None leaves it as it is) and what to
                return. May be called again.

        Raises:
            StaleWrite: it was contended more than 20 times in a row.
        """
        for _ in range(CHANGE_TRIES):
            found = await self.read_versioned(container, name)
            data, result = step(found.data if found else None)
            if data is None:
                return result
            try:
                await self.replace(container, name, data, found.etag if found else None)
            except StaleWrite:
                continue
            return result
        raise StaleWrite(f"{container}/{name} is contended")
