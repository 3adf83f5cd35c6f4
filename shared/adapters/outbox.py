"""Messages on their way out: those that wait at the same time travel together.

Each send has a time limit, and one that the broker does not answer blocks nobody but its own messages: those behind it
go out over another link. A link that rested is not used again, because the service detaches it after ten minutes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusSender
from azure.servicebus.exceptions import MessageSizeExceededError, ServiceBusError

from shared.errors import QueuesUnavailable

SEND_LIMIT_S = 30.0
STALL_S = 3.0
REST_S = 300.0
CLOSE_LIMIT_S = 5.0
MOST_UNANSWERED = 4
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outgoing:
    """A message to send: `delay_s` keeps it out of sight that long."""

    body: str
    message_id: str
    session_id: str
    delay_s: float = 0.0
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Waiting:
    """A caller's messages, and where it waits for them to be sent."""

    messages: Sequence[Outgoing]
    sent: asyncio.Future[None]

    def settle(self, error: Exception | None) -> None:
        """Tell the caller, if it still waits."""
        if self.sent.done():
            return
        if error is None:
            self.sent.set_result(None)
        else:
            self.sent.set_exception(error)


@dataclass
class Link:
    """A sender and when it was last used."""

    sender: ServiceBusSender
    used_s: float


class Outbox:
    """The sends to one queue; callers' messages are gathered while a send is on its way.

    Args:
        open_sender: makes a sender of the queue; it connects at its first use.
        limit_s: seconds one send may take.
        stall_s: seconds after which those behind it go over another link.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        open_sender: Callable[[], ServiceBusSender],
        limit_s: float = SEND_LIMIT_S,
        stall_s: float = STALL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_sender = open_sender
        self._limit_s = limit_s
        self._stall_s = stall_s
        self._clock = clock
        self._waiting: list[Waiting] = []
        self._link: Link | None = None
        self._pump: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Task[None]] = set()

    async def send(self, messages: Sequence[Outgoing]) -> None:
        """Send messages; returns when the broker has them.

        Raises:
            QueuesUnavailable: the broker did not answer in time.
            ServiceBusError: it refused, or is out of reach.
        """
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(Waiting(messages, sent))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._run())
        await sent

    async def close(self) -> None:
        """Let what is on its way end, then close the link."""
        for task in (self._pump, *self._sending):
            if task is not None:
                await asyncio.wait([task])
        self._let_go(self._link)
        await asyncio.gather(*self._closing)

    async def _run(self) -> None:
        while self._waiting:
            while len(self._sending) >= MOST_UNANSWERED:
                await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
            waiting, self._waiting = self._waiting, []
            link = self._link = self._ready_link()
            sending = _kept(self._sending, self._send(link, waiting))
            await asyncio.wait([sending], timeout=self._stall_s)
            if not sending.done():  # the link is left to it
                self._link = None

    async def _send(self, link: Link, waiting: Sequence[Waiting]) -> None:
        error: Exception | None = None
        try:
            async with asyncio.timeout(self._limit_s):
                await _send_all(link.sender, [message for one in waiting for message in one.messages])
        except TimeoutError:
            error = QueuesUnavailable("the queues", f"no answer to a send within {self._limit_s:.0f} s")
            self._link = None if self._link is link else self._link
        except Exception as found:  # whatever went wrong belongs to the callers that wait
            error = found
        link.used_s = self._clock()
        if self._link is not link:
            self._let_go(link)
        for one in waiting:
            one.settle(error)

    def _ready_link(self) -> Link:
        if self._link is not None and self._clock() - self._link.used_s > REST_S:
            self._let_go(self._link)
            self._link = None
        return self._link or Link(self._open_sender(), self._clock())

    def _let_go(self, link: Link | None) -> None:
        """Close a link beside everything else; a broker that does not answer holds nobody up."""
        if link is not None:
            _kept(self._closing, _close(link.sender))


def _kept(tasks: set[asyncio.Task[None]], work: Coroutine[object, object, None]) -> asyncio.Task[None]:
    """The work as a task that is held until it is done."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task


async def _close(sender: ServiceBusSender) -> None:
    try:
        async with asyncio.timeout(CLOSE_LIMIT_S):
            await sender.close()
    except (TimeoutError, ServiceBusError, OSError) as error:
        log.info("a link could not be closed in order: %s", type(error).__name__)


async def _send_all(sender: ServiceBusSender, messages: Sequence[Outgoing]) -> None:
    by_session: dict[str, list[Outgoing]] = defaultdict(list)
    for message in messages:
        by_session[message.session_id].append(message)
    for session_messages in by_session.values():
        await _send_session(sender, session_messages)


async def _send_session(sender: ServiceBusSender, messages: Iterable[Outgoing]) -> None:
    batch = await sender.create_message_batch()
    count = 0
    for message in messages:
        ready = _to_servicebus(message)
        try:
            batch.add_message(ready)
        except MessageSizeExceededError:
            if count == 0:
                raise
            await sender.send_messages(batch)
            batch, count = await sender.create_message_batch(), 0
            batch.add_message(ready)
        count += 1
    await sender.send_messages(batch)


def _to_servicebus(message: Outgoing) -> ServiceBusMessage:
    due = datetime.now(UTC) + timedelta(seconds=message.delay_s) if message.delay_s else None
    return ServiceBusMessage(
        message.body,
        message_id=message.message_id,
        session_id=message.session_id,
        scheduled_enqueue_time_utc=due,
        content_type="application/json",
        application_properties=dict(message.properties),  # type: ignore[arg-type]  # dict is invariant
    )
