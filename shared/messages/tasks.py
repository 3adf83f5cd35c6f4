"""Fetch tasks: commands, in the imperative, and the parameters of their requests."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.messages.base import Message, Source, raw_prefix, source_of

MAX_IDS_PER_TASK = 20


class Params(BaseModel):
    """Base of what a task asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DiscoverParams(Params):
    """One page of TMDB's film list, optionally within a window of release dates.

    `take` keeps only the first rows of the page: two sort orders meet in the middle without overlap. A probe is the
    last page that a list over the cap lets one read: its date is where the next window begins.
    """

    kind: Literal["tmdb.discover"] = "tmdb.discover"
    since: date | None = None
    until: date | None = None
    language: str | None = None
    sort: Literal["primary_release_date.asc", "title.asc", "title.desc"] = "primary_release_date.asc"
    page: int = Field(default=1, ge=1, le=500)
    max_pages: int | None = Field(default=None, ge=1)
    take: int | None = Field(default=None, ge=0, le=20)
    is_probe: bool = False
    reading: int = Field(default=1, ge=1)

    def head(self, reading: int) -> DiscoverParams:
        """The first page of the slice this page belongs to."""
        change = {"page": 1, "take": None, "sort": "primary_release_date.asc", "reading": reading}
        return self.model_copy(update=change)


class DetailsParams(Params):
    """Up to 20 films with credits, keywords, alternative titles, external ids and reviews."""

    kind: Literal["tmdb.details"] = "tmdb.details"
    film_ids: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=1, max_length=MAX_IDS_PER_TASK)


class ChangesParams(Params):
    """One page of the films that changed in a window of at most 14 days."""

    kind: Literal["tmdb.changes"] = "tmdb.changes"
    since: date
    until: date
    page: int = Field(default=1, ge=1)


class CollectionParams(Params):
    """One TMDB collection (franchise)."""

    kind: Literal["tmdb.collection"] = "tmdb.collection"
    collection_id: int = Field(ge=1)


class SearchParams(Params):
    """One page of a Discogs search for soundtracks, optionally narrowed, and sorted by year.

    Of a sorted search a window of pages may be wanted only.

    Attributes:
        order: of the years; undated releases stand before the dated ones. None leaves the order to Discogs.
        first: page the window begins with.
        last: page it ends with at the latest.
        known: releases at the end of the search that other searches list; the window ends before them.
        until: whether the search is left at its first dated or its first undated release.
    """

    kind: Literal["discogs.search"] = "discogs.search"
    type: Literal["release", "master"] = "release"
    year: int | None = None
    format: str | None = None
    country: str | None = None
    order: Literal["asc", "desc"] | None = None
    first: int = Field(default=1, ge=1, le=100)
    last: int | None = Field(default=None, ge=1, le=100)
    known: int = Field(default=0, ge=0)
    until: Literal["dated", "undated"] | None = None
    page: int = Field(default=1, ge=1, le=100)
    max_pages: int | None = Field(default=None, ge=1)
    reading: int = Field(default=1, ge=1)

    def head(self, reading: int) -> SearchParams:
        """The first page of the slice this page belongs to."""
        return self.model_copy(update={"page": self.first, "reading": reading})

    def window(self, first: int, **fields: Any) -> SearchParams:
        """The first page of a window of this search."""
        update = {"first": first, "page": first, "reading": 1, **fields}
        return self.model_copy(update=update)

    @property
    def is_narrowed(self) -> bool:
        """Whether it is a search of part of the catalog."""
        return (self.year, self.format, self.country) != (None, None, None)

    @property
    def is_whole(self) -> bool:
        """Whether it is the first page of the list of all releases."""
        is_window = (self.first, self.page, self.last, self.known) != (1, 1, None, 0)
        return not self.is_narrowed and not is_window and self.max_pages is None


class ReleaseParams(Params):
    """One Discogs release with tracklist and credits."""

    kind: Literal["discogs.release"] = "discogs.release"
    release_id: int = Field(ge=1)


