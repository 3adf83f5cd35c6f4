"""What pages are made of: headline figures, and sections of a question, its answer, charts and the table behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import altair as alt

Row = Mapping[str, Any]
Rows = Sequence[Row]
Picture = alt.Chart | alt.LayerChart


class Column(NamedTuple):
    """A column of a table: its head, what a row shows in it, whether that is a number, or names the row's film."""

    head: str
    cell: Callable[[Row], str]
    is_number: bool = True
    is_film: bool = False


class Tile(NamedTuple):
    """A headline figure as it is shown; `what` explains it where the pointer rests."""

    name: str
    value: str
    what: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows and the columns they are shown in; `of` says in a few words which rows these are."""

    of: str
    rows: Rows
    columns: Sequence[Column]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page; where there is nothing to draw the reading says so.

    Args:
        anchor: id in the page.
        reading: one sentence computed from the data; plain text.
        note: how to read the charts, and what was left out; plain text.
        is_wide: whether it takes the whole width of a desktop.
    """

    anchor: str
    title: str
    reading: str
    charts: Sequence[Picture] = ()
    table: Table | None = None
    note: str = ""
    is_wide: bool = False

    @property
    def is_left_out(self) -> bool:
        """Whether there is too little to show; the reading is the reason."""
        return not self.charts and self.table is None


@dataclass(frozen=True, slots=True)
class Chapter:
    """Sections under one heading, which stands in the contents."""

    anchor: str
    title: str
    sections: Sequence[Section]

    @property
    def shown(self) -> list[Section]:
        """Its sections with something to show, those with charts first."""
        found = [section for section in self.sections if not section.is_left_out]
        return sorted(found, key=lambda section: not section.charts)

    @property
    def left_out(self) -> list[Section]:
        """Its sections with too little to show."""
        return [section for section in self.sections if section.is_left_out]
