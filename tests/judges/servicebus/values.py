"""AMQP 1.0 values as bytes, written and read by hand: no library that the broker or its clients use."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DESCRIBED = 0x00
NULL = b"\x40"
INT_CODES = frozenset({0x54, 0x71})
LONG_CODES = frozenset({0x55, 0x81})
SYMBOL_CODES = frozenset({0xA3, 0xB3})
TIMESTAMP, UUID = 0x83, 0x98


@dataclass(frozen=True)
class Value:
    """A value with the type code it had on the wire; a described one has its descriptor too."""

    code: int
    value: Any
    descriptor: Any = None
    item_code: int | None = None
    """The type code of an array's items."""

    def plain(self) -> Any:
        """The value without its codes: lists, dictionaries, scalars."""
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        return self.value

    def field(self, index: int) -> Value:
        """A field of a list; null where the list is shorter."""
        return self.value[index] if index < len(self.value) else Value(NULL[0], None)


def boolean(value: bool) -> bytes:
    return b"\x41" if value else b"\x42"


def ubyte(value: int) -> bytes:
    return struct.pack(">BB", 0x50, value)


def uint(value: int) -> bytes:
    return struct.pack(">BI", 0x70, value)


def ulong(value: int) -> bytes:
    return struct.pack(">BQ", 0x80, value)


def int_(value: int) -> bytes:
    return struct.pack(">Bi", 0x71, value)


def long(value: int) -> bytes:
    return struct.pack(">Bq", 0x81, value)


def double(value: float) -> bytes:
    return struct.pack(">Bd", 0x82, value)


def timestamp(value_ms: int) -> bytes:
    return struct.pack(">Bq", TIMESTAMP, value_ms)


def uuid(value: bytes) -> bytes:
    return bytes([UUID]) + value


def binary(value: bytes) -> bytes:
    return struct.pack(">BI", 0xB0, len(value)) + value


def string(value: str) -> bytes:
    return struct.pack(">BI", 0xB1, len(value.encode())) + value.encode()


def symbol(value: str) -> bytes:
    return struct.pack(">BI", 0xB3, len(value)) + value.encode("ascii")


def list_(*items: bytes) -> bytes:
    return _compound(0xD0, items)


def map_(pairs: Mapping[bytes, bytes]) -> bytes:
    return _compound(0xD1, [part for pair in pairs.items() for part in pair])


def array(code: int, *items: bytes) -> bytes:
    """An array of values that were encoded with this type code, which the array says once for all."""
    content = struct.pack(">IB", len(items), code) + b"".join(item[1:] for item in items)
    return struct.pack(">BI", 0xF0, len(content)) + content


def described(descriptor: int, value: bytes) -> bytes:
    return b"\x00\x53" + bytes([descriptor]) + value


def _compound(code: int, items: Any) -> bytes:
    content = struct.pack(">I", len(items)) + b"".join(items)
    return struct.pack(">BI", code, len(content)) + content


def read(data: bytes, at: int = 0) -> tuple[Value, int]:
    """The value at an offset, and the offset behind it."""
    code = data[at]
    if code != DESCRIBED:
        return _read_value(code, data, at + 1)
    descriptor, at = read(data, at + 1)
    value, at = read(data, at)
    return Value(value.code, value.value, descriptor.value, value.item_code), at


def read_all(data: bytes) -> list[Value]:
    """The values that stand one behind the other, such as the sections of a message."""
    values, at = [], 0
    while at < len(data):
        value, at = read(data, at)
        values.append(value)
    return values


_FIXED: dict[int, tuple[str, int]] = {
    0x50: (">B", 1), 0x51: (">b", 1), 0x52: (">B", 1), 0x53: (">B", 1), 0x54: (">b", 1), 0x55: (">b", 1),
    0x56: (">?", 1), 0x60: (">H", 2), 0x61: (">h", 2), 0x70: (">I", 4), 0x71: (">i", 4), 0x72: (">f", 4),
    0x80: (">Q", 8), 0x81: (">q", 8), 0x82: (">d", 8), 0x83: (">q", 8), 0x98: ("16s", 16),
}  # fmt: skip
_CONSTANT = {0x40: None, 0x41: True, 0x42: False, 0x43: 0, 0x44: 0}


def _read_value(code: int, data: bytes, at: int) -> tuple[Value, int]:
    if code in _CONSTANT:
        return Value(code, _CONSTANT[code]), at
    if code in _FIXED:
        layout, size = _FIXED[code]
        return Value(code, struct.unpack_from(layout, data, at)[0]), at + size
    if code == 0x45:
        return Value(code, []), at
    return _read_sized(code, data, at)


def _read_sized(code: int, data: bytes, at: int) -> tuple[Value, int]:
    width, layout = (1, ">B") if code >> 4 in {0xA, 0xC, 0xE} else (4, ">I")
    size = struct.unpack_from(layout, data, at)[0]
    start, end = at + width, at + width + size
    if code >> 4 in {0xA, 0xB}:
        content = data[start:end]
        return Value(code, content if code & 0xF == 0 else content.decode()), end
    count = struct.unpack_from(layout, data, start)[0]
    if code >> 4 in {0xE, 0xF}:
        return _read_array(code, data, start + width, count), end
    items, at = [], start + width
    for _ in range(count):
        item, at = read(data, at)
        items.append(item)
    if code & 0xF == 1:
        return Value(
            code, {key.value: value for key, value in zip(items[::2], items[1::2], strict=True)}
        ), end
    return Value(code, items), end


def _read_array(code: int, data: bytes, at: int, count: int) -> Value:
    item_code, at, items = data[at], at + 1, []
    for _ in range(count):
        item, at = _read_value(item_code, data, at)
        items.append(item)
    return Value(code, items, item_code=item_code)
