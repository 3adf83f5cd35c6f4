"""The emulator as a process: its control interface, faults, and how it starts and ends."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from azure.servicebus import NEXT_AVAILABLE_SESSION, ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusError

from tests.integration.local.servicebus.emulator import (
    DEADLINE_S,
    ROOT,
    Emulator,
    bodies,
    send,
    start_server,
    until,
    write_config,
)

# The SDK leaves the sockets of dropped connections to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect within the test that left the garbage."""
    yield
    gc.collect()


@pytest.fixture
async def client(emulator: Emulator) -> AsyncIterator[ServiceBusClient]:
    """A client of the emulator."""
    async with emulator.client() as client:
        yield client


async def test_dropped_connections_lose_no_message(client: ServiceBusClient, emulator: Emulator) -> None:
    """When connections drop, sessions are free at once and their messages come back."""
    await send(client, "sessions", ServiceBusMessage("a", session_id="s"))
    async with client.get_queue_receiver("sessions", session_id="s") as receiver:
        [message] = await receiver.receive_messages(max_wait_time=5)
        assert emulator.faults(drop_connections=True)["connections_dropped"] == 2
        await emulator.until("sessions", active=1, locked=0)
        with pytest.raises(ServiceBusError):
            await receiver.complete_message(message)
    async with client.get_queue_receiver("sessions", session_id="s") as receiver:
        [again] = await receiver.receive_messages(max_wait_time=5)
        assert (str(again), again.delivery_count) == ("a", 1)


async def test_sender_survives_a_dropped_connection(emulator: Emulator) -> None:
    """The client's own retries bring a message through a dropped connection."""
    patient = ServiceBusClient.from_connection_string(emulator.connection_string)
    async with patient as client, client.get_queue_sender("plain") as sender:
        await sender.send_messages(ServiceBusMessage("a"))
        emulator.faults(drop_connections=True)
        await sender.send_messages(ServiceBusMessage("b"))
    await emulator.until("plain", active=2)


async def test_completed_messages_come_twice(client: ServiceBusClient, emulator: Emulator) -> None:
    """With duplicate delivery each completed message is delivered exactly once more."""
    emulator.faults(duplicate_delivery_rate=1)
    await send(client, "plain", ServiceBusMessage("a"), ServiceBusMessage("b"))
    seen = []
    async with client.get_queue_receiver("plain") as receiver:
        while len(seen) < 4:
            for message in await receiver.receive_messages(10, max_wait_time=5):
                seen.append(str(message))
                await receiver.complete_message(message)
    assert sorted(seen) == ["a", "a", "b", "b"]
    stats = emulator.stats("plain")
    assert (stats["completed"], stats["active"]) == (2, 0)


async def test_sessions_are_reordered(client: ServiceBusClient, emulator: Emulator) -> None:
    """With reordering the next session is any of those that wait, each still in its own order."""
    emulator.faults(reorder_sessions=True)
    names = [f"s{i}" for i in range(2)]
    messages = [ServiceBusMessage(str(i), session_id=name) for name in names for i in range(3)]
    await send(client, "sessions", *messages)
    seen = []
    for _ in names:
        async with client.get_queue_receiver(
            "sessions", session_id=NEXT_AVAILABLE_SESSION, max_wait_time=5
        ) as receiver:
            received = await receiver.receive_messages(3, max_wait_time=5)
            assert bodies(received) == ["0", "1", "2"]
            for message in received:
                await receiver.complete_message(message)
            seen.append(receiver.session.session_id)
    assert sorted(seen) == names


async def test_connections_are_refused_for_a_while(client: ServiceBusClient, emulator: Emulator) -> None:
    """While connections are refused nothing can be sent; afterwards it can."""
    emulator.faults(refuse_connections_s=60)
    with pytest.raises(ServiceBusError):
        await send(client, "plain", ServiceBusMessage("a"))
    emulator.faults(refuse_connections_s=0)

    async def sent() -> bool:
        try:
            await send(client, "plain", ServiceBusMessage("a"))
        except ServiceBusError:
            return False
        return True

    await until(sent)
    await emulator.until("plain", active=1)


async def test_sends_are_taken_and_never_answered(client: ServiceBusClient, emulator: Emulator) -> None:
    """So many sends to a queue are kept without an answer; others, and those to other queues, are answered."""
    emulator.faults(unanswered_sends={"plain": 2})
    async with client.get_queue_sender("plain") as sender:
        for text in ("a", "b"):
            with pytest.raises(ServiceBusError):
                await sender.send_messages(ServiceBusMessage(text), timeout=1)
    await emulator.until("plain", active=2)
    await send(client, "unique", ServiceBusMessage("elsewhere"))
    await send(client, "plain", ServiceBusMessage("c"))
    await emulator.until("plain", active=3)
    assert emulator.control.get("/faults").json()["unanswered_sends"] == {}


