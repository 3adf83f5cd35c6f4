"""The Service Bus trigger with cardinality one, as the extension's processors do it.

Without sessions up to ``maxConcurrentCalls`` messages run at once; with sessions up to ``maxConcurrentSessions``
sessions, each one message at a time. Locks are renewed for up to ``maxAutoLockRenewalDuration``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import AutoLockRenewer, ServiceBusClient, ServiceBusReceiver

from local.host.indexing import FunctionDefinition
from local.host.lifetime import Outage, Stop, Stopped
from local.host.triggers.queues import BusConnection, QueueSource, abandon_all, close, complete_all
from local.host.worker.messages import decode_one
from local.host.worker.worker import Worker

logger = logging.getLogger("local.host.triggers.queue_singles")
_RECEIVE_S = 60.0


class SingleListener:
    """Feeds one function with single messages of its queue until the host stops."""

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
        limit = (
            self._options.max_concurrent_sessions
            if self._has_sessions
            else self._options.max_concurrent_calls
        )
        self._slots = asyncio.Semaphore(limit)
        self._running: set[asyncio.Task[None]] = set()
        self._outage = Outage(logger, f"{function.name}, queue {source.queue}")

    async def run(self) -> None:
        """Connect, serve, and connect again after an outage."""
        try:
            while not self._stop.is_set:
                await self._connect_once()
        except Stopped:
            logger.debug("%s stops", self.name)

    async def _connect_once(self) -> None:
        client = self._connection.client()
        renewer = AutoLockRenewer(max_lock_renewal_duration=self._options.max_auto_lock_renewal_s)
        try:
            await (self._accept(client, renewer) if self._has_sessions else self._pump(client, renewer))
        except Stopped:
            raise
        except Exception as error:  # a listener outlives whatever its broker does
            await self._stop.sleep(self._outage.failed(error))
        finally:
            await asyncio.gather(*self._running, return_exceptions=True)
            await renewer.close()
            await close(client)

    async def _accept(self, client: ServiceBusClient, renewer: AutoLockRenewer) -> None:
        """Accept sessions as long as there is a free place."""
        while True:
            await self._stop.race(self._slots.acquire())
            try:
                receiver = await self._stop.race(self._source.accept(client, renewer))
            except BaseException:
                self._slots.release()
                raise
            self._outage.over()
            if receiver is None:
                self._slots.release()
            else:
                self._start(self._session(receiver))

    async def _session(self, receiver: ServiceBusReceiver) -> None:
        """One session, message by message, until it is empty for ``sessionIdleTimeout``."""
        try:
            while messages := await self._stop.race(
                receiver.receive_messages(1, max_wait_time=self._options.session_idle_s)
            ):
                await self._handle(receiver, messages[0])
        except Stopped:
            logger.debug("%s: session released", self.name)
        except Exception as error:
            logger.warning("%s: its session ended: %s: %s", self.name, type(error).__name__, error)
        finally:
            await close(receiver)

    async def _pump(self, client: ServiceBusClient, renewer: AutoLockRenewer) -> None:
        """Receive no more messages than there are free places."""
        receiver = self._source.receiver(client, renewer)
        try:
            await self._stop.race(receiver.__aenter__())
            self._outage.over()
            while True:
                for message in await self._stop.race(self._next(receiver)):
                    self._start(self._handle(receiver, message))
        finally:
            await asyncio.gather(*self._running, return_exceptions=True)
            await close(receiver)

    async def _next(self, receiver: ServiceBusReceiver) -> list[ServiceBusReceivedMessage]:
        """Messages for the places that are free now; their places are taken."""
        taken = 0
        try:
            await self._slots.acquire()
            taken += 1
            while not self._slots.locked():
                await self._slots.acquire()
                taken += 1
            messages = await receiver.receive_messages(taken, max_wait_time=_RECEIVE_S)
            taken -= len(messages)
            return messages
        finally:
            for _ in range(taken):
                self._slots.release()

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(self._placed(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _placed(self, work: Coroutine[object, object, None]) -> None:
        try:
            await work
        finally:
            self._slots.release()

    async def _handle(self, receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage) -> None:
        locked_until = receiver.session.locked_until_utc if self._has_sessions else message.locked_until_utc
        try:
            await self._worker.invoke(self._function, decode_one(self._function, message, locked_until))
        except Exception as error:
            logger.debug("%s: message abandoned: %s", self.name, error)
            await abandon_all(receiver, [message])
        else:
            if self._options.auto_complete_messages:
                await complete_all(receiver, [message])
