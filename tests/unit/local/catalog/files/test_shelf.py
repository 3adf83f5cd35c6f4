"""The files of a catalog: in the format in which the app and the bulk job read them, whole or from a place on."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import date

import httpx
import pytest
from starlette.applications import Starlette

from local.catalog.cli import invent
from local.catalog.files.dump import release
from local.catalog.files.shelf import Shelf
from local.catalog.server.app import Catalog
from spark_jobs.bulk.landing import Landed, lines_of
from spark_jobs.bulk.pieces import Counts, Piece, cut
from spark_jobs.bulk.release import may_be_wanted, read_release

TODAY = date(2026, 11, 28)
DUMP = "/files/discogs/2026/discogs_20261101_releases.xml.gz"


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return invent(films=30, releases=40, seed=3, dense_days=0)


@pytest.fixture
async def http(catalog: Catalog) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=Shelf(catalog.films, catalog.releases, lambda: TODAY).routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://catalog") as client:
        yield client


async def test_the_export_names_every_film(http: httpx.AsyncClient, catalog: Catalog) -> None:
    """With the five fields that TMDB's has."""
    answer = await http.get("/files/tmdb/movie_ids_11_28_2026.json.gz")
    rows = [json.loads(line) for line in gzip.decompress(answer.content).splitlines()]
    assert [row["id"] for row in rows] == catalog.films.columns.ids.tolist()
    assert all(row.keys() == {"adult", "id", "original_title", "popularity", "video"} for row in rows)
    assert "content-encoding" not in answer.headers


async def test_the_dump_is_read_as_a_real_one(http: httpx.AsyncClient, catalog: Catalog) -> None:
    """Nothing in it is new to the job, every soundtrack lands, with title, tracks and credits."""
    answer = await http.get(DUMP)
    landed, counts = Landed(), Counts()
    found = cut([gzip.decompress(answer.content)], may_be_wanted, counts)
    bodies = [json.loads(line)["body"] for line in lines_of(found, date(2026, 11, 1), landed)]
    assert counts.releases == 40 and landed.quarantined == 0 and not landed.drift
    by_id = {body["id"]: body for body in bodies}
    assert by_id.keys() == set(catalog.releases.columns.ids.tolist())
    for place, release_id in enumerate(catalog.releases.columns.ids.tolist()):
        tracks, credits = catalog.releases.tracks(place)
        body, printed = by_id[release_id], catalog.releases.title(place)
        assert printed.endswith(body["title"]) and len(body["tracklist"]) == len(tracks)
        assert [one["name"] for one in body["extraartists"]] == [one["name"] for one in credits]


async def test_the_checksum_is_that_of_the_dump(http: httpx.AsyncClient) -> None:
    """Beside it, in the form of sha256sum."""
    text = (await http.get(DUMP.replace("releases.xml.gz", "CHECKSUM.txt"))).text
    digest, name = text.split()
    assert digest == hashlib.sha256((await http.get(DUMP)).content).hexdigest()
    assert name == "*discogs_20261101_releases.xml.gz"


async def test_a_file_can_be_had_from_its_middle_on(http: httpx.AsyncClient) -> None:
    """So a download is taken up where it broke."""
    whole = (await http.get(DUMP)).content
    rest = await http.get(DUMP, headers={"Range": "bytes=100-"})
    assert rest.status_code == 206 and rest.content == whole[100:]


@pytest.mark.parametrize(
    "path",
    [
        "/files/tmdb/movie_ids_11_29_2026.json.gz",
        "/files/tmdb/movie_ids_13_01_2026.json.gz",
        "/files/discogs/2026/discogs_20261201_CHECKSUM.txt",
        "/files/discogs/2025/discogs_20261101_CHECKSUM.txt",
        "/files/discogs/2026/discogs_20261115_releases.xml.gz",
        "/files/tmdb/passwd",
    ],
)
async def test_what_is_not_published_yet_is_not_there(http: httpx.AsyncClient, path: str) -> None:
    """Files of days to come, of days that have none, and of other names."""
    assert (await http.get(path)).status_code == 403


def test_a_hostile_title_stays_text() -> None:
    """What XML escapes comes back as it was."""
    record = {
        "id": 7, "status": "Accepted", "title": "A <b> & \"c\" ]]> \x07", "artists": [], "labels": [], "country": "",
        "extraartists": [], "formats": [{"name": 'Vinyl "7"', "qty": "1"}], "genres": [], "styles": [], "released": "",
        "notes": "", "data_quality": "", "tracklist": [{"position": "1", "title": "<i>", "duration": ""}],
        "identifiers": [], "companies": [],
    }  # fmt: skip
    body = read_release(Piece(0, release(record).encode()).data).body
    assert body["title"] == 'A <b> & "c" ]]> ' and body["formats"][0]["name"] == 'Vinyl "7"'
    assert body["tracklist"][0]["title"] == "<i>"
