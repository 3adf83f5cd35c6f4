"""The two ends of a list that is sorted by year, and what to ask for of the years between. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from shared.messages.events import RowFacts
from shared.messages.tasks import SearchParams
from shared.sources.limits import DISCOGS_MAX_PAGES, DISCOGS_PAGE_SIZE, MAX_RESULTS

ROOM = 0.9
"""Share of the cap that a window may be expected to reach: its size is an estimate."""
HALF_A_PAGE = 0.5


@dataclass(frozen=True)
class Ends:
    """What the pages of both ends say.

    Attributes:
        total: releases the list counts.
        asc: facts by page, oldest first.
        desc: facts by page, newest first.
    """

    total: int
    asc: Mapping[int, RowFacts]
    desc: Mapping[int, RowFacts]

    @property
    def are_known(self) -> bool:
        """Whether the last pages were read that say where the ends stop."""
        pages = (self.asc, self.desc) if self.total > 2 * MAX_RESULTS else (self.asc,)
        return all(DISCOGS_MAX_PAGES in end for end in pages)

    @property
    def are_in_order(self) -> bool:
        """Whether the years of the pages read so far rise from page to page, or fall, as was asked for."""
        for end, is_falling in ((self.asc, False), (self.desc, True)):
            years = [year for _, facts in sorted(end.items()) for year in (facts.first_year, facts.last_year)]
            if years != sorted(years, reverse=is_falling):
                return False
        return not self.old_year or self.total <= 2 * MAX_RESULTS or self.old_year <= self.new_year

    @property
    def old_year(self) -> int:
        """The year in which the old end stops; 0 where it is all undated."""
        return self.asc[DISCOGS_MAX_PAGES].last_year

    @property
    def new_year(self) -> int:
        """The year in which the new end stops; 0 where it holds all dated releases."""
        return self.desc[DISCOGS_MAX_PAGES].last_year if self.total > 2 * MAX_RESULTS else 0

    @property
    def between(self) -> int:
        """Releases that neither end lists."""
        return max(0, self.total - 2 * MAX_RESULTS)

    @property
    def rows_of_old_year(self) -> int:
        """Releases of the year in which the old end stops that it lists."""
        return _rows_of(self.asc, self.old_year)

    def rest_of_old_year(self, base: SearchParams) -> SearchParams:
        """The search of that year, from where the old end stops."""
        return _after(base.model_copy(update={"year": self.old_year}), "asc", self.rows_of_old_year)

    def by_year(self, base: SearchParams) -> tuple[SearchParams, ...]:
        """A search a year; those of the two years that the ends cut begin after what was read of them."""
        old, new = self.old_year, self.new_year
        whole = [base.model_copy(update={"year": year, "order": None}) for year in range(old, new + 1)]
        if old == new:
            return tuple(whole)
        whole[0] = self.rest_of_old_year(base)
        whole[-1] = _after(whole[-1], "desc", _rows_of(self.desc, new))
        return tuple(whole)

    def by_format(self, base: SearchParams) -> tuple[SearchParams, ...]:
        """A search a format, newest first, from where the new end stops to where the old end begins."""
        newest, oldest = self._newest(), _inside(self.asc, self.old_year)
        return tuple(
            _after(base.model_copy(update={"format": name}), "desc", newest[name]).model_copy(
                update={"known": oldest[name]}
            )
            for name in self._formats()
        )

    def is_by_format(self) -> bool:
        """Whether formats need fewer requests than years, and none is expected to reach beyond the cap."""
        counts, newest, rows = self._formats(), self._newest(), 2 * MAX_RESULTS
        reach = [newest[name] + self.between * count / rows for name, count in counts.items()]
        if not counts or max(reach) > ROOM * MAX_RESULTS:
            return False
        twice = max(0.0, counts.total() / rows - 1) * self.between / DISCOGS_PAGE_SIZE
        again = _rows_of(self.asc, self.old_year) / DISCOGS_PAGE_SIZE
        return len(counts) + twice + again < HALF_A_PAGE * (self.new_year - self.old_year + 1)

    def left_out(self, window: SearchParams) -> tuple[SearchParams, ...]:
        """The pages before a window that hold what the ends list, if Discogs orders each year's releases alike."""
        first = 1
        if window.format is not None:
            first += _inside(self.desc, self.new_year)[window.format] // DISCOGS_PAGE_SIZE
        if first >= window.first:
            return ()
        return (window.window(first, last=window.first - 1, known=0),)

    def _formats(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for facts in (*self.asc.values(), *self.desc.values()):
            counts.update(facts.formats)
        return counts

    def _newest(self) -> Counter[str]:
        """Releases of each format that the new end lists."""
        counts: Counter[str] = Counter()
        for facts in self.desc.values():
            counts.update(facts.formats)
        return counts


def _after(search: SearchParams, order: str, rows: int) -> SearchParams:
    """The window of a search that begins after rows which are known."""
    first = rows // DISCOGS_PAGE_SIZE + 1
    if (
        search.year is not None and not 1 < first <= DISCOGS_MAX_PAGES // 2
    ):  # nothing to leave out, or over the cap
        return search
    return search.window(min(first, DISCOGS_MAX_PAGES), order=order)


def _rows_of(pages: Mapping[int, RowFacts], year: int) -> int:
    """Places of the year that an end stops in; rows that a page counts and does not list have theirs too."""
    of_year = [facts for _, facts in sorted(pages.items()) if facts.last_year == year and facts.rows]
    if not of_year:
        return 0
    first = of_year[0]
    return first.edge + DISCOGS_PAGE_SIZE - first.rows + DISCOGS_PAGE_SIZE * (len(of_year) - 1)


def _inside(pages: Mapping[int, RowFacts], year: int) -> Counter[str]:
    """Rows of each format before the year that an end stops in."""
    counts: Counter[str] = Counter()
    for facts in pages.values():
        counts.update(facts.formats)
        if facts.last_year == year:
            counts.subtract(facts.edge_formats)
    return counts
