"""What the rows of a search say of the releases there are: years, formats, countries. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, takewhile
from typing import Any, Literal

from shared.messages.events import RowFacts
from shared.messages.tasks import SearchParams
from shared.sources.vocabulary import FORMATS

_MEDIA = frozenset(FORMATS)


def facts_of(rows: Iterable[Any], order: Literal["asc", "desc"] | None) -> RowFacts:
    """The facts of a page's rows.

    Args:
        rows: of the page; what is no object is passed over.
        order: of the years that was asked for.
    """
    records = [row for row in rows if isinstance(row, Mapping)]
    if not records:
        return RowFacts()
    years = [year_of(row) for row in records]
    last = years[-1]
    media = [media_of(row) for row in records]
    edge = [found for found, year in zip(media, years, strict=True) if year == last]
    return RowFacts(
        rows=len(records),
        first_year=years[0],
        last_year=last,
        oldest=min(filter(None, years), default=0),
        is_sorted=order is None or years == sorted(years, reverse=order == "desc"),
        edge=len(edge),
        formats=Counter(chain.from_iterable(media)),
        edge_formats=Counter(chain.from_iterable(edge)),
        countries=Counter(country for row in records if (country := _text(row.get("country")))),
    )


def rows_until(rows: Sequence[Any], kind: Literal["dated", "undated"]) -> list[Any]:
    """The rows of a sorted search before its first dated, or its first undated, release."""

    def is_other(row: Any) -> bool:
        return not isinstance(row, Mapping) or (year_of(row) > 0) != (kind == "dated")

    return list(takewhile(is_other, rows))


def goes_on_after(search: SearchParams, facts: RowFacts) -> bool:
    """Whether all rows of a sorted page are of the kind that its search is left after."""
    is_undated = facts.last_year == 0
    return facts.edge > 0 and facts.is_sorted and is_undated == (search.until == "dated")


def year_of(row: Mapping[str, Any]) -> int:
    """The year of a row; 0 for none, or for what is no year of four digits."""
    text = _text(row.get("year"))
    return int(text) if len(text) == 4 and text.isascii() and text.isdigit() else 0


def media_of(row: Mapping[str, Any]) -> set[str]:
    """The media a release comes on, among its formats ('Vinyl', not 'LP'); the first one where none is known."""
    given = row.get("format")
    names = [_text(name) for name in given] if isinstance(given, list) else []
    return set(_MEDIA.intersection(names)) or {name for name in names[:1] if name}


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) else ""
