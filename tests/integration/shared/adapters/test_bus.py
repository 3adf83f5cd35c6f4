"""The bus against the AMQP emulator, with the queues as they are deployed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from azure.servicebus.aio import ServiceBusClient

from local.machine.servers import servicebus_connection_string
from shared.adapters.bus import EVENT_QUEUE, QUEUES, Bus, ServiceBus
from shared.adapters.outbox import Outgoing
from shared.errors import QueuesUnavailable
from shared.messages.events import TaskDone
from shared.messages.tasks import FetchTask, ReleaseParams
from tests.builders.emulators import servicebus
from tests.fakes.simulated import TODAY

ROOT = Path(__file__).parents[4]
RUN = "20261120T063000Z-7f3a"
DISCOGS = "discogs-fetch"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The connection string of an emulator that is shared by the tests of this file."""
    with servicebus(tmp_path_factory.mktemp("servicebus")) as emulator:
        yield servicebus_connection_string(emulator.port)


@pytest.fixture
async def client(server: str) -> AsyncIterator[ServiceBusClient]:
    """A client on empty queues."""
    async with ServiceBusClient.from_connection_string(server, retry_total=0) as client:
        yield client


@pytest.fixture
async def bus(server: str) -> AsyncIterator[Bus]:
    """A bus that does not try again, so that refusals come at once."""
    bus = ServiceBus(ServiceBusClient.from_connection_string(server, retry_total=0), lanes_per_source=1)
    yield bus
    await bus.close()


_next_id = iter(range(1, 10**6))


def new_tasks(count: int) -> list[FetchTask]:
    """Tasks nobody has sent before, so that duplicate detection lets them through."""
    return [FetchTask.create(RUN, TODAY, ReleaseParams(release_id=next(_next_id))) for _ in range(count)]


async def receive(client: ServiceBusClient, queue: str, session: str, count: int) -> list[str]:
    """Take messages off a session until there are as many, or none came for a while."""
    found: list[str] = []
    async with client.get_queue_receiver(queue, session_id=session) as receiver:
        while len(found) < count:
            batch = await receiver.receive_messages(count - len(found), max_wait_time=5)
            if not batch:
                break
            for message in batch:
                found.append(str(message))
                await receiver.complete_message(message)
    return found


async def test_tasks_travel_in_their_sources_lane(bus: Bus, client: ServiceBusClient) -> None:
    """Three tasks of Discogs arrive in the session of that name, in order."""
    tasks = new_tasks(3)
    await bus.send_tasks(tasks)
    bodies = await receive(client, DISCOGS, "discogs", 3)
    assert [FetchTask.from_json(body) for body in bodies] == tasks


async def test_a_task_sent_twice_arrives_once(bus: Bus, client: ServiceBusClient) -> None:
    """Duplicate detection goes by task and attempt; another attempt is another message."""
    (task,) = new_tasks(1)
    await bus.send_tasks([task])
    await bus.send_tasks([task, task.untouched(), task.next_attempt()])
    bodies = await receive(client, DISCOGS, "discogs", 3)
    assert sorted(FetchTask.from_json(body).message_id for body in bodies) == sorted(
        one.message_id for one in (task, task.untouched(), task.next_attempt())
    )


async def test_many_senders_at_once_all_get_through(bus: Bus, client: ServiceBusClient) -> None:
    """200 tasks sent by 200 callers at the same time arrive, each once."""
    tasks = new_tasks(200)
    await asyncio.gather(*(bus.send_tasks([task]) for task in tasks))
    bodies = await receive(client, DISCOGS, "discogs", 200)
    assert sorted(FetchTask.from_json(body).task_id for body in bodies) == sorted(
        task.task_id for task in tasks
    )


async def test_more_than_a_batch_takes_is_sent_in_several(bus: Bus, client: ServiceBusClient) -> None:
    """A megabyte of messages goes in batches of what the broker permits."""
    messages = [Outgoing(json.dumps({"n": n, "x": "x" * 100_000}), f"large-{n}", "large") for n in range(12)]
    await bus.send(EVENT_QUEUE, messages)
    bodies = await receive(client, EVENT_QUEUE, "large", 12)
    assert [json.loads(body)["n"] for body in bodies] == list(range(12))


