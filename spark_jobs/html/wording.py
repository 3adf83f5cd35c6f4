"""Figures and names as people read them; every function shows None as a dash."""

from __future__ import annotations

import math

NONE = "-"
_PERCENT = "\u00a0%"  # never on a line of its own
_STEPS = ((1e9, "B"), (1e6, "M"), (1e3, "K"))
# A title could close an isolate or leave an override open and turn the text around it.
_BIDI_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])
_ISOLATE, _POP = "\u2068", "\u2069"


def plain(text: str | None) -> str:
    """A title or name on one line, without characters that change the direction of the text around it."""
    return " ".join((text or NONE).translate(_BIDI_CONTROLS).split())


def named(text: str | None) -> str:
    """A name in a sentence, isolated so that one written right to left leaves the sentence in order."""
    return f"{_ISOLATE}{plain(text)}{_POP}"


def number(value: float | None, digits: int = 0) -> str:
    """1234.5 as 1,234 (or with as many decimals as asked for)."""
    return NONE if _is_unknown(value) else f"{value:,.{digits}f}"


def year(value: float | None) -> str:
    """A year, without the comma of thousands."""
    return NONE if _is_unknown(value) else f"{value:.0f}"


def years_between(first: float | None, last: float | None) -> str:
    """1999 to 2002, or one year alone."""
    return year(first) if first == last else f"{year(first)} to {year(last)}"


def dollars(value: float | None) -> str:
    """1234567 as $1.23 M."""
    if value is None or _is_unknown(value):
        return NONE
    sign, size = "-" if value < 0 else "", abs(value)
    for step, letter in _STEPS:
        if size >= step * 0.9995:
            part = size / step
            return f"{sign}${part:.3g} {letter}" if part < 1000 else f"{sign}${part:,.0f} {letter}"
    return f"{sign}${size:,.0f}"


def percent(share: float | None, digits: int = 0) -> str:
    """0.256 as 26 %; a share short of all is never shown as 100, nor one above none as 0."""
    if share is None or _is_unknown(share):
        return NONE
    shown = f"{share:.{digits}%}".removesuffix("%")
    least = 10.0**-digits
    if 0 < share < 1 and float(shown) in (0.0, 100.0):
        return f"over {100 - least:g}{_PERCENT}" if share > 0.5 else f"under {least:g}{_PERCENT}"
    return f"{shown}{_PERCENT}"


def times(value: float | None) -> str:
    """2.13 as 2.1 times."""
    return NONE if _is_unknown(value) else f"{value:.1f} times"


def count(value: int, one: str, many: str | None = None) -> str:
    """1 film, 2 films."""
    return f"{value:,} {one if value == 1 else many or f'{one}s'}"


def _is_unknown(value: float | None) -> bool:
    return value is None or not math.isfinite(value)
