"""Tables and files as a job sees them: files staged to disk before it starts, published when it ends."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import aiohttp
from azure.core.exceptions import AzureError

from local.databricks.errors import AttemptFailed
from local.databricks.lake.areas import scopes_of
from local.databricks.lake.mirror import Mirror
from local.databricks.lake.publish import find_changes, plan_failure, plan_success, publish
from local.databricks.lake.storage import Storage

CATALOG = "spark_catalog"
_STORAGE_ERRORS = (AzureError, aiohttp.ClientError, TimeoutError, OSError, ValueError)

logger = logging.getLogger(__name__)


class Lake:
    """Tables, which lie in a folder, and files, which move between a storage account and the mirror.

    All methods raise AttemptFailed.
    """

    def __init__(self, connection_string: str, mirror: Mirror, tables: Path) -> None:
        self._connection_string = connection_string
        self._mirror = mirror
        self._tables = tables

    @property
    def addresses(self) -> dict[str, str]:
        """Job parameters that say where tables and files are, by name, with what they are on this machine."""
        return {
            "catalog": CATALOG,
            "tables": f"{self._tables.resolve().as_uri()}/{{container}}",
            "files": f"{self._mirror.root.resolve()}/{{area}}",
        }

    async def stage(self, entry_point: str, parameters: Mapping[str, str]) -> None:
        """Bring to disk what a job reads, and remove what earlier jobs left without publishing it."""

        async def work(storage: Storage) -> None:
            for scope in await scopes_of(storage, entry_point, parameters):
                await self._mirror.sync(storage, scope)

        await self._with_storage("stage the lake", work)

    async def publish_success(self) -> None:
        """Upload what a successful job wrote, manifests last."""

        async def work(storage: Storage) -> None:
            await publish(storage, self._mirror, plan_success(find_changes(self._mirror)))

        await self._with_storage("publish the job's output", work)

    async def publish_failure(self) -> None:
        """Upload the metrics a failed job wrote, nothing else."""

        async def work(storage: Storage) -> None:
            await publish(storage, self._mirror, plan_failure(find_changes(self._mirror)))

        await self._with_storage("publish the job's metrics", work)

    async def _with_storage(self, purpose: str, work: Callable[[Storage], Awaitable[None]]) -> None:
        try:
            async with Storage(self._connection_string) as storage:
                await work(storage)
        except _STORAGE_ERRORS as error:
            raise AttemptFailed(f"Could not {purpose}: {describe(error)}", "STORAGE_ACCESS_ERROR") from error


def describe(error: BaseException) -> str:
    """The first line of an error, without the URL, which holds a signature."""
    if isinstance(error, aiohttp.ClientResponseError):
        return f"HTTP {error.status} {error.message}"
    return (str(error).splitlines() or [type(error).__name__])[0]
