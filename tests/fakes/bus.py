"""The queues in memory: duplicate detection, delays that are only noted, dead letters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence

from shared.adapters.bus import (
    EVENT_QUEUE,
    QUEUES,
    TASK_QUEUES,
    Bus,
    DeadLetter,
    Delivery,
    task_message,
)
from shared.adapters.outbox import Outgoing
from shared.adapters.telemetry import traceparent_of
from shared.errors import QueuesUnavailable
from shared.messages.events import TaskDone
from shared.messages.tasks import FetchTask

Queued = Outgoing


class BusDown(QueuesUnavailable):
    """The broker is out of reach."""

    def __init__(self) -> None:
        super().__init__("the broker is out of reach", "BusDown")


class FakeBus(Bus):
    """The queues without a broker.

    Attributes:
        queues: what lies in each queue.
        dead: what lies in the dead-letter queues.
        is_down: whether sends fail.
    """

    def __init__(self) -> None:
        self.queues: dict[str, list[Queued]] = defaultdict(list)
        self.dead: list[DeadLetter] = []
        self.is_down = False
        self._seen: set[tuple[str, str]] = set()

    async def send_tasks(self, tasks: Iterable[FetchTask], delay_s: float = 0.0) -> None:
        """Send tasks to their sources' queues."""
        for task in tasks:
            await self.send(TASK_QUEUES[task.source], [task_message(task, task.source, delay_s)])

    async def send(self, queue: str, messages: Sequence[Outgoing]) -> None:
        """Send messages to a queue; a message id that was seen before is dropped."""
        if self.is_down and messages:
            raise BusDown
        for message in messages:
            if (queue, message.message_id) not in self._seen:
                self._seen.add((queue, message.message_id))
                self.queues[queue].append(message)

    async def dead_letters(self, queue: str, limit: int) -> AsyncIterator[DeadLetter]:
        """Take dead letters one by one; each is removed once the caller asks for the next."""
        for letter in [letter for letter in self.dead if letter.queue == queue][:limit]:
            yield letter
            self.dead.remove(letter)

    async def peek_dead_letters(self, queue: str, limit: int) -> int:
        """How many dead letters lie in a queue."""
        if self.is_down:
            raise BusDown
        return len([letter for letter in self.dead if letter.queue == queue][:limit])

    async def holds_work(self, run_id: str) -> bool:
        """Whether any queue still holds a message."""
        return bool(self.sent)

    async def close(self) -> None:
        """Nothing to close."""

    def take(self, queue: str, count: int | None = None) -> list[Delivery]:
        """Take messages off a queue, for tests."""
        waiting = self.queues[queue]
        taken = waiting[:count]
        self.queues[queue] = waiting[len(taken) :]
        return [
            Delivery(
                message.body,
                message.message_id,
                traceparent=traceparent_of(message.properties),
                session_id=message.session_id,
            )
            for message in taken
        ]

    def forget_duplicates(self) -> None:
        """Let the window of duplicate detection pass, for tests."""
        self._seen.clear()

    @property
    def sent(self) -> list[Queued]:
        """All messages in all queues."""
        return [message for queue in QUEUES for message in self.queues[queue]]

    @property
    def tasks(self) -> list[FetchTask]:
        """The tasks in the queues."""
        queues = TASK_QUEUES.values()
        return [FetchTask.from_json(message.body) for queue in queues for message in self.queues[queue]]

    @property
    def events(self) -> list[TaskDone]:
        """The events in the queue."""
        return [TaskDone.from_json(message.body) for message in self.queues[EVENT_QUEUE]]

    @property
    def delays_s(self) -> list[float]:
        """The delays of the tasks in the queues."""
        return [message.delay_s for queue in TASK_QUEUES.values() for message in self.queues[queue]]
