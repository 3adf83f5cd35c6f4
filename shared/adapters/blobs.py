"""The lake over azure-storage-blob."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobProperties, ContentSettings
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from shared.adapters.lake import Contents, Lake, Versioned
from shared.errors import BlobExists, LakeUnavailable, StaleWrite

ACCEPTED = 202
RANGE_NOT_SATISFIABLE = 416
CONFLICTS = (409, 412)


# Answers that say something of the moment, or of rights that have not spread yet, not of the request.
PASSING_STATUSES = frozenset({401, 403, 404, 408, 429})
BLOBS_PER_BATCH = 256  # the most the service takes
FOLDER_MARK = "hdi_isfolder"  # in the metadata of a folder
_GZIP = ContentSettings(content_type="application/gzip")
_JSON = ContentSettings(content_type="application/json")


class BlobLake(Lake):
    """The lake in a storage account.

    Args:
        service: its client; `close` closes it.
    """

    def __init__(self, service: BlobServiceClient) -> None:
        self._service = service

    async def create(
        self, container: str, name: str, data: bytes, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Write a blob once."""
        settings = _GZIP if name.endswith(".gz") else _JSON
        with _own_errors():
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
        with _own_errors():
            await self._blob(container, name).upload_blob(
                data, length=len(data), overwrite=True, content_settings=_JSON
            )

    async def read_versioned(
        self, container: str, name: str, offset: int = 0, length: int | None = None
    ) -> Versioned | None:
        """A blob's bytes from `offset` on, at most `length`, and its etag; None when there is no such blob."""
        with _own_errors():
            try:
                stream = await self._blob(container, name).download_blob(
                    offset=offset or (None if length is None else 0), length=length
                )
            except ResourceNotFoundError:
                return None
            except HttpResponseError as error:
                if error.status_code == RANGE_NOT_SATISFIABLE:  # nothing after the offset
                    return Versioned(b"", "")
                raise
            return Versioned(await stream.readall(), str(stream.properties.etag))

    async def replace(self, container: str, name: str, data: bytes, etag: str | None) -> None:
        """Write a blob that is still as it was read."""
        with _own_errors(f"{container}/{name}"):
            await self._blob(container, name).upload_blob(
                data, length=len(data), overwrite=etag is not None, content_settings=_JSON, **_unless(etag)
            )

    async def append(self, container: str, name: str, data: bytes, at: int) -> int:
        """Append to a log blob that still ends at `at` bytes."""
        blob = self._blob(container, name)
        with _own_errors(f"{container}/{name}"):
            if at == 0:
                with suppress(ResourceExistsError):  # perhaps made, and not written to, by one that died
                    await blob.create_append_blob(
                        match_condition=MatchConditions.IfMissing, content_settings=_JSON
                    )
            await blob.append_block(data, length=len(data), appendpos_condition=at)
        return at + len(data)

    async def metadata(self, container: str, name: str) -> Mapping[str, str] | None:
        """A blob's metadata; None when there is no such blob."""
        properties = await self._properties(container, name)
        return dict(properties.metadata or {}) if properties else None

    async def modified_at(self, container: str, name: str) -> datetime | None:
        """When a blob was last written, in UTC; None when there is no such blob."""
        properties = await self._properties(container, name)
        return properties.last_modified if properties else None

    async def delete(self, container: str, name: str, etag: str | None = None) -> None:
        """Remove a blob if it is there (and still has this etag)."""
        with _own_errors(f"{container}/{name}"), suppress(ResourceNotFoundError):
            await self._blob(container, name).delete_blob(**_unless(etag))

    async def delete_all(self, container: str, names: Sequence[str]) -> int:
        """Remove blobs, 256 a request; returns how many were removed."""
        removed = 0
        client = self._service.get_container_client(container)
        with _own_errors():
            for start in range(0, len(names), BLOBS_PER_BATCH):
                batch = names[start : start + BLOBS_PER_BATCH]
                answers = await client.delete_blobs(*batch, raise_on_any_failure=False)
                removed += len([1 async for answer in answers if answer.status_code == ACCEPTED])
        return removed

    async def names(self, container: str, prefix: str) -> AsyncIterator[str]:
        """Names of the blobs under a prefix, in order, without folders."""
        async for found in self._listed(container, prefix):
            if not _is_folder(found):
                yield found.name

    async def contents(self, container: str, prefix: str) -> Contents:
        """Everything under a prefix that ends in a slash."""
        own = prefix.removesuffix("/")  # with the slash a folder would not find itself, without it others too
        found = [
            item
            async for item in self._listed(container, own)
            if item.name == own or item.name.startswith(prefix)
        ]
        return Contents(
            blobs=[item.name for item in found if item.name != own and not _is_folder(item)],
            folders=[item.name for item in found if _is_folder(item)],
        )

    async def size_bytes(self, container: str, prefix: str) -> int:
        """Bytes of the blobs under a prefix."""
        return sum([item.size or 0 async for item in self._listed(container, prefix)])

    async def folders(self, container: str, prefix: str) -> list[str]:
        """Names of the folders directly under a prefix, in order."""
        client = self._service.get_container_client(container)
        with _own_errors():
            walk = client.walk_blobs(name_starts_with=prefix, delimiter="/")
            return [item.name[len(prefix) : -1] async for item in walk if item.name.endswith("/")]

    async def close(self) -> None:
        """Close the connections."""
        await self._service.close()

    async def _listed(self, container: str, prefix: str) -> AsyncIterator[BlobProperties]:
        client = self._service.get_container_client(container)
        with _own_errors():
            async for found in client.list_blobs(name_starts_with=prefix, include=["metadata"]):
                yield found

    async def _properties(self, container: str, name: str) -> BlobProperties | None:
        with _own_errors():
            try:
                return await self._blob(container, name).get_blob_properties()
            except ResourceNotFoundError:
                return None

    def _blob(self, container: str, name: str) -> BlobClient:
        return self._service.get_blob_client(container, name)


def _is_folder(item: BlobProperties) -> bool:
    """Whether a listed blob is a folder of a hierarchical namespace."""
    return (item.metadata or {}).get(FOLDER_MARK) == "true"


def _unless(etag: str | None) -> dict[str, Any]:
    """The condition that a blob still has an etag; none without one."""
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified} if etag else {}


@contextmanager
def _own_errors(guarded: str | None = None) -> Iterator[None]:
    """Turn the SDK's errors into ours; `guarded` names the blob whose condition may have failed."""
    try:
        yield
    except HttpResponseError as error:
        if guarded and error.status_code in CONFLICTS:
            raise StaleWrite(f"{guarded} was written by somebody else") from error
        raise LakeUnavailable("the lake", type(error).__name__, _is_passing(error)) from error
    except AzureError as error:
        raise LakeUnavailable("the lake", type(error).__name__) from error


def _is_passing(error: HttpResponseError) -> bool:
    status = error.status_code
    is_server = status is None or status >= 500
    return is_server or status in PASSING_STATUSES or isinstance(error, ClientAuthenticationError)
