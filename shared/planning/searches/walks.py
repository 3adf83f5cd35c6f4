"""Walks: the undated releases of a country or format, from the start of a sorted search to its first dated one. Pure.

Nothing else names them: a search narrowed to a year has dated releases only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.messages.events import PageRead
from shared.messages.tasks import SearchParams
from shared.planning.searches.facts import goes_on_after
from shared.sources.limits import DISCOGS_MAX_PAGES, MAX_RESULTS


@dataclass
class Walk:
    """One of them.

    Attributes:
        total: releases the search counts, dated or not.
        is_open: whether its last page within the caps is undated still, so that it has to be split.
    """

    total: int = 0
    is_open: bool = False


class Walks:
    """All walks of a run, by country and format."""

    def __init__(self) -> None:
        self._by: dict[tuple[str | None, str | None], Walk] = {}
        self.oldest = 0

    @property
    def total(self) -> int:
        """Releases of all countries that were asked for; each release has one country."""
        return sum(walk.total for (_, format_), walk in self._by.items() if format_ is None)

    @property
    def cut_off(self) -> int:
        """How many end at the cap, with undated releases behind it that no search can name."""
        return sum(walk.is_open for (_, format_), walk in self._by.items() if format_ is not None)

    def add(self, search: SearchParams, page: PageRead) -> None:
        """Note what a page says."""
        walk = self._by.setdefault((search.country, search.format), Walk())
        facts = page.facts
        if page.total is not None:
            walk.total = page.total
        if facts is None:
            return
        if facts.oldest:
            self.oldest = min(self.oldest or facts.oldest, facts.oldest)
        if search.page == DISCOGS_MAX_PAGES and walk.total > MAX_RESULTS:
            walk.is_open = goes_on_after(search, facts)

    def by_country(self, root: SearchParams, names: Iterable[str]) -> tuple[SearchParams, ...]:
        """A walk through each country that has had none."""
        new = [name for name in names if (name, None) not in self._by]
        return tuple(_walk(root, country=name) for name in new)

    def by_format(self, root: SearchParams, names: Iterable[str]) -> tuple[SearchParams, ...]:
        """Walks through these formats of each country whose undated releases are more than a search can list."""
        names = tuple(names)
        countries = [
            name for (name, format_), walk in self._by.items() if format_ is None and self._is_short(name)
        ]
        return tuple(
            _walk(root, country=country, format=name)
            for country in countries
            for name in names
            if (country, name) not in self._by
        )

    def _is_short(self, country: str | None) -> bool:
        """Whether a country's undated releases are too many, and the formats asked for do not hold all its releases."""
        whole = self._by[country, None]
        parts = sum(walk.total for (name, format_), walk in self._by.items() if name == country and format_)
        return whole.is_open and parts < whole.total


def _walk(root: SearchParams, **narrowed: str | None) -> SearchParams:
    return root.window(1, order="asc", last=1, until="dated", **narrowed)