async def test_a_message_nobody_takes_fails_its_sender_only(bus: Bus, client: ServiceBusClient) -> None:
    """Too large for any batch: its caller is told, and the next send works."""
    with pytest.raises(QueuesUnavailable, match="MessageSizeExceededError"):
        await bus.send(EVENT_QUEUE, [Outgoing("x" * 3_000_000, "huge", "huge")])
    await bus.send(EVENT_QUEUE, [Outgoing("{}", "small", "after-huge")])
    assert await receive(client, EVENT_QUEUE, "after-huge", 1) == ["{}"]


async def test_events_are_kept_apart_by_run(bus: Bus, client: ServiceBusClient) -> None:
    """The session of an event is its run."""
    events = [
        TaskDone(run_id=run, task_id=f"discogs.release-{run}", kind="discogs.release", outcome="landed")
        for run in ("run-a", "run-b")
    ]
    await bus.send_events(events)
    await bus.send_events([])
    for event in events:
        assert [TaskDone.from_json(b) for b in await receive(client, EVENT_QUEUE, event.run_id, 1)] == [event]


async def test_a_delayed_task_comes_later(bus: Bus, client: ServiceBusClient) -> None:
    """Sent with a delay it comes after one that was sent later without."""
    late, soon = new_tasks(2)
    await bus.send_tasks([late], delay_s=1.5)
    await bus.send_tasks([soon])
    bodies = await receive(client, DISCOGS, "discogs", 2)
    assert [FetchTask.from_json(body) for body in bodies] == [soon, late]


async def test_lanes_share_a_sources_tasks(server: str, client: ServiceBusClient) -> None:
    """With three lanes every task is in exactly one of them, and none is empty."""
    bus = ServiceBus(ServiceBusClient.from_connection_string(server), lanes_per_source=3)
    tasks = new_tasks(30)
    await bus.send_tasks(tasks)
    found = []
    for lane in range(3):
        mine = [t for t in tasks if int(t.task_id[-6:], 16) % 3 == lane]
        bodies = await receive(client, DISCOGS, f"discogs-{lane}", len(mine))
        found += [FetchTask.from_json(body).task_id for body in bodies]
    assert sorted(found) == sorted(task.task_id for task in tasks)
    await bus.close()


async def test_dead_letters_are_taken_one_by_one(bus: Bus, client: ServiceBusClient) -> None:
    """Body, reason and properties come through, in order, and what was taken is gone."""
    await bus.send(
        EVENT_QUEUE, [Outgoing(f"letter {n}", f"dead-{n}", "dead", properties={"n": str(n)}) for n in (1, 2)]
    )
    async with client.get_queue_receiver(EVENT_QUEUE, session_id="dead") as receiver:
        for message in await receiver.receive_messages(2, max_wait_time=5):
            await receiver.dead_letter_message(message, reason="Broken", error_description="on purpose")
    letters = []
    for _ in range(2):
        letters += [letter async for letter in bus.dead_letters(EVENT_QUEUE, 1)]
    assert [(x.queue, x.body, x.message_id) for x in letters] == [
        (EVENT_QUEUE, b"letter 1", "dead-1"),
        (EVENT_QUEUE, b"letter 2", "dead-2"),
    ]
    assert {letter.reason for letter in letters} == {"Broken: on purpose"}
    assert [letter.properties["n"] for letter in letters] == ["1", "2"]


async def test_whether_any_queue_still_holds_work(bus: Bus, client: ServiceBusClient) -> None:
    """Empty queues hold none; in somebody's hands or delayed, a message is work."""
    assert not await bus.holds_work("idle-run")
    async with client.get_queue_receiver(EVENT_QUEUE, session_id="busy-run") as receiver:
        assert await bus.holds_work("busy-run")
        assert await receiver.peek_messages(1) == []
    await bus.send_tasks(new_tasks(1), delay_s=600)
    assert await bus.holds_work("waiting-run")


async def test_a_queue_that_is_not_there_fails_the_sender(bus: Bus) -> None:
    """Whoever sends is told; nobody waits for ever."""
    with pytest.raises(QueuesUnavailable, match="MessagingEntityNotFoundError"):
        await asyncio.wait_for(bus.send("no-such-queue", [Outgoing("{}", "m", "s")]), timeout=20)
    assert "no-such-queue" not in QUEUES
