"""The queues. `Bus` is what the app needs of them, `ServiceBus` is over azure-servicebus.

Sends that wait at the same time travel together: an outbox a queue packs what has gathered into
batches, one session each, so that a batch of 200 tasks costs a handful of round trips.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from azure.core.exceptions import AzureError
from azure.servicebus import ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import (
    MessageSizeExceededError,
    OperationTimeoutError,
    SessionCannotBeLockedError,
)

from shared.adapters.outbox import Outbox, Outgoing
from shared.adapters.telemetry import TRACEPARENT, trace_properties
from shared.errors import QueuesUnavailable
from shared.messages.base import Source, lane_names
from shared.messages.events import TaskDone
from shared.messages.tasks import FetchTask

TASK_QUEUES: Mapping[Source, str] = {"tmdb": "tmdb-fetch", "discogs": "discogs-fetch"}
EVENT_QUEUE = "run-events"
QUEUES = (*TASK_QUEUES.values(), EVENT_QUEUE)
RECEIVE_WAIT_S = 5
EVENTS_DELAY_S = 30.0
AGAIN = ":again-"
DEAD_LETTER_WAIT_S = 1  # they lie there already, or there are none
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeadLetter:
    """A message that could not be handled."""

    queue: str
    body: bytes
    message_id: str
    sequence_number: int
    reason: str
    delivery_count: int
    properties: Mapping[str, str]
    session_id: str = ""


@dataclass(frozen=True)
class Delivery:
    """A message as the queue delivered it.

    Attributes:
        body: its JSON text.
        message_id: what duplicate detection compared.
        delivery_count: 1 at the first delivery.
        traceparent: the trace of the run it belongs to; None when it says none.
        enqueued_at: when it came in sight in the queue, where the trigger tells.
        session_id: the session it came in; for a task that is its lane.
    """

    body: str
    message_id: str
    delivery_count: int = 1
    traceparent: str | None = None
    enqueued_at: datetime | None = None
    session_id: str | None = None


def task_message(task: FetchTask, session_id: str, delay_s: float = 0.0) -> Outgoing:
    """A task as it is sent, with the trace of the run it belongs to."""
    return Outgoing(task.to_json(), task.message_id, session_id, delay_s, trace_properties())


def event_message(event: TaskDone) -> Outgoing:
    """An event as it is sent, with the trace of the run it belongs to."""
    return Outgoing(event.to_json(), event.message_id, event.run_id, properties=trace_properties())


def event_again(delivery: Delivery, now: datetime) -> Outgoing:
    """An event as it is sent again later: under another id, or duplicate detection would drop it."""
    message_id = f"{delivery.message_id.split(AGAIN, 1)[0]}{AGAIN}{now:%Y%m%dT%H%M%S.%f}"
    properties = {TRACEPARENT: delivery.traceparent} if delivery.traceparent else {}
    session_id = delivery.session_id or ""
    return Outgoing(delivery.body, message_id, session_id, EVENTS_DELAY_S, properties)


class Bus(Protocol):
    """Sends to the queues, and empties their dead-letter queues.

    Every method raises QueuesUnavailable where the broker does not answer.
    """

    async def send_tasks(self, tasks: Iterable[FetchTask], delay_s: float = 0.0) -> None:
        """Send tasks to their sources' queues; returns when the broker has them."""

    async def send(self, queue: str, messages: Sequence[Outgoing]) -> None:
        """Send messages to a queue; returns when the broker has them all."""

    def dead_letters(self, queue: str, limit: int) -> AsyncIterator[DeadLetter]:
        """Take dead letters one by one; each is removed once the caller asks for the next."""

    async def peek_dead_letters(self, queue: str, limit: int) -> int:
        """How many dead letters lie in a queue, `limit` at most; none is taken."""

    async def holds_work(self, run_id: str) -> bool:
        """Whether any queue still holds a message of the active run, in sight, delayed, or being worked on."""

    async def close(self) -> None:
        """Close senders and connection."""

    async def send_events(self, events: Iterable[TaskDone]) -> None:
        """Report tasks that ended; returns when the broker has the reports."""
        await self.send(EVENT_QUEUE, [event_message(event) for event in events])


