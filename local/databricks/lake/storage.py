"""Blobs of a storage account: listing, uploads and deletes by the Azure SDK, downloads by plain HTTP.

A Spark job's input is thousands of small blobs. One container SAS, signed once, and plain GETs cost a
fraction of what the SDK's pipeline costs per blob, which on two cores decides how fast staging is.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import quote

import aiohttp
import yarl
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import ContainerSasPermissions, ContentSettings, generate_container_sas
from azure.storage.blob.aio import BlobServiceClient, ExponentialRetry

_SAS_LIFETIME = timedelta(hours=12)
_CHUNK_BYTES = 1 << 20
_ATTEMPTS = 4
_CONTENT_TYPES = {".json": "application/json", ".parquet": "application/vnd.apache.parquet"}

logger = logging.getLogger(__name__)
Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class RemoteBlob:
    """A blob as it is listed."""

    name: str
    etag: str
    size_bytes: int


class Storage:
    """A storage account named by a connection string with an account key. Use as `async with`."""

    def __init__(self, connection_string: str) -> None:
        self._service = BlobServiceClient.from_connection_string(connection_string, retry_policy=_retries())
        self._http: aiohttp.ClientSession | None = None
        self._sas: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            auto_decompress=False,
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http:
            await self._http.close()
        await self._service.close()

    async def list(self, container: str, prefix: str = "") -> AsyncIterator[RemoteBlob]:
        """The blobs below a prefix; none when there is no such container."""
        blobs = self._service.get_container_client(container).list_blobs(name_starts_with=prefix or None)
        try:
            async for blob in blobs:
                yield RemoteBlob(blob.name, blob.etag.strip('"'), blob.size)
        except ResourceNotFoundError:
            logger.info("container %s does not exist and counts as empty", container)

    async def read(self, container: str, name: str) -> bytes | None:
        """The content of a small blob, None when there is none."""
        blob = self._service.get_blob_client(container, name)
        try:
            return await (await blob.download_blob()).readall()
        except ResourceNotFoundError:
            return None

    async def download(self, container: str, name: str, target: Path) -> str | None:
        """Write a blob to a file and return its etag; None when it has gone meanwhile.

        Resets and 5xx answers are tried again. Raises aiohttp.ClientError when that does not help.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return await self._download_once(container, name, target)
            except (aiohttp.ClientError, TimeoutError) as error:
                if attempt == _ATTEMPTS - 1 or not _is_transient(error):
                    raise
                await asyncio.sleep(0.2 * 2**attempt)
        raise AssertionError("unreachable")

    async def upload(self, container: str, name: str, source: Path) -> str:
        """Write a file to a blob, replacing it, and return its etag."""
        kind = _CONTENT_TYPES.get(source.suffix, "application/octet-stream")
        blob = self._service.get_blob_client(container, name)
        with source.open("rb") as stream:
            answer = await blob.upload_blob(
                stream, overwrite=True, length=os.fstat(stream.fileno()).st_size,
                content_settings=ContentSettings(content_type=kind),
            )  # fmt: skip
        return str(answer["etag"]).strip('"')

    async def delete(self, container: str, name: str) -> None:
        """Delete a blob if it is there."""
        try:
            await self._service.get_blob_client(container, name).delete_blob()
        except ResourceNotFoundError:
            logger.debug("%s/%s was deleted already", container, name)

    async def _download_once(self, container: str, name: str, target: Path) -> str | None:
        if self._http is None:
            raise RuntimeError("use Storage as an async context manager")
        async with self._http.get(self._url(container, name)) as answer:
            if answer.status == 404:
                return None
            answer.raise_for_status()
            with target.open("wb") as file:
                async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
                    file.write(chunk)
            return answer.headers["ETag"].strip('"')

    def _url(self, container: str, name: str) -> yarl.URL:
        base = self._service.url.rstrip("/")
        path = f"{base}/{container}/{quote(name, safe='/')}"
        return yarl.URL(f"{path}?{self._token(container)}", encoded=True)

    def _token(self, container: str) -> str:
        if container not in self._sas:
            self._sas[container] = self._sign(container)
        return self._sas[container]

    def _sign(self, container: str) -> str:
        return generate_container_sas(
            account_name=str(self._service.account_name),
            container_name=container,
            account_key=self._service.credential.account_key,
            permission=ContainerSasPermissions(read=True),
            expiry=datetime.now(UTC) + _SAS_LIFETIME,
        )


def _is_transient(error: Exception) -> bool:
    return not isinstance(error, aiohttp.ClientResponseError) or error.status >= 500 or error.status == 429


def _retries() -> ExponentialRetry:
    """For the SDK: about 15 s in all, enough for a local storage that is restarted."""
    return ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=4)


async def map_bounded(
    work: Callable[[Item], Awaitable[Outcome]], items: Iterable[Item], limit: int
) -> list[Outcome]:
    """Return the outcome of `work` for every item, in no particular order, at most `limit` at a time.

    The first error stops the rest and is raised.
    """
    queue = iter(items)
    outcomes: list[Outcome] = []
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(limit):
                group.create_task(_drain(work, queue, outcomes))
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return outcomes


async def _drain(
    work: Callable[[Item], Awaitable[Outcome]], queue: Iterator[Item], outcomes: list[Outcome]
) -> None:
    for item in queue:
        outcomes.append(await work(item))
