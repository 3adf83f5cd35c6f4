"""Rows of a list, read one by one: a row that no task can be made from costs only itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.sources.bodies import whole_number


@dataclass(frozen=True)
class Rows:
    """What the rows of a page name.

    Attributes:
        ids: the ids, each once, in order.
        passed_over: rows that are no objects, whose id is null, text, 0 or less, or of another type than the list's.
    """

    ids: tuple[int, ...]
    passed_over: int


def read_rows(rows: Iterable[Any], skip_adult: bool = False, of_type: str | None = None) -> Rows:
    """The ids of a page's rows.

    Args:
        rows: of the page.
        skip_adult: leave out the films that are marked so.
        of_type: the type of the list's records: a row that names another has an id of other records.
    """
    ids: dict[int, None] = {}
    passed_over = 0
    for row in rows:
        row_id = id_of(row)
        if row_id is None or (of_type is not None and (row.get("type") or of_type) != of_type):
            passed_over += 1
        elif not (skip_adult and row.get("adult")):
            ids[row_id] = None
    return Rows(tuple(ids), passed_over)


def id_of(row: Any) -> int | None:
    """The id of an object; None where there is none to ask for."""
    return whole_number(row.get("id"), least=1) if isinstance(row, Mapping) else None
