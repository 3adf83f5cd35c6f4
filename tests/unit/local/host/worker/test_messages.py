from __future__ import annotations

import datetime as dt
import json
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import azure.functions as func
import pytest

from local.host.indexing import FunctionDefinition
from local.host.worker import bindings, messages

MOMENT = dt.datetime(2026, 11, 20, 6, 30, 0, 123456, tzinfo=dt.UTC)
#: All that the extension puts into a trigger's metadata: ServiceBusTriggerBindingStrategy.cs of Azure/azure-sdk-for-net
#: (Microsoft.Azure.WebJobs.Extensions.ServiceBus), AddBindingData, but for the objects that only .NET can use.
FIELDS = {
    "DeliveryCount", "DeadLetterSource", "LockToken", "ExpiresAtUtc", "ExpiresAt", "EnqueuedTimeUtc", "EnqueuedTime",
    "MessageId", "ContentType", "ReplyTo", "SequenceNumber", "To", "Subject", "Label", "CorrelationId",
    "ApplicationProperties", "UserProperties", "SessionId", "ReplyToSessionId", "PartitionKey",
    "TransactionPartitionKey",
}  # fmt: skip


@dataclass
class Received:
    """What the host reads of a received message."""

    body: Any = b"{}"
    message_id: str = "task:1"
    delivery_count: int = 0
    application_properties: dict[bytes, Any] | None = None
    session_id: str | None = "tmdb"
    sequence_number: int = 7
    enqueued_time_utc: dt.datetime = MOMENT
    time_to_live: dt.timedelta | None = None
    locked_until_utc: dt.datetime | None = MOMENT + dt.timedelta(minutes=5)
    dead_letter_reason: str | None = None
    lock_token: str = "0f8fad5b-d9cb-469f-a165-70867728950e"  # noqa: S105 - a lock token is no secret
    state: int = 0
    content_type: str | None = None

    def __getattr__(self, name: str) -> None:
        if name.startswith("__"):
            raise AttributeError(name)


def function(annotation: Any, many: bool = True, **trigger: Any) -> FunctionDefinition:
    binding = {"type": "serviceBusTrigger", "name": "m", "cardinality": "many" if many else "one", **trigger}
    kind = "generic" if annotation in (str, bytes) else "serviceBusTrigger"
    return FunctionDefinition("f", print, binding, "m", kind, annotation, False)


MANY = function(typing.List[func.ServiceBusMessage])  # noqa: UP006 - the worker accepts no list[...]


def decode_many(received: list[Received], **options: Any) -> list[func.ServiceBusMessage]:
    return messages.decode_many(MANY, typing.cast(Any, received), **options)


def test_a_batch_arrives_in_order_with_its_metadata() -> None:
    """Bodies, ids, counts, times and properties reach the handler message by message."""
    received = [
        Received(body=f'{{"n":{n}}}'.encode(), message_id=f"t:{n}", delivery_count=n, sequence_number=n,
                 application_properties={b"kind": b"tmdb", b"n": n})
        for n in range(150)
    ]  # fmt: skip
    decoded = decode_many(received)
    assert [json.loads(message.get_body())["n"] for message in decoded] == list(range(150))
    last = decoded[-1]
    assert (last.message_id, last.delivery_count, last.sequence_number) == ("t:149", 150, 149)
    assert (last.session_id, last.locked_until) == ("tmdb", None)
    assert last.enqueued_time_utc == MOMENT.replace(tzinfo=None)  # the extension's DateTime names no zone
    assert last.application_properties == {"kind": "tmdb", "n": 149} == last.user_properties
    assert last.lock_token == received[-1].lock_token


def test_the_arrays_of_a_batch_are_the_extensions() -> None:
    """No name more and no name less; least of all the time of a lock, which the real host does not send."""
    arrays = messages.arrays_of(typing.cast(Any, [Received(dead_letter_reason="x"), Received()]))
    assert set(arrays) == {f"{name}Array" for name in FIELDS}


def test_one_message_has_no_other_fields_than_the_extension_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is empty is left out; what is there has the extension's names."""
    sent: list[Mapping[str, Any]] = []
    monkeypatch.setattr(bindings, "decode", lambda function, body, metadata: sent.append(metadata))
    received = Received(time_to_live=dt.timedelta(days=7), dead_letter_reason="x")
    messages.decode_one(function(func.ServiceBusMessage, many=False), typing.cast(Any, received))
    assert "SessionId" in sent[0] and set(sent[0]) <= FIELDS


def test_a_batch_can_arrive_as_the_worker_also_sends_it() -> None:
    """With JSON bodies each body is a JSON string of itself."""
    (message,) = decode_many([Received(body=b'{"n":1}')], json_bodies=True)
    assert json.loads(json.loads(message.get_body())) == {"n": 1}


BINARY = {"dataType": "BINARY"}


def test_binary_bodies_stay_as_they_are() -> None:
    """A function that asks for binary data gets each body unchanged, an empty one too."""
    received = [Received(body=[b"\xff", b"\x00"]), Received(body=b""), Received(body=b"text")]
    binary = function(typing.List[func.ServiceBusMessage], **BINARY)  # noqa: UP006 - as above
    decoded = messages.decode_many(binary, typing.cast(Any, received))
    assert [message.get_body() for message in decoded] == [b"\xff\x00", b"", b"text"]


def test_other_bodies_travel_as_text() -> None:
    """What is no UTF-8 is replaced."""
    decoded = decode_many([Received(body=b"\xff"), Received(body="é".encode())])
    assert [message.get_body().decode() for message in decoded] == ["\ufffd", "é"]


def test_an_empty_text_body_is_a_batch_that_cannot_be_handed_over() -> None:
    """The host leaves it out of the bodies, and the worker misses it."""
    with pytest.raises(IndexError):
        decode_many([Received(body=b""), Received(body=b"text")])


def test_what_is_empty_is_left_out_of_an_array() -> None:
    """What follows moves up, as in Azure: an app must not rest on a field that some messages lack."""
    decoded = decode_many([Received(), Received(content_type="text/plain")])
    assert [message.content_type for message in decoded] == ["text/plain", None]


def test_one_message_carries_the_same_fields() -> None:
    """Cardinality one gives the message itself."""
    received = Received(body="text", time_to_live=dt.timedelta(days=7), application_properties={b"a": b"b"})
    message = messages.decode_one(function(func.ServiceBusMessage, many=False), typing.cast(Any, received))
    assert (message.get_body(), message.message_id, message.delivery_count) == (b"text", "task:1", 1)
    assert (message.session_id, message.enqueued_time_utc) == ("tmdb", MOMENT.replace(tzinfo=None))
    assert message.application_properties == {"a": "b"}


@pytest.mark.parametrize("annotation", [str, bytes])
@pytest.mark.parametrize(("trigger", "expected"), [({}, "é"), (BINARY, "é".encode())])
def test_a_text_or_bytes_parameter_gets_the_body_as_the_host_sends_it(
    annotation: type, trigger: dict[str, str], expected: str | bytes
) -> None:
    """Its data type says which; the annotation changes nothing."""
    received = typing.cast(Any, Received(body="é".encode()))
    assert messages.decode_one(function(annotation, many=False, **trigger), received) == expected
