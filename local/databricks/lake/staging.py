"""The lake as a job sees it: staged to disk before it starts, its output published when it ends."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

import aiohttp
from azure.core.exceptions import AzureError

from local.databricks.errors import AttemptFailed
from local.databricks.lake.mirror import Mirror
from local.databricks.lake.publish import find_changes, plan_failure, plan_success, publish
from local.databricks.lake.scope import scope_of
from local.databricks.lake.storage import Storage

_STORAGE_ERRORS = (AzureError, aiohttp.ClientError, TimeoutError, OSError, ValueError)

logger = logging.getLogger(__name__)


class Lake:
    """Moves blobs between a storage account and the mirror. All methods raise AttemptFailed."""

    def __init__(self, connection_string: str, mirror: Mirror) -> None:
        self._connection_string = connection_string
        self._mirror = mirror

    @property
    def template(self) -> str:
        """The lake's URI on disk with `{container}` in it."""
        return self._mirror.template

    async def stage(self, entry_point: str, parameters: Mapping[str, str]) -> None:
        """Bring to disk what a job reads, and remove what earlier jobs left without publishing it."""

        async def work(storage: Storage) -> None:
            for scope in await scope_of(storage, entry_point, parameters):
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
