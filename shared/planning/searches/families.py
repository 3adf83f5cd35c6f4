"""Families: a search over the cap and the parts it is split into, name by name, until all it counts is found. Pure.

Which formats and countries there are is read from the rows that were listed already, so names that nothing bears are
asked for only where releases are missing after the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product

from shared.messages.events import PageRead, SliceHead
from shared.messages.tasks import SearchParams
from shared.sources.vocabulary import COUNTRIES, FORMATS

VOCABULARY: Mapping[str, tuple[str, ...]] = {"format": FORMATS, "country": COUNTRIES}
Key = tuple[int | None, str | None, str | None]


@dataclass
class Seen:
    """How many rows bore which format and which country."""

    format: Counter[str] = field(default_factory=Counter)
    country: Counter[str] = field(default_factory=Counter)

    def add(self, page: PageRead) -> None:
        """Count the rows of a page."""
        if page.facts:
            self.format.update(page.facts.formats)
            self.country.update(page.facts.countries)

    def names(self, dimension: str) -> tuple[str, ...]:
        """The names that were seen, the most frequent ones first."""
        counts: Counter[str] = getattr(self, dimension)
        return tuple(sorted(counts, key=lambda name: (-counts[name], name)))

    def others(self, dimension: str) -> tuple[str, ...]:
        """The known names that were not."""
        counts: Counter[str] = getattr(self, dimension)
        return tuple(name for name in VOCABULARY[dimension] if name not in counts)


@dataclass
class Family:
    """One search over the cap.

    Attributes:
        params: the search.
        total: releases it counts.
        found: those of them that any search listed.
        hidden: rows that its parts count and no page lists, by slice.
        asked: names that were asked for.
    """

    params: SearchParams
    total: int
    found: set[int] = field(default_factory=set)
    hidden: dict[str, int] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    _seen: Seen = field(default_factory=Seen)

    def add(self, page: PageRead) -> None:
        """Note what a page of it, or of a part of it, listed."""
        self.found.update(page.ids)
        self._seen.add(page)

    @property
    def missing(self) -> int:
        """Releases that are counted, and that no page has listed so far."""
        return self.total - len(self.found) - sum(self.hidden.values())

    def ask(self, seen: Seen) -> tuple[SearchParams, ...]:
        """The next parts to read; nothing when all is found, or nothing is left to ask for."""
        dimension = "format" if self.params.format is None else "country"
        for names in (self._seen.names(dimension), seen.names(dimension), VOCABULARY[dimension]):
            new = [name for name in names if name not in self.asked]
            if new and self.missing > 0:
                self.asked.update(new)
                return tuple(self.params.model_copy(update={dimension: name, "reading": 1}) for name in new)
        return ()


class Families:
    """All searches that were split, by what they are narrowed to."""

    def __init__(self) -> None:
        self._open: dict[Key, Family] = {}

    def begin(self, head: SliceHead, page: PageRead) -> None:
        """A search turned out to hold more than the cap; said again by another reading, it is known already."""
        if isinstance(head.params, SearchParams) and _key(head.params) not in self._open:
            family = self._open[_key(head.params)] = Family(head.params, head.reported)
            family.add(page)

    def add(self, page: PageRead) -> None:
        """Note what a page listed."""
        if page.search:
            for family in self._of(page.search):
                family.add(page)

    def end(self, slice_id: str, head: SliceHead, hidden: int) -> None:
        """Note how many rows a slice counted and did not list."""
        if isinstance(head.params, SearchParams):
            for family in self._of(head.params):
                family.hidden[slice_id] = hidden

    def ask(self, seen: Seen) -> tuple[SearchParams, ...]:
        """The next parts of every family; those with nothing left to ask for are forgotten."""
        following = {key: family.ask(seen) for key, family in self._open.items()}
        for key in [key for key, parts in following.items() if not parts]:
            del self._open[key]
        return tuple(part for parts in following.values() for part in parts)

    def open_searches(self) -> tuple[SearchParams, ...]:
        """The searches whose parts are not all asked for."""
        return tuple(family.params for family in self._open.values())

    def _of(self, search: SearchParams) -> Iterable[Family]:
        if not self._open:
            return ()
        options = ({None, value} for value in _key(search))
        return [self._open[key] for key in product(*options) if key in self._open]


def _key(search: SearchParams) -> Key:
    return search.year, search.format, search.country
