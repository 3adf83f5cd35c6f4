"""Whether a run that read a whole list, or a window of changes, found too little to be believed. Pure.

A source that answers with an empty list, or with a part of it, gives no error. A run that believed it must not become
the point from which changes are read: those of the time before it would never be asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shared.messages.base import Source
from shared.messages.tasks import ChangesParams, DiscoverParams, SearchParams, TaskParams

NO_CHANGES = "tmdb reported no change of any film since the last completed run"


def whole_lists(roots: Iterable[TaskParams]) -> set[Source]:
    """The sources whose whole list these first tasks read."""
    found: set[Source] = set()
    for params in roots:
        match params:
            case DiscoverParams(since=None, until=None, language=None, max_pages=None, page=1):
                found.add("tmdb")
            case SearchParams(is_whole=True):
                found.add("discogs")
    return found


def doubt_of(
    roots: Iterable[TaskParams],
    catalog: Mapping[str, int],
    before: Mapping[str, int],
    changed_films: int,
    least_share: float,
) -> str | None:
    """Why a run is not believed to have found what there is; None when it is.

    Args:
        roots: its first tasks.
        catalog: records of the sources whose whole list it read.
        before: the same of the last completed run.
        changed_films: films that its lists of changes named.
        least_share: of the records before, what a whole list must still bring.
    """
    doubts = [
        f"{source} brought {count:,} records, {before.get(source, 0):,} in the last completed run"
        for source, count in sorted(catalog.items())
        if count == 0 or count < least_share * before.get(source, 0)
    ]
    if any(isinstance(params, ChangesParams) for params in roots) and not changed_films:
        doubts.append(NO_CHANGES)
    return "; ".join(doubts) or None
