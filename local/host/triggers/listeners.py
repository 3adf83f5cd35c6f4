"""From indexed functions to listeners: every binding expression and connection is resolved here, before start."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from azure.storage.blob.aio import BlobServiceClient

from local.host.errors import IndexingError, SettingError
from local.host.indexing import FunctionDefinition
from local.host.lifetime import Listener, Stop
from local.host.settings import AppSettings, HostOptions
from local.host.triggers.blobs import BlobListener, BlobSource, compile_pattern
from local.host.triggers.leases import DEFAULT_CONNECTION, HostStorage, blob_service
from local.host.triggers.queue_batches import BatchListener
from local.host.triggers.queue_singles import SingleListener
from local.host.triggers.queues import BusConnection, QueueSource
from local.host.triggers.receipts import Receipts
from local.host.triggers.schedule import Schedule
from local.host.triggers.timers import TimerListener
from local.host.web.admin import ManualRun
from local.host.worker.worker import Worker

logger = logging.getLogger("local.host.triggers.listeners")


@dataclass
class Listeners:
    """What listens, how functions are started by hand, and the clients to close at the end."""

    all: list[Listener] = field(default_factory=list)
    manual: dict[str, ManualRun] = field(default_factory=dict)
    services: list[BlobServiceClient] = field(default_factory=list)


def host_id(settings: AppSettings, app_root: Path) -> str:
    """The host's id: ``AzureFunctionsWebHost__hostid`` or one made of the app's path, alike for all its processes."""
    digest = hashlib.sha256(str(app_root.resolve()).encode()).hexdigest()
    return (settings.get("AzureFunctionsWebHost__hostid") or f"local-{digest[:16]}").lower()


class ListenerBuilder:
    """Builds the listeners of an app; ``SettingError`` names the function and the setting that is missing."""

    def __init__(
        self, settings: AppSettings, options: HostOptions, worker: Worker, stop: Stop, identity: str
    ) -> None:
        self._settings = settings
        self._options = options
        self._worker = worker
        self._stop = stop
        self._identity = identity
        self._services: dict[str, BlobServiceClient] = {}
        self._built = Listeners()

    def build(self, functions: Sequence[FunctionDefinition]) -> Listeners:
        """The listeners of all functions that are not HTTP."""
        makers = {
            "timerTrigger": self._timer,
            "serviceBusTrigger": self._service_bus,
            "blobTrigger": self._blob,
        }
        for function in functions:
            if maker := makers.get(function.trigger_type):
                maker(function)
        self._built.services = list(self._services.values())
        return self._built

    def _text(self, function: FunctionDefinition, name: str) -> str:
        return self._settings.resolve(str(function.trigger.get(name) or ""), function.name)

    def _service(self, connection: str, function: str) -> BlobServiceClient:
        if connection not in self._services:
            self._services[connection] = blob_service(self._settings, connection, function)
        return self._services[connection]

    def _storage(self, function: str) -> HostStorage:
        return HostStorage(self._service(DEFAULT_CONNECTION, function), self._identity)

    def _timer(self, function: FunctionDefinition) -> None:
        schedule = Schedule(self._text(function, "schedule"), function.name)
        timer = TimerListener(function, schedule, self._worker, self._storage(function.name), self._stop)
        self._built.all.append(timer)
        self._built.manual[function.name] = lambda _: timer.fire()

    def _service_bus(self, function: FunctionDefinition) -> None:
        if "topicName" in function.trigger:
            raise IndexingError(
                function.name, "the local host does not support Service Bus topics, only queues"
            )
        connection = BusConnection.from_settings(
            self._settings, self._text(function, "connection"), function.name
        )
        source = QueueSource.from_path(self._text(function, "queueName"), self._options.service_bus)
        if str(function.trigger.get("cardinality") or "one").lower() == "many":
            is_json = self._settings.get("LOCAL_HOST_BATCH_DATA") == "json"
            self._built.all.append(
                BatchListener(function, source, connection, self._worker, self._stop, json_bodies=is_json)
            )
        else:
            self._built.all.append(SingleListener(function, source, connection, self._worker, self._stop))

    def _blob(self, function: FunctionDefinition) -> None:
        service = self._service(self._text(function, "connection") or DEFAULT_CONNECTION, function.name)
        source = BlobSource(
            pattern=compile_pattern(self._text(function, "path"), function.name),
            service=service,
            poll_s=self._poll_s(),
            parallelism=self._options.blob_parallelism,
        )
        receipts = Receipts(self._storage(function.name), function.name)
        blobs = BlobListener(function, source, receipts, self._worker, self._stop)
        self._built.all.append(blobs)
        self._built.manual[function.name] = blobs.fire

    def _poll_s(self) -> float:
        text = self._settings.get("LOCAL_BLOB_POLL_S") or "1.0"
        try:
            return max(0.05, float(text))
        except ValueError:
            raise SettingError(f"LOCAL_BLOB_POLL_S is '{text}': it must be a number of seconds") from None
