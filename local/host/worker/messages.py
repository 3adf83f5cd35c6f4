"""Service Bus messages as the trigger metadata the worker gets from the Service Bus extension.

One message gives ``MessageId``, ``DeliveryCount`` …; a batch gives ``MessageIdArray``, ``DeliveryCountArray`` ...
and the bodies as one collection. With ``json_bodies`` a batch's text bodies are sent the other way the worker
knows, as a JSON array of strings: then each body arrives as a JSON string of itself (apps must decode both).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from azure.functions.meta import Datum
from azure.servicebus import ServiceBusReceivedMessage

from local.host.indexing import FunctionDefinition
from local.host.worker import bindings

# The worker parses a JSON array once per message and field; in slices the cost stays linear.
_SLICE = 64

Message = ServiceBusReceivedMessage

#: What the extension hands over of each message, and nothing else: read in `ServiceBusTriggerBindingStrategy.cs`
#: (Azure/azure-sdk-for-net, Microsoft.Azure.WebJobs.Extensions.ServiceBus). No time of a lock is among it, and why a
#: message is a dead letter stands in its application properties.
_TEXTS: dict[str, Callable[[Message], Any]] = {
    "MessageId": lambda m: m.message_id,
    "ContentType": lambda m: m.content_type,
    "CorrelationId": lambda m: m.correlation_id,
    "DeadLetterSource": lambda m: m.dead_letter_source,
    "Label": lambda m: m.subject,
    "Subject": lambda m: m.subject,
    "LockToken": lambda m: m.lock_token,
    "PartitionKey": lambda m: m.partition_key,
    "ReplyTo": lambda m: m.reply_to,
    "ReplyToSessionId": lambda m: m.reply_to_session_id,
    "SessionId": lambda m: m.session_id,
    "To": lambda m: m.to,
    "TransactionPartitionKey": lambda m: None,  # not in the Python SDK; the app sends none
}
_INTEGERS: dict[str, Callable[[Message], int | None]] = {
    "DeliveryCount": lambda m: (
        (m.delivery_count or 0) + 1
    ),  # the header counts earlier ones, .NET this one too
    "SequenceNumber": lambda m: m.sequence_number,
}
_TIMES: dict[str, Callable[[Message], dt.datetime | None]] = {
    "EnqueuedTime": lambda m: m.enqueued_time_utc,
    "EnqueuedTimeUtc": lambda m: m.enqueued_time_utc,
    "ExpiresAt": lambda m: m.expires_at_utc,
    "ExpiresAtUtc": lambda m: m.expires_at_utc,
}


def decode_one(function: FunctionDefinition, message: Message) -> Any:
    """The argument of a function with cardinality one."""
    metadata = {
        name: bindings.text_datum(_text(read(message))) for name, read in _TEXTS.items() if read(message)
    }
    counts = {name: read(message) for name, read in _INTEGERS.items()}
    metadata |= {name: bindings.json_datum(count) for name, count in counts.items() if count is not None}
    times = {name: read(message) for name, read in _TIMES.items()}
    metadata |= {name: bindings.text_datum(utc_text(time)) for name, time in times.items() if time}
    properties = bindings.json_datum(_properties(message))
    metadata |= {"ApplicationProperties": properties, "UserProperties": properties}
    return bindings.decode(function, _body_datum(body_bytes(message)), metadata)


def decode_many(
    function: FunctionDefinition, messages: Sequence[Message], json_bodies: bool = False
) -> list[Any]:
    """The argument of a function with cardinality many: a list in the order received."""
    decoded: list[Any] = []
    for start in range(0, len(messages), _SLICE):
        part = messages[start : start + _SLICE]
        bodies = _bodies_datum([body_bytes(message) for message in part], function, json_bodies)
        decoded += bindings.decode(function, bodies, arrays_of(part))
    return decoded


def body_bytes(message: Message) -> bytes:
    """The message's body: data sections joined, a value section as its text."""
    body = message.body
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode("utf-8")
    return b"".join(part if isinstance(part, bytes) else str(part).encode("utf-8") for part in body)


def utc_text(time: dt.datetime) -> str:
    """ISO 8601 in UTC with a Z, as .NET writes it."""
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def arrays_of(messages: Sequence[Message]) -> dict[str, Datum]:
    """The trigger metadata of a batch: an array a field."""

    def texts(read: Callable[[Message], Any]) -> Datum:
        return bindings.strings_datum([_text(read(message)) or None for message in messages])

    def times(read: Callable[[Message], dt.datetime | None]) -> Datum:
        return bindings.strings_datum(
            [utc_text(time) if (time := read(message)) else None for message in messages]
        )

    metadata = {f"{name}Array": texts(read) for name, read in _TEXTS.items()}
    metadata |= {f"{name}Array": times(read) for name, read in _TIMES.items()}
    for name, count in _INTEGERS.items():
        metadata[f"{name}Array"] = bindings.integers_datum([count(message) for message in messages])
    properties = bindings.json_datum([_properties(message) for message in messages])
    return metadata | {"ApplicationPropertiesArray": properties, "UserPropertiesArray": properties}


def _body_datum(body: bytes) -> Datum:
    try:
        return bindings.text_datum(body.decode("utf-8"))
    except UnicodeDecodeError:
        return bindings.bytes_datum(body)


def _bodies_datum(bodies: list[bytes], function: FunctionDefinition, json_bodies: bool) -> Datum:
    if str(function.trigger.get("dataType")).upper() == "BINARY":
        return bindings.blobs_datum(bodies)
    try:
        texts = [body.decode("utf-8") for body in bodies]
    except UnicodeDecodeError:
        return bindings.blobs_datum(bodies)
    return bindings.json_datum(texts) if json_bodies else bindings.strings_datum(texts)


def _properties(message: Message) -> dict[str, Any]:
    return {_text(name): _plain(value) for name, value in (message.application_properties or {}).items()}


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _text(value: Any) -> str:
    return "" if value is None else str(_plain(value))
