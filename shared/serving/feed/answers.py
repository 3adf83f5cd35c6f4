"""Models of the answer of `GET /api/changes`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from shared.runs.findings import Band, Share
from shared.serving.answers import Answer


class LinkBefore(Answer):
    """What a link was."""

    film_id: int
    probability: Share
    band: Band


class FeedLink(LinkBefore):
    """A link as it is now, as in `links.jsonl.gz`."""

    release_id: int
    master_id: int | None
    release_title: str | None
    artist: str | None
    release_year: int | None
    country: str | None
    formats: tuple[str, ...] | None
    barcodes: tuple[str, ...] | None
    imdb_id: str | None
    film_title: str | None
    film_year: int | None
    kind: str | None = Field(description="What the record is to the film: score, songs, single …")
    published: bool | None
    evidence: str | None
    decided_by: str | None = Field(None, description="matcher, or who decided instead of it, such as review")


class LinkChange(Answer):
    """A change of one record's link."""

    release_id: int
    change: Literal["added", "dropped", "moved", "scored", "described"]
    why: tuple[str, ...] = Field(
        description="Every reason that applies, such as film_title; see docs/feed.md"
    )
    before: LinkBefore | None = Field(description="What the link was; null when there was none")
    link: FeedLink | None = Field(description="The link as it is now; null when there is none any more")


class ChangesAnswer(Answer):
    """Changes of links since a run, in the order to fold them in."""

    since: str
    run: str = Field(description="The run that the last of the changes lead to")
    changes: tuple[LinkChange, ...]
    next: str | None = Field(description="The `after` of the next page; null when this one is the last")
