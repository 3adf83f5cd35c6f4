"""Service Bus triggers against the emulator."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage

from local.machine.servers import Child, free_port, servicebus_connection_string
from tests.integration.local.host.process import HostApp, service_bus, until

QUEUES: dict[str, dict[str, Any]] = {
    "lanes": {"requiresSession": True, "maxDeliveryCount": 3},
    "brief-lanes": {"requiresSession": True, "lockDuration": "PT2S"},
    "plain": {"lockDuration": "PT2S"},
}
BATCH = """
@app.service_bus_queue_trigger(arg_name="messages", queue_name="%QUEUE%", connection="SERVICEBUS",
                               cardinality="many", is_sessions_enabled={sessions})
async def fetch(messages: typing.List[func.ServiceBusMessage]) -> None:
    bodies = [json.loads(message.get_body()) for message in messages]
    record(bodies=bodies, session=messages[0].session_id, counts=[m.delivery_count for m in messages],
           ids=[m.message_id for m in messages], locked_until=messages[0].locked_until,
           reason=messages[0].application_properties.get("DeadLetterReason"), thread=threading.get_ident())
    if "fail" in bodies:
        raise ValueError("cannot do this")
    if "wait" in bodies and messages[0].delivery_count == 1:
        await asyncio.sleep(float(os.environ["WAIT_S"]))
    record(done=len(messages))
"""
SINGLE = """
running = 0

@app.service_bus_queue_trigger(arg_name="message", queue_name="plain", connection="SERVICEBUS")
async def fetch(message: func.ServiceBusMessage) -> None:
    global running
    running += 1
    record(body=json.loads(message.get_body()), running=running, count=message.delivery_count,
           session=message.session_id, pid=os.getpid())
    await asyncio.sleep(float(os.environ["WAIT_S"]))
    running -= 1
    record(done=1)
