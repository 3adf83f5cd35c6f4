"""Queues without sessions, as azure-servicebus sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import ServiceBusClient as SyncClient
from azure.servicebus import ServiceBusMessage, ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessageNotFoundError,
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusError,
)

from tests.integration.local.servicebus.emulator import Emulator, bodies, send

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("emulator")]


async def test_message_arrives_as_it_was_sent(client: ServiceBusClient) -> None:
    """Body, properties and annotations come through, and the broker adds its own."""
    message = ServiceBusMessage(
        b'{"a": 1}',
        message_id="one",
        subject="task",
        correlation_id="run",
        content_type="application/json",
        application_properties={"attempt": 1, "source": "tmdb", "share": 0.5, "last": True},
    )
    await send(client, "plain", message)
    async with client.get_queue_receiver("plain") as receiver:
        [received] = await receiver.receive_messages(max_wait_time=5)
        assert (b"".join(received.body), received.message_id, received.subject) == (
            b'{"a": 1}',
            "one",
            "task",
        )
        assert (received.correlation_id, received.content_type) == ("run", "application/json")
        assert received.application_properties == {
            b"attempt": 1, b"source": b"tmdb", b"share": 0.5, b"last": True,
        }  # fmt: skip
        assert (received.sequence_number or 0) > 0
        assert received.delivery_count == 0
        assert abs(datetime.now(UTC) - received.enqueued_time_utc) < timedelta(minutes=1)
        assert received.locked_until_utc > datetime.now(UTC)
        await receiver.complete_message(received)


async def test_completed_messages_are_gone(client: ServiceBusClient, emulator: Emulator) -> None:
    """A completed message is never delivered again."""
    await send(client, "plain", *(ServiceBusMessage(str(i)) for i in range(30)))
    async with client.get_queue_receiver("plain") as receiver:
        messages = await receiver.receive_messages(100, max_wait_time=5)
        assert bodies(messages) == [str(i) for i in range(30)]
        for message in messages:
            await receiver.complete_message(message)
    assert emulator.stats("plain") == {
        "scheduled": 0, "active": 0, "locked": 0, "deferred": 0, "dead_letter": 0,
        "duplicates_dropped": 0, "completed": 30, "lock_lost": 0, "delivered": 30,
    }  # fmt: skip


async def test_receive_and_delete(client: ServiceBusClient, emulator: Emulator) -> None:
    """In receive-and-delete mode delivery is the end of a message."""
    await send(client, "plain", ServiceBusMessage("a"), ServiceBusMessage("b"))
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    async with client.get_queue_receiver("plain", receive_mode=mode) as receiver:
        assert bodies(await receiver.receive_messages(10, max_wait_time=5)) == ["a", "b"]
    assert emulator.stats("plain")["completed"] == 2


async def test_abandoned_message_comes_back_first(client: ServiceBusClient) -> None:
    """An abandoned message keeps its place in the order and counts a delivery."""
    await send(client, "plain", ServiceBusMessage("a"), ServiceBusMessage("b"))
    async with client.get_queue_receiver("plain") as receiver:
        [first] = await receiver.receive_messages(max_wait_time=5)
        await receiver.abandon_message(first)
        again = await receiver.receive_messages(2, max_wait_time=5)
        assert [(str(m), m.delivery_count) for m in again] == [("a", 1), ("b", 0)]


async def test_dead_letter_carries_its_reason(client: ServiceBusClient, emulator: Emulator) -> None:
    """A dead-lettered message is in the dead-letter queue with reason, description and its properties."""
    await send(client, "plain", ServiceBusMessage("a", application_properties={"k": "v"}))
    async with client.get_queue_receiver("plain") as receiver:
        [message] = await receiver.receive_messages(max_wait_time=5)
        await receiver.dead_letter_message(message, reason="unreadable", error_description="no JSON")
    assert emulator.stats("plain")["dead_letter"] == 1
    async with client.get_queue_receiver("plain", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as receiver:
        [letter] = await receiver.receive_messages(max_wait_time=5)
        assert (letter.dead_letter_reason, letter.dead_letter_error_description) == ("unreadable", "no JSON")
        assert letter.application_properties[b"k"] == b"v"
        await receiver.complete_message(letter)
    assert emulator.stats("plain")["dead_letter"] == 0


async def test_too_many_deliveries_dead_letter(client: ServiceBusClient) -> None:
    """A message is delivered MaxDeliveryCount times and then dead-lettered with that reason."""
    await send(client, "fragile", ServiceBusMessage("a"))
    async with client.get_queue_receiver("fragile") as receiver:
        for _ in range(2):
            [message] = await receiver.receive_messages(max_wait_time=5)
            await receiver.abandon_message(message)
    async with client.get_queue_receiver("fragile", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as receiver:
        [letter] = await receiver.receive_messages(max_wait_time=5)
        assert letter.dead_letter_reason == "MaxDeliveryCountExceeded"


async def test_expired_messages_dead_letter(client: ServiceBusClient, emulator: Emulator) -> None:
    """The queue's time to live and the message's own both end in the dead letters."""
    own = ServiceBusMessage("own", time_to_live=timedelta(milliseconds=200))
    await send(client, "perishable", ServiceBusMessage("queue's"), own)
    await emulator.until("perishable", dead_letter=2, active=0)
    async with client.get_queue_receiver("perishable", sub_queue=ServiceBusSubQueue.DEAD_LETTER) as receiver:
        letters = await receiver.receive_messages(2, max_wait_time=5)
        assert bodies(letters) == ["own", "queue's"]
        assert {letter.dead_letter_reason for letter in letters} == {"TTLExpiredException"}


async def test_expired_message_is_dropped_without_dead_lettering(
    client: ServiceBusClient, emulator: Emulator
) -> None:
    """Where the queue does not dead-letter on expiry, an expired message just goes."""
    await send(client, "plain", ServiceBusMessage("a", time_to_live=timedelta(milliseconds=100)))
    await emulator.until("plain", active=0, dead_letter=0)


async def test_duplicates_are_accepted_and_dropped(client: ServiceBusClient, emulator: Emulator) -> None:
    """A message id seen within the window is accepted and not kept, also across sends and batches."""
    await send(
        client, "unique", ServiceBusMessage("a", message_id="1"), ServiceBusMessage("b", message_id="2")
    )
    await send(client, "unique", ServiceBusMessage("a again", message_id="1"))
    async with client.get_queue_receiver("unique") as receiver:
        messages = await receiver.receive_messages(10, max_wait_time=5)
        assert bodies(messages) == ["a", "b"]
        for message in messages:
            await receiver.complete_message(message)
    await send(client, "unique", ServiceBusMessage("b again", message_id="2"))
    stats = emulator.stats("unique")
    assert (stats["duplicates_dropped"], stats["active"]) == (2, 0)


async def test_scheduled_messages_appear_on_time(client: ServiceBusClient, emulator: Emulator) -> None:
    """Scheduled by annotation or by request, a message is received after its time and not before."""
    async with client.get_queue_sender("plain") as sender:
        due = datetime.now(UTC) + timedelta(seconds=1.5)
        await sender.send_messages(ServiceBusMessage("annotated", scheduled_enqueue_time_utc=due))
        await sender.schedule_messages(ServiceBusMessage("requested"), due)
        assert emulator.stats("plain")["scheduled"] == 2
    await emulator.until("plain", scheduled=0, active=2)
    async with client.get_queue_receiver("plain") as receiver:
        messages = await receiver.receive_messages(2, max_wait_time=10)
    assert sorted(bodies(messages)) == ["annotated", "requested"]
    assert all(m.enqueued_time_utc >= due - timedelta(milliseconds=2) for m in messages)


async def test_cancelled_schedule_never_appears(client: ServiceBusClient, emulator: Emulator) -> None:
    """A scheduled message can be taken back once, by its sequence number."""
    async with client.get_queue_sender("plain") as sender:
        due = datetime.now(UTC) + timedelta(hours=1)
        numbers = await sender.schedule_messages([ServiceBusMessage("a"), ServiceBusMessage("b")], due)
        await sender.cancel_scheduled_messages(numbers[0])
        assert emulator.stats("plain")["scheduled"] == 1
        with pytest.raises(MessageNotFoundError):
            await sender.cancel_scheduled_messages(numbers[0])


async def test_deferred_message_is_received_by_number(client: ServiceBusClient, emulator: Emulator) -> None:
    """A deferred message is set aside until it is asked for by its sequence number."""
    await send(client, "plain", ServiceBusMessage("a"))
    async with client.get_queue_receiver("plain") as receiver:
        [message] = await receiver.receive_messages(max_wait_time=5)
        await receiver.defer_message(message)
        await emulator.until("plain", deferred=1, active=0)
        [deferred] = await receiver.receive_deferred_messages(message.sequence_number)
        assert str(deferred) == "a"
        await receiver.complete_message(deferred)
        with pytest.raises(MessageNotFoundError):
            await receiver.receive_deferred_messages(message.sequence_number)


async def test_peek_locks_nothing(client: ServiceBusClient, emulator: Emulator) -> None:
    """Peeking goes through the queue by sequence number, in pages, and changes nothing."""
    await send(client, "plain", *(ServiceBusMessage(str(i)) for i in range(5)))
    async with client.get_queue_receiver("plain") as receiver:
        pages = [
            await receiver.peek_messages(3),
            await receiver.peek_messages(3),
            await receiver.peek_messages(3),
        ]
        assert [bodies(page) for page in pages] == [["0", "1", "2"], ["3", "4"], []]
    assert emulator.stats("plain")["delivered"] == 0


async def test_renewed_lock_outlives_its_first_end(client: ServiceBusClient, emulator: Emulator) -> None:
    """Renewing extends a message lock; without it the message comes back and settling it is refused."""
    await send(client, "brief-lock", ServiceBusMessage("kept"), ServiceBusMessage("lost"))
    async with client.get_queue_receiver("brief-lock") as receiver:
        kept, lost = await receiver.receive_messages(2, max_wait_time=5)
        first_end = kept.locked_until_utc
        while emulator.stats("brief-lock")["lock_lost"] == 0:
            await receiver.renew_message_lock(kept)
        assert kept.locked_until_utc > first_end
        await receiver.complete_message(kept)
        with pytest.raises(MessageLockLostError):
            await receiver.complete_message(lost)
        [again] = await receiver.receive_messages(max_wait_time=5)
        assert (str(again), again.delivery_count) == ("lost", 1)


async def test_oversized_messages_are_refused(client: ServiceBusClient, emulator: Emulator) -> None:
    """256 KB is the limit of a message; the link says so and nothing is kept."""
    async with client.get_queue_sender("plain") as sender:
        await sender.send_messages(ServiceBusMessage(b"x" * 250_000))
        assert (await sender.create_message_batch()).max_size_in_bytes == 256 * 1024
        with pytest.raises(MessageSizeExceededError):
            await sender.send_messages(ServiceBusMessage(b"x" * 262_144))
    assert emulator.stats("plain")["active"] == 1


async def test_large_messages_come_through_whole(client: ServiceBusClient) -> None:
    """A message of many network packets arrives byte for byte."""
    body = bytes(range(256)) * 900
    await send(client, "plain", ServiceBusMessage(body))
    async with client.get_queue_receiver("plain") as receiver:
        [message] = await receiver.receive_messages(max_wait_time=5)
        assert b"".join(message.body) == body


async def test_unknown_queue_is_named(client: ServiceBusClient) -> None:
    """A queue that is not in the configuration is refused to senders and receivers by name."""
    with pytest.raises(MessagingEntityNotFoundError, match="nowhere"):
        await send(client, "nowhere", ServiceBusMessage("a"))
    with pytest.raises(MessagingEntityNotFoundError, match="nowhere"):
        async with client.get_queue_receiver("nowhere") as receiver:
            await receiver.receive_messages(max_wait_time=1)


async def test_session_receiver_needs_a_session_queue(client: ServiceBusClient) -> None:
    """A queue without sessions refuses session receivers."""
    with pytest.raises(ServiceBusError, match="does not use sessions"):
        async with client.get_queue_receiver("plain", session_id="a") as receiver:
            await receiver.receive_messages(max_wait_time=1)


async def test_two_receivers_share_a_queue(client: ServiceBusClient) -> None:
    """Competing receivers get different messages."""
    async with client.get_queue_receiver("plain") as one, client.get_queue_receiver("plain") as other:
        await send(client, "plain", *(ServiceBusMessage(str(i)) for i in range(20)))
        first = await one.receive_messages(10, max_wait_time=5)
        second = await other.receive_messages(10, max_wait_time=5)
        assert sorted(bodies([*first, *second]), key=int) == [str(i) for i in range(20)]


async def test_prefetched_messages_are_given_back_on_close(
    client: ServiceBusClient, emulator: Emulator
) -> None:
    """What a receiver fetched ahead and never handed out returns without counting a delivery."""
    await send(client, "plain", *(ServiceBusMessage(str(i)) for i in range(20)))
    async with client.get_queue_receiver("plain", prefetch_count=20) as receiver:
        [first] = await receiver.receive_messages(1, max_wait_time=5)
        await receiver.complete_message(first)
    await emulator.until("plain", active=19, locked=0)
    async with client.get_queue_receiver("plain") as receiver:
        messages = await receiver.receive_messages(20, max_wait_time=5)
        assert [m.delivery_count for m in messages] == [0] * 19


@pytest.mark.filterwarnings("ignore:.*is not an async function")
def test_sync_client_works_too(emulator: Emulator) -> None:
    """The synchronous client sends, iterates and settles."""
    with SyncClient.from_connection_string(emulator.connection_string, retry_total=0) as client:
        with client.get_queue_sender("plain") as sender:
            sender.send_messages([ServiceBusMessage(str(i)) for i in range(5)])
        with client.get_queue_receiver("plain", max_wait_time=1) as receiver:
            seen = []
            for message in receiver:
                seen.append(str(message))
                receiver.complete_message(message)
    assert seen == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("credit", [1, 1000])
async def test_receivers_get_no_more_than_they_asked_for(
    client: ServiceBusClient, emulator: Emulator, credit: int
) -> None:
    """A receive of n takes at most n messages out of the queue, whatever n is."""
    async with client.get_queue_sender("plain") as sender:
        for start in range(0, 1200, 400):
            await sender.send_messages([ServiceBusMessage(str(i)) for i in range(start, start + 400)])
    async with client.get_queue_receiver("plain") as receiver:
        messages = await receiver.receive_messages(credit, max_wait_time=5)
        assert emulator.stats("plain")["locked"] <= credit
        assert bodies(messages) == [str(i) for i in range(len(messages))]


async def test_throughput_smoke(client: ServiceBusClient, emulator: Emulator) -> None:
    """Thousands of messages pass through, each once and in order."""
    count = 2000
    async with client.get_queue_sender("plain") as sender:
        for start in range(0, count, 500):
            await sender.send_messages([ServiceBusMessage(str(i)) for i in range(start, start + 500)])
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    seen: list[str] = []
    async with client.get_queue_receiver("plain", receive_mode=mode, prefetch_count=500) as receiver:
        while len(seen) < count and (batch := await receiver.receive_messages(500, max_wait_time=5)):
            seen += bodies(batch)
    assert seen == [str(i) for i in range(count)]
    assert emulator.stats("plain")["completed"] == count
