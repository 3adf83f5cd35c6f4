"""Columns of text, numbers and lists made clean: what is impossible becomes null and never fails a job.

What nobody sees is no text: marks of direction and of joining go, and no-break, wide and other spaces and control
characters of both blocks are one plain space.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

PROSE_LIMIT_CHARS = 20_000
_SPACES = r"\p{Cc}\h\x{2028}\x{2029}\x{2800}\x{3164}\x{FFA0}"
_MARKS = (
    r"\x{AD}\x{34F}\x{61C}\x{180E}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FEFF}"
    r"\x{FFF9}-\x{FFFB}"
)
# The two joiners belong to words of some scripts and to emoji: between two signs they stay.
_LOOSE_JOINER = (
    rf"(?<![^\s{_SPACES}{_MARKS}])[\x{{200C}}\x{{200D}}]+|[\x{{200C}}\x{{200D}}]+(?![^\s{_SPACES}{_MARKS}])"
)
_UNSEEN = rf"[{_MARKS}]+|{_LOOSE_JOINER}|\r(?=\n)"
_GAPS = rf"[{_SPACES}]+"
_TO_MEND = rf"[{_MARKS}\x{{200C}}\x{{200D}}]|[{_SPACES}&&[^ ]]|  "
_GAPS_IN_PROSE = rf"[{_SPACES}&&[^\n\t ]]+"
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
    """A string on one line, without what nobody sees; null when nothing is left."""
    return _unless_blank(one_line(F.col(name)))


def prose(value: Column) -> Column:
    """A string of many lines without what nobody sees, cut at PROSE_LIMIT_CHARS; null when nothing is left."""
    cut = F.left(value, F.lit(PROSE_LIMIT_CHARS))
    seen = F.regexp_replace(F.regexp_replace(cut, _UNSEEN, ""), _GAPS_IN_PROSE, " ")
    return _unless_blank(F.btrim(seen, F.lit(" \n\t")))


def strings(values: Column) -> Column:
    """Distinct, clean, non-blank strings of an array, in order; an absent array is empty."""
    clean = F.transform(F.coalesce(values, F.array().cast("array<string>")), one_line)
    return F.array_distinct(F.filter(clean, lambda value: value.isNotNull() & (value != "")))


def one_line(value: Column) -> Column:
    """A string on one line, trimmed; looking for something to mend is cheaper than mending."""
    seen = F.regexp_replace(F.regexp_replace(value, _UNSEEN, ""), _GAPS, " ")
    return F.trim(F.when(value.rlike(_TO_MEND), seen).otherwise(value))


def _unless_blank(value: Column) -> Column:
    return F.when(value != "", value)


def within(value: Column, low: float, high: float) -> Column:
    """The value where it lies between two bounds, both inclusive; null elsewhere."""
    return F.when(value.between(low, high), value)
