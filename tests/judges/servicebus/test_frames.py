"""What .NET alone asks of the broker, frame by frame: its SDK cannot run here, its bytes can be written by hand."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.integration.local.servicebus.emulator import Emulator

from . import values as v
from . import wire as w
from .wire import RECEIVES, SENDS, Wire

pytestmark = pytest.mark.judge("AMQP 1.0 frames by hand", "OASIS 1.0")

MODES = [(snd, rcv) for snd in (0, 1, 2) for rcv in (0, 1)]
LOST = v.uuid(bytes(16))


@pytest.fixture
def wire(emulator: Emulator) -> Iterator[Wire]:
    """An open connection, authenticated as .NET does it."""
    with Wire(emulator.port) as wire:
        assert wire.sasl("MSSBCBS")[1] == 0
        yield wire.open()


def call(wire: Wire, operation: str, queue: str = "plain", **body: bytes) -> list[v.Value]:
    """Ask a queue's management node."""
    pairs = {v.string(name.replace("_", "-")): value for name, value in body.items()}
    operation_of = {v.string("operation"): v.string(f"com.microsoft:{operation}")}
    return wire.request(f"{queue}/$management", operation_of, v.map_(pairs))


def statuses(answer: list[v.Value]) -> dict[str, v.Value]:
    """The application properties of an answer."""
    return dict(w.section(answer, w.APPLICATION_PROPERTIES).value)


def body(answer: list[v.Value]) -> dict[str, v.Value]:
    """The body of an answer."""
    return dict(w.section(answer, w.AMQP_VALUE).value)


def one_message(wire: Wire, queue: str = "plain") -> tuple[int, w.Frame]:
    """Receive a message under a lock: the number of its delivery, and its frame."""
    link = wire.attach(RECEIVES, queue, "here", (0, 1))
    wire.credit(link, 1)
    frame = wire.receive(link)
    return frame.field(1).value, frame


def put(wire: Wire, message: bytes, queue: str = "plain") -> v.Value:
    """Send a message: what the broker said."""
    link = wire.attach(SENDS, "here", queue, (0, 0))
    return wire.outcome(wire.send(link, message))


def properties(frame: w.Frame) -> dict[str, Any]:
    """The application properties of a message, each with its type code."""
    found = w.section(frame.payload, w.APPLICATION_PROPERTIES).value
    return {name: (value.code, value.value) for name, value in found.items()}


def token_of(frame: w.Frame) -> bytes:
    """The lock token of a delivery, in network order."""
    return UUID(bytes_le=frame.field(2).value).bytes


CHANGES = {
    "int": v.int_(-70_000), "long": v.long(2**40), "text": v.string("ä"), "yes": v.boolean(True),
    "share": v.double(0.25), "at": v.timestamp(1_700_000_000_123), "id": v.uuid(bytes(range(16))),
    "bytes": v.binary(b"\x00\xff"), "nothing": v.NULL,
}  # fmt: skip
CHANGED = {
    "int": (0x71, -70_000), "long": (0x81, 2**40), "share": (0x82, 0.25), "at": (0x83, 1_700_000_000_123),
    "id": (0x98, bytes(range(16))), "nothing": (0x40, None),
}  # fmt: skip


def changes() -> bytes:
    """Properties to change, keyed by symbols as in annotations."""
    return v.map_({v.symbol(name): value for name, value in CHANGES.items()})


def assert_changed(frame: w.Frame, **others: str) -> None:
    """The message has the changes in their own types, and these texts."""
    found = properties(frame)
    for name, wanted in CHANGED.items():
        assert found[name] == wanted
    plain = {name: value for name, (_, value) in found.items()}
    assert (plain["text"], plain["yes"], plain["bytes"]) == ("ä", True, b"\x00\xff")
    assert {name: plain[name] for name in others} == others


@pytest.mark.parametrize("mechanism", ["MSSBCBS", "ANONYMOUS"])
def test_sasl_mechanism_is_offered_and_accepted(emulator: Emulator, mechanism: str) -> None:
    """.NET authenticates with MSSBCBS, others with ANONYMOUS; after either the connection opens."""
    with Wire(emulator.port) as wire:
        offered, outcome = wire.sasl(mechanism)
        assert mechanism in offered
        assert outcome == 0
        wire.open()