async def test_an_unanswered_send_holds_no_other_up(client: ServiceBusClient, emulator: Emulator) -> None:
    """While one send waits for its answer in vain, a later one on the same link gets its own."""
    emulator.faults(unanswered_sends={"plain": 1})
    async with client.get_queue_sender("plain") as sender:
        lost = asyncio.create_task(sender.send_messages(ServiceBusMessage("lost"), timeout=60))
        await emulator.until("plain", active=1)
        await send(client, "plain", ServiceBusMessage("answered"))
        assert not lost.done()
        lost.cancel()
        with pytest.raises(asyncio.CancelledError):
            await lost
    await emulator.until("plain", active=2)


def test_faults_are_shown_and_cleared(emulator: Emulator) -> None:
    """GET /faults shows what is set, an empty plan clears it, and a wrong plan is refused by name."""
    emulator.faults(duplicate_delivery_rate=0.5, reorder_sessions=True, unanswered_sends={"plain": 2})
    assert emulator.control.get("/faults").json() == {
        "duplicate_delivery_rate": 0.5, "reorder_sessions": True, "refuse_connections_s": 0,
        "unanswered_sends": {"plain": 2},
    }  # fmt: skip
    emulator.faults()
    assert emulator.control.get("/faults").json() == {
        "duplicate_delivery_rate": 0, "reorder_sessions": False, "refuse_connections_s": 0,
        "unanswered_sends": {},
    }  # fmt: skip
    wrong = [
        ({"rain": 1}, "rain"),
        ({"duplicate_delivery_rate": 2}, "duplicate_delivery_rate"),
        ({"unanswered_sends": 2}, "unanswered_sends"),
        ({"unanswered_sends": {"plain": 0.5}}, "unanswered_sends"),
        ({"unanswered_sends": {"nowhere": 1}}, "nowhere"),
    ]
    for plan, reason in wrong:
        answer = httpx.post(f"{emulator.control_url}/faults", json=plan)
        assert answer.status_code == 400
        assert reason in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [("GET", "/nothing", b"", 404), ("POST", "/faults", b"no json", 400), ("POST", "/faults", b"[]", 400)],
)
def test_wrong_control_requests(emulator: Emulator, method: str, path: str, body: bytes, status: int) -> None:
    """An unknown path and a body that is no plan are answered with an error in JSON."""
    answer = httpx.request(method, f"{emulator.control_url}{path}", content=body)
    assert answer.status_code == status
    assert "error" in answer.json()


def test_garbage_on_the_port_harms_nobody(emulator: Emulator) -> None:
    """Bytes that are no AMQP end their own connection only."""
    with socket.create_connection(("127.0.0.1", emulator.port), timeout=DEADLINE_S) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n" + bytes(100))
        assert connection.recv(64) is not None
    assert emulator.stats("plain")["active"] == 0


def test_server_says_when_it_is_ready_and_ends_cleanly() -> None:
    """The committed queues are served; stdout holds one JSON line; SIGTERM ends with code 0."""
    server = start_server(ROOT / "infrastructure" / "queues.json")
    assert server.stdout is not None
    ready = json.loads(server.stdout.readline())
    assert ready["ready"] is True
    assert ready["url"] == f"amqp://127.0.0.1:{ready['port']}"
    assert set(httpx.get(f"{ready['control_url']}/stats").json()) == {
        "tmdb-fetch",
        "discogs-fetch",
        "run-events",
    }
    server.terminate()
    output, errors = server.communicate(timeout=DEADLINE_S)
    assert (server.returncode, output, errors) == (0, "", "")


@pytest.mark.parametrize("option", ["--port", "--control-port"])
def test_port_in_use_is_one_line(tmp_path: Path, option: str) -> None:
    """A port in use ends with code 2 and one line that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        server = start_server(write_config(tmp_path), option, port)
        output, errors = server.communicate(timeout=DEADLINE_S)
    assert (server.returncode, output) == (2, "")
    assert errors == f"servicebus: port {port} on 127.0.0.1 is in use\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not json", "queues.json"),
        ('{"queues": []}', "queues"),
        ('{"queues": [{"name": "q", "properties": {"lockDuration": "5m"}}]}', "5m"),
        ('{"queues": [{"name": "q", "properties": {"maxDeliveryCount": 0}}]}', "maxDeliveryCount"),
        ('{"queues": [{"name": "q", "properties": {"lockduration": "PT5M"}}]}', "lockduration"),
    ],
)
def test_bad_configuration_is_one_line(tmp_path: Path, text: str, reason: str) -> None:
    """A configuration that cannot be used ends with code 2 and one line that says why."""
    config = tmp_path / "queues.json"
    config.write_text(text)
    server = start_server(config)
    output, errors = server.communicate(timeout=DEADLINE_S)
    assert (server.returncode, output) == (2, "")
    assert errors.count("\n") == 1
    assert reason in errors


@pytest.mark.parametrize("options", [["--port", "high"], ["--colour", "red"], ["--control-port", "70000"]])
def test_bad_arguments_are_one_line(tmp_path: Path, options: list[str]) -> None:
    """A wrong argument ends with code 2 and one line that names it."""
    server = start_server(write_config(tmp_path), *options)
    _, errors = server.communicate(timeout=DEADLINE_S)
    assert server.returncode == 2
    assert errors.count("\n") == 1
    assert options[0] in errors
