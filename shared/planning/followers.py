"""What follows from an answer, and the tasks for the records that a list names. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shared.messages.events import RowFacts, SliceHead
from shared.messages.tasks import (
    MAX_IDS_PER_TASK,
    DetailsParams,
    DiscoverParams,
    MasterParams,
    ReleaseParams,
    SearchParams,
    TaskParams,
)


@dataclass(frozen=True)
class Expansion:
    """What follows from a landed task.

    Attributes:
        children: tasks to send.
        records: catalog records landed (films, releases).
        record_ids: which, where `ids` does not name them; of a page of changes the films that it names.
        gone_ids: records that answered 404.
        ids: ids a list page named.
        total: records the API said, on this page, that its list holds.
        head: what the first page of a slice told.
        note: what the run has to say of it.
        passed_over: rows, and collections of films, without an id to ask for, or of another type than their list's.
        left: films of a details task that did not answer; each is among the children as a task of its own.
        is_gone: whether it is a page that page 1 promised and that is no longer there.
        facts: what the rows of a search say of the releases there are.
    """

    children: tuple[TaskParams, ...] = ()
    records: int = 0
    record_ids: tuple[int, ...] = ()
    gone_ids: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()
    total: int | None = None
    head: SliceHead | None = None
    note: str | None = None
    passed_over: int = 0
    left: tuple[int, ...] = ()
    is_gone: bool = False
    facts: RowFacts | None = None

    def with_left(self, film_ids: Sequence[int]) -> Expansion:
        """The same, with the films that did not answer asked for one by one."""
        return replace(self, left=tuple(film_ids), children=(*self.children, *alone(film_ids)))


def details_of(film_ids: Sequence[int]) -> tuple[DetailsParams, ...]:
    """Details tasks for these films, 20 each."""
    return tuple(DetailsParams(film_ids=tuple(chunk)) for chunk in _chunks(film_ids, MAX_IDS_PER_TASK))


def records_of(head: SliceHead, ids: Sequence[int]) -> tuple[TaskParams, ...]:
    """Tasks for the records of a list, each kind at its own address; none where a list's rows are all there is."""
    if isinstance(head.params, DiscoverParams):
        return details_of(ids)
    return details_of_rows(head.params, ids) if head.asks_records else ()


def details_of_rows(params: SearchParams, ids: Sequence[int]) -> tuple[TaskParams, ...]:
    """A task for each record that a page of a search lists."""
    if params.type == "master":
        return tuple(MasterParams(master_id=master_id) for master_id in ids)
    return tuple(ReleaseParams(release_id=release_id) for release_id in ids)


def alone(film_ids: Sequence[int]) -> tuple[DetailsParams, ...]:
    """A details task for each of these films, so that a bad one fails by its own id."""
    return tuple(DetailsParams(film_ids=(film_id,)) for film_id in film_ids)


def first_reading(params: TaskParams) -> TaskParams:
    """The same request as in a first reading, in which a page asks for the films it lists."""
    if isinstance(params, DiscoverParams | SearchParams):
        return params.model_copy(update={"reading": 1})
    return params


def _chunks(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for first in range(0, len(ids), size):
        yield ids[first : first + size]
