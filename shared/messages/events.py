"""Events of tasks, in the past tense."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.messages.base import Message, Source, source_of
from shared.messages.tasks import DiscoverParams, SearchParams


class RowFacts(BaseModel):
    """What the rows of a page of a Discogs search say of the releases there are; 0 is the year of an undated one.

    Attributes:
        rows: how many there are.
        first_year: year of the first row.
        last_year: year of the last row.
        oldest: the smallest year but 0; 0 where all rows are undated.
        is_sorted: whether the years are in the order that was asked for; undated ones stand before the others.
        edge: rows of the last row's year.
        formats: rows of each format.
        edge_formats: those of them that are of the last row's year.
        countries: rows of each country.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = 0
    first_year: int = 0
    last_year: int = 0
    oldest: int = 0
    is_sorted: bool = True
    edge: int = 0
    formats: dict[str, int] = Field(default_factory=dict)
    edge_formats: dict[str, int] = Field(default_factory=dict)
    countries: dict[str, int] = Field(default_factory=dict)


class SliceHead(BaseModel):
    """What the first page of a slice tells.

    Attributes:
        params: the request for this first page, to read the slice again.
        reported: records the API says the slice holds.
        catalog: records it says the whole list holds, where the slice is a window of it.
        readable: how many of them its page cap lets us read.
        pages: pages to read, this one included; 0 when the slice was split into smaller ones.
        asks_records: whether each record its pages list is asked for too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    params: Annotated[DiscoverParams | SearchParams, Field(discriminator="kind")]
    reported: int = Field(ge=0)
    readable: int = Field(ge=0)
    pages: int = Field(ge=0)
    catalog: int | None = None
    asks_records: bool = False


class PageRead(BaseModel):
    """Which page of which slice a task read, and what it listed.

    Attributes:
        slice_id: the slice, by the task of its first page.
        reading: which reading of the slice the page belongs to.
        ids: the ids it listed, in order.
        total: records the API says the slice holds, on this very page.
        head: what the first page told.
        is_failed: whether the page, or a row of it, could not be read, or was gone.
        search: what a page of a Discogs search asked for.
        facts: what its rows say.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slice_id: str
    reading: int = 1
    ids: tuple[int, ...] = ()
    total: int | None = None
    head: SliceHead | None = None
    is_failed: bool = False
    search: SearchParams | None = None
    facts: RowFacts | None = None


class TaskDone(Message):
    """A task ended: landed or failed. `fatal` means that nothing else of the run can succeed.

    A page of a list carries a `PageRead`, so that the fan-in can tell a slice that came short.

    Attributes:
        records: catalog records landed.
        record_ids: which, where the page does not name them: two tasks may land the same. Of a page of changes the
            films that it names.
        gone_ids: records that answered 404.
        asked: films and releases the task stands for, landed or lost; those in `left` are not among them.
        left: films that did not answer; each is asked for by a child of its own.
        passed_over: rows of a list without an id to ask for.
        note: what the run's state has to say of it.
    """

    run_id: str
    task_id: str
    kind: str
    outcome: Literal["landed", "failed"]
    children: tuple[str, ...] = ()
    records: int = Field(default=0, ge=0)
    record_ids: tuple[int, ...] = ()
    gone_ids: tuple[int, ...] = ()
    asked: int = Field(default=1, ge=0)
    left: tuple[int, ...] = ()
    passed_over: int = Field(default=0, ge=0)
    page: PageRead | None = None
    saved_requests: int = Field(default=0, ge=0)
    requests: int = Field(default=0, ge=0)
    retries: int = Field(default=0, ge=0)
    throttled: int = Field(default=0, ge=0)
    size_bytes: int = Field(default=0, ge=0)
    attempt: int = Field(default=1, ge=1)
    reason: str | None = None
    note: str | None = None
    fatal: bool = False

    @property
    def source(self) -> Source:
        """The API the task asked."""
        return source_of(self.kind)

    @property
    def message_id(self) -> str:
        """What duplicate detection compares: a replayed task may report once more."""
        return f"{self.task_id}:{self.attempt}:{self.outcome}"
