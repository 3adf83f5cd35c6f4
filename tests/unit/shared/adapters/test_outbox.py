"""The outbox: sends that wait travel together, and none waits for a broker that does not answer another."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.exceptions import ServiceBusConnectionError

from shared.adapters.outbox import MOST_UNANSWERED, REST_S, Outbox, Outgoing
from shared.errors import QueuesUnavailable
from tests.fakes import FakeClock


class Batch(list[str]):
    """What the SDK calls a batch: the ids of its messages."""

    def add_message(self, message: ServiceBusMessage) -> None:
        self.append(str(message.message_id))


class Broker:
    """Senders of a queue, and what arrived; a send of a silent message is never answered."""

    def __init__(self) -> None:
        self.arrived: list[list[str]] = []
        self.silent: set[str] = set()
        self.refused: set[str] = set()
        self.opened = self.closed = 0

    def open_sender(self) -> Any:
        self.opened += 1
        return Sender(self)


class Sender:
    """As the SDK's, over the broker above."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def create_message_batch(self) -> Batch:
        return Batch()

    async def send_messages(self, batch: Batch) -> None:
        await asyncio.sleep(0)
        if self._broker.refused & set(batch):
            raise ServiceBusConnectionError(message="refused")
        if self._broker.silent & set(batch):
            await asyncio.Event().wait()
        self._broker.arrived.append(list(batch))

    async def close(self) -> None:
        self._broker.closed += 1


def one(message_id: str) -> list[Outgoing]:
    return [Outgoing("{}", message_id, "s")]


async def test_what_waits_at_the_same_time_travels_together() -> None:
    """Ten callers at once are one send, or two when the first was already on its way."""
    broker = Broker()
    outbox = Outbox(broker.open_sender)
    await asyncio.gather(*(outbox.send(one(f"m{n}")) for n in range(10)))
    assert sorted(chain(*broker.arrived)) == sorted(f"m{n}" for n in range(10))
    assert len(broker.arrived) <= 2 and broker.opened == 1
    await outbox.close()
    assert broker.closed == 1


async def test_an_unanswered_send_blocks_nobody_but_its_own_messages() -> None:
    """The first transfer is never answered: those behind it arrive, it alone fails when its time is up."""
    broker = Broker()
    broker.silent.add("stuck")
    outbox = Outbox(broker.open_sender, limit_s=0.5, stall_s=0.01)
    stuck = asyncio.create_task(outbox.send(one("stuck")))
    await asyncio.sleep(0)
    await asyncio.gather(*(outbox.send(one(f"m{n}")) for n in range(3)))
    assert not stuck.done(), "the others did not wait for it"
    with pytest.raises(QueuesUnavailable):
        await stuck
    broker.silent.clear()
    await outbox.send(one("stuck"))
    assert {"stuck", "m0", "m1", "m2"} == set(chain(*broker.arrived))
    await outbox.close()
    assert broker.closed == broker.opened


async def test_only_so_many_sends_wait_for_an_answer() -> None:
    """A broker that answers nothing is not flooded with links."""
    broker = Broker()
    broker.silent |= {f"m{n}" for n in range(20)}
    outbox = Outbox(broker.open_sender, limit_s=0.05, stall_s=0.001)

    async def later(number: int) -> None:
        await asyncio.sleep(number / 500)
        await outbox.send(one(f"m{number}"))

    results = await asyncio.gather(*(later(n) for n in range(20)), return_exceptions=True)
    assert {type(result) for result in results} == {QueuesUnavailable}
    assert MOST_UNANSWERED <= broker.opened <= 20
    await outbox.close()


async def test_a_refused_send_fails_its_own_callers() -> None:
    """What the broker refuses is told to those who sent it, and the next send works."""
    broker = Broker()
    broker.refused.add("bad")
    outbox = Outbox(broker.open_sender)
    with pytest.raises(ServiceBusConnectionError):
        await outbox.send(one("bad"))
    await outbox.send(one("good"))
    assert broker.arrived == [["good"]]


async def test_a_link_that_rested_is_not_used_again() -> None:
    """The service detaches a link after ten minutes; a new one is there before."""
    broker, clock = Broker(), FakeClock()
    outbox = Outbox(broker.open_sender, clock=clock)
    for rest_s in (0, REST_S - 1, REST_S + 1):
        clock.advance(rest_s)
        await outbox.send(one(f"after-{rest_s}"))
    assert broker.opened == 2
    await outbox.close()
    assert broker.closed == 2
