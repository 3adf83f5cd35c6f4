"""The survey of a Discogs catalog: which searches reach every release with the fewest requests. A fold of pages. Pure.

A list over the caps is sorted by year and read from both ends. Where the two do not meet, the last page of each is read
first: it says in which year the end stops. Then only what lies between is asked for, by year or by format, whichever
takes fewer requests. Where the undated releases alone fill the old end, they are read country by country, each search
left at its first dated release, and the dated ones by year. A search over the cap is split by format, then by country.
What is missing after all that is looked for, step by step, in what was left out for the sake of fewer requests.

Each step begins when every search of the one before has ended. An API that does not sort is read by year and country.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from shared.messages.events import PageRead, RowFacts, SliceHead
from shared.messages.tasks import SearchParams, TaskParams
from shared.planning.searches.ends import Ends
from shared.planning.searches.families import Families, Seen
from shared.planning.searches.walks import Walks
from shared.planning.splitting import split_search, years_until
from shared.sources.limits import DISCOGS_MAX_PAGES, MAX_RESULTS

STILL_MISSING = "the searches sorted by year left releases out: every year and country was searched too"
SORT_IGNORED = "Discogs did not sort its search by year: every year and country was searched instead"
OLDER_YEARS = 10
"""Years before the oldest that was seen that are asked for together; without a release in them, no more are."""
Step = tuple[SearchParams, ...]


class Survey:
    """What one run asks of Discogs beyond the pages that a page names.

    Args:
        roots: what the run began with.
        today: the run's day.
    """

    def __init__(self, roots: Iterable[TaskParams] = (), today: date = date.max) -> None:
        searches = (params for params in roots if isinstance(params, SearchParams))
        self._root = next((params for params in searches if params.is_whole), None)
        self._today = today
        self._total: int | None = None
        self._least: int | None = None
        self._asked: set[SearchParams] = set()
        self._missing = 0
        self._totals: dict[int, int] = {}
        self._is_sorted = self._root is not None and self._root.order is not None
        self._pages: dict[str, dict[int, RowFacts]] = {"asc": {}, "desc": {}}
        self._seen, self._families, self._walks = Seen(), Families(), Walks()
        self._steps: Iterator[Step] | None = None if self._root is None else self._all_steps(self._root)
        self.notes: set[str] = set()

    def add(self, page: PageRead) -> None:
        """Note what a page listed."""
        search = page.search
        if search is None:
            return
        self._seen.add(page)
        self._families.add(page)
        if page.head is not None and page.head.pages == 0 and search.is_narrowed:
            self._families.begin(page.head, page)
        if search.until == "dated":
            self._walks.add(search, page)
        if page.facts and (search.until or not search.is_narrowed):
            self._is_sorted &= page.facts.is_sorted
        if not search.is_narrowed:
            self._note_end(search, page)
        elif page.total is not None and search.year and not (search.format or search.country):
            self._totals[search.year] = page.total

    def end(self, slice_id: str, head: SliceHead, hidden: int) -> None:
        """Note how many rows a slice counted and did not list."""
        self._families.end(slice_id, head, hidden)

    def ask(self, found: int, hidden: int) -> tuple[SearchParams, ...]:
        """What to ask next, once all searches so far have ended; nothing when the catalog is read.

        Args:
            found: distinct releases listed so far.
            hidden: rows that were counted and that no page lists.
        """
        self._missing = (self._least or 0) - found - hidden
        if parts := self._new(self._families.ask(self._seen)):
            return parts
        for step in self._steps or ():
            if new := self._new(step):
                return new
        self._steps = None
        return ()

    def unfinished(self) -> tuple[SearchParams, ...]:
        """What a run that was cut off has to ask for again, for its answers alone do not say what comes next."""
        if self._steps is not None and self._root is not None and (self._total or 0) > MAX_RESULTS:
            return (self._root,)
        return self._families.open_searches()

    @property
    def has_cut_off(self) -> bool:
        """Whether undated releases stand behind the cap of a search that nothing splits."""
        return self._walks.cut_off > 0

    def _new(self, step: Step) -> Step:
        """The searches of a step that no step before has asked for."""
        new = tuple(search for search in step if search not in self._asked)
        self._asked.update(new)
        return new

    def _note_end(self, search: SearchParams, page: PageRead) -> None:
        if page.total is not None:
            self._total = self._total or page.total
            self._least = min(self._least or page.total, page.total)
        if search.order and page.facts:
            self._pages[search.order][search.page] = page.facts

    def _all_steps(self, root: SearchParams) -> Iterator[Step]:
        total = self._total or 0
        if total <= MAX_RESULTS:
            return
        if self._is_sorted:
            yield from self._sorted_steps(root, total)
        # What is missing now, but for undated releases behind a cap, can only stand where an order would not put it.
        if not self._is_sorted or (self._missing > 0 and not self.has_cut_off):
            self.notes.add(STILL_MISSING if self._is_sorted else SORT_IGNORED)
            yield split_search(root, self._today)

    def _sorted_steps(self, root: SearchParams, total: int) -> Iterator[Step]:
        ends = Ends(total, self._pages["asc"], self._pages["desc"])
        if (
            not ends.are_known or not ends.are_in_order
        ):  # a last page failed, or the years contradict each other
            self._is_sorted = False
        elif not ends.old_year:
            yield from self._undated_and_years(root, has_years=ends.new_year > 0)
        elif total <= 2 * MAX_RESULTS:
            yield (root.window(2, last=DISCOGS_MAX_PAGES - 1),)
            self._is_sorted &= ends.are_in_order
            if self._is_sorted:
                yield from self._meeting(root, ends)
        else:
            yield (
                root.window(2, last=DISCOGS_MAX_PAGES - 1),
                root.window(1, last=DISCOGS_MAX_PAGES - 1, order="desc"),
            )
            self._is_sorted &= ends.are_in_order
            if self._is_sorted:
                yield from self._between(root, ends)

    def _meeting(self, root: SearchParams, ends: Ends) -> Iterator[Step]:
        """The rest of the year in which the old end stops, then what is newer."""
        base = root.model_copy(update={"order": None})
        cut = ends.rest_of_old_year(base)
        yield (cut,)
        known = MAX_RESULTS - ends.rows_of_old_year + self._totals.get(ends.old_year, 0)
        if known < ends.total:
            yield (root.window(1, order="desc", known=known),)
        yield from self._recount(root)
        if self._missing > 0:
            yield ends.left_out(cut)
        if self._missing > 0:
            yield _years(base, (year for year in years_until(self._today) if year >= ends.old_year))

    def _between(self, root: SearchParams, ends: Ends) -> Iterator[Step]:
        """What no end lists; then, as long as releases are missing, what these windows left out."""
        base = root.model_copy(update={"order": None})
        windows = ends.by_format(base) if ends.is_by_format() else ends.by_year(base)
        yield windows
        yield from self._recount(root)
        if self._missing > 0:
            yield tuple(part for window in windows for part in ends.left_out(window))
        if self._missing > 0 and any(window.format for window in windows):
            yield tuple(base.model_copy(update={"format": name}) for name in self._seen.others("format"))
        if self._missing > 0:
            yield _years(base, range(ends.old_year, ends.new_year + 1))

    def _undated_and_years(self, root: SearchParams, has_years: bool) -> Iterator[Step]:
        """Undated releases by country and format, dated ones by year."""
        base = root.model_copy(update={"order": None})
        newest = () if has_years else (root.window(1, last=1, order="desc", until="undated"),)
        yield (*newest, *self._walks.by_country(root, self._seen.names("country")))
        yield self._walks.by_format(root, self._seen.names("format"))
        years, oldest = years_until(self._today) if has_years else range(0), self._walks.oldest
        yield _years(base, (year for year in years if year >= oldest))
        yield from self._recount(root)
        for names in (self._seen.names("country"), self._seen.others("country")):
            if self._missing > 0 and self._walks.total < (self._total or 0):
                yield self._walks.by_country(root, names)
        for names in (self._seen.names("format"), self._seen.others("format")):
            if self._missing > 0:
                yield self._walks.by_format(root, names)
        older = [year for year in years if year < oldest]
        while older and self._missing > 0:
            batch, older = older[-OLDER_YEARS:], older[:-OLDER_YEARS]
            yield _years(base, batch)
            if not any(self._totals.get(year) for year in batch):
                return

    def _recount(self, root: SearchParams) -> Iterator[Step]:
        """Releases may have come and gone since they were counted."""
        if self._missing > 0:
            yield (root.window(1, last=1),)


def _years(base: SearchParams, years: Iterable[int]) -> Step:
    return tuple(base.model_copy(update={"year": year}) for year in years)