class MasterParams(Params):
    """One Discogs master: what its releases have in common."""

    kind: Literal["discogs.master"] = "discogs.master"
    master_id: int = Field(ge=1)


TaskParams = Annotated[
    DiscoverParams
    | DetailsParams
    | ChangesParams
    | CollectionParams
    | SearchParams
    | ReleaseParams
    | MasterParams,
    Field(discriminator="kind"),
]


class FetchTask(Message):
    """Ask a source for something and land the answers as one raw blob.

    `attempt` counts failures of this task, `sends` how often the same attempt was sent again through no fault of its
    own, and `resent` is when it was last made again after it was lost (Unix time in seconds).
    """

    run_id: str
    task_id: str
    ingest_date: date
    params: TaskParams
    attempt: int = Field(default=1, ge=1)
    sends: int = Field(default=0, ge=0)
    resent: int = Field(default=0, ge=0)

    @classmethod
    def create(cls, run_id: str, ingest_date: date, params: TaskParams) -> FetchTask:
        """The task of these parameters in this run; the same arguments always give the same task_id."""
        return cls(run_id=run_id, task_id=_task_id(run_id, params), ingest_date=ingest_date, params=params)

    @property
    def kind(self) -> str:
        """Such as `tmdb.discover`."""
        return self.params.kind

    @property
    def source(self) -> Source:
        """The API this task asks."""
        return source_of(self.kind)

    @property
    def slice_id(self) -> str | None:
        """The task_id of the first page of the list this task reads a page of; None for others, and for probes."""
        if not isinstance(self.params, DiscoverParams | SearchParams):
            return None
        if isinstance(self.params, DiscoverParams) and self.params.is_probe:
            return None
        return _task_id(self.run_id, self.params.head(reading=1))

    @property
    def reading(self) -> int:
        """Which reading of its slice this task belongs to."""
        return self.params.reading if isinstance(self.params, DiscoverParams | SearchParams) else 1

    @property
    def is_later_page(self) -> bool:
        """Whether this is a page that the first page of its list promised."""
        return isinstance(self.params, DiscoverParams | ChangesParams | SearchParams) and self.params.page > 1

    @property
    def message_id(self) -> str:
        """What duplicate detection compares."""
        again = f".{self.sends}.{self.resent}" if self.sends or self.resent else ""
        return f"{self.task_id}:{self.attempt}{again}"

    @property
    def blob_name(self) -> str:
        """Where the answers land in the raw container."""
        return raw_prefix(self.kind, self.ingest_date, self.run_id) + f"{self.task_id}.jsonl.gz"

    def next_attempt(self) -> FetchTask:
        """The same task after a failure."""
        return self.model_copy(update={"attempt": self.attempt + 1, "sends": 0})

    def untouched(self) -> FetchTask:
        """The same task, sent again through no fault of its own: an outage, or a rest the source wants."""
        return self.model_copy(update={"sends": self.sends + 1})


def _task_id(run_id: str, params: TaskParams) -> str:
    digest = hashlib.sha256(f"{run_id}|{params.model_dump_json()}".encode()).hexdigest()[:12]
    return f"{_label(params)}-{digest}"


def _label(params: TaskParams) -> str:
    match params:
        case DiscoverParams():
            return f"{params.kind}-{params.since or 'all'}-{params.until or 'all'}-p{params.page:03d}"
        case DetailsParams():
            return f"{params.kind}-{params.film_ids[0]}-{len(params.film_ids):02d}"
        case ChangesParams():
            return f"{params.kind}-{params.since}-{params.until}-p{params.page:03d}"
        case CollectionParams():
            return f"{params.kind}-{params.collection_id}"
        case SearchParams():
            return f"{params.kind}-{params.year or 'all'}-p{params.page:03d}"
        case ReleaseParams():
            return f"{params.kind}-{params.release_id}"
        case MasterParams():
            return f"{params.kind}-{params.master_id}"
