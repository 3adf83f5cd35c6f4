"""What the Service Bus listeners share: connect, serve, and connect again after an outage."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod

from azure.servicebus.aio import ServiceBusClient

from local.host.indexing import FunctionDefinition
from local.host.lifetime import Outage, Stop, Stopped
from local.host.triggers.queues import BusConnection, QueueSource, close
from local.host.worker.worker import Worker


class QueueListener(ABC):
    """Feeds one function with messages of its queue until the host stops.

    Args:
        function: what is called.
        source: its queue.
        connection: where the queue lies.
        worker: calls the function.
        stop: the request to stop.
    """

    def __init__(
        self,
        function: FunctionDefinition,
        source: QueueSource,
        connection: BusConnection,
        worker: Worker,
        stop: Stop,
    ) -> None:
        self.name = function.name
        self._function = function
        self._source = source
        self._options = source.options
        self._connection = connection
        self._worker = worker
        self._stop = stop
        self._has_sessions = bool(function.trigger.get("isSessionsEnabled"))
        self._logger = logging.getLogger(type(self).__module__)
        self._outage = Outage(self._logger, f"{function.name}, queue {source.queue}")

    async def run(self) -> None:
        """Connect, serve, and connect again after an outage."""
        try:
            while not self._stop.is_set:
                await self._connect_once()
        except Stopped:
            self._logger.debug("%s stops", self.name)

    @abstractmethod
    async def _serve(self, client: ServiceBusClient) -> None:
        """Receive and call until something fails; when it ends, nothing that it began still runs.

        Raises:
            Stopped: the host stops.
        """

    async def _connect_once(self) -> None:
        client = self._connection.client()
        try:
            await self._serve(client)
        except Stopped:
            raise
        except Exception as error:  # a listener outlives whatever its broker does
            await self._stop.sleep(self._outage.failed(error))
        finally:
            await close(client)