class ServiceBus(Bus):
    """The queues of a Service Bus namespace.

    Args:
        client: of the namespace; `close` closes it.
        lanes_per_source: sessions a source's tasks are spread over.
    """

    def __init__(self, client: ServiceBusClient, lanes_per_source: int) -> None:
        self._client = client
        self._lanes = lanes_per_source
        self._outboxes: dict[str, Outbox] = {}

    async def send_tasks(self, tasks: Iterable[FetchTask], delay_s: float = 0.0) -> None:
        """Send tasks to their sources' queues; returns when the broker has them."""
        by_queue: dict[str, list[Outgoing]] = defaultdict(list)
        for task in tasks:
            by_queue[TASK_QUEUES[task.source]].append(task_message(task, self._lane(task), delay_s))
        await asyncio.gather(*(self.send(queue, messages) for queue, messages in by_queue.items()))

    async def send(self, queue: str, messages: Sequence[Outgoing]) -> None:
        """Send messages to a queue; returns when the broker has them all."""
        if not messages:
            return
        if queue not in self._outboxes:
            self._outboxes[queue] = Outbox(partial(self._client.get_queue_sender, queue))
        with _own_errors():
            await self._outboxes[queue].send(messages)

    async def dead_letters(self, queue: str, limit: int) -> AsyncIterator[DeadLetter]:
        """Take dead letters one by one; each is removed once the caller asks for the next."""
        receiver = self._client.get_queue_receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER)
        with _own_errors():
            async with receiver:
                for message in await receiver.receive_messages(limit, max_wait_time=DEAD_LETTER_WAIT_S):
                    yield DeadLetter(
                        queue=queue,
                        body=b"".join(message.body),
                        message_id=str(message.message_id),
                        sequence_number=message.sequence_number or 0,
                        reason=_reason(message.dead_letter_reason, message.dead_letter_error_description),
                        delivery_count=message.delivery_count or 0,
                        properties=_texts(message.application_properties),
                        session_id=message.session_id or "",
                    )
                    await receiver.complete_message(message)

    async def peek_dead_letters(self, queue: str, limit: int) -> int:
        """How many dead letters lie in a queue, `limit` at most; none is taken."""
        receiver = self._client.get_queue_receiver(queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER)
        with _own_errors():
            async with receiver:
                return len(await receiver.peek_messages(limit))

    async def holds_work(self, run_id: str) -> bool:
        """Whether any queue still holds a message of the active run, in sight, delayed, or being worked on.

        Sessions are looked at one by one: one that is locked is being worked on, so it counts as holding work.
        """
        sessions = [(EVENT_QUEUE, run_id)]
        for source, queue in TASK_QUEUES.items():
            sessions += [(queue, lane) for lane in lane_names(source, self._lanes)]
        for queue, session in sessions:
            if await self._session_holds_work(queue, session):
                return True
        return False

    async def _session_holds_work(self, queue: str, session: str) -> bool:
        receiver = self._client.get_queue_receiver(queue, session_id=session, max_wait_time=RECEIVE_WAIT_S)
        with _own_errors():
            try:
                async with receiver:
                    return bool(await receiver.peek_messages(1))
            except SessionCannotBeLockedError:
                return True
            except OperationTimeoutError:
                return False

    async def close(self) -> None:
        """Close senders and connection."""
        for outbox in self._outboxes.values():
            await outbox.close()
        await self._client.close()

    def _lane(self, task: FetchTask) -> str:
        """The session that carries a task: the source's name, numbered when it has several lanes."""
        lanes = lane_names(task.source, self._lanes)
        return lanes[int(task.task_id[-6:], 16) % len(lanes)]


def decode_body(body: bytes | str) -> str:
    """A message's JSON text; the Functions host may hand a JSON body over as a JSON string of itself."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError:  # whoever reads the message judges it
        return text


@contextmanager
def _own_errors() -> Iterator[None]:
    """Turn the SDK's errors into ours; only a message that is too big will never be taken."""
    try:
        yield
    except AzureError as error:
        is_passing = not isinstance(error, MessageSizeExceededError)
        raise QueuesUnavailable("the queues", type(error).__name__, is_passing) from error


def _reason(reason: str | None, description: str | None) -> str:
    return ": ".join(part for part in (reason, description) if part) or "no reason given"


def _texts(properties: Mapping[str | bytes, object] | None) -> dict[str, str]:
    return {_text(key): _text(value) for key, value in (properties or {}).items()}


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
