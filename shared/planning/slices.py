"""Lists that are being read page by page: what the API reported against what was found. Pure.

Rows move between pages while a list is read, so a slice can end with fewer distinct ids than the API reported. One
that shows a sign of it (an id on two pages, a total that changed, a page that is gone, a page or a row that could not
be read) is read again, up to three times in all; ids that were not seen before are asked for. A hole without such a
sign is there every time: Discogs counts rows that no page lists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from shared.messages.events import PageRead, SliceHead
from shared.messages.tasks import DiscoverParams, SearchParams, TaskParams
from shared.planning.followers import records_of
from shared.planning.id_set import IdSet
from shared.planning.splitting import FIRST_FILM

MAX_READINGS = 3


@dataclass
class Sums:
    """What one slice, or all of a kind, came to.

    Attributes:
        catalog: records the API says there are in the lists a run began with, however they were split.
        slices: slices that were read to their end.
        reported: records the API said these hold; one that two slices hold counts twice.
        short: slices with fewer records than reported.
        hidden: rows the API counted and no page listed.
        unwanted: records on pages that the request did not ask for.
        beyond: records behind the last page that can be read, in slices that nothing splits.
    """

    catalog: int = 0
    slices: int = 0
    reported: int = 0
    short: int = 0
    hidden: int = 0
    unwanted: int = 0
    beyond: int = 0


@dataclass
class Coverage(Sums):
    """Found against reported for one kind of list.

    Attributes:
        found: distinct records that were listed.
        reread: further readings.
    """

    found: int = 0
    reread: int = 0

    def replace(self, before: Sums, after: Sums) -> None:
        """Count a slice anew."""
        for name, value in asdict(after).items():
            setattr(self, name, getattr(self, name) + value - getattr(before, name))

    @property
    def out_of_reach(self) -> int:
        """Records that no slice could list: beyond a cap, or answering to none of the searches."""
        return max(0, self.catalog - self.found - self.hidden - self.unwanted)


@dataclass
class Slice:
    """One list in the course of one reading; `ids` are those of all readings so far, `sums` what these came to."""

    reading: int = 1
    head: SliceHead | None = None
    pages_done: int = 0
    ids: set[int] = field(default_factory=set)
    fresh: set[int] = field(default_factory=set)
    sums: Sums = field(default_factory=Sums)
    _read: set[int] = field(default_factory=set)
    _totals: set[int] = field(default_factory=set)
    _has_twins: bool = False
    _has_failed: bool = False

    def add(self, page: PageRead) -> None:
        """Count one page that was read, or failed."""
        self.pages_done += 1
        self.head = page.head or self.head
        listed = set(page.ids)
        self._has_twins |= len(listed) < len(page.ids) or not self._read.isdisjoint(listed)
        self._has_failed |= page.is_failed
        self._read |= listed
        if page.total is not None:
            self._totals.add(page.total)
        new = listed - self.ids
        self.ids |= new
        if page.reading > 1:
            self.fresh |= new

    @property
    def is_read(self) -> bool:
        """Whether all pages of this reading are done."""
        return self.head is not None and self.pages_done >= self.head.pages

    def is_worth_another(self, head: SliceHead) -> bool:
        """Whether another reading may find more: rows moved, or a page is missing or gone."""
        has_grown = len(self._totals) > 1
        return has_grown or (len(self.ids) < head.readable and (self._has_twins or self._has_failed))

    def again(self) -> Slice:
        """The next reading."""
        return Slice(reading=self.reading + 1, ids=self.ids, sums=self.sums)


class SliceBook:
    """All open slices of a run; finished ones are only sums.

    Args:
        is_root: whether a slice is one the run began with, and not a part of another.
        on_end: is told the id of each slice that was read to its end, its head, and how many rows no page listed.
    """

    def __init__(
        self,
        is_root: Callable[[str], bool] = lambda _: True,
        on_end: Callable[[str, SliceHead, int], None] = lambda *_: None,
    ) -> None:
        self._is_root = is_root
        self._on_end = on_end
        self._open: dict[str, Slice] = {}
        self._found: dict[str, IdSet] = {}
        self._whole = self._dated = 0
        self.coverage: dict[str, Coverage] = {}

    def read(self, kind: str, page: PageRead) -> tuple[TaskParams, ...]:
        """Count a page; returns tasks that must follow: a second reading, records found only then."""
        entry = self._open.setdefault(page.slice_id, Slice(reading=page.reading))
        entry.add(page)
        if entry.head is None or not entry.is_read:
            return ()
        return self._finish(kind, page.slice_id, entry, entry.head)

    def summary(self, is_complete: bool) -> dict[str, dict[str, int]]:
        """The coverage of each kind; what is out of reach is known once the run has read everything."""
        return {
            kind: {**asdict(sums), "out_of_reach": sums.out_of_reach if is_complete else 0}
            for kind, sums in self.coverage.items()
        }

    @property
    def undated_films(self) -> int:
        """Films of the whole list that no window of dates holds; 0 where the list was not split."""
        return max(0, self._whole - self._dated) if self._whole else 0

    def _finish(self, kind: str, slice_id: str, entry: Slice, head: SliceHead) -> tuple[TaskParams, ...]:
        del self._open[slice_id]
        coverage = self.coverage.setdefault(kind, Coverage())
        self._found.setdefault(kind, IdSet()).add(entry.ids)
        coverage.found = len(self._found[kind])
        is_root = self._is_root(slice_id) or head.params.head(reading=1) == DiscoverParams()
        sums = _sums_of(entry, head, is_root)
        coverage.replace(entry.sums, sums)
        entry.sums = sums
        self._on_end(slice_id, head, max(0, head.readable - len(entry.ids)))
        self._note_dates(head)
        if head.pages == 0:
            return ()
        late = records_of(head, sorted(entry.fresh))
        if entry.reading >= MAX_READINGS or not entry.is_worth_another(head):
            return late
        coverage.reread += 1
        self._open[slice_id] = entry.again()
        return (*late, head.params.head(reading=entry.reading + 1))

    def _note_dates(self, head: SliceHead) -> None:
        """The list of all films, where it is split, and that of the dated ones."""
        if head.params.head(reading=1) == DiscoverParams() and head.pages == 0:
            self._whole = head.reported
        elif isinstance(head.params, DiscoverParams) and head.params.since == FIRST_FILM:
            self._dated = max(self._dated, head.reported)


def _sums_of(entry: Slice, head: SliceHead, is_root: bool) -> Sums:
    whole = head.reported if head.catalog is None else head.catalog
    catalog = whole if is_root else 0
    if head.pages == 0:
        return Sums(catalog=catalog)
    is_limited = head.params.max_pages is not None
    return Sums(
        catalog=catalog,
        slices=1,
        reported=head.reported,
        short=int(len(entry.ids) < head.reported),
        hidden=0 if _is_listed_elsewhere(head.params) else max(0, head.readable - len(entry.ids)),
        unwanted=head.reported - head.readable if is_limited else 0,
        beyond=0 if is_limited else head.reported - head.readable,
    )


def _is_listed_elsewhere(params: DiscoverParams | SearchParams) -> bool:
    """Whether what a slice holds may be in another too: a country's releases, which are listed by year as well."""
    return isinstance(params, SearchParams) and params.country is not None and params.year is None
