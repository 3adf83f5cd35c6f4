"""A directory of JSON lines as a catalog.

A given directory *is* the answer set of the search for style Soundtrack: a record that names other styles only
(a single, a story record, a score) is still found by `style=Soundtrack`, because the directory says it belongs to
the catalog. Every other style, and the year, format and country filters, look at the record itself.
"""

from __future__ import annotations

import csv
import gzip
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from local.catalog.columns import FilmColumns, Indexes, Record, ReleaseColumns, to_day

FILMS, RELEASES, LINKS = "tmdb_movies.jsonl", "discogs_releases.jsonl", "links.csv"
logger = logging.getLogger(__name__)


class CatalogError(ValueError):
    """The catalog cannot be read; the message names file and line."""


class GivenFilms:
    """Films of a file; lines stay encoded and are read again on request."""

    def __init__(self, lines: Mapping[int, bytes], records: Iterable[Record]) -> None:
        rows = sorted(records, key=lambda record: record["id"])
        self._lines = [lines[row["id"]] for row in rows]
        self._titles = [(str(row["title"]), str(row.get("original_title") or row["title"])) for row in rows]
        self._collections = _collections(rows)
        self.columns = _film_columns(rows)

    def titles(self, index: int) -> tuple[str, str]:
        """Return title and original title."""
        return self._titles[index]

    def record(self, index: int) -> Record:
        """Return the film as the file has it."""
        record: Record = json.loads(self._lines[index])
        return record

    def row(self, index: int) -> Record:
        """Return the film as it stands in lists; fields that the file lacks are absent."""
        record = self.record(index)
        row = {name: record[name] for name in LIST_FIELDS if name in record}
        return row | {"genre_ids": [genre["id"] for genre in record.get("genres") or []]}

    def changed_on(self, day: int) -> Indexes:
        """Return nothing: a file says nothing about changes."""
        return np.empty(0, dtype=np.int64)

    def collections(self) -> Mapping[int, Sequence[int]]:
        """Return the film indexes of every collection id."""
        return self._collections


LIST_FIELDS = (
    "adult", "backdrop_path", "id", "original_language", "original_title", "overview", "popularity", "poster_path",
    "release_date", "title", "video", "vote_average", "vote_count",
)  # fmt: skip


class GivenReleases:
    """Releases of a file, in the shape of search results."""

    is_answer_set = True

    def __init__(self, lines: Mapping[int, bytes], records: Iterable[Record]) -> None:
        rows = sorted(records, key=lambda record: record["id"])
        self._lines = [lines[row["id"]] for row in rows]
        self._titles = [str(row["title"]) for row in rows]
        self.columns = ReleaseColumns(
            ids=np.array([row["id"] for row in rows], dtype=np.int64),
            year=np.array([_year(row) for row in rows], dtype=np.int32),
            master=np.array([row.get("master_id") or 0 for row in rows], dtype=np.int64),
            postings={field: _postings(rows, field) for field in ("style", "genre", "format", "country")},
        )

    def title(self, index: int) -> str:
        """Return "Artist - Title"."""
        return self._titles[index]

    def record(self, index: int) -> Record:
        """Return the release as the file has it."""
        record: Record = json.loads(self._lines[index])
        return record

    def tracks(self, index: int) -> tuple[list[Record], list[Record]]:
        """Return no tracks and no credits: a search result has none, and none are made up."""
        return [], []


def load(directory: Path) -> tuple[GivenFilms, GivenReleases, list[tuple[int, int]]]:
    """Read both files and, where it is there, links.csv; raise CatalogError."""
    if not directory.is_dir():
        raise CatalogError(f"{directory}: no such catalog directory")
    films = GivenFilms(*_read(_find(directory, FILMS), _check_film))
    releases = GivenReleases(*_read(_find(directory, RELEASES), _check_release))
    return films, releases, _links(directory / LINKS)


def _find(directory: Path, name: str) -> Path:
    for path in (directory / f"{name}.gz", directory / name):
        if path.is_file():
            return path
    raise CatalogError(f"{directory}: has neither {name}.gz nor {name}")


def _read(path: Path, check: Callable[[Record], None]) -> tuple[dict[int, bytes], list[Record]]:
    """Return the lines and the records by id; of several with one id the first counts, with a warning."""
    lines: dict[int, bytes] = {}
    records: list[Record] = []
    for number, line in _lines(path):
        record = _parse(path, number, line, check)
        if record["id"] in lines:
            logger.warning("%s line %s: id %s again, left out", path, number, record["id"])
            continue
        lines[record["id"]] = line
        records.append(record)
    return lines, records


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line.strip()
    except (OSError, EOFError) as error:
        raise CatalogError(f"{path} after line {number}: {error}") from error


def _parse(path: Path, number: int, line: bytes, check: Callable[[Record], None]) -> Record:
    try:
        record = json.loads(line)
        check(record)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise CatalogError(f"{path} line {number}: {reason}") from None
    return dict(record)


def _check_common(record: Record) -> None:
    if not isinstance(record, dict):
        raise TypeError("not a JSON object")
    if type(record["id"]) is not int or record["id"] < 1:
        raise ValueError("id is not a positive integer")
    if not isinstance(record["title"], str):
        raise TypeError("title is not a string")


def _check_film(record: Record) -> None:
    _check_common(record)
    to_day(record.get("release_date"))


def _check_release(record: Record) -> None:
    _check_common(record)
    _year(record)
    int(record.get("master_id") or 0)


def _year(record: Record) -> int:
    return int(record.get("year") or 0)


def _film_columns(rows: Sequence[Record]) -> FilmColumns:
    languages = tuple(sorted({str(row.get("original_language") or "xx") for row in rows}))
    code = {language: place for place, language in enumerate(languages)}

    def column(name: str) -> list[float]:
        return [row.get(name) or 0 for row in rows]

    return FilmColumns(
        ids=np.array([row["id"] for row in rows], dtype=np.int64),
        day=np.array([to_day(row.get("release_date")) for row in rows], dtype=np.int32),
        language=np.array([code[str(row.get("original_language") or "xx")] for row in rows], dtype=np.uint16),
        languages=languages,
        popularity=np.array(column("popularity"), dtype=np.float64),
        vote_average=np.array(column("vote_average"), dtype=np.float64),
        vote_count=np.array(column("vote_count"), dtype=np.int64),
        revenue=np.array(column("revenue"), dtype=np.int64),
        adult=np.array([bool(row.get("adult")) for row in rows], dtype=np.bool_),
    )


def _collections(rows: Sequence[Record]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        if row.get("belongs_to_collection"):
            found.setdefault(int(row["belongs_to_collection"]["id"]), []).append(index)
    return found


def _postings(rows: Sequence[Record], field: str) -> dict[str, Indexes]:
    found: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        value = row.get(field) or []
        for name in {value} if isinstance(value, str) else set(value):
            found.setdefault(str(name).lower(), []).append(index)
    return {name: np.array(indexes, dtype=np.int64) for name, indexes in found.items()}


def _links(path: Path) -> list[tuple[int, int]]:
    if not path.is_file():
        return []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [(int(row["tmdb_id"]), int(row["discogs_id"])) for row in csv.DictReader(file)]
    except (KeyError, TypeError, ValueError) as error:
        raise CatalogError(f"{path}: bad link: {error!r}") from error
