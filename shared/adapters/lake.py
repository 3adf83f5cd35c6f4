"""The lake: blobs in five containers, over azure-storage-blob."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import ContentSettings
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from shared.errors import BlobExists, StaleWrite

RAW = "raw"
INTERMEDIATE = "intermediate"
GOLD = "gold"
METRICS = "metrics"
CONTROL = "control"
CONTAINERS = (RAW, INTERMEDIATE, GOLD, METRICS, CONTROL)
ACCEPTED = 202
RANGE_NOT_SATISFIABLE = 416
BLOBS_PER_BATCH = 256  # the most the service takes
_GZIP = ContentSettings(content_type="application/gzip")
_JSON = ContentSettings(content_type="application/json")


@dataclass(frozen=True)
class Versioned:
    """A blob's bytes and the etag they had."""

    data: bytes
    etag: str


class Lake:
    """Reads and writes blobs; closes with `close`."""

    def __init__(self, service: BlobServiceClient) -> None:
        self._service = service

    async def create(
        self, container: str, name: str, data: bytes, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Write a blob once.

        Raises:
            BlobExists: it is there already, and stays as it is.
        """
        settings = _GZIP if name.endswith(".gz") else _JSON
        try:
            await self._blob(container, name).upload_blob(
                data,
                length=len(data),
                overwrite=False,
                metadata=dict(metadata or {}),
                content_settings=settings,
            )
        except ResourceExistsError as error:
            raise BlobExists(f"{container}/{name} is already there") from error

    async def put(self, container: str, name: str, data: bytes) -> None:
        """Write a blob, whatever was there."""
        await self._blob(container, name).upload_blob(
            data, length=len(data), overwrite=True, content_settings=_JSON
        )

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

    async def read_versioned(self, container: str, name: str, offset: int = 0) -> Versioned | None:
        """A blob's bytes from `offset` on and its etag; None when there is no such blob."""
        try:
            stream = await self._blob(container, name).download_blob(offset=offset or None)
        except ResourceNotFoundError:
            return None
        except HttpResponseError as error:
            if error.status_code == RANGE_NOT_SATISFIABLE:  # nothing after the offset
                return Versioned(b"", "")
            raise
        return Versioned(await stream.readall(), str(stream.properties.etag))

    async def replace(self, container: str, name: str, data: bytes, etag: str | None) -> None:
        """Write a blob that is still as it was read; `etag` None means that there was none.

        Raises:
            StaleWrite: somebody else wrote it meanwhile.
        """
        condition: dict[str, Any] = (
            {"etag": etag, "match_condition": MatchConditions.IfNotModified} if etag else {}
        )
        try:
            await self._blob(container, name).upload_blob(
                data, length=len(data), overwrite=etag is not None, content_settings=_JSON, **condition
            )
        except HttpResponseError as error:
            raise _as_stale(error, f"{container}/{name}") from error

    async def append(self, container: str, name: str, data: bytes, at: int) -> int:
        """Append to a log blob that still ends at `at` bytes (0 creates it); returns where it ends now.

        Raises:
            StaleWrite: it ends elsewhere: somebody else wrote to it.
        """
        blob = self._blob(container, name)
        try:
            if at == 0:
                with suppress(ResourceExistsError):  # perhaps made, and not written to, by one that died
                    await blob.create_append_blob(
                        match_condition=MatchConditions.IfMissing, content_settings=_JSON
                    )
            await blob.append_block(data, length=len(data), appendpos_condition=at)
        except HttpResponseError as error:
            raise _as_stale(error, f"{container}/{name}") from error
        return at + len(data)

    async def metadata(self, container: str, name: str) -> Mapping[str, str] | None:
        """A blob's metadata; None when there is no such blob."""
        try:
            properties = await self._blob(container, name).get_blob_properties()
        except ResourceNotFoundError:
            return None
        return dict(properties.metadata or {})

    async def modified_at(self, container: str, name: str) -> datetime | None:
        """When a blob was last written, in UTC; None when there is no such blob."""
        try:
            properties = await self._blob(container, name).get_blob_properties()
        except ResourceNotFoundError:
            return None
        return properties.last_modified

    async def delete(self, container: str, name: str, etag: str | None = None) -> None:
        """Remove a blob if it is there (and still has this etag).

        Raises:
            StaleWrite: it has another etag.
        """
        condition: dict[str, Any] = (
            {"etag": etag, "match_condition": MatchConditions.IfNotModified} if etag else {}
        )
        try:
            await self._blob(container, name).delete_blob(**condition)
        except ResourceNotFoundError:
            return
        except HttpResponseError as error:
            raise _as_stale(error, f"{container}/{name}") from error

    async def delete_all(self, container: str, names: Sequence[str]) -> int:
        """Remove blobs, 256 a request; returns how many were removed. One that is not there is passed over."""
        removed = 0
        client = self._service.get_container_client(container)
        for start in range(0, len(names), BLOBS_PER_BATCH):
            answers = await client.delete_blobs(
                *names[start : start + BLOBS_PER_BATCH], raise_on_any_failure=False
            )
            removed += len([1 async for answer in answers if answer.status_code == ACCEPTED])
        return removed

    async def names(self, container: str, prefix: str) -> AsyncIterator[str]:
        """Names of the blobs under a prefix, in order."""
        async for name in self._service.get_container_client(container).list_blob_names(
            name_starts_with=prefix
        ):
            yield name

    async def folders(self, container: str, prefix: str) -> list[str]:
        """Names of the folders directly under a prefix, in order, without the prefix and the slash."""
        walk = self._service.get_container_client(container).walk_blobs(
            name_starts_with=prefix, delimiter="/"
        )
        return [item.name[len(prefix) : -1] async for item in walk if item.name.endswith("/")]

    async def close(self) -> None:
        """Close the connections."""
        await self._service.close()

    def _blob(self, container: str, name: str) -> BlobClient:
        return self._service.get_blob_client(container, name)


def _as_stale(error: HttpResponseError, where: str) -> Exception:
    """StaleWrite for a failed condition; any other error as it is."""
    if error.status_code in (409, 412):
        return StaleWrite(f"{where} was written by somebody else")
    return error
