"""The host's own storage: clients for blob connections, and leases in the container ``azure-webjobs-hosts``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity.aio import DefaultAzureCredential
from azure.storage.blob import StorageErrorCode
from azure.storage.blob.aio import BlobClient, BlobLeaseClient, BlobServiceClient

from local.host.lifetime import cancelled
from local.host.settings import AppSettings
from local.machine.servers import azurite_connection_string

logger = logging.getLogger("local.host.triggers.leases")
HOSTS_CONTAINER = "azure-webjobs-hosts"
DEFAULT_CONNECTION = "AzureWebJobsStorage"
LEASE_S = 15
_RENEW_S = 5.0
_IDENTITY_PARTS = ("blobServiceUri", "serviceUri", "accountName")


def blob_service(settings: AppSettings, connection: str, function: str) -> BlobServiceClient:
    """A client for the connection setting, without retries of its own: listeners try again themselves.

    Raises ``SettingError`` naming function and setting.
    """
    part, value = settings.connection(connection or DEFAULT_CONNECTION, function, _IDENTITY_PARTS)
    if part is None:
        text = (
            azurite_connection_string("http://127.0.0.1:10000") if "UseDevelopmentStorage" in value else value
        )
        return BlobServiceClient.from_connection_string(text, retry_total=0)
    url = f"https://{value}.blob.core.windows.net" if part == "accountName" else value
    return BlobServiceClient(url, credential=DefaultAzureCredential(), retry_total=0)


class HostStorage:
    """Small blobs the host keeps for itself: locks, timer status, blob receipts."""

    def __init__(self, service: BlobServiceClient, host_id: str) -> None:
        self.host_id = host_id
        self._container = service.get_container_client(HOSTS_CONTAINER)

    def blob(self, name: str) -> BlobClient:
        """A blob of the host's container."""
        return self._container.get_blob_client(name)

    async def ensure(self, name: str) -> BlobClient:
        """The blob, created empty when it is not there."""
        blob = self.blob(name)
        try:
            await blob.upload_blob(b"", overwrite=False)
        except ResourceExistsError:
            logger.debug("%s exists", name)
        except ResourceNotFoundError:
            with contextlib.suppress(ResourceExistsError):
                await self._container.create_container()
            with contextlib.suppress(ResourceExistsError):
                await blob.upload_blob(b"", overwrite=False)
        return blob

    async def read(self, name: str) -> bytes | None:
        """The blob's content, None when it does not exist."""
        try:
            return await (await self.blob(name).download_blob()).readall()
        except ResourceNotFoundError:
            return None

    async def write(self, name: str, content: bytes) -> None:
        """Write the blob whole."""
        await (await self.ensure(name)).upload_blob(content, overwrite=True)


class HeldLease:
    """A lease this process holds; ``lost`` is set when it could not be renewed in time."""

    def __init__(self, client: BlobLeaseClient) -> None:
        self._client = client
        self.lost = asyncio.Event()

    @property
    def id(self) -> str:
        """The lease id, for writes to the leased blob."""
        return str(self._client.id)

    async def keep(self) -> None:
        """Renew until cancelled or lost."""
        while not self.lost.is_set():
            await asyncio.sleep(_RENEW_S)
            try:
                async with asyncio.timeout(LEASE_S - _RENEW_S):
                    await self._client.renew()
            except (AzureError, TimeoutError) as error:
                logger.warning("a lease was lost: %s", type(error).__name__)
                self.lost.set()


@contextlib.asynccontextmanager
async def lease(blob: BlobClient) -> AsyncIterator[HeldLease | None]:
    """The blob's lease, renewed while the block runs and released after it; None when someone else holds it."""
    client = BlobLeaseClient(blob)
    try:
        await client.acquire(LEASE_S)
    except HttpResponseError as error:
        if getattr(error, "error_code", None) != StorageErrorCode.LEASE_ALREADY_PRESENT:
            raise
        yield None
        return
    held = HeldLease(client)
    keeping = asyncio.create_task(held.keep())
    try:
        yield held
    finally:
        await cancelled(keeping)
        with contextlib.suppress(AzureError):
            await client.release()
