"""Columns of text, numbers and lists made clean: what is impossible becomes null and never fails a job."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

PROSE_LIMIT_CHARS = 20_000
_CONTROLS = r"[\p{Cc}\s]+"
_CONTROLS_IN_PROSE = r"[\p{Cc}&&[^\n\t]]+"


def number(name: str, kind: str, *, above: float | None = None) -> Column:
    """A string column as a number, null when it is none, or not above the given bound."""
    value = F.expr(f"try_cast({name} AS {kind})")
    return value if above is None else F.when(value > above, value)


def text(name: str) -> Column:
    """A string on one line: control characters and runs of white space are one space; null when blank."""
    return _unless_blank(F.trim(F.regexp_replace(F.col(name), _CONTROLS, " ")))


def prose(value: Column) -> Column:
    """A string of many lines without other control characters, cut at PROSE_LIMIT_CHARS; null when blank."""
    cut = F.left(value, F.lit(PROSE_LIMIT_CHARS))
    return _unless_blank(F.trim(F.regexp_replace(cut, _CONTROLS_IN_PROSE, " ")))


def strings(values: Column) -> Column:
    """Distinct, trimmed, non-blank strings of an array, in order; an absent array is empty."""
    trimmed = F.transform(F.coalesce(values, F.array().cast("array<string>")), one_line)
    return F.array_distinct(F.filter(trimmed, lambda value: value.isNotNull() & (value != "")))


def one_line(value: Column) -> Column:
    """A short string on one line, trimmed: in lists `translate` is far cheaper than a pattern."""
    return F.trim(F.translate(value, "\t\n\r\x00\x1b", "     "))


def _unless_blank(value: Column) -> Column:
    return F.when(value != "", value)


def within(value: Column, low: float, high: float) -> Column:
    """The value where it lies between two bounds, both inclusive; null elsewhere."""
    return F.when(value.between(low, high), value)