def test_unknown_sasl_mechanism_is_refused(emulator: Emulator) -> None:
    """A mechanism that was not offered does not get in."""
    with Wire(emulator.port) as wire:
        assert wire.sasl("GUESSING")[1] == 1


def test_token_answer_is_an_int(wire: Wire) -> None:
    """The status of put-token is an AMQP int: .NET and Go take no other type."""
    token = {v.string("operation"): v.string("put-token"), v.string("name"): v.string("amqp://host/plain")}
    answer = statuses(wire.request("$cbs", token, v.string("a token")))
    assert answer["status-code"].code in v.INT_CODES
    assert answer["status-code"].value == 202


@pytest.mark.parametrize(
    ("operation", "fields", "status"),
    [
        ("peek-message", {}, 204),
        ("renew-lock", {"lock_tokens": v.array(v.UUID, LOST)}, 410),
        ("cancel-scheduled-message", {"sequence_numbers": v.array(0x81, v.long(9))}, 404),
        ("no-such-operation", {}, 501),
    ],
)
def test_management_status_is_an_int(
    wire: Wire, operation: str, fields: dict[str, bytes], status: int
) -> None:
    """Each kind of status goes out as an int, and an error's condition as a symbol: .NET casts to these."""
    answer = statuses(call(wire, operation, **fields))
    assert answer["statusCode"].code in v.INT_CODES
    assert answer["statusCode"].value == status
    if status >= 400:
        assert answer["errorCondition"].code in v.SYMBOL_CODES


@pytest.mark.parametrize(
    "address",
    [
        "plain", "/plain", "//plain", "PLAIN", "/Plain/", "amqps://127.0.0.1/plain", "AMQPS://localhost:5671/Plain",
        "sb://localhost:5672//plain",
    ],
)  # fmt: skip
def test_address_is_found(wire: Wire, emulator: Emulator, address: str) -> None:
    """A queue is found in each form that clients write, in any letter case, by sender, receiver and requests."""
    assert put(wire, w.plain_message(b"a"), address).descriptor == w.ACCEPTED
    assert emulator.stats("plain")["active"] == 1
    assert statuses(call(wire, "peek-message", address.rstrip("/")))["statusCode"].value == 200
    number, _ = one_message(wire, address)
    wire.settle(number, v.described(w.ACCEPTED, v.list_()))
    assert wire.settlement(number).descriptor == w.ACCEPTED


@pytest.mark.parametrize("address", ["$cbs", "/$cbs", "$CBS", "amqps://localhost/$cbs"])
def test_token_node_is_found(wire: Wire, address: str) -> None:
    """The node of tokens is found in each form too."""
    token = {v.string("operation"): v.string("put-token"), v.string("name"): v.string("plain")}
    assert statuses(wire.request(address, token, v.string("a token")))["status-code"].value == 202


@pytest.mark.parametrize("modes", MODES)
@pytest.mark.parametrize("address", ["plain", "plain/$management", "$cbs"])
@pytest.mark.parametrize("role", [SENDS, RECEIVES])
def test_settle_modes_are_echoed(wire: Wire, address: str, role: bool, modes: tuple[int, int]) -> None:
    """The answer to an attach has the settle modes asked for: .NET and Go give a link up otherwise."""
    source, target = ("here", address) if role is SENDS else (address, "here")
    answer = wire.attach(role, source, target, modes).answer
    assert (answer.field(3).value, answer.field(4).value) == modes


@pytest.mark.parametrize(
    "fields", [[], [v.boolean(True)], [v.NULL, v.NULL, v.NULL], [v.NULL, v.NULL, v.map_({})]]
)
def test_abandoning_needs_no_properties(wire: Wire, fields: list[bytes]) -> None:
    """However little an abandoning says, the message comes back as it was."""
    put(wire, w.plain_message(b"a", kept=v.string("k")))
    number, _ = one_message(wire)
    wire.settle(number, v.described(w.MODIFIED, v.list_(*fields)))
    assert wire.settlement(number).descriptor == w.MODIFIED
    assert set(properties(one_message(wire)[1])) == {"kept"}


