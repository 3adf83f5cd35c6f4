"""Texts, numbers and lists of an answer made clean: what is impossible becomes None and never fails a job.

What nobody sees has gone from the raw line already (line_text.py): of all white space there are plain spaces, line
breaks and tabs. Scalars come as the text that stands in the JSON (schemas/raw.py), so '12', 12 and 12.0 are one number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

PROSE_LIMIT_CHARS = 20_000
LONG_MAX, INT_MAX = 2**63 - 1, 2**31 - 1
_GAPS = re.compile(r"[ \n\t]+")
_INTEGER = re.compile(r"[+-]?[0-9]{1,30}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")


def whole(said: str | None, most: int = LONG_MAX, *, above: int | None = None) -> int | None:
    """A text as a whole number, None when it is none, out of -most to most, or not above the bound; 92.0 is one."""
    if said is None:
        return None
    value = int(said) if _INTEGER.fullmatch(said) else _whole(said.strip())
    if value is None or not -most <= value <= most:
        return None
    return value if above is None or value > above else None


def _whole(said: str) -> int | None:
    if _INTEGER.fullmatch(said):
        return int(said)
    number = real(said)
    return int(number) if number is not None and number.is_integer() else None


def real(said: str | None) -> float | None:
    """A text as a finite number; None when it is none."""
    if said is None or not _DECIMAL.fullmatch(said := said.strip()):
        return None
    value = float(said)
    return value if math.isfinite(value) else None


def asked(path: str | None, before: str) -> int | None:
    """The id that was asked for, from the path of the request; None when the path names no record."""
    found = re.search(f"{before}([0-9]+)", path) if path else None
    return whole(found[1]) if found else None


def text(value: str | None) -> str | None:
    """A string on one line; None when nothing is left."""
    if not value:
        return None
    if "  " in value or "\n" in value or "\t" in value:
        value = _GAPS.sub(" ", value)
    return value.strip(" ") or None


def prose(value: str | None) -> str | None:
    """A string of many lines, cut at PROSE_LIMIT_CHARS; None when nothing is left."""
    return value[:PROSE_LIMIT_CHARS].strip(" \n\t") or None if value else None


def strings(values: Iterable[str | None] | None) -> list[str]:
    """Distinct, clean, non-blank strings of a list, in order; an absent list is empty."""
    return list(dict.fromkeys(clean for value in values or () if (clean := text(value))))


def trimmed(value: str | None) -> str | None:
    """A scalar as it was said, without spaces around it."""
    return None if value is None else value.strip(" ")


def within(value: float | None, low: float, high: float) -> float | None:
    """The value where it lies between two bounds, both inclusive; None elsewhere."""
    return value if value is not None and low <= value <= high else None
