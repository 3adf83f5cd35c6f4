"""Lists that are being read page by page: what the API reported against what was found. Pure.

Rows move between pages while a list is read, so a slice can end with fewer distinct ids than the API reported. Such
a slice is read again, up to three times; ids that were not seen before are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.messages.events import PageRead, SliceHead
from shared.messages.tasks import DiscoverParams, TaskParams
from shared.planning.expansion import details_of

MAX_READINGS = 3


@dataclass
class Slice:
    """One list in the course of one reading; `ids` are those of all readings so far."""

    reading: int = 1
    head: SliceHead | None = None
    pages_done: int = 0
    ids: set[int] = field(default_factory=set)
    fresh: set[int] = field(default_factory=set)

    def add(self, page: PageRead) -> None:
        """Count one page that was read, or failed."""
        self.pages_done += 1
        self.head = page.head or self.head
        new = set(page.ids) - self.ids
        self.ids |= new
        if page.reading > 1:
            self.fresh |= new

    @property
    def is_read(self) -> bool:
        """Whether all pages of this reading are done."""
        return self.head is not None and self.pages_done >= self.head.pages


@dataclass
class Coverage:
    """Found against reported, summed over the slices of a source that were read to their end.

    `catalog` is what the API reported of the whole list before it was split; 0 when it was not.
    """

    catalog: int = 0
    slices: int = 0
    reported: int = 0
    found: int = 0
    reread: int = 0
    short: int = 0


class SliceBook:
    """All open slices of a run; finished ones are only sums."""

    def __init__(self) -> None:
        self._open: dict[str, Slice] = {}
        self.coverage: dict[str, Coverage] = {}

    def read(self, kind: str, page: PageRead) -> tuple[TaskParams, ...]:
        """Count a page; returns tasks that must follow: a second reading, details of films found only then."""
        entry = self._open.setdefault(page.slice_id, Slice(reading=page.reading))
        entry.add(page)
        if not entry.is_read:
            return ()
        return self._finish(kind, page.slice_id, entry)

    def _finish(self, kind: str, slice_id: str, entry: Slice) -> tuple[TaskParams, ...]:
        head = entry.head
        if head is None:
            return ()
        coverage = self.coverage.setdefault(kind, Coverage())
        if head.pages == 0:
            del self._open[slice_id]
            coverage.catalog = max(coverage.catalog, head.reported)
            return ()
        late = details_of(sorted(entry.fresh)) if isinstance(head.params, DiscoverParams) else ()
        if len(entry.ids) < head.readable and entry.reading < MAX_READINGS:
            coverage.reread += 1
            self._open[slice_id] = Slice(reading=entry.reading + 1, ids=entry.ids)
            return (*late, head.params.head(reading=entry.reading + 1))
        del self._open[slice_id]
        coverage.slices += 1
        coverage.reported += head.reported
        coverage.found += len(entry.ids)
        coverage.short += len(entry.ids) < head.reported
        return late