@pytest.mark.parametrize(
    "fields", [[], [v.NULL], [v.described(w.ERROR, v.list_(v.symbol("com.microsoft:dead-letter")))]]
)
def test_dead_lettering_needs_no_reason(wire: Wire, fields: list[bytes]) -> None:
    """However little a rejection says, the message is a dead letter as it was."""
    put(wire, w.plain_message(b"a", kept=v.string("k")))
    number, _ = one_message(wire)
    wire.settle(number, v.described(w.REJECTED, v.list_(*fields)))
    assert wire.settlement(number).descriptor == w.REJECTED
    assert set(properties(one_message(wire, "plain/$DeadLetterQueue")[1])) == {"kept"}


def test_properties_to_modify_that_are_no_map_harm_nobody(wire: Wire) -> None:
    """Properties that are no map are refused in a request and left out in a settlement; the broker goes on."""
    put(wire, w.plain_message(b"a", kept=v.string("k")))
    number, frame = one_message(wire)
    fields = {"disposition_status": v.string("abandoned"), "properties_to_modify": v.string("none")}
    tokens = v.array(v.UUID, v.uuid(token_of(frame)))
    assert statuses(call(wire, "update-disposition", lock_tokens=tokens, **fields))["statusCode"].value == 400
    wire.settle(number, v.described(w.MODIFIED, v.list_(v.NULL, v.boolean(False), v.string("none"))))
    assert wire.settlement(number).descriptor == w.MODIFIED
    assert set(properties(one_message(wire)[1])) == {"kept"}


@pytest.mark.parametrize("modes", MODES)
def test_sends_are_settled_in_each_mode(wire: Wire, modes: tuple[int, int]) -> None:
    """Whatever the settle modes, the answer to a send settles it: azure-servicebus waits for that."""
    link = wire.attach(SENDS, "here", "plain", modes)
    number = wire.send(link, w.plain_message(b"a"))
    assert wire.outcome(number).descriptor == w.ACCEPTED
    assert wire.expect(w.DISPOSITION).field(3).value is True


@pytest.mark.parametrize("modes", MODES)
def test_requests_are_answered_in_each_mode(wire: Wire, modes: tuple[int, int]) -> None:
    """Whatever the settle modes of its links, each of many requests is answered; unsettled where so asked."""
    reply = wire.attach(RECEIVES, "plain/$management", "replies", modes)
    ask = wire.attach(SENDS, "replies", "plain/$management", modes)
    wire.credit(reply, 10)
    operation = {v.string("operation"): v.string("com.microsoft:peek-message")}
    for _ in range(5):
        wire.send(ask, w.request_message(operation, v.map_({}), "replies"))
        answer = wire.receive(reply)
        assert bool(answer.field(4).value) == (modes[0] != 0)
        if modes[0] == 0:
            number = answer.field(1).value
            wire.settle(number, v.described(w.ACCEPTED, v.list_()))
            assert wire.settlement(number).descriptor == w.ACCEPTED


def test_session_receiver_learns_id_and_end_of_its_lock(wire: Wire) -> None:
    """The answer to a session receiver names the session, and the end of its lock in ticks as a long."""
    assert put(wire, w.plain_message(b"a", "s"), "sessions").descriptor == w.ACCEPTED
    answer = wire.attach(RECEIVES, "/SESSIONS", "here", (0, 1), session_filter=v.NULL).answer
    filters = answer.field(5).field(7).value
    told = filters["com.microsoft:session-filter"]
    assert (told.value, told.descriptor) == ("s", None)  # .NET reads no described value
    ends = answer.field(13).value["com.microsoft:locked-until-utc"]
    assert ends.code in v.LONG_CODES
    assert (answer.field(3).value, answer.field(4).value) == (0, 1)


def test_next_session_may_be_asked_for_by_a_described_null(wire: Wire) -> None:
    """Go writes the filter as a described value, null for the next session: it gets one that has messages."""
    assert put(wire, w.plain_message(b"a", "s"), "sessions").descriptor == w.ACCEPTED
    next_one = b"\x00" + v.ulong(0x137000000C) + v.NULL
    answer = wire.attach(RECEIVES, "sessions", "here", (0, 1), session_filter=next_one).answer
    told = answer.field(5).field(7).value["com.microsoft:session-filter"]
    assert (told.value, told.descriptor) == ("s", 0x137000000C)  # Go reads no bare value


