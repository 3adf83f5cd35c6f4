"""Service Bus messages as the trigger metadata the worker gets from the Service Bus extension.

One message gives ``MessageId``, ``DeliveryCount`` …; a batch gives ``MessageIdArray``, ``DeliveryCountArray`` ...
and the bodies as one collection. With ``json_bodies`` a batch's text bodies are sent the other way the worker
knows, as a JSON array of strings: then each body arrives as a JSON string of itself (apps must decode both).

How a value travels is the host's rule (`GrpcMessageConversionExtensions.cs` of Azure/azure-functions-host): strings,
bytes, arrays of both and of 64-bit integers as such, everything else as JSON. Times named ``...Utc`` name no zone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from azure.functions.meta import Datum
from azure.servicebus import ServiceBusReceivedMessage

from local.host.indexing import FunctionDefinition
from local.host.worker import bindings

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
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
_OTHERS: dict[str, Callable[[Message], Any]] = {
    # The header counts earlier ones, .NET this one too.
    "DeliveryCount": lambda m: (m.delivery_count or 0) + 1,
    "EnqueuedTime": lambda m: _moment(m.enqueued_time_utc),
    "EnqueuedTimeUtc": lambda m: _zoneless(m.enqueued_time_utc),
    "ExpiresAt": lambda m: _moment(m.expires_at_utc or _NEVER),
    "ExpiresAtUtc": lambda m: _zoneless(m.expires_at_utc or _NEVER),
    "ApplicationProperties": lambda m: _properties(m),
    "UserProperties": lambda m: _properties(m),
}


def decode_one(function: FunctionDefinition, message: Message) -> Any:
    """The argument of a function with cardinality one."""
    metadata = {
        name: bindings.text_datum(_text(read(message))) for name, read in _TEXTS.items() if read(message)
    }
    others = {name: read(message) for name, read in _OTHERS.items()}
    metadata |= {name: bindings.json_datum(value) for name, value in others.items() if value is not None}
    metadata["SequenceNumber"] = bindings.json_datum(message.sequence_number)
    return bindings.decode(function, _body_datum(body_bytes(message), function), metadata)


def decode_many(
    function: FunctionDefinition, messages: Sequence[Message], json_bodies: bool = False
) -> list[Any]:
    """The argument of a function with cardinality many: a list in the order received.

    Raises:
        IndexError: of the worker, where a body is empty and the function does not ask for binary data.
    """
    bodies = _bodies_datum([body_bytes(message) for message in messages], function, json_bodies)
    decoded: list[Any] = bindings.decode(function, bodies, arrays_of(messages))
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
    metadata = {
        f"{name}Array": bindings.strings_datum([_text(read(message)) for message in messages])
        for name, read in _TEXTS.items()
    }
    for name, value in _OTHERS.items():
        metadata[f"{name}Array"] = bindings.json_datum([value(message) for message in messages])
    numbers = [message.sequence_number or 0 for message in messages]
    return metadata | {"SequenceNumberArray": bindings.integers_datum(numbers)}


def _body_datum(body: bytes, function: FunctionDefinition) -> Datum:
    return bindings.bytes_datum(body) if _is_binary(function) else bindings.text_datum(_decoded(body))


def _bodies_datum(bodies: list[bytes], function: FunctionDefinition, json_bodies: bool) -> Datum:
    if _is_binary(function):
        return bindings.blobs_datum(bodies)
    texts = [_decoded(body) for body in bodies]
    return bindings.json_datum(texts) if json_bodies else bindings.strings_datum(texts)


def _is_binary(function: FunctionDefinition) -> bool:
    """Whether the function asks for bodies as bytes; if not, they travel as text."""
    return str(function.trigger.get("dataType")).upper() == "BINARY"


def _decoded(body: bytes) -> str:
    """Text whatever it was, as .NET makes it: what is no UTF-8 is replaced."""
    return body.decode("utf-8", "replace")


def _moment(time: dt.datetime | None) -> str | None:
    """A DateTimeOffset in JSON."""
    return time.astimezone(dt.UTC).isoformat() if time else None


def _zoneless(time: dt.datetime | None) -> str | None:
    """A DateTime of no kind in JSON, which is what the extension makes of a DateTimeOffset."""
    return time.astimezone(dt.UTC).replace(tzinfo=None).isoformat() if time else None


def _properties(message: Message) -> dict[str, Any]:
    return {_text(name): _plain(value) for name, value in (message.application_properties or {}).items()}


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _text(value: Any) -> str:
    return "" if value is None else str(_plain(value))
