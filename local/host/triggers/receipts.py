"""Blob receipts: which version of which blob a function has handled, and who handles it now.

A receipt is a small blob ``blobreceipts/{host}/{function}/{etag}/{path}``. Whoever holds its lease handles the
version; when it is done the receipt is marked, and stays. A process that dies leaves an unmarked receipt whose
lease runs out, and the next scan takes it over.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import quote

from azure.storage.blob.aio import BlobClient

from local.host.triggers.leases import HeldLease, HostStorage, lease

_DONE = "completed"
_FAILURES = "failures"


@dataclass
class Receipt:
    """One version of one blob, held by this process; ``failures`` counts handlers that raised."""

    blob: BlobClient
    held: HeldLease
    is_done: bool
    failures: int

    async def complete(self) -> None:
        """Never handle this version again."""
        self.is_done = True
        await self._write()

    async def fail(self) -> int:
        """Count a failure; how many there are now."""
        self.failures += 1
        await self._write()
        return self.failures

    async def _write(self) -> None:
        metadata = {_FAILURES: str(self.failures)} | ({_DONE: "true"} if self.is_done else {})
        await self.blob.set_blob_metadata(metadata, lease=self.held.id)


class Receipts:
    """The receipts of one function."""

    def __init__(self, storage: HostStorage, function: str) -> None:
        self._storage = storage
        self._function = function

    @contextlib.asynccontextmanager
    async def take(self, etag: str, path: str) -> AsyncIterator[Receipt | None]:
        """The version's receipt while the block runs; None when another process handles it now."""
        blob = await self._storage.ensure(self._name("blobreceipts", etag, path))
        async with lease(blob) as held:
            if held is None:
                yield None
                return
            metadata = (await blob.get_blob_properties()).metadata or {}
            yield Receipt(blob, held, metadata.get(_DONE) == "true", int(metadata.get(_FAILURES, "0")))

    async def poison(self, etag: str, path: str, error: str) -> None:
        """Keep a record of a version that failed too often."""
        container, _, name = path.partition("/")
        record = {"Type": "BlobTrigger", "FunctionId": self._function, "BlobType": "BlockBlob",
                  "ContainerName": container, "BlobName": name, "ETag": etag, "Error": error}  # fmt: skip
        await self._storage.write(self._name("poison", etag, path) + ".json", json.dumps(record).encode())

    def _name(self, folder: str, etag: str, path: str) -> str:
        return f"{folder}/{self._storage.host_id}/{self._function}/{quote(etag, safe='')}/{path}"