def test_abandoned_message_has_the_changes(wire: Wire) -> None:
    """The properties given on abandoning are on the message when it comes again, over those it had."""
    put(wire, w.plain_message(b"a", kept=v.string("k"), text=v.string("old")))
    number, _ = one_message(wire)
    wire.settle(number, v.described(w.MODIFIED, v.list_(v.boolean(True), v.boolean(False), changes())))
    assert wire.settlement(number).descriptor == w.MODIFIED
    assert_changed(one_message(wire)[1], kept="k")


def test_deferred_message_has_the_changes(wire: Wire) -> None:
    """The properties given on deferring are on the message when it is asked for by number."""
    put(wire, w.plain_message(b"a", kept=v.string("k")))
    number, frame = one_message(wire)
    wire.settle(number, v.described(w.MODIFIED, v.list_(v.NULL, v.boolean(True), changes())))
    assert wire.settlement(number).descriptor == w.MODIFIED
    sequence = w.section(frame.payload, 0x72).value["x-opt-sequence-number"].value
    numbers, mode = v.array(0x81, v.long(sequence)), v.uint(1)
    answer = call(wire, "receive-by-sequence-number", sequence_numbers=numbers, receiver_settle_mode=mode)
    [entry] = body(answer)["messages"].value
    token = entry.value["lock-token"]
    assert token.code == v.UUID
    annotations = w.section(entry.value["message"].value, w.DELIVERY_ANNOTATIONS).value
    assert annotations["x-opt-lock-token"] == token  # where Go looks for it
    assert_changed(w.Frame(frame.performative, entry.value["message"].value), kept="k")


def test_dead_letter_has_reason_and_changes(wire: Wire) -> None:
    """Reason, description and the other properties given on dead-lettering are on the dead letter."""
    put(wire, w.plain_message(b"a", kept=v.string("k")))
    number, _ = one_message(wire)
    info = {v.symbol(name): value for name, value in CHANGES.items()}
    info[v.symbol("DeadLetterReason")] = v.string("unreadable")
    info[v.symbol("DeadLetterErrorDescription")] = v.string("no JSON")
    error = v.described(w.ERROR, v.list_(v.symbol("com.microsoft:dead-letter"), v.NULL, v.map_(info)))
    wire.settle(number, v.described(w.REJECTED, v.list_(error)))
    assert wire.settlement(number).descriptor == w.REJECTED
    letter = one_message(wire, "plain/$DeadLetterQueue")[1]
    assert_changed(letter, kept="k", DeadLetterReason="unreadable", DeadLetterErrorDescription="no JSON")


@pytest.mark.parametrize(
    ("status", "place"), [("abandoned", "plain"), ("suspended", "plain/$deadletterqueue")]
)
def test_management_disposition_has_the_changes(wire: Wire, status: str, place: str) -> None:
    """The properties given with a disposition by request are on the message too, in their own types."""
    put(wire, w.plain_message(b"a", kept=v.string("k")))
    _, frame = one_message(wire)
    answer = call(
        wire,
        "update-disposition",
        disposition_status=v.string(status),
        lock_tokens=v.array(v.UUID, v.uuid(token_of(frame))),
        properties_to_modify=v.map_({v.string(name): value for name, value in CHANGES.items()}),
        deadletter_reason=v.string("poison"),
    )
    assert statuses(answer)["statusCode"].value == 200
    others = {"DeadLetterReason": "poison"} if status == "suspended" else {}
    assert_changed(one_message(wire, place)[1], kept="k", **others)


def test_renewed_lock_is_an_array_of_timestamps(wire: Wire) -> None:
    """Renewing a message lock is answered with its new end as an array of timestamps."""
    put(wire, w.plain_message(b"a"))
    _, frame = one_message(wire)
    answer = call(wire, "renew-lock", lock_tokens=v.array(v.UUID, v.uuid(token_of(frame))))
    ends = body(answer)["expirations"]
    assert (ends.item_code, len(ends.value)) == (v.TIMESTAMP, 1)


def test_scheduled_numbers_are_an_array_of_longs(wire: Wire, emulator: Emulator) -> None:
    """Scheduling is answered with the sequence numbers as an array of longs."""
    later = v.described(0x72, v.map_({v.symbol("x-opt-scheduled-enqueue-time"): v.timestamp(2**42)}))
    entry = {v.string("message"): v.binary(later + w.plain_message(b"a"))}
    answer = call(wire, "schedule-message", messages=v.list_(v.map_(entry)))
    numbers = body(answer)["sequence-numbers"]
    assert (numbers.item_code, len(numbers.value)) == (0x81, 1)
    assert emulator.stats("plain")["scheduled"] == 1


