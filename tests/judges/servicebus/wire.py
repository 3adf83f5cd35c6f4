"""One AMQP 1.0 connection made of frames written by hand, so that nothing between the test and the wire helps."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from . import values as v

DEADLINE_S = 30
WINDOW = 2000
OPEN, BEGIN, ATTACH, FLOW, TRANSFER, DISPOSITION, DETACH = range(0x10, 0x17)
MECHANISMS, INIT, OUTCOME = 0x40, 0x41, 0x44
DELIVERY_ANNOTATIONS = 0x71
PROPERTIES, APPLICATION_PROPERTIES, DATA, AMQP_VALUE = 0x73, 0x74, 0x75, 0x77
ACCEPTED, REJECTED, RELEASED, MODIFIED, ERROR = 0x24, 0x25, 0x26, 0x27, 0x1D
SOURCE, TARGET = 0x28, 0x29
SENDS, RECEIVES = False, True
AMQP_HEADER, SASL_HEADER = b"AMQP\x00\x01\x00\x00", b"AMQP\x03\x01\x00\x00"


@dataclass(frozen=True)
class Frame:
    """A performative and what followed it."""

    performative: v.Value
    payload: bytes

    @property
    def code(self) -> int:
        return int(self.performative.descriptor)

    def field(self, index: int) -> v.Value:
        return self.performative.field(index)


@dataclass
class Link:
    """A link that the broker answered; `answer` is its attach frame."""

    handle: int
    answer: Frame
    sent: int = 0


class Wire:
    """A connection with one session. Frames that nobody waited for yet stay until somebody does."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S)
        self._unread = b""
        self._frames: list[Frame] = []
        self._outbox: list[bytes] | None = None
        self._handles = 0
        self._deliveries = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def sasl(self, mechanism: str) -> tuple[list[str], int]:
        """Say who we are by this mechanism: the mechanisms that were offered, and the outcome's code."""
        self._exchange(SASL_HEADER)
        offered = self.expect(MECHANISMS).field(0)
        self._write(1, v.described(INIT, v.list_(v.symbol(mechanism))))
        outcome = self.expect(OUTCOME).field(0).value
        names = offered.plain()
        return (names if isinstance(names, list) else [names]), outcome

    def open(self) -> Self:
        """Open the connection and its session."""
        self._exchange(AMQP_HEADER)
        self.perform(OPEN, v.string("judge"), v.string("localhost"))
        self.expect(OPEN)
        self.perform(BEGIN, v.NULL, v.uint(0), v.uint(WINDOW), v.uint(WINDOW))
        self.expect(BEGIN)
        return self

    def attach(
        self,
        role: bool,
        source: str,
        target: str,
        modes: tuple[int, int] | None = None,
        session_filter: bytes | None = None,
    ) -> Link:
        """Open a link; `modes` are the settle modes of sender and receiver, `session_filter` an encoded id."""
        handle, self._handles = self._handles, self._handles + 1
        asked = [v.ubyte(mode) for mode in modes] if modes else [v.NULL, v.NULL]
        filters = v.NULL
        if session_filter is not None:
            filters = v.map_({v.symbol("com.microsoft:session-filter"): session_filter})
        from_ = v.described(SOURCE, v.list_(v.string(source), *[v.NULL] * 6, filters))
        to = v.described(TARGET, v.list_(v.string(target)))
        count = v.uint(0) if role is SENDS else v.NULL
        name = v.string(f"link-{handle}")
        self.perform(ATTACH, name, v.uint(handle), v.boolean(role), *asked, from_, to, v.NULL, v.NULL, count)
        return Link(handle, self.expect(ATTACH))

    def credit(self, link: Link, messages: int) -> None:
        """Ask for messages on a receiving link."""
        window = v.uint(WINDOW)
        counts = [v.uint(0), v.uint(messages)]
        self.perform(FLOW, v.uint(0), window, v.uint(0), window, v.uint(link.handle), *counts)

    def send(self, link: Link, message: bytes) -> int:
        """Transfer a message; the number of its delivery."""
        number, self._deliveries = self._deliveries, self._deliveries + 1
        tag = v.binary(struct.pack(">I", number))
        fields = [v.uint(link.handle), v.uint(number), tag, v.uint(0), v.boolean(False)]
        self.perform(TRANSFER, *fields, payload=message)
        return number

    def settle(self, number: int, state: bytes) -> None:
        """Tell the outcome of a delivery to us, and wait for the broker to settle it."""
        self.perform(DISPOSITION, v.boolean(True), v.uint(number), v.NULL, v.boolean(False), state)

    def outcome(self, number: int) -> v.Value:
        """What the broker says about a message that was sent to it."""
        return self._state(number, RECEIVES)

    def settlement(self, number: int) -> v.Value:
        """What the broker says about a message that it delivered and that was settled here."""
        return self._state(number, SENDS)

    def _state(self, number: int, role: bool) -> v.Value:
        def concerns(frame: Frame) -> bool:
            first = frame.field(1).value
            is_within = first <= number <= (frame.field(2).value or first)
            return bool(frame.field(0).value is role and is_within)

        return self.expect(DISPOSITION, concerns, keep=True).field(4)

    def receive(self, link: Link) -> Frame:
        """The next message on a receiving link, whole in one frame."""
        return self.expect(TRANSFER, lambda frame: frame.field(0).value == self._remote(link))

    def request(self, address: str, application: Mapping[bytes, bytes], body: bytes) -> list[v.Value]:
        """Ask at $cbs or $management over a pair of links of its own: the sections of the answer."""
        here = f"replies-{self._handles}"
        reply = self.attach(RECEIVES, address, here)
        ask = self.attach(SENDS, here, address)
        self.credit(reply, 1)
        number = self.send(ask, request_message(application, body, here))
        assert self.outcome(number).descriptor == ACCEPTED
        return v.read_all(self.receive(reply).payload)

    def together(self, write: Callable[[], None]) -> None:
        """Send all that `write` writes as one packet."""
        self._outbox = []
        write()
        packet, self._outbox = b"".join(self._outbox), None
        self._socket.sendall(packet)

    def perform(self, code: int, *fields: bytes, payload: bytes = b"") -> None:
        """Write one frame of the session."""
        self._write(0, v.described(code, v.list_(*fields)) + payload)

    def expect(
        self, code: int, fits: Callable[[Frame], bool] = lambda _: True, *, keep: bool = False
    ) -> Frame:
        """The first frame of this kind that fits, waited for; taken away unless `keep`."""
        seen = 0
        while True:
            for position in range(seen, len(self._frames)):
                frame = self._frames[position]
                if frame.code == code and fits(frame):
                    return frame if keep else self._frames.pop(position)
            seen = len(self._frames)
            self._frames.append(self._read_frame())

    def _remote(self, link: Link) -> Any:
        return link.answer.field(1).value

    def _exchange(self, header: bytes) -> None:
        self._socket.sendall(header)
        assert self._read(8) == header

    def _write(self, kind: int, body: bytes) -> None:
        frame = struct.pack(">IBBH", 8 + len(body), 2, kind, 0) + body
        if self._outbox is None:
            self._socket.sendall(frame)
        else:
            self._outbox.append(frame)

    def _read_frame(self) -> Frame:
        size, offset, _, _ = struct.unpack(">IBBH", self._read(8))
        body = self._read(size - 8)[4 * offset - 8 :]
        if not body:
            return self._read_frame()
        performative, end = v.read(body)
        return Frame(performative, body[end:])

    def _read(self, size: int) -> bytes:
        while len(self._unread) < size:
            packet = self._socket.recv(65_536)
            assert packet, "the broker closed the connection"
            self._unread += packet
        data, self._unread = self._unread[:size], self._unread[size:]
        return data


def request_message(application: Mapping[bytes, bytes], body: bytes, reply_to: str) -> bytes:
    """The message of a request."""
    properties = v.list_(v.ulong(7), v.NULL, v.NULL, v.NULL, v.string(reply_to))
    return b"".join(
        [
            v.described(PROPERTIES, properties),
            v.described(APPLICATION_PROPERTIES, v.map_(application)),
            v.described(AMQP_VALUE, body),
        ]
    )


def plain_message(body: bytes, session_id: str | None = None, **application: bytes) -> bytes:
    """A message with application properties that are already encoded."""
    group = v.NULL if session_id is None else v.string(session_id)
    sections = [
        v.described(PROPERTIES, v.list_(*[v.NULL] * 10, group)),
        v.described(APPLICATION_PROPERTIES, v.map_({v.string(k): e for k, e in application.items()})),
        v.described(DATA, v.binary(body)),
    ]
    return b"".join(sections)


def section(message: bytes | list[v.Value], code: int) -> v.Value:
    """A section of a message by its descriptor."""
    sections = v.read_all(message) if isinstance(message, bytes) else message
    return next(part for part in sections if part.descriptor == code)
