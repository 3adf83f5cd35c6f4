"""The catalog server over a directory of JSON lines, and the generator that writes one."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import pytest

from local.catalog import generate
from local.catalog.stores.directory import CatalogError, load
from tests.integration.local.catalog.process import REAL, Server, refused, running

FILMS = [
    {"id": 7, "title": "Harbour", "original_title": "Port", "release_date": "1999-05-01", "original_language": "fr",
     "genres": [{"id": 18, "name": "Drama"}], "popularity": 2.5, "vote_count": 9, "adult": False,
     "credits": {"cast": [], "crew": [{"id": 3, "name": "A. Composer", "job": "Original Music Composer"}]}},
    {"id": 3, "title": "Attic", "release_date": "", "adult": False},
    {"id": 5, "title": "Cellar", "release_date": "2001-01-02", "original_language": "en", "adult": True},
]  # fmt: skip
RELEASES = [
    {"id": 20, "title": "A. Composer - Harbour", "type": "release", "year": "1999", "style": ["Soundtrack"],
     "format": ["CD", "Album"], "country": "France", "label": ["Quay"], "catno": "Q 1", "master_id": 0},
    {"id": 10, "title": "The Band - Harbour", "type": "release", "style": ["Techno"], "format": ["Vinyl"]},
]  # fmt: skip
FREE = ("--tmdb-per-second", "0", "--discogs-per-minute", "0")


def _write(directory: Path, films: list[object], releases: list[object], suffix: str = "") -> Path:
    for name, rows in (("tmdb_movies.jsonl", films), ("discogs_releases.jsonl", releases)):
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
        (directory / f"{name}{suffix}").write_bytes(gzip.compress(data) if suffix else data)
    return directory


def _found(server: Server, **params: object) -> list[int]:
    return [
        row["id"] for row in server.discogs("database/search", type="release", **params).json()["results"]
    ]


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_small_directory_is_served(tmp_path: Path, suffix: str) -> None:
    """Films and releases of a directory, zipped or not, are found by the filters and answered as they are."""
    _write(tmp_path, FILMS, RELEASES, suffix)
    with running("--data", str(tmp_path), *FREE) as server:
        window = {"primary_release_date__gte": "1999-01-01", "primary_release_date__lte": "2001-12-31"}
        dated = server.tmdb("discover/movie", **window).json()
        adult = server.tmdb("discover/movie", include_adult="true", **window).json()
        film = server.tmdb("movie/7", append_to_response="credits,reviews").json()
        assert [row["id"] for row in dated["results"]] == [7]
        assert adult["total_results"] == 2
        assert server.tmdb("discover/movie").json()["total_results"] == 2
        assert film == FILMS[0] | {
            "reviews": {"page": 1, "results": [], "total_pages": 0, "total_results": 0}
        }
        assert server.tmdb("movie/changes").json()["results"] == []
        assert _found(server, style="Soundtrack") == [10, 20]
        assert _found(server, style="Techno") == [10]
        assert _found(server, style="Soundtrack", year="1999", format="cd", country="france") == [20]
        assert _found(server, artist="the band") == [10]
        release = server.discogs("releases/20").json()
        assert (release["year"], release["tracklist"], release["artists"][0]["name"]) == (
            1999,
            [],
            "A. Composer",
        )
        assert server.discogs("releases/10").json()["year"] == 0
        assert server.control("_links").json() == []


def test_a_missing_directory_is_one_clear_line(tmp_path: Path) -> None:
    """A directory or file that is not there ends the start with a line that names it."""
    assert "nowhere" in refused("--data", str(tmp_path / "nowhere"))
    assert "tmdb_movies.jsonl" in refused("--data", str(tmp_path))


def test_a_bad_line_is_one_clear_line(tmp_path: Path) -> None:
    """A line that is no record ends the start with file and line number."""
    _write(tmp_path, FILMS, [RELEASES[0], {"id": "x", "title": "y"}])
    assert "discogs_releases.jsonl line 2" in refused("--data", str(tmp_path))


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "1",
        '{"id": 1}',
        '{"id": 1, "title": "T", "release_date": "soon"}',
        '{"id": true, "title": "T"}',
    ],
)
def test_every_kind_of_bad_film_is_named(tmp_path: Path, line: str) -> None:
    """Broken JSON, a wrong type, a missing field and a bad date are all told with their line."""
    _write(tmp_path, FILMS[:1], RELEASES)
    with (tmp_path / "tmdb_movies.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(CatalogError, match=r"tmdb_movies\.jsonl line 2: "):
        load(tmp_path)


def test_a_cut_gzip_file_is_named(tmp_path: Path) -> None:
    """A compressed file that ends too early is told, not half read."""
    _write(tmp_path, FILMS, RELEASES, ".gz")
    path = tmp_path / "tmdb_movies.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(CatalogError, match=r"tmdb_movies\.jsonl\.gz after line"):
        load(tmp_path)


def test_a_written_catalog_answers_as_the_invented_one(tmp_path: Path) -> None:
    """Files of the generator, served, give the same films, releases and links as the generated catalog itself."""
    sizes = ("--films", "60", "--releases", "40", "--seed", "5")
    assert generate.main([*sizes, "--out", str(tmp_path)]) == 0
    with running(*sizes, *FREE) as invented, running("--data", str(tmp_path), *FREE) as given:
        for path in ("discover/movie", "movie/changes?start_date=1900-01-01&end_date=1900-01-01"):
            assert given.tmdb(path).json()["page"] == 1
        film_id = invented.tmdb("discover/movie").json()["results"][0]["id"]
        for server_answers in (
            [
                server.tmdb(f"movie/{film_id}", append_to_response="credits,reviews").json()
                for server in (invented, given)
            ],
            [server.tmdb("discover/movie", sort_by="title.asc").json() for server in (invented, given)],
            [
                server.discogs("database/search", style="Soundtrack").json()["results"]
                for server in (invented, given)
            ],
            [server.control("_links").json() for server in (invented, given)],
        ):
            assert server_answers[0] == server_answers[1]


def test_the_generator_is_deterministic(tmp_path: Path) -> None:
    """The same arguments write the same bytes; links.csv names the evidence."""
    for name in ("a", "b"):
        generate.main(["--films", "40", "--releases", "30", "--out", str(tmp_path / name)])
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    with (tmp_path / "a" / "links.csv").open(newline="") as rows:
        assert {row["evidence"] for row in csv.DictReader(rows)} == {"generated"}


@pytest.mark.skipif(not REAL.is_dir(), reason="the real records are not on this machine")
def test_all_real_records_can_be_read() -> None:
    """Every real film is in a date window, and the search for soundtracks yields every real release."""
    with running("--data", str(REAL), *FREE) as server:
        films = _all_films(server)
        first = server.discogs("database/search", style="Soundtrack", type="release", per_page=100).json()
        pages = range(1, first["pagination"]["pages"] + 1)
        releases = [_found(server, style="Soundtrack", per_page=100, page=page) for page in pages]
        assert len(films) == len(set(films)) == 3796
        assert len({number for page in releases for number in page}) == sum(map(len, releases)) == 1167
        assert len(server.control("_links").json()) > 500


def _all_films(server: Server) -> list[int]:
    window = {"primary_release_date__gte": "1874-01-01", "primary_release_date__lte": "2100-01-01"}
    total = server.tmdb("discover/movie", **window).json()["total_pages"]
    pages = (server.tmdb("discover/movie", page=page, **window).json() for page in range(1, total + 1))
    return [row["id"] for page in pages for row in page["results"]]
