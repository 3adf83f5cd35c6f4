"""Dead letters: messages that could not be read, or whose handling failed at every delivery."""

from __future__ import annotations

import asyncio
import json
import logging

from shared.adapters.bus import EVENT_QUEUE, QUEUES, Bus, DeadLetter
from shared.adapters.outbox import Outgoing
from shared.adapters.telemetry import following, traceparent_of
from shared.alerting.alerter import Alerter
from shared.errors import InvalidMessage
from shared.ingestion.failed_tasks import FailedTasks
from shared.ingestion.reports import failure_of
from shared.messages.events import TaskDone
from shared.messages.tasks import FetchTask
from shared.runs.store import RunStore

DEAD_LETTERS_AT_ONCE = 500
REDRIVEN = "redriven"
TOO_OFTEN = "MaxDeliveryCountExceeded"
log = logging.getLogger(__name__)


class DeadLetterDrain:
    """Empties the dead-letter queues: what was delivered too often gets one more chance, then its task fails."""

    def __init__(self, bus: Bus, runs: RunStore, failed_tasks: FailedTasks, alerter: Alerter) -> None:
        self._bus = bus
        self._runs = runs
        self._failed_tasks = failed_tasks
        self._alerter = alerter

    async def drain(self) -> int:
        """Take what lies in all dead-letter queues; returns how many messages it was."""
        counts = await asyncio.gather(*(self._drain_queue(queue) for queue in QUEUES))
        if sum(counts):
            log.error("%d dead letters were taken", sum(counts))
            await self._alerter.note_dead_letters(sum(counts))
        return sum(counts)

    async def _drain_queue(self, queue: str) -> int:
        count = 0
        async for letter in self._bus.dead_letters(queue, DEAD_LETTERS_AT_ONCE):
            with following(traceparent_of(letter.properties)):
                await self._handle(letter)
            count += 1
        return count

    async def _handle(self, letter: DeadLetter) -> None:
        try:
            if letter.queue == EVENT_QUEUE:
                event = TaskDone.from_json(letter.body)
                if REDRIVEN in letter.properties:
                    raise InvalidMessage(REDRIVEN, "the event became a dead letter twice")
                await self._redrive(letter, event.run_id)
            else:
                await self._handle_task(letter, FetchTask.from_json(letter.body))
        except InvalidMessage as error:
            body = letter.body.decode(errors="replace")
            await self._failed_tasks.keep_unreadable(letter.message_id, body, f"{letter.reason}; {error}")
            await self._report_failure(letter, body)

    async def _handle_task(self, letter: DeadLetter, task: FetchTask) -> None:
        """An outage of our own uses deliveries up as a poisonous task does; only the latter fails twice."""
        is_outworn = letter.reason.startswith(TOO_OFTEN) and REDRIVEN not in letter.properties
        if is_outworn and await self._is_active(task.run_id):
            await self._redrive(letter, letter.session_id or task.source)
        else:
            await self._fail(letter, task)

    async def _is_active(self, run_id: str) -> bool:
        run = await self._runs.find(run_id)
        return run is not None and run.is_active

    async def _fail(self, letter: DeadLetter, task: FetchTask) -> None:
        reason = f"dead letter after {letter.delivery_count} deliveries: {letter.reason}"
        await self._failed_tasks.keep(task, reason)
        await self._bus.send_events([failure_of(task, reason)])

    async def _redrive(self, letter: DeadLetter, session_id: str) -> None:
        message = Outgoing(
            letter.body.decode(),
            f"{letter.message_id}:{REDRIVEN}",
            session_id,
            properties={**letter.properties, REDRIVEN: "1"},
        )
        await self._bus.send(letter.queue, [message])

    async def _report_failure(self, letter: DeadLetter, body: str) -> None:
        """Report an unreadable task as failed, if at least its ids can be read."""
        event = failure_in(body, f"unreadable message: {letter.reason}")
        if event is not None and letter.queue != EVENT_QUEUE:
            await self._bus.send_events([event])


def failure_in(body: str, reason: str) -> TaskDone | None:
    """The failure report of a task whose message is broken but still names its run and task."""
    try:
        value = json.loads(body)
        return TaskDone(
            run_id=value["run_id"],
            task_id=value["task_id"],
            kind=str(value["task_id"]).split("-", 1)[0],
            outcome="failed",
            reason=reason,
        )
    except (ValueError, TypeError, KeyError):
        return None
