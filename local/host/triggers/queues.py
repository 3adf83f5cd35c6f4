"""Connections of Service Bus triggers: clients, receivers for a queue path, and settling many messages."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from azure.identity.aio import DefaultAzureCredential
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusReceivedMessage, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver
from azure.servicebus.exceptions import OperationTimeoutError

from local.host.settings import AppSettings, ServiceBusOptions

logger = logging.getLogger("local.host.triggers.queues")
DEFAULT_CONNECTION = "ServiceBus"
#: How long accepting the next session waits before it asks again, in seconds; the .NET client's try timeout.
ACCEPT_S = 60.0
#: Messages of a held session that may wait here. With none the SDK gives back whatever comes between two receives
#: on the credit of the one before, to get it again in the next: nearly two deliveries for nothing a message.
#: Few, because a host that dies leaves them delivered once more without a call.
SESSION_BUFFER = 2
_CLOSE_S = 5.0
_FAR_S = 0.01
Message = ServiceBusReceivedMessage
_SUB_QUEUES = {
    "$deadletterqueue": ServiceBusSubQueue.DEAD_LETTER,
    "$transfer/$deadletterqueue": ServiceBusSubQueue.TRANSFER_DEAD_LETTER,
}


@dataclass(frozen=True)
class BusConnection:
    """Where a trigger's queue lies: a connection string or a namespace for DefaultAzureCredential."""

    connection_string: str | None
    namespace: str | None

    @classmethod
    def from_settings(cls, settings: AppSettings, connection: str, function: str) -> BusConnection:
        """The connection a trigger names; ``SettingError`` naming function and setting."""
        part, value = settings.connection(
            connection or DEFAULT_CONNECTION, function, ("fullyQualifiedNamespace",)
        )
        return cls(value, None) if part is None else cls(None, value)

    def client(self) -> ServiceBusClient:
        """A client without retries of its own: listeners try again themselves."""
        if self.connection_string is not None:
            return ServiceBusClient.from_connection_string(self.connection_string, retry_total=0)
        return ServiceBusClient(str(self.namespace), DefaultAzureCredential(), retry_total=0)


@dataclass(frozen=True)
class QueueSource:
    """A queue of a trigger: its path may end in ``/$DeadLetterQueue``."""

    queue: str
    sub_queue: ServiceBusSubQueue | None
    options: ServiceBusOptions

    @classmethod
    def from_path(cls, path: str, options: ServiceBusOptions) -> QueueSource:
        """The queue and sub-queue of ``queue/$DeadLetterQueue``."""
        queue, _, rest = path.partition("/")
        sub_queue = _SUB_QUEUES.get(rest.lower())
        return cls(queue if sub_queue else path, sub_queue, options)

    def receiver(self, client: ServiceBusClient) -> ServiceBusReceiver:
        """A receiver without sessions, not yet open."""
        return client.get_queue_receiver(
            self.queue, sub_queue=self.sub_queue, prefetch_count=self.options.prefetch_count
        )

    async def accept(self, client: ServiceBusClient) -> ServiceBusReceiver | None:
        """An open receiver of the next session that has messages, None when there is none for a while."""
        receiver = client.get_queue_receiver(
            self.queue,
            session_id=NEXT_AVAILABLE_SESSION,
            max_wait_time=ACCEPT_S,
            prefetch_count=max(self.options.prefetch_count, SESSION_BUFFER),
        )
        try:
            await receiver.__aenter__()
        except OperationTimeoutError:
            await close(receiver)
            return None
        except BaseException:
            await close(receiver)
            raise
        return receiver


async def close(receiver: ServiceBusReceiver | ServiceBusClient) -> None:
    """Close, which releases its session; a broken connection cannot hold the caller up or fail it."""
    try:
        async with asyncio.timeout(_CLOSE_S):
            await receiver.close()
    except Exception as error:
        logger.debug("closing %s: %s", type(receiver).__name__, error)


async def complete_all(receiver: ServiceBusReceiver, messages: Sequence[Message]) -> int:
    """Complete all messages; how many could not be (they come back when their lock ends)."""
    return await _settle_all(receiver.complete_message, messages)


async def abandon_all(receiver: ServiceBusReceiver, messages: Sequence[Message]) -> int:
    """Give all messages back at once; how many could not be (they come back when their lock ends)."""
    return await _settle_all(receiver.abandon_message, messages)


async def _settle_all(settle: Callable[[Message], Awaitable[None]], messages: Sequence[Message]) -> int:
    """One by one while the broker answers at once, else the rest together.

    Waiting for many outcomes together costs the SDK a stall of its socket timeout (0.2 s): worth it only when
    each outcome takes a trip over a network.
    """
    outcomes: list[BaseException | None] = []
    for position, message in enumerate(messages):
        started = time.monotonic()
        outcomes += await asyncio.gather(settle(message), return_exceptions=True)
        if time.monotonic() - started > _FAR_S:
            outcomes += await asyncio.gather(*map(settle, messages[position + 1 :]), return_exceptions=True)
            break
    errors = [outcome for outcome in outcomes if outcome is not None]
    if errors:
        logger.warning("%d of %d messages could not be settled: %s", len(errors), len(messages), errors[0])
    return len(errors)
