"""The Service Bus trigger with cardinality many, as the extension's batch loop does it.

With sessions: accept the next session, receive up to ``maxMessageBatchSize`` messages waiting at most
``sessionIdleTimeout``, run the function on one batch at a time, complete all or abandon all, and close the session
only when a receive comes back empty. No lock is renewed: a batch that outlives its lock comes again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver
from azure.servicebus.exceptions import SessionLockLostError

from local.host.indexing import FunctionDefinition
from local.host.lifetime import Stop
from local.host.triggers.queue_listener import QueueListener
from local.host.triggers.queues import BusConnection, QueueSource, abandon_all, close, complete_all
from local.host.worker.messages import decode_many
from local.host.worker.worker import Worker

logger = logging.getLogger("local.host.triggers.queue_batches")
#: Without sessions a receive waits for the client's try timeout, in seconds.
_RECEIVE_S = 60.0


class BatchListener(QueueListener):
    """Feeds one function with batches of its queue until the host stops.

    Args:
        json_bodies: whether bodies reach the function as JSON strings; the rest as for any listener.
    """

    def __init__(
        self,
        function: FunctionDefinition,
        source: QueueSource,
        connection: BusConnection,
        worker: Worker,
        stop: Stop,
        json_bodies: bool = False,
    ) -> None:
        super().__init__(function, source, connection, worker, stop)
        self._json_bodies = json_bodies

    async def _serve(self, client: ServiceBusClient) -> None:
        while True:
            await self._serve_one(client)

    async def _serve_one(self, client: ServiceBusClient) -> None:
        """One receiver's life: a session until it is empty, or the queue until something fails."""
        receiver = await self._stop.race(self._open(client))
        self._outage.over()
        if receiver is None:
            return
        try:
            while messages := await self._stop.race(self._receive(receiver)):
                await self._handle(receiver, messages)
        except SessionLockLostError:
            logger.warning(
                "%s: the lock of its session was lost; what was not settled comes again", self.name
            )
        finally:
            await close(receiver)

    async def _open(self, client: ServiceBusClient) -> ServiceBusReceiver | None:
        if self._has_sessions:
            return await self._source.accept(client)
        receiver = self._source.receiver(client)
        await receiver.__aenter__()
        return receiver

    async def _receive(self, receiver: ServiceBusReceiver) -> list[ServiceBusReceivedMessage]:
        """The next batch; empty means: close the session. Without sessions it waits until there is one."""
        wait_s = self._options.session_idle_s if self._has_sessions else _RECEIVE_S
        while True:
            messages = await receiver.receive_messages(
                self._options.max_message_batch_size, max_wait_time=wait_s
            )
            if messages:
                return await self._filled(receiver, messages)
            if self._has_sessions:
                return []

    async def _filled(
        self, receiver: ServiceBusReceiver, messages: list[ServiceBusReceivedMessage]
    ) -> list[ServiceBusReceivedMessage]:
        """The batch, waited for until it has ``minMessageBatchSize`` messages or ``maxBatchWaitTime`` is over."""
        deadline = time.monotonic() + self._options.max_batch_wait_s
        while (
            len(messages) < self._options.min_message_batch_size
            and (left_s := deadline - time.monotonic()) > 0
        ):
            room = self._options.max_message_batch_size - len(messages)
            messages += await receiver.receive_messages(room, max_wait_time=left_s)
        return messages

    async def _handle(
        self, receiver: ServiceBusReceiver, messages: Sequence[ServiceBusReceivedMessage]
    ) -> None:
        try:
            argument = decode_many(self._function, messages, self._json_bodies)
            await self._worker.invoke(self._function, argument)
        except Exception as error:
            logger.debug("%s: %d messages abandoned: %s", self.name, len(messages), error)
            await abandon_all(receiver, messages)
        else:
            if self._options.auto_complete_messages:
                await complete_all(receiver, messages)
