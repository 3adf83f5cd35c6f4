"""What both kinds of catalog give the store: compact columns to select by, and records on request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Record = dict[str, Any]
Indexes = NDArray[np.int64]
NO_DAY = 0


@dataclass(frozen=True)
class FilmColumns:
    """One entry a film, in ascending id order; `day` is a proleptic ordinal, NO_DAY without a date."""

    ids: NDArray[np.int64]
    day: NDArray[np.int32]
    language: NDArray[np.uint16]
    languages: tuple[str, ...]
    popularity: NDArray[np.float64]
    vote_average: NDArray[np.float64]
    vote_count: NDArray[np.int64]
    revenue: NDArray[np.int64]
    adult: NDArray[np.bool_]


@dataclass(frozen=True)
class ReleaseColumns:
    """One entry a release, in ascending id order.

    `year` is 0 where unknown, `master` 0 where the release has none. `postings` maps a search field (style,
    genre, format, country) to lower-case value to the ascending indexes of the releases that have it.
    """

    ids: NDArray[np.int64]
    year: NDArray[np.int32]
    master: NDArray[np.int64]
    postings: Mapping[str, Mapping[str, Indexes]]


class FilmSource(Protocol):
    """A catalog of films; `index` is a place in the columns."""

    columns: FilmColumns

    def titles(self, index: int) -> tuple[str, str]:
        """Return title and original title."""
        ...

    def record(self, index: int) -> Record:
        """Return the film as `movie/{id}` with everything appended."""
        ...

    def row(self, index: int) -> Record:
        """Return the film as it stands in lists."""
        ...

    def changed_on(self, day: int) -> Indexes:
        """Return the indexes of the films that changed on a day."""
        ...

    def collections(self) -> Mapping[int, Sequence[int]]:
        """Return the film indexes of every collection id."""
        ...


class ReleaseSource(Protocol):
    """A catalog of releases; `index` is a place in the columns.

    `is_answer_set`: the catalog is what a search for style Soundtrack answers, whatever styles its records name.
    """

    columns: ReleaseColumns
    is_answer_set: bool

    def title(self, index: int) -> str:
        """Return "Artist - Title"."""
        ...

    def record(self, index: int) -> Record:
        """Return the release as it stands in search results."""
        ...

    def tracks(self, index: int) -> tuple[list[Record], list[Record]]:
        """Return the track list and the extra artists, both empty where unknown."""
        ...


def to_day(text: str | None) -> int:
    """Return the ordinal of an ISO date, NO_DAY for an empty one; raise ValueError for a bad one."""
    return date.fromisoformat(text).toordinal() if text else NO_DAY


def to_text(day: int) -> str:
    """Return an ordinal as ISO date, NO_DAY as an empty string."""
    return date.fromordinal(day).isoformat() if day != NO_DAY else ""


def encode(value: Any) -> bytes:
    """Return compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
