"""Sessions, as azure-servicebus sees them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from azure.servicebus import (
    NEXT_AVAILABLE_SESSION,
    ServiceBusMessage,
    ServiceBusReceiveMode,
    ServiceBusSubQueue,
)
from azure.servicebus import ServiceBusClient as SyncClient
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver
from azure.servicebus.exceptions import (
    OperationTimeoutError,
    ServiceBusError,
    SessionCannotBeLockedError,
    SessionLockLostError,
)

from tests.integration.local.servicebus.emulator import Emulator, bodies, send

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("emulator")]


def in_session(session: str, *texts: str) -> list[ServiceBusMessage]:
    """Messages of one session."""
    return [ServiceBusMessage(text, session_id=session) for text in texts]


def next_session(client: ServiceBusClient, queue: str = "sessions", wait_s: float = 5) -> ServiceBusReceiver:
    """A receiver of the next session."""
    return client.get_queue_receiver(queue, session_id=NEXT_AVAILABLE_SESSION, max_wait_time=wait_s)


async def test_session_keeps_its_order(client: ServiceBusClient, emulator: Emulator) -> None:
    """A receiver of a session gets that session's messages only, in the order they were sent."""
    mixed = [ServiceBusMessage(str(i), session_id="even" if i % 2 == 0 else "odd") for i in range(20)]
    await send(client, "sessions", *mixed)
    async with client.get_queue_receiver("sessions", session_id="odd") as receiver:
        messages = await receiver.receive_messages(20, max_wait_time=5)
        assert bodies(messages) == [str(i) for i in range(1, 20, 2)]
        assert {message.session_id for message in messages} == {"odd"}
        await receiver.abandon_message(messages[0])
        [again] = await receiver.receive_messages(1, max_wait_time=5)
        assert (str(again), again.delivery_count) == ("1", 1)
    assert emulator.stats("sessions")["active"] == 20


async def test_next_sessions_are_all_different(client: ServiceBusClient) -> None:
    """Each receiver of the next session gets another one, the one that waits longest first."""
    await send(client, "sessions", *in_session("a", "1"), *in_session("b", "2"), *in_session("c", "3"))
    async with next_session(client) as one, next_session(client) as two, next_session(client) as three:
        assert [r.session.session_id for r in (one, two, three)] == ["a", "b", "c"]
        assert bodies(await two.receive_messages(max_wait_time=5)) == ["2"]


async def test_session_lock_belongs_to_one_receiver(client: ServiceBusClient) -> None:
    """A session that is held is refused to others by name, and passed over as the next one."""
    await send(client, "sessions", *in_session("a", "1"))
    async with client.get_queue_receiver("sessions", session_id="a"):
        with pytest.raises(SessionCannotBeLockedError):
            async with client.get_queue_receiver("sessions", session_id="a"):
                pass
        with pytest.raises(OperationTimeoutError):
            async with next_session(client, wait_s=1):
                pass


async def test_next_session_is_waited_for(client: ServiceBusClient) -> None:
    """A receiver of the next session waits until one has messages."""

    async def accept() -> str:
        async with next_session(client, wait_s=20) as receiver:
            return str(receiver.session.session_id)

    waiting = asyncio.create_task(accept())
    await send(client, "sessions", *in_session("late", "1"))
    assert await waiting == "late"


async def test_no_session_in_time(client: ServiceBusClient) -> None:
    """Without any session the time-out of the client ends the wait, with an error of its own."""
    with pytest.raises(OperationTimeoutError):
        async with next_session(client, wait_s=1):
            pass


async def test_session_may_be_empty(client: ServiceBusClient) -> None:
    """A session is accepted by name before it has messages, and gets those that come."""
    async with client.get_queue_receiver("sessions", session_id="new") as receiver:
        await send(client, "sessions", *in_session("new", "1"))
        assert bodies(await receiver.receive_messages(max_wait_time=5)) == ["1"]


async def test_closing_gives_the_session_back(client: ServiceBusClient) -> None:
    """When a receiver closes, its session is free and its messages come back with a delivery counted."""
    await send(client, "sessions", *in_session("a", "1", "2"))
    async with next_session(client) as receiver:
        await receiver.complete_message((await receiver.receive_messages(2, max_wait_time=5))[0])
    async with client.get_queue_receiver("sessions", session_id="a") as receiver:
        [message] = await receiver.receive_messages(2, max_wait_time=5)
        assert (str(message), message.delivery_count) == ("2", 1)


async def test_session_lock_ends_unless_renewed(client: ServiceBusClient, emulator: Emulator) -> None:
    """The lock begins at accept; receiving does not extend it, only renewing does."""
    await send(client, "brief-sessions", *in_session("a", "1", "2"))
    async with next_session(client, "brief-sessions") as receiver:
        first_end = receiver.session.locked_until_utc
        assert first_end - datetime.now(UTC) <= timedelta(seconds=2)
        while datetime.now(UTC) <= first_end:
            await receiver.session.renew_lock()
        [message] = await receiver.receive_messages(max_wait_time=5)
        await receiver.complete_message(message)
        [message] = await receiver.receive_messages(max_wait_time=5)
        assert emulator.stats("brief-sessions")["lock_lost"] == 0
        await emulator.until("brief-sessions", lock_lost=1, active=1)
        with pytest.raises(SessionLockLostError):
            await receiver.complete_message(message)
    async with client.get_queue_receiver("brief-sessions", session_id="a") as receiver:
        [message] = await receiver.receive_messages(max_wait_time=5)
        assert (str(message), message.delivery_count) == ("2", 1)
        await receiver.complete_message(message)