def test_session_answers_are_typed(wire: Wire) -> None:
    """A session lock's end is a timestamp, its state binary, and the list of sessions an array of strings."""
    wire.attach(RECEIVES, "sessions", "here", (0, 1), session_filter=v.string("s"))
    name = v.string("s")
    assert (
        body(call(wire, "renew-session-lock", "sessions", session_id=name))["expiration"].code == v.TIMESTAMP
    )
    assert body(call(wire, "get-session-state", "sessions", session_id=name))["session-state"].value is None
    state = {"session_id": name, "session_state": v.binary(b"half way")}
    assert statuses(call(wire, "set-session-state", "sessions", **state))["statusCode"].value == 200
    kept = body(call(wire, "get-session-state", "sessions", session_id=name))["session-state"]
    assert kept.value == b"half way"
    listed = body(call(wire, "get-message-sessions", "sessions"))["sessions-ids"]
    assert (listed.item_code, listed.plain()) in [(0xA1, ["s"]), (0xB1, ["s"])]


def test_sends_in_one_packet_have_their_own_outcomes(wire: Wire, emulator: Emulator) -> None:
    """A refused message beside accepted ones is refused alone, each told its own outcome."""
    link = wire.attach(SENDS, "here", "sessions", (0, 0))
    numbers: list[int] = []

    def write() -> None:
        for session_id in ("s", None, "s", None, None):
            numbers.append(wire.send(link, w.plain_message(b"a", session_id)))

    wire.together(write)
    told = [wire.outcome(number).descriptor for number in numbers]
    assert told == [w.ACCEPTED, w.REJECTED, w.ACCEPTED, w.REJECTED, w.REJECTED]
    assert emulator.stats("sessions")["active"] == 2


def test_settlements_in_one_packet_have_their_own_outcomes(wire: Wire, emulator: Emulator) -> None:
    """A message whose lock was lost is told so, although its neighbour in the same packet was completed."""
    for text in (b"a", b"b"):
        put(wire, w.plain_message(text))
    link = wire.attach(RECEIVES, "plain", "here", (0, 1))
    wire.credit(link, 2)
    first, second = wire.receive(link), wire.receive(link)
    tokens = v.array(v.UUID, v.uuid(token_of(second)))
    call(wire, "update-disposition", disposition_status=v.string("completed"), lock_tokens=tokens)
    done = v.described(w.ACCEPTED, v.list_())
    numbers = [frame.field(1).value for frame in (first, second)]
    wire.together(lambda: [wire.settle(number, done) for number in numbers] and None)
    assert wire.settlement(numbers[0]).descriptor == w.ACCEPTED
    refused = wire.settlement(numbers[1])
    assert refused.descriptor == w.REJECTED
    assert refused.field(0).field(0).value == "com.microsoft:message-lock-lost"
    assert emulator.stats("plain")["completed"] == 2


def test_refusals_name_their_condition(wire: Wire) -> None:
    """A message without a session id is refused as not allowed, which SDKs call an invalid operation."""
    refused = put(wire, w.plain_message(b"a"), "sessions").field(0)
    assert refused.field(0).value == "amqp:not-allowed"
    assert "SessionId was not set" in refused.field(1).value
    assert refused.field(0).code in v.SYMBOL_CODES


def test_unknown_queue_is_attached_and_then_detached(wire: Wire) -> None:
    """A link to a queue that is not there is refused as AMQP says: attached without a target, then detached."""
    answer = wire.attach(SENDS, "here", "nowhere", (0, 0)).answer
    assert answer.field(6).value is None
    error = wire.expect(w.DETACH).field(2)
    assert error.field(0).value == "amqp:not-found"


def test_frames_are_written_big_endian() -> None:
    """The judge reads what it writes: each kind of value comes back with its code."""
    samples = [v.uint(5), v.ulong(2**63), v.int_(-1), v.symbol("s"), v.map_({v.string("a"): v.list_(v.NULL)})]
    data = b"".join(samples)
    assert [value.plain() for value in v.read_all(data)] == [5, 2**63, -1, "s", {"a": [None]}]
    assert data[:5] == struct.pack(">BI", 0x70, 5)
