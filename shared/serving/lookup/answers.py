"""Models of what lookups answer."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from shared.runs.findings import Band, Share
from shared.serving.answers import Answer


class Missing(Answer):
    """404: neither a film nor a record nor a view of that name is known."""

    error: str = Field(description="What is not known, and where to look")


class TooMany(Answer):
    """429: the key has asked as often as it may; `Retry-After` says when to ask again."""

    error: str
    retry_after_s: int


class FromRun(Answer):
    """What stands in the tables of one run."""

    run_id: str = Field(description="The run whose tables this is from")


class Link(FromRun):
    """A record and the film it is of."""

    film_id: int = Field(description="TMDB id")
    film_title: str | None = None
    film_year: int | None = None
    imdb_id: str | None = None
    release_id: int = Field(description="Discogs release id")
    master_id: int | None = Field(None, description="Discogs master id")
    title: str | None = None
    artist: str | None = None
    year: int | None = Field(None, description="Year of the record")
    formats: tuple[str, ...] = ()
    cover: str | None = Field(None, description="Address of the cover's picture at Discogs")
    probability: Share
    band: Band
    kind: str | None = Field(None, description="What the record is to the film, such as score or songs")
    evidence: str | None = Field(None, description="Why, in one line")
    published: bool = Field(False, description="Whether it is as sure as MIN_PRECISION asks")
    is_ambiguous: bool = Field(False, description="Whether another film is nearly as likely")


class Film(Answer):
    """A film of TMDB."""

    film_id: int
    title: str | None = None
    original_title: str | None = None
    year: int | None = None
    imdb_id: str | None = None


class Record(Answer):
    """A release of Discogs."""

    release_id: int
    master_id: int | None = None
    title: str | None = None
    artist: str | None = None
    year: int | None = None
    country: str | None = None
    formats: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    cover: str | None = None


class FilmSoundtracks(FromRun):
    """200: a film and its records, the likeliest first; none where none was found."""

    film: Film
    links: tuple[Link, ...]


class RecordFilm(FromRun):
    """200: a record and the film it is of; no link where none was found."""

    record: Record
    links: tuple[Link, ...]


class MasterFilms(FromRun):
    """200: the films of a master's releases."""

    master_id: int
    records: int = Field(description="Releases of the master that are known")
    links: tuple[Link, ...]


class BarcodeFilms(FromRun):
    """200: the films of the releases that carry a barcode."""

    barcode: str = Field(description="As it stands in the tables: digits only")
    records: int = Field(description="Releases with the barcode that are known")
    links: tuple[Link, ...]


class LinkPage(FromRun):
    """200: links in the order of their release ids; fewer than `limit` do not mean the last page, no `next` does."""

    links: tuple[Link, ...]
    next: int | None = Field(description="The `after` of the next page; null on the last one")


class ViewColumn(Answer):
    """A column of a view."""

    name: str
    type: str
    about: str


class ViewPage(FromRun):
    """200: rows of a view."""

    view: str
    row: str = Field(description="What a row is")
    rows: int = Field(description="Rows of the view")
    served: int = Field(description="Rows of them that are served: the first of `order`, or all by `after`")
    found: int = Field(description="Rows of these that meet `where`; by `after` those of the page")
    order: tuple[str, ...] = Field(description="Columns it is ordered by without `sort`")
    columns: tuple[ViewColumn, ...]
    items: tuple[dict[str, Any], ...]
    next: int | None = Field(description="The `offset`, or `after`, of the next page; null on the last one")


class Contribution(Answer):
    """What a piece of evidence adds to the log-odds."""

    name: str
    adds: float


class Considered(Answer):
    """What the matcher says of a film and a record that could belong together."""

    title: str | None = None
    year: int | None = None
    score: Share
    margin: float | None = None
    rank: int = Field(description="Place of the film among those of the record")
    kind: str | None = None
    evidence: str | None = None
    title_similarity: float | None = None
    title_found_as: str | None = None
    person: str | None = None
    person_role: str | None = None
    year_gap: int | None = None
    contributions: tuple[Contribution, ...] = Field((), description="By name")
    is_match: bool = Field(False, description="Whether the record was given to this film")


class ConsideredRecord(Considered):
    """A record that could be of a film."""

    release_id: int
    artist: str | None = None
    went_to_film_id: int | None = Field(None, description="The film the record was given to")


class ConsideredFilm(Considered):
    """A film that a record could be of."""

    film_id: int


class Day(Answer):
    """The figures of a film on a day on which they changed."""

    on: str
    popularity: float | None = None
    rating: float | None = None
    votes: int | None = None


class Window(Answer):
    """How a film moved over a number of days."""

    window_days: int
    trend_score: float | None = None
    velocity: float | None = None
    popularity_change: float | None = None
    rating_momentum: float | None = None


class FilmPage(FilmSoundtracks):
    """200: all there is on a film: its records, those that were considered, and its figures over time."""

    why: str | None = Field(description="Why no record is its; null where one is")
    considered: tuple[ConsideredRecord, ...]
    days: tuple[Day, ...]
    windows: tuple[Window, ...]


class RecordPage(RecordFilm):
    """200: all there is on a record: its film, and every film that was considered."""

    why: str | None = Field(description="Why no film is its; null where one is")
    considered: tuple[ConsideredFilm, ...]
