"""Removals: what the runs before knew and no list names any more is asked for once, so that a 404 says it is gone.

The lists of a full run name what there is now. An id that is known and not among them is either out of their reach (a
film without a date, in a split list) or removed; only asking for it tells. One that answers 404 is known no longer,
all others stay known. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

from shared.messages.events import TaskDone
from shared.messages.tasks import DiscoverParams, MasterParams, ReleaseParams, SearchParams, TaskParams
from shared.planning.followers import details_of
from shared.planning.id_set import IdSet

BELIEVED_SHARE = 0.5
BELIEVED_COUNT = 20
UNFOUND_ASKED = 10_000
"""Films of an id export that a run asks for at most; the next one goes on."""
NOT_BELIEVED = "{missing:,} of {known:,} known records of {source} are on no list: not asked for"
FILMS, RELEASES, MASTERS = "tmdb.details", "discogs.release", "discogs.master"


class Removals:
    """One run's lists against what is known.

    Args:
        roots: what the run began with.
        known: ids that the run before knew, by the kind of task that asks for one.
        unfound: films that an id export names and the run before did not find.
    """

    def __init__(
        self, roots: Sequence[TaskParams], known: Mapping[str, IdSet], unfound: IdSet | None = None
    ) -> None:
        searches = [params for params in roots if isinstance(params, SearchParams)]
        self._discogs = MASTERS if any(params.type == "master" for params in searches) else RELEASES
        self._whole = frozenset(self._kind_of(params.kind) for params in roots if _is_whole(params))
        self._known = dict(known)
        self._unfound = unfound or IdSet()
        self._seen: dict[str, IdSet] = {}
        self._gone: dict[str, IdSet] = {}
        self._is_asked = False
        self.notes: list[str] = []

    def add(self, event: TaskDone) -> None:
        """Note what a task listed, landed, or found gone."""
        kind = self._kind_of(event.kind)
        if kind not in (FILMS, RELEASES, MASTERS):
            return
        seen = self._seen.setdefault(kind, IdSet())
        seen.add(event.record_ids)
        seen.add(event.page.ids if event.page else ())
        self._gone.setdefault(kind, IdSet()).add(event.gone_ids)

    def ask(self) -> tuple[TaskParams, ...]:
        """Tasks for what no list has named, once all lists are read; nothing when it is called again."""
        if self._is_asked:
            return ()
        self._is_asked = True
        missing = tuple(params for kind in sorted(self._whole) for params in self._missing(kind))
        return (*missing, *self._ask_unfound())

    def gone_from(self, kind: str) -> int:
        """Records of a list that answered 404."""
        kind, empty = self._kind_of(kind), IdSet()
        gone = self._gone.get(kind, empty)
        return len(gone) - len(gone.without(self._seen.get(kind, empty)))

    def unfound_now(self, exported: IdSet) -> IdSet | None:
        """Films that an id export names and nobody found; None where the run did not read the whole list."""
        if FILMS not in self._whole:
            return None
        found = exported.without(self.known_now().get(FILMS, IdSet()))
        return found.without(self._gone.get(FILMS, IdSet()))

    def _ask_unfound(self) -> tuple[TaskParams, ...]:
        if FILMS not in self._whole:
            return ()
        empty = IdSet()
        new = self._unfound.without(self._seen.get(FILMS, empty)).without(self._known.get(FILMS, empty))
        return _tasks_for(FILMS, list(islice(new, UNFOUND_ASKED)))

    def known_now(self) -> dict[str, IdSet]:
        """What is known after this run."""
        empty = IdSet()
        return {
            kind: self._known.get(kind, empty)
            .union(self._seen.get(kind, empty))
            .without(self._gone.get(kind, empty))
            for kind in sorted(self._known.keys() | self._seen.keys())
        }

    def _missing(self, kind: str) -> tuple[TaskParams, ...]:
        empty = IdSet()
        known = self._known.get(kind, empty)
        missing = known.without(self._seen.get(kind, empty)).without(self._gone.get(kind, empty))
        if len(missing) > max(BELIEVED_COUNT, BELIEVED_SHARE * len(known)):
            source = kind.split(".")[0]
            self.notes.append(NOT_BELIEVED.format(missing=len(missing), known=len(known), source=source))
            return ()
        return _tasks_for(kind, list(missing))

    def _kind_of(self, kind: str) -> str:
        return {"tmdb.discover": FILMS, "discogs.search": self._discogs}.get(kind, kind)


def _is_whole(params: TaskParams) -> bool:
    """Whether a list holds the whole catalog."""
    if isinstance(params, SearchParams):
        return params.is_whole
    return params == DiscoverParams()


def _tasks_for(kind: str, ids: Sequence[int]) -> tuple[TaskParams, ...]:
    if kind == FILMS:
        return details_of(ids)
    if kind == MASTERS:
        return tuple(MasterParams(master_id=one) for one in ids)
    return tuple(ReleaseParams(release_id=one) for one in ids)
