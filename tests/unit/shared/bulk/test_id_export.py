"""TMDB's id export: what a file of it names, and what is wrong with a file that is none."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest

from shared.adapters.lake import CONTROL
from shared.bulk.film_ids import ID_EXPORT, FilmIds, known_films
from shared.bulk.id_export import IdExport, file_names, read_export
from shared.errors import SourceUnavailable
from tests.fakes import FakeLake

DAY = date(2026, 11, 27)
FILMS: list[dict[str, Any]] = [
    {"adult": False, "id": 3, "original_title": "C", "popularity": 0.5, "video": False},
    {"adult": False, "id": 1, "original_title": "A", "popularity": 9.25, "video": False},
    {"adult": True, "id": 4, "original_title": "D", "popularity": 99.0, "video": False},
    {"adult": False, "id": 5, "original_title": "E", "popularity": 8.0, "video": True},
    {"adult": False, "id": 2, "original_title": "B", "popularity": None, "video": False},
]


def packed(*rows: Any) -> bytes:
    return gzip.compress(b"".join(json.dumps(row).encode() + b"\n" for row in rows))


def test_films_come_most_popular_first() -> None:
    """Films for adults and videos are left out and counted, as the lists leave them out."""
    export = read_export(packed(*FILMS), DAY)
    assert list(export.film_ids) == [1, 3, 2]
    assert (export.day, export.adult, export.video, export.unreadable) == (DAY, 1, 1, 0)


def test_a_line_that_cannot_be_read_costs_only_itself() -> None:
    """Half a line, a list, an id of text and an id that no film has are counted."""
    data = gzip.decompress(packed(FILMS[1], [], {"id": "7"}, {"id": 2**40})) + b'{"id": 8, "popul\n'
    export = read_export(gzip.compress(data), DAY)
    assert list(export.film_ids) == [1] and export.unreadable == 4


def test_a_file_of_several_gzip_members_is_read_whole() -> None:
    """Files put together of others are one file."""
    assert list(read_export(packed(FILMS[0]) + packed(FILMS[1]), DAY).film_ids) == [1, 3]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"<!doctype html><title>Not here</title>", "TMDB_EXPORT_URL"),
        (packed(*FILMS)[:-12], "torn"),
        (packed(*FILMS)[:20] + b"\xff\xff\xff" + packed(*FILMS)[23:], "damaged"),
        (packed({"id": None}), "names no film"),
        (b"", "no gzip"),
    ],
    ids=["a page", "cut", "damaged", "without an id", "empty"],
)
def test_a_file_that_is_no_whole_export_says_why(data: bytes, problem: str) -> None:
    """A page, half a file and an empty one are errors that name what to do."""
    with pytest.raises(SourceUnavailable, match=problem):
        read_export(data, DAY)


def test_an_export_is_the_same_after_it_was_kept() -> None:
    """The compact form loses nothing, and a million ids take about four megabytes before gzip."""
    export = IdExport(DAY, [5, 1, 4_000_000_000], adult=2, video=3, unreadable=4)
    again = IdExport.from_bytes(export.to_bytes())
    assert list(again.film_ids) == [5, 1, 4_000_000_000]
    assert (again.day, again.adult, again.video, again.unreadable) == (DAY, 2, 3, 4)


class Server:
    """Files by name, and which were asked for."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files, self.asked = files, list[str]()

    def answer(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rsplit("/", 1)[-1]
        self.asked.append(name)
        data = self.files.get(name)
        return httpx.Response(404) if data is None else httpx.Response(200, stream=httpx.ByteStream(data))

    def ids(self, lake: FakeLake) -> FilmIds:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        now = datetime(2026, 11, 28, 5, tzinfo=UTC)
        return FilmIds(lake=lake, http=http, base_url="http://files.invalid/p/exports/", now=lambda: now)


async def test_the_newest_export_is_read_once() -> None:
    """Before the day's file is there the one of the day before counts, and it is not fetched a second time."""
    lake, server = FakeLake(), Server({"movie_ids_11_27_2026.json.gz": packed(*FILMS)})
    assert await known_films(lake) is None
    for _ in range(2):
        export = await server.ids(lake).newest()
        assert export.day == DAY and list(export.film_ids) == [1, 3, 2]
    assert server.asked.count("movie_ids_11_27_2026.json.gz") == 1
    kept = await known_films(lake)
    assert kept is not None and list(kept.film_ids) == [1, 3, 2]
    assert await lake.read(CONTROL, ID_EXPORT) is not None


async def test_without_any_export_the_setting_is_named() -> None:
    """Nothing at the address for days is an address that moved."""
    with pytest.raises(SourceUnavailable, match="TMDB_EXPORT_URL"):
        await Server({}).ids(FakeLake()).newest()


def test_file_names_are_those_tmdb_uses() -> None:
    """Month, day and year with two and four digits, newest first."""
    assert next(file_names(date(2026, 3, 5))) == (date(2026, 3, 5), "movie_ids_03_05_2026.json.gz")
