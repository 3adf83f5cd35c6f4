"""Columns of text, numbers and lists made clean: what is impossible becomes null and never fails a job.

What nobody sees has gone from the raw line already (line_text.py): of all white space there are plain spaces, line
breaks and tabs.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

PROSE_LIMIT_CHARS = 20_000
_GAPS = r"[ \n\t]+"
_WHOLE = r"^\s*[+-]?[0-9.]+([eE][+-]?[0-9]+)?\s*$"


def number(name: str, kind: str, *, above: float | None = None) -> Column:
    """A string column as a number, null when it is none, or not above the given bound; 92.0 is a whole number too."""
    value = F.expr(f"try_cast({name} AS {kind})")
    if kind != "double":
        as_double = F.expr(f"try_cast({name} AS double)")
        is_whole = F.col(name).rlike(_WHOLE) & (as_double == F.floor(as_double))
        value = F.coalesce(value, F.when(is_whole, as_double.try_cast(kind)))
    return value if above is None else F.when(value > above, value)


def asked(path: str) -> Column:
    """The id that was asked for, from the path of the request; null when the path names no record."""
    return F.expr(f"try_cast(regexp_extract(path, '{path}([0-9]+)', 1) AS bigint)")


def text(name: str) -> Column:
    """A string on one line; null when nothing is left."""
    return _unless_blank(one_line(F.col(name)))


def prose(value: Column) -> Column:
    """A string of many lines, cut at PROSE_LIMIT_CHARS; null when nothing is left."""
    return _unless_blank(F.btrim(F.left(value, F.lit(PROSE_LIMIT_CHARS)), F.lit(" \n\t")))


def strings(values: Column) -> Column:
    """Distinct, clean, non-blank strings of an array, in order; an absent array is empty."""
    clean = F.transform(F.coalesce(values, F.array().cast("array<string>")), one_line)
    return F.array_distinct(F.filter(clean, lambda value: value.isNotNull() & (value != "")))


def one_line(value: Column) -> Column:
    """A string on one line, trimmed; looking for something to mend is cheaper than mending."""
    has_gaps = (
        F.contains(value, F.lit("  ")) | F.contains(value, F.lit("\n")) | F.contains(value, F.lit("\t"))
    )
    return F.trim(F.when(has_gaps, F.regexp_replace(value, _GAPS, " ")).otherwise(value))


def _unless_blank(value: Column) -> Column:
    return F.when(value != "", value)


def within(value: Column, low: float, high: float) -> Column:
    """The value where it lies between two bounds, both inclusive; null elsewhere."""
    return F.when(value.between(low, high), value)
