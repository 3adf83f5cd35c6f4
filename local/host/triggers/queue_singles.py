"""The Service Bus trigger with cardinality one, as the extension's processors do it.

Without sessions up to ``maxConcurrentCalls`` messages run at once. With sessions up to ``maxConcurrentSessions``
sessions are held, and up to ``maxConcurrentCallsPerSession`` messages of each run at once; a session is let go when
nothing of it runs and none came for ``sessionIdleTimeout``. Locks are renewed for up to
``maxAutoLockRenewalDuration``. Each message is completed, or given back at once after an exception, by itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import time
from collections.abc import Awaitable, Callable

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver
from azure.servicebus.exceptions import ServiceBusError

from local.host.lifetime import Stop, Stopped
from local.host.triggers.queue_listener import QueueListener
from local.host.triggers.queues import abandon_all, close, complete_all
from local.host.worker.messages import decode_one

logger = logging.getLogger("local.host.triggers.queue_singles")
#: How long a receive waits before calls that ended meanwhile are settled, in seconds.
_SLICE_S = 0.2
#: A lock is renewed so long before it ends, or when half of it is over, in seconds; as the .NET processors do.
_RENEW_BEFORE_S = 10.0
Message = ServiceBusReceivedMessage


class Lock:
    """A lock that is renewed when it is due.

    Args:
        ends_at: tells when it ends, now.
        renew: renews it.
        limit_s: for how long it is renewed.
    """

    def __init__(
        self,
        ends_at: Callable[[], dt.datetime | None],
        renew: Callable[[], Awaitable[object]],
        limit_s: float,
    ) -> None:
        self._ends_at = ends_at
        self._renew = renew
        self._ends_s = time.monotonic() + limit_s
        self._plan()

    async def renew_if_due(self) -> None:
        """Renew it when little of it is left; what the broker refuses is logged."""
        if not self._due_s <= time.monotonic() <= self._ends_s:
            return
        try:
            await self._renew()
        except ServiceBusError as error:
            logger.warning("a lock cannot be renewed: %s", type(error).__name__)
        self._plan()

    def _plan(self) -> None:
        ends_at = self._ends_at()
        left_s = (ends_at - dt.datetime.now(dt.UTC)).total_seconds() if ends_at is not None else 0.0
        self._due_s = time.monotonic() + max(0.1, left_s - min(left_s / 2, _RENEW_BEFORE_S))


class Feed:
    """Works the messages of one receiver, many at once.

    The SDK's receiver bears one caller at a time, so receiving, settling and renewing take turns here.

    Args:
        receiver: an open receiver, of a session or of a queue.
        limit: how many messages run at once.
        work: the call for a message; whether it ended well.
        renewal_s: how long locks are renewed.
        auto_complete: whether a message is completed after its call.
    """

    def __init__(
        self,
        receiver: ServiceBusReceiver,
        limit: int,
        work: Callable[[Message], Awaitable[bool]],
        renewal_s: float,
        auto_complete: bool,
    ) -> None:
        self._receiver = receiver
        self._limit = limit
        self._work = work
        self._renewal_s = renewal_s
        self._auto_complete = auto_complete
        self._running: dict[asyncio.Future[bool], Message] = {}
        self._locks: dict[str, Lock] = {}
        self._has_session = receiver.session is not None
        if self._has_session:
            session = receiver.session
            self._locks[""] = Lock(lambda: session.locked_until_utc, session.renew_lock, renewal_s)

    async def run(self, stop: Stop, idle_s: float | None) -> None:
        """Work until nothing runs and none came for ``idle_s``; for ever without it."""
        busy_s = time.monotonic()
        while True:
            await self._settle_and_renew()
            await stop.race(self._receive() if len(self._running) < self._limit else self._some_end())
            if self._running:
                busy_s = time.monotonic()
            elif idle_s is not None and time.monotonic() - busy_s >= idle_s:
                return

    async def finish(self) -> None:
        """Let what runs end, and settle it."""
        while self._running:
            await self._some_end()
            await self._settle_and_renew()

    async def _receive(self) -> None:
        free = self._limit - len(self._running)
        for message in await self._receiver.receive_messages(free, max_wait_time=_SLICE_S):
            self._running[asyncio.ensure_future(self._work(message))] = message
            if not self._has_session:
                self._locks[str(message.lock_token)] = self._lock_of(message)

    async def _some_end(self) -> None:
        await asyncio.wait(self._running, timeout=_SLICE_S, return_when=asyncio.FIRST_COMPLETED)

    async def _settle_and_renew(self) -> None:
        ended = [task for task in self._running if task.done()]
        for task in ended:
            message = self._running.pop(task)
            self._locks.pop(str(message.lock_token), None)
            if not task.result():
                await abandon_all(self._receiver, [message])
            elif self._auto_complete:
                await complete_all(self._receiver, [message])
        for lock in list(self._locks.values()):
            await lock.renew_if_due()

    def _lock_of(self, message: Message) -> Lock:
        return Lock(
            lambda: message.locked_until_utc,
            lambda: self._receiver.renew_message_lock(message),
            self._renewal_s,
        )


class SingleListener(QueueListener):
    """Feeds one function with single messages of its queue until the host stops."""

    async def _serve(self, client: ServiceBusClient) -> None:
        if not self._has_sessions:
            await self._pump(client)
            return
        sessions: set[asyncio.Task[None]] = set()
        try:
            await self._accept(client, sessions)
        finally:
            await asyncio.gather(*sessions, return_exceptions=True)

    async def _accept(self, client: ServiceBusClient, sessions: set[asyncio.Task[None]]) -> None:
        """Accept sessions as long as there is a free place."""
        while True:
            if len(sessions) >= self._options.max_concurrent_sessions:
                await self._stop.race(_first_of(sessions))
                continue
            receiver = await self._stop.race(self._source.accept(client))
            self._outage.over()
            if receiver is not None:
                task = asyncio.create_task(self._session(receiver))
                sessions.add(task)
                task.add_done_callback(sessions.discard)

    async def _session(self, receiver: ServiceBusReceiver) -> None:
        feed = self._feed(receiver, self._options.max_concurrent_calls_per_session)
        try:
            await feed.run(self._stop, self._options.session_idle_s)
        except Stopped:
            logger.debug("%s: session released", self.name)
        except Exception as error:
            logger.warning("%s: its session ended: %s: %s", self.name, type(error).__name__, error)
        finally:
            await feed.finish()
            await close(receiver)

    async def _pump(self, client: ServiceBusClient) -> None:
        receiver = self._source.receiver(client)
        await self._stop.race(receiver.__aenter__())
        self._outage.over()
        feed = self._feed(receiver, self._options.max_concurrent_calls)
        try:
            await feed.run(self._stop, None)
        finally:
            await feed.finish()
            await close(receiver)

    def _feed(self, receiver: ServiceBusReceiver, limit: int) -> Feed:
        options = self._options
        return Feed(
            receiver, limit, self._work, options.max_auto_lock_renewal_s, options.auto_complete_messages
        )

    async def _work(self, message: Message) -> bool:
        try:
            await self._worker.invoke(self._function, decode_one(self._function, message))
        except Exception as error:
            logger.debug("%s: message abandoned: %s", self.name, error)
            return False
        return True


async def _first_of(tasks: set[asyncio.Task[None]]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
