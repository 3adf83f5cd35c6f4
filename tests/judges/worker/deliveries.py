"""What a host has to hand over, plain and odd: each case makes the argument of a function as local/host does it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from local.host.indexing import FunctionDefinition
from local.host.triggers.timers import _timer_info
from local.host.worker import bindings, messages
from tests.unit.local.host.worker.test_messages import Received

MOMENT = "2026-11-20T06:30:00.123456Z"
ODD = Received(
    body="é".encode(),
    delivery_count=9,
    application_properties={
        b"text": b"\xc3\xa9", b"number": 7, b"share": 0.5, b"yes": True, b"none": None,
        b"id": uuid.UUID(int=5), b"at": dt.datetime(2026, 11, 20, tzinfo=dt.UTC), b"": "unnamed",
    },
    time_to_live=dt.timedelta(days=7),
    content_type="application/json",
)  # fmt: skip
BARE = Received(message_id="", session_id=None, sequence_number=0)
BODIES = {
    "json": b'{"at": "2026-11-20T06:30:00.120Z", "n": 1.0}',
    "a json string": b'"text"',
    "half a json string": b'"',
    "empty": b"",
    "no utf-8": b"\xff\xfe\x00",
    "sections": [b'{"a":', b" 1}"],
    "a value": "a value",
    "large": b"x" * 300_000,
}


@dataclass(frozen=True)
class Case:
    """A delivery to a function of the probe app."""

    function: str
    argument: Callable[[FunctionDefinition], Any]


@dataclass(frozen=True)
class Request:
    """A request to the function `http`."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def build(self, client: httpx.AsyncClient) -> httpx.Request:
        """As a client sends it."""
        return client.build_request(self.method, self.path, headers=self.headers, content=self.body)


def cases() -> dict[str, Case | Request]:
    """All of them, by what they are."""
    return {
        **{f"http, {name}": request for name, request in _requests().items()},
        **{f"timer, {name}": Case("timer", _tick(*tick)) for name, tick in _ticks().items()},
        "timer, the function fails": Case("fails", _tick({}, False)),
        "blob": Case("blob", _blob(b'{"run_id": "r"}')),
        "blob, empty": Case("blob", _blob(b"")),
        **{
            f"{function}, {name}": Case(function, _one(Received(body=body)))
            for function in ("one", "one_binary", "one_text", "one_bytes")
            for name, body in BODIES.items()
        },
        "one, every property": Case("one", _one(ODD)),
        "one, no property": Case("one", _one(BARE)),
        **{
            f"{function}, {name}": Case(function, _many(batch))
            for function in ("many", "many_binary")
            for name, batch in _batches().items()
        },
        "many, bodies as JSON": Case("many", _many([Received(body=b'{"n":1}'), ODD], json_bodies=True)),
    }


def _requests() -> dict[str, Request]:
    return {
        "get": Request("GET", "/api/things/a?one=1&two=%C3%A9&two=2&plus=a+b"),
        "a parameter that needs quoting": Request("GET", "/api/things/a%20b%C3%A9"),
        "post json": Request("POST", "/api/things/a", {"Content-Type": "application/json"}, b'{"n": 1}'),
        "post nothing": Request("POST", "/api/things/a"),
        "post bytes": Request("POST", "/api/things/a", {"X-Odd": "1"}, b"\xff\x00"),
    }


def _ticks() -> dict[str, tuple[dict[str, str], bool]]:
    status = {"Last": MOMENT, "Next": MOMENT, "LastUpdated": MOMENT}
    return {"on time": (status, False), "past due": (status, True), "not monitored": ({}, False)}


def _batches() -> dict[str, list[Received]]:
    return {
        "one message": [Received()],
        "every array": [ODD, ODD],
        "some properties": [BARE, ODD, Received(content_type="text/plain"), BARE],
        "no property": [BARE, BARE],
        "a long batch": [Received(body=b'{"n": %d}' % n, message_id=f"t:{n}") for n in range(200)],
        "an empty body": [Received(), Received(body=b"")],
        "odd bodies": [Received(body=body) for body in BODIES.values() if body],
    }


def _tick(status: dict[str, str], is_past_due: bool) -> Callable[[FunctionDefinition], Any]:
    info = _timer_info(status, is_past_due)
    return lambda function: bindings.decode(function, bindings.json_datum(info), {})


def _blob(content: bytes) -> Callable[[FunctionDefinition], Any]:
    metadata = {
        "run_id": bindings.text_datum("20261120T063000-ab"),
        "BlobTrigger": bindings.text_datum("control/bronze/20261120T063000-ab.json"),
        "Uri": bindings.text_datum("https://lake.invalid/control/bronze/20261120T063000-ab.json"),
        "Properties": bindings.json_datum({"Length": len(content), "ETag": "0x1", "LastModified": MOMENT}),
        "Metadata": bindings.json_datum({"made_by": "é"}),
    }
    return lambda function: bindings.decode(function, bindings.bytes_datum(content), metadata)


def _one(received: Received) -> Callable[[FunctionDefinition], Any]:
    return lambda function: messages.decode_one(function, cast(Any, received))


def _many(received: list[Received], json_bodies: bool = False) -> Callable[[FunctionDefinition], Any]:
    return lambda function: messages.decode_many(function, cast(Any, received), json_bodies)
