"""Texts, numbers and lists of an answer made clean: what is impossible becomes None and never fails a job.

What nobody sees has gone from the raw line already (line_text.py): of all white space there are plain spaces, line
breaks and tabs. A scalar is taken as it comes: '12', 12 and 12.0 are one number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

PROSE_LIMIT_CHARS = 20_000
LONG_MAX, INT_MAX = 2**63 - 1, 2**31 - 1
Scalar = str | int | float | bool | None
"""A value of JSON that is no list and no object."""
_GAPS = re.compile(r"[ \n\t]+")
_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


def said(value: Scalar) -> str | None:
    """A scalar as a text, as JSON writes it; None for null."""
    if value is None or type(value) is str:
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def whole(value: Scalar, most: int = LONG_MAX, *, above: int | None = None) -> int | None:
    """A scalar as a whole number, None when it is none, out of -most to most, or not above the bound; 92.0 is one."""
    if value is None:
        return None
    number = value if type(value) is int else _whole(value)
    if number is None or not -most <= number <= most:
        return None
    return number if above is None or number > above else None


def _whole(value: Scalar) -> int | None:
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    number = real(value)
    return int(number) if number is not None and number.is_integer() else None


def real(value: Scalar) -> float | None:
    """A scalar as a finite number; None when it is none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str) and not _DECIMAL.fullmatch(value := value.strip()):
        return None
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond all floats
        return None
    return number if math.isfinite(number) else None


def asked(path: str | None, before: str) -> int | None:
    """The id that was asked for, from the path of the request; None when the path names no record."""
    found = re.search(f"{before}([0-9]+)", path) if path else None
    return whole(found[1]) if found else None


def text(value: Scalar) -> str | None:
    """A scalar as a string on one line; None when nothing is left."""
    if type(value) is not str and (value := said(value)) is None:
        return None
    if "  " in value or "\n" in value or "\t" in value:
        value = _GAPS.sub(" ", value)
    return value.strip(" ") or None


def prose(value: Scalar) -> str | None:
    """A scalar as a string of many lines, cut at PROSE_LIMIT_CHARS; None when nothing is left."""
    text = said(value)
    return text[:PROSE_LIMIT_CHARS].strip(" \n\t") or None if text else None


def strings(values: Iterable[Scalar] | None) -> list[str]:
    """Distinct, clean, non-blank strings of a list, in order; an absent list is empty."""
    return list(dict.fromkeys(clean for value in values or () if (clean := text(value))))


def trimmed(value: Scalar) -> str | None:
    """A scalar as it was said, without spaces around it."""
    text = said(value)
    return None if text is None else text.strip(" ")


def within(value: float | None, low: float, high: float) -> float | None:
    """The value where it lies between two bounds, both inclusive; None elsewhere."""
    return value if value is not None and low <= value <= high else None
