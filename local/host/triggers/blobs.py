"""The blob trigger, by scanning the container.

The real host reads storage logs, or gets Event Grid events; here every source is a scan each ``poll_s`` seconds.
Both deliver a new version at least once, so handlers cannot tell. With the source Event Grid the real host sees
only blobs written after the subscription; this one also handles those that were there and have no receipt.
After five failures the real host writes to the queue ``webjobs-blobtrigger-poison``; this one to the folder
``poison/`` of ``azure-webjobs-hosts``. A process that is killed while handling counts no failure here.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobProperties
from azure.storage.blob.aio import BlobServiceClient, ContainerClient

from local.host.errors import SettingError
from local.host.indexing import FunctionDefinition
from local.host.lifetime import Outage, Stop, Stopped
from local.host.triggers.receipts import Receipt, Receipts
from local.host.worker import bindings
from local.host.worker.messages import utc_text
from local.host.worker.worker import Worker

logger = logging.getLogger("local.host.triggers.blobs")
MAX_FAILURES = 5
Version = tuple[str, str]
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class BlobPattern:
    """A compiled pattern: the container, the fixed start of the names, and the whole as a regular expression."""

    container: str
    prefix: str
    pattern: re.Pattern[str]

    def match(self, blob_name: str) -> dict[str, str] | None:
        """The pattern's parameters when the blob's name fits, else None."""
        found = self.pattern.fullmatch(blob_name)
        return found.groupdict() if found else None


def compile_pattern(path: str, function: str) -> BlobPattern:
    """``container/name`` with ``{parameters}``; a container alone means all its blobs."""
    container, _, template = path.strip("/").partition("/")
    if not container or "{" in container:
        raise SettingError(f"function {function}: the blob path '{path}' must start with a container's name")
    template = template or "{name}"
    expression, position = "", 0
    for part in _PARAMETER.finditer(template):
        expression += re.escape(template[position : part.start()]) + f"(?P<{part[1]}>.+)"
        position = part.end()
    expression += re.escape(template[position:])
    return BlobPattern(container, template.partition("{")[0], re.compile(expression))


@dataclass(frozen=True, kw_only=True)
class BlobSource:
    """The blobs of a trigger: where they lie, how often they are looked for, how many are handled at a time."""

    pattern: BlobPattern
    service: BlobServiceClient
    poll_s: float = 1.0
    parallelism: int = 8

    @property
    def container(self) -> ContainerClient:
        """A client of their container."""
        return self.service.get_container_client(self.pattern.container)


class BlobListener:
    """Runs one function for each new version of a blob of its source."""

    def __init__(
        self,
        function: FunctionDefinition,
        source: BlobSource,
        receipts: Receipts,
        worker: Worker,
        stop: Stop,
    ) -> None:
        self.name = function.name
        self._function = function
        self._pattern = source.pattern
        self._container = source.container
        self._receipts = receipts
        self._worker = worker
        self._stop = stop
        self._poll_s = source.poll_s
        self._slots = asyncio.Semaphore(source.parallelism)
        self._outage = Outage(logger, f"blob trigger {function.name}", first_delay_s=source.poll_s)
        self._handled: set[Version] = set()
        self._running: dict[Version, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Scan until the host stops, then let running handlers end."""
        try:
            while True:
                await self._stop.sleep(await self._scan_once())
        except Stopped:
            logger.debug("%s stops", self.name)
        finally:
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def fire(self, path: str) -> None:
        """Run the function now for ``container/name``, whether it was handled before or not."""
        argument = await self._argument(path.partition("/")[2])
        if argument is not None:
            await self._worker.invoke(self._function, argument)

    async def _scan_once(self) -> float:
        """One scan; how long to wait before the next, in seconds."""
        try:
            await self._stop.race(self._scan())
        except Stopped:
            raise
        except ResourceNotFoundError:
            logger.debug("%s: the container %s is not there yet", self.name, self._pattern.container)
        except Exception as error:  # a listener outlives whatever its storage does
            return self._outage.failed(error)
        self._outage.over()
        return self._poll_s

    async def _scan(self) -> None:
        listed: set[Version] = set()
        async for properties in self._container.list_blobs(name_starts_with=self._pattern.prefix or None):
            if self._pattern.match(properties.name) is None:
                continue
            version = (properties.name, str(properties.etag))
            listed.add(version)
            if version not in self._handled and version not in self._running:
                self._running[version] = asyncio.create_task(self._handle(version))
        self._handled &= listed

    async def _handle(self, version: Version) -> None:
        name, etag = version
        try:
            async with self._slots, self._receipts.take(etag, f"{self._pattern.container}/{name}") as receipt:
                if receipt is not None and await self._settle(receipt, version):
                    self._handled.add(version)
        except Exception as error:
            logger.warning("%s: %s will be tried again: %s: %s", self.name, name, type(error).__name__, error)
        finally:
            del self._running[version]

    async def _settle(self, receipt: Receipt, version: Version) -> bool:
        """Handle the version unless it is done; whether it needs no further try."""
        if receipt.is_done or self._stop.is_set:
            return receipt.is_done
        argument = await self._argument(version[0])
        if argument is not None:
            try:
                await self._worker.invoke(self._function, argument)
            except Exception as error:
                if await receipt.fail() < MAX_FAILURES:
                    return False
                await self._poison(version, error)
        await receipt.complete()
        return True

    async def _poison(self, version: Version, error: Exception) -> None:
        name, etag = version
        path = f"{self._pattern.container}/{name}"
        logger.error(
            "%s gives up on %s after %d failures: %s", self.name, path, MAX_FAILURES, type(error).__name__
        )
        await self._receipts.poison(etag, path, f"{type(error).__name__}: {error}")

    async def _argument(self, name: str) -> Any:
        """The handler's argument for the blob as it is now, None when it has been deleted."""
        client = self._container.get_blob_client(name)
        try:
            download = await client.download_blob()
            content = await download.readall()
        except ResourceNotFoundError:
            logger.info("%s: %s was deleted before it was handled", self.name, name)
            return None
        metadata = {
            name: bindings.text_datum(value) for name, value in (self._pattern.match(name) or {}).items()
        }
        metadata |= {
            "BlobTrigger": bindings.text_datum(f"{self._pattern.container}/{name}"),
            "Uri": bindings.text_datum(client.url.partition("?")[0]),
            "Properties": bindings.json_datum(_properties(download.properties, len(content))),
            "Metadata": bindings.json_datum(dict(download.properties.metadata or {})),
        }
        return bindings.decode(self._function, bindings.bytes_datum(content), metadata)


def _properties(properties: BlobProperties, size_bytes: int) -> dict[str, Any]:
    return {
        "ContentLength": size_bytes,
        "Length": size_bytes,
        "ContentType": properties.content_settings.content_type,
        "ETag": str(properties.etag),
        "LastModified": utc_text(properties.last_modified),
    }