"""


class Bus:
    """The emulator as a test uses it."""

    def __init__(self, server: Child) -> None:
        self.connection_string = servicebus_connection_string(server.port)
        self._control = str(server.ready["control_url"])

    def send(self, queue: str, *bodies: object, session: str | None = None) -> None:
        messages = [
            ServiceBusMessage(json.dumps(body), session_id=session, message_id=str(uuid.uuid4()))
            for body in bodies
        ]
        client = ServiceBusClient.from_connection_string(self.connection_string)
        with client, client.get_queue_sender(queue) as sender:
            sender.send_messages(messages)

    def give_back(self, queue: str, session: str, times: int) -> None:
        """Receive the first message of a session and abandon it, so many times."""
        client = ServiceBusClient.from_connection_string(self.connection_string)
        with client, client.get_queue_receiver(queue, session_id=session) as receiver:
            for _ in range(times):
                (message,) = receiver.receive_messages(1, max_wait_time=30)
                receiver.abandon_message(message)

    def stats(self, queue: str) -> dict[str, int]:
        counters: dict[str, int] = httpx.get(f"{self._control}/stats").json()[queue]
        return counters

    def until_empty(self, queue: str) -> None:
        until(lambda: self.stats(queue)["active"] == 0, f"an empty queue {queue}")

    def control(self, path: str, **body: object) -> None:
        httpx.post(f"{self._control}/{path}", json=body).raise_for_status()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    with service_bus(tmp_path_factory.mktemp("bus"), QUEUES) as running:
        yield running


@pytest.fixture
def bus(server: Child) -> Iterator[Bus]:
    bus = Bus(server)
    bus.control("faults")
    bus.control("purge")
    yield bus


def make(
    root: Path,
    bus: Bus,
    code: str,
    wait_s: float = 0,
    service_bus: Mapping[str, Any] | None = None,
    **settings: str,
) -> HostApp:
    options: Mapping[str, Any] = {
        "maxMessageBatchSize": 100,
        "sessionIdleTimeout": "00:00:01",
        "maxConcurrentCalls": 2,
        **(service_bus or {}),
    }
    host_json = {
        "extensions": {"serviceBus": options},
        "functionTimeout": settings.pop("timeout", "00:05:00"),
    }
    app = HostApp(root, code, host_json)
    return app.setting(SERVICEBUS=bus.connection_string, WAIT_S=str(wait_s), **settings)


def batch_app(root: Path, bus: Bus, queue: str = "lanes", sessions: bool = True, **options: Any) -> HostApp:
    return make(root, bus, BATCH.format(sessions=sessions), QUEUE=queue, **options)


def bodies_of(app: HostApp) -> list[Any]:
    return [body for seen in app.seen() for body in seen.get("bodies", [])]


def test_sessions_come_in_batches_one_after_the_other(tmp_path: Path, bus: Bus) -> None:
    """All messages of a session arrive in order and together; the next session follows when it is idle."""
    app = batch_app(tmp_path, bus)
    bus.send("lanes", *range(60), session="tmdb")
    with app.running():
        first = app.until_seen(2)[0]
        bus.send("lanes", *range(60, 70), session="discogs")
        until(lambda: len(bodies_of(app)) == 70, "all messages")
        bus.until_empty("lanes")
    assert first["bodies"] == list(range(60)) and first["session"] == "tmdb" and first["counts"] == [1] * 60
    assert first["locked_until"] is None, "the extension sends no time of a lock"
    assert bodies_of(app)[60:] == list(range(60, 70))


def test_an_exception_gives_the_whole_batch_back(tmp_path: Path, bus: Bus) -> None:
    """All messages of the batch come again until the broker dead-letters them; the queue goes on."""
    app = batch_app(tmp_path, bus)
    bus.send("lanes", "fail", "neighbour", session="tmdb")
    with app.running():
        until(lambda: bus.stats("lanes")["dead_letter"] == 2, "two dead letters")
        bus.send("lanes", "good", session="tmdb")
        until(lambda: "good" in bodies_of(app), "the next message")
        bus.until_empty("lanes")
    assert [seen["counts"] for seen in app.seen() if "fail" in seen.get("bodies", [])] == [
        [1, 1],
        [2, 2],
        [3, 3],
    ]


def test_dead_letters_have_a_trigger_of_their_own(tmp_path: Path, bus: Bus) -> None:
    """The dead-letter queue of a queue with sessions is read without them, with the reason."""
    bus.send("lanes", "fail", session="tmdb")
    bus.give_back("lanes", session="tmdb", times=3)
    assert bus.stats("lanes")["dead_letter"] == 1
    drain = batch_app(tmp_path / "drain", bus, queue="lanes/$DeadLetterQueue", sessions=False)
    drain.setting(LOCAL_HOST_LOG_LEVEL="DEBUG")
    (drain.root / "function_app.py").write_text(
        (drain.root / "function_app.py").read_text().replace('if "fail" in bodies', "if False")
    )
    with drain.running():
        (seen, _) = drain.until_seen(2)
        until(lambda: bus.stats("lanes")["dead_letter"] == 0, "no dead letters")
    assert seen["bodies"] == ["fail"] and seen["reason"] == "MaxDeliveryCountExceeded"


def test_a_killed_host_loses_nothing(tmp_path: Path, bus: Bus) -> None:
    """kill -9 in a batch: its messages come back at once, because the connection is gone."""
    app = batch_app(tmp_path, bus, wait_s=60)
    bus.send("lanes", "wait", 1, 2, session="tmdb")
    with app.running() as host:
        app.until_seen(1)
        host.kill()
    with app.running("next"):
        seen = app.until_seen(3)
        bus.until_empty("lanes")
    assert seen[1]["bodies"] == ["wait", 1, 2] and seen[1]["counts"] == [2, 2, 2]


def test_a_running_batch_ends_before_the_host_does(tmp_path: Path, bus: Bus) -> None:
    """SIGTERM lets the batch end and completes it."""
    app = batch_app(tmp_path, bus, wait_s=1)
    bus.send("lanes", "wait", session="tmdb")
    with app.running() as host:
        app.until_seen(1)
        assert host.stop() == 0
    assert app.seen()[-1] == {"done": 1}
    bus.until_empty("lanes")


@pytest.mark.slow
def test_a_batch_that_outlives_its_lock_comes_again(tmp_path: Path, bus: Bus) -> None:
    """No lock is renewed in batch mode: the host says so and accepts the session anew."""
    app = batch_app(tmp_path, bus, queue="brief-lanes", wait_s=3)
    bus.send("brief-lanes", "wait", session="tmdb")
    with app.running():
        seen = app.until_seen(4)
        bus.until_empty("brief-lanes")
    assert [record.get("counts") for record in seen if "counts" in record] == [[1], [2]]
    assert "the lock of its session was lost" in app.log()


@pytest.mark.slow
def test_a_batch_that_runs_too_long_is_given_back(tmp_path: Path, bus: Bus) -> None:
    """functionTimeout cancels the handler and abandons its messages."""
    app = batch_app(tmp_path, bus, wait_s=60, timeout="00:00:01")
    bus.send("lanes", "wait", session="tmdb")
    with app.running():
        seen = app.until_seen(3)
        bus.until_empty("lanes")
    assert [record["counts"] for record in seen if "counts" in record] == [[1], [2]]
    assert "ran longer than functionTimeout, 1 s" in app.log()


@pytest.mark.slow
def test_a_broker_that_goes_away_is_awaited(tmp_path: Path) -> None:
    """The host starts without its broker, says so once, and works when it comes, goes and comes back."""
    port = free_port()
    bus = None
    app = HostApp(tmp_path / "app", BATCH.format(sessions=True)).setting(QUEUE="lanes", WAIT_S="0")
    app.setting(SERVICEBUS=servicebus_connection_string(port))
    with app.running():
        until(lambda: "trying again" in app.log(), "the first warning")
        for round_number in range(2):
            with service_bus(tmp_path, QUEUES, port) as server:
                bus = Bus(server)
                bus.send("lanes", round_number, session="tmdb")
                until(lambda: round_number in bodies_of(app), "the message")  # noqa: B023 - used at once
                bus.until_empty("lanes")
    assert bodies_of(app) == [0, 1]
    assert app.log().count("trying again") <= 3 and "Traceback" not in app.log()


def test_bodies_can_come_as_json_strings(tmp_path: Path, bus: Bus) -> None:
    """LOCAL_HOST_BATCH_DATA=json shows an app the other way batches arrive in Azure."""
    app = batch_app(tmp_path, bus, LOCAL_HOST_BATCH_DATA="json")
    bus.send("lanes", {"n": 1}, session="tmdb")
    with app.running():
        assert app.until_seen(1)[0]["bodies"] == ['{"n": 1}']


def test_single_messages_run_side_by_side_with_their_locks_renewed(tmp_path: Path, bus: Bus) -> None:
    """Cardinality one: up to maxConcurrentCalls at once, and none comes again though it outlives its lock."""
    app = make(tmp_path, bus, SINGLE, wait_s=3)
    bus.send("plain", *range(2))
    with app.running():
        seen = app.until_seen(4)
        bus.until_empty("plain")
    started = [record for record in seen if "body" in record]
    assert sorted(record["body"] for record in started) == [0, 1]
    assert max(record["running"] for record in started) == 2
    assert [record["count"] for record in started] == [1, 1]


def test_single_messages_of_a_session_keep_their_order(tmp_path: Path, bus: Bus) -> None:
    """Cardinality one with sessions: one message of a session at a time, sessions side by side."""
    code = SINGLE.replace('queue_name="plain"', 'queue_name="lanes", is_sessions_enabled=True')
    app = make(tmp_path, bus, code, wait_s=0.2)
    for session in ("tmdb", "discogs"):
        bus.send("lanes", *(f"{session}-{n}" for n in range(5)), session=session)
    with app.running():
        started = [record for record in app.until_seen(20) if "body" in record]
        bus.until_empty("lanes")
    for session in ("tmdb", "discogs"):
        bodies = [record["body"] for record in started if record["body"].startswith(session)]
        assert bodies == [f"{session}-{n}" for n in range(5)]
    assert max(record["running"] for record in started) == 2


OF_SESSIONS = SINGLE.replace('queue_name="plain"', 'queue_name="brief-lanes", is_sessions_enabled=True')
FOR_EVER = {"maxConcurrentCallsPerSession": 4, "maxAutoLockRenewalDuration": "-00:00:00.0010000"}


@pytest.mark.slow
def test_calls_of_a_session_run_side_by_side_while_its_lock_is_renewed(tmp_path: Path, bus: Bus) -> None:
    """Ten lock times of work in one session, four at a time, two hosts: one host does it all, each message once."""
    app = make(tmp_path, bus, OF_SESSIONS, wait_s=2.5, service_bus=FOR_EVER)
    bus.send("brief-lanes", *range(32), session="tmdb")
    with app.running("host"), app.running("host-2"):
        started = [record for record in app.until_seen(64) if "body" in record]
        bus.until_empty("brief-lanes")
    assert sorted(record["body"] for record in started) == list(range(32))
    assert {record["count"] for record in started} == {1}
    assert max(record["running"] for record in started) == 4
    assert len({record["pid"] for record in started}) == 1


def test_an_exception_gives_back_one_message_of_a_session(tmp_path: Path, bus: Bus) -> None:
    """The one that failed comes again at once, until the broker has enough of it; its neighbours are done."""
    code = OF_SESSIONS.replace("brief-lanes", "lanes").replace(
        "    running -= 1",
        '    running -= 1\n    if message.get_body() == b"\\"bad\\"":\n        raise ValueError',
    )
    app = make(tmp_path, bus, code, wait_s=0.1, service_bus=FOR_EVER)
    bus.send("lanes", "good", "bad", "good", session="tmdb")
    with app.running():
        until(lambda: bus.stats("lanes")["dead_letter"] == 1, "a dead letter")
        bus.until_empty("lanes")
    started = [(record["body"], record["count"]) for record in app.seen() if "body" in record]
    assert sorted(started) == [("bad", 1), ("bad", 2), ("bad", 3), ("good", 1), ("good", 1)]


@pytest.mark.slow
def test_the_holder_of_a_session_dies_and_another_host_goes_on(tmp_path: Path, bus: Bus) -> None:
    """kill -9 in mid-session: what ran comes again elsewhere, what was done does not, nothing is lost."""
    app = make(tmp_path, bus, OF_SESSIONS, wait_s=0.5, service_bus=FOR_EVER)
    bus.send("brief-lanes", *range(24), session="tmdb")
    with app.running("host") as host:
        app.until_seen(10)
        host.kill()
        with app.running("host-2"):
            until(lambda: {r.get("body") for r in app.seen()} >= set(range(24)), "all messages")
            bus.until_empty("brief-lanes")
    started = [record for record in app.seen() if "body" in record]
    again = [record["body"] for record in started if record["count"] > 1]
    assert len(again) <= 8, "what ran when the host died, and what it had received"
    done_before = {record["body"] for record in started} - set(again)
    assert all(sum(r["body"] == body for r in started) == 1 for body in done_before)
