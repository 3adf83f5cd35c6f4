"""Outgoing messages: those that wait at the same time are sent together, one sender a queue."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusSender
from azure.servicebus.exceptions import MessageSizeExceededError


@dataclass(frozen=True)
class Outgoing:
    """A message to send: `delay_s` keeps it out of sight that long."""

    body: str
    message_id: str
    session_id: str
    delay_s: float = 0.0
    properties: Mapping[str, str] = field(default_factory=dict)


class Outbox:
    """The one sender of a queue; callers' messages are gathered while it is busy."""

    def __init__(self, sender: ServiceBusSender) -> None:
        self._sender = sender
        self._waiting: list[tuple[Sequence[Outgoing], asyncio.Future[None]]] = []
        self._pump: asyncio.Task[None] | None = None

    async def send(self, messages: Sequence[Outgoing]) -> None:
        """Send messages with the others that wait; returns when the broker has them."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((messages, done))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._run())
        await done

    async def close(self) -> None:
        """Wait for what is being sent, and close the sender."""
        if self._pump is not None:
            await asyncio.wait([self._pump])
        await self._sender.close()

    async def _run(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            try:
                await self._send_all([message for messages, _ in waiting for message in messages])
            except Exception as error:  # whatever went wrong belongs to the callers that wait
                _settle(waiting, error)
            else:
                _settle(waiting, None)

    async def _send_all(self, messages: Sequence[Outgoing]) -> None:
        by_session: dict[str, list[Outgoing]] = defaultdict(list)
        for message in messages:
            by_session[message.session_id].append(message)
        for session_messages in by_session.values():
            await self._send_session(session_messages)

    async def _send_session(self, messages: Sequence[Outgoing]) -> None:
        batch = await self._sender.create_message_batch()
        count = 0
        for message in messages:
            ready = _to_servicebus(message)
            try:
                batch.add_message(ready)
            except MessageSizeExceededError:
                if count == 0:
                    raise
                await self._sender.send_messages(batch)
                batch, count = await self._sender.create_message_batch(), 0
                batch.add_message(ready)
            count += 1
        await self._sender.send_messages(batch)


def _settle(
    waiting: Iterable[tuple[Sequence[Outgoing], asyncio.Future[None]]], error: Exception | None
) -> None:
    for _, done in waiting:
        if done.cancelled():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


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
