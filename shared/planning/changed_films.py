"""Films that changed: each is asked for once, and only where no other list of the run has asked for it. Pure.

A page of changes only names films. They are asked for once the run has read all its lists of films: the list of new
films asks for those it names itself, and so do the steps of a bulk run.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.messages.events import TaskDone
from shared.messages.tasks import ChangesParams, DetailsParams, TaskParams
from shared.planning.followers import details_of
from shared.planning.id_set import IdSet

CHANGES, FILM_LIST, FILMS = "tmdb.changes", "tmdb.discover", "tmdb.details"


class ChangedFilms:
    """What one run's changes name, and which of these films are asked for already.

    Args:
        roots: what the run began with.
    """

    def __init__(self, roots: Sequence[TaskParams] = ()) -> None:
        self._lists = tuple(params for params in roots if isinstance(params, ChangesParams))
        self._named = IdSet()
        self._asked = IdSet()
        for params in roots:
            if isinstance(params, DetailsParams):
                self._asked.add(params.film_ids)

    @property
    def count(self) -> int:
        """Films that changed."""
        return len(self._named)

    def add(self, event: TaskDone) -> None:
        """Note what a page of changes named, or which films others asked for."""
        if event.kind == CHANGES:
            self._named.add(event.record_ids)
        elif event.kind == FILM_LIST:
            self._asked.add(event.page.ids if event.page else ())
        elif event.kind == FILMS:
            self._asked.add((*event.record_ids, *event.gone_ids))

    def ask(self) -> tuple[TaskParams, ...]:
        """Tasks for the films that nobody has asked for yet."""
        due = self._named.without(self._asked)
        self._asked.add(due)
        return details_of(list(due))

    def unfinished(self) -> tuple[ChangesParams, ...]:
        """The lists to read again after a run that was cut off before it had asked for what they name."""
        return self._lists if len(self._named.without(self._asked)) else ()