async def test_lost_session_cannot_be_renewed_or_settled(
    client: ServiceBusClient, emulator: Emulator
) -> None:
    """A lock taken away before its end is seen on renewing, on settling and on receiving."""
    await send(client, "sessions", *in_session("a", "1"), *in_session("b", "2"), *in_session("c", "3"))
    async with next_session(client) as one, next_session(client) as two, next_session(client) as three:
        [message] = await one.receive_messages(max_wait_time=5)
        assert emulator.faults(lose_session_locks=True)["session_locks_lost"] == 3
        with pytest.raises(ServiceBusError):
            await one.complete_message(message)
        with pytest.raises(ServiceBusError):
            await two.session.renew_lock()
        with pytest.raises(SessionLockLostError):
            await three.receive_messages(max_wait_time=5)
    assert emulator.stats("sessions")["active"] == 3
    assert emulator.stats("sessions")["completed"] == 0


async def test_session_state_is_kept(client: ServiceBusClient) -> None:
    """The state of a session is there for its next receiver, and can be removed."""
    async with client.get_queue_receiver("sessions", session_id="a") as receiver:
        assert await receiver.session.get_state() is None
        await receiver.session.set_state(b"half way")
    async with client.get_queue_receiver("sessions", session_id="a") as receiver:
        assert await receiver.session.get_state() == b"half way"
        await receiver.session.set_state(None)
        assert await receiver.session.get_state() is None


async def test_messages_need_a_session_id(client: ServiceBusClient, emulator: Emulator) -> None:
    """A queue that requires sessions refuses a message without one, and with it its whole batch."""
    with pytest.raises(ServiceBusError, match="SessionId was not set"):
        await send(client, "sessions", *in_session("a", "1"), ServiceBusMessage("2"))
    assert emulator.stats("sessions")["active"] == 0


async def test_ordinary_receiver_is_refused(client: ServiceBusClient) -> None:
    """A queue that requires sessions refuses a receiver without one."""
    with pytest.raises(ServiceBusError, match="requires sessions"):
        async with client.get_queue_receiver("sessions") as receiver:
            await receiver.receive_messages(max_wait_time=1)


async def test_dead_letters_have_no_sessions(client: ServiceBusClient) -> None:
    """The dead letters of a session queue are read by an ordinary receiver; a session receiver is refused."""
    await send(client, "sessions", *in_session("a", "1"))
    async with next_session(client) as receiver:
        [message] = await receiver.receive_messages(max_wait_time=5)
        await receiver.dead_letter_message(message, reason="poison")
    with pytest.raises(ServiceBusError, match="does not use sessions"):
        async with client.get_queue_receiver("sessions/$DeadLetterQueue", session_id="a"):
            pass
    letters = ServiceBusSubQueue.DEAD_LETTER
    async with client.get_queue_receiver("sessions", sub_queue=letters) as receiver:
        [letter] = await receiver.receive_messages(max_wait_time=5)
        assert (letter.session_id, letter.dead_letter_reason) == ("a", "poison")
        await receiver.complete_message(letter)


async def test_deferred_and_peeked_within_a_session(client: ServiceBusClient) -> None:
    """Deferring and peeking work within the session of the receiver."""
    await send(client, "sessions", *in_session("a", "1", "2"), *in_session("b", "3"))
    async with client.get_queue_receiver("sessions", session_id="a") as receiver:
        assert bodies(await receiver.peek_messages(10)) == ["1", "2"]
        [message] = await receiver.receive_messages(max_wait_time=5)
        await receiver.defer_message(message)
        [deferred] = await receiver.receive_deferred_messages(message.sequence_number)
        await receiver.complete_message(deferred)


async def test_sessions_are_listed(client: ServiceBusClient) -> None:
    """The sessions that have messages are listed."""
    messages = [ServiceBusMessage("x", session_id=f"s{i:03}") for i in range(130)]
    await send(client, "sessions", *messages)
    listed = [session async for session in client.list_queue_sessions("sessions")]
    assert sorted(listed) == [f"s{i:03}" for i in range(130)]


async def test_receive_and_delete_in_a_session(client: ServiceBusClient, emulator: Emulator) -> None:
    """Receive-and-delete works on sessions too."""
    await send(client, "sessions", *in_session("a", "1", "2"))
    mode = ServiceBusReceiveMode.RECEIVE_AND_DELETE
    async with client.get_queue_receiver("sessions", session_id="a", receive_mode=mode) as receiver:
        assert bodies(await receiver.receive_messages(5, max_wait_time=5)) == ["1", "2"]
    assert emulator.stats("sessions")["active"] == 0


@pytest.mark.filterwarnings("ignore:.*is not an async function")
def test_sync_session_receiver(emulator: Emulator) -> None:
    """The synchronous client accepts the next session, receives and settles."""
    with SyncClient.from_connection_string(emulator.connection_string, retry_total=0) as client:
        with client.get_queue_sender("sessions") as sender:
            sender.send_messages(in_session("a", "1", "2"))
        receiver = client.get_queue_receiver("sessions", session_id=NEXT_AVAILABLE_SESSION, max_wait_time=5)
        with receiver:
            messages = receiver.receive_messages(10, max_wait_time=5)
            assert bodies(messages) == ["1", "2"]
            for message in messages:
                receiver.complete_message(message)
    assert emulator.stats("sessions")["completed"] == 2
