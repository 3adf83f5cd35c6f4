"""The catalog server over an invented catalog, asked through HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.integration.local.catalog.process import HEADERS, Server, running

APPENDED = "credits,keywords,alternative_titles,external_ids,reviews"
FREE = ("--tmdb-per-second", "0", "--discogs-per-minute", "0")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server without limits for the tests of this module."""
    with running("--films", "600", "--releases", "900", *FREE) as made:
        yield made


@pytest.fixture(autouse=True)
def quiet(server: Server) -> Iterator[None]:
    """Every test starts with fresh counts and leaves no faults."""
    server.control("_stats/reset", {})
    yield
    server.control("_faults", {})


def test_date_windows_hold_every_film_once(server: Server) -> None:
    """Reading two date windows to the end yields every film exactly once."""
    ids: list[int] = []
    for window in (
        {"primary_release_date__lte": "1999-12-31"},
        {"primary_release_date__gte": "2000-01-01", "primary_release_date__lte": "2026-12-31"},
    ):
        first = server.tmdb("discover/movie", sort_by="primary_release_date.asc", **window).json()
        for page in range(1, first["total_pages"] + 1):
            answer = server.tmdb("discover/movie", sort_by="primary_release_date.asc", page=page, **window)
            ids += [row["id"] for row in answer.json()["results"]]
    assert len(ids) == len(set(ids)) == 600


def test_list_rows_and_details_agree(server: Server) -> None:
    """A row has list fields only; the film itself says the same and adds what is asked to be appended."""
    row = server.tmdb("discover/movie", sort_by="revenue.desc").json()["results"][0]
    plain = server.tmdb(f"movie/{row['id']}").json()
    full = server.tmdb(f"movie/{row['id']}", append_to_response=APPENDED).json()
    assert "genres" not in row and "revenue" not in row
    assert row["genre_ids"] == [genre["id"] for genre in plain["genres"]]
    assert {name: plain[name] for name in row if name != "genre_ids"} == {
        name: value for name, value in row.items() if name != "genre_ids"
    }
    assert not set(APPENDED.split(",")) & set(plain)
    assert set(full) == set(plain) | set(APPENDED.split(","))


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("discover/movie", {"page": 501}, 422, 22),
        ("discover/movie", {"page": 0}, 422, 22),
        ("discover/movie", {"page": "two"}, 422, 22),
        ("discover/movie", {"sort_by": "colour.asc"}, 422, 5),
        ("discover/movie", {"primary_release_date__gte": "2020-13-01"}, 422, 23),
        ("movie/changes", {"start_date": "2026-01-01", "end_date": "2026-01-16"}, 422, 20),
        ("movie/999999999", {}, 404, 34),
        ("collection/7", {}, 404, 34),
        ("person/popular", {}, 404, 34),
    ],
)
def test_tmdb_errors(server: Server, path: str, params: dict[str, object], status: int, code: int) -> None:
    """A bad question gets TMDB's status and status_code."""
    answer = server.tmdb(path, **params)
    assert (answer.status_code, answer.json()["status_code"]) == (status, code)
    assert answer.json()["success"] is False


def test_tokens_are_required(server: Server) -> None:
    """A wrong token is 401 at both sources, in each one's words; Discogs wants a User-Agent as well."""
    tmdb = server.client.get(f"{server.url}/tmdb/3/movie/1", headers={"Authorization": "Bearer other"})
    discogs = server.client.get(
        f"{server.url}/discogs/releases/1", headers={"Authorization": "Discogs token=other"}
    )
    nameless = server.client.get(
        f"{server.url}/discogs/releases/1", headers=HEADERS["discogs"] | {"User-Agent": ""}
    )
    assert (tmdb.status_code, tmdb.json()["status_code"]) == (401, 7)
    assert (discogs.status_code, list(discogs.json())) == (401, ["message"])
    assert nameless.status_code == 403


def test_collections_hold_their_films(server: Server) -> None:
    """A film's collection lists that film among its parts."""
    pages = (server.tmdb("discover/movie", page=page).json()["results"] for page in range(1, 31))
    films = (server.tmdb(f"movie/{row['id']}").json() for rows in pages for row in rows)
    film = next(film for film in films if film["belongs_to_collection"])
    collection = server.tmdb(f"collection/{film['belongs_to_collection']['id']}").json()
    assert film["id"] in [part["id"] for part in collection["parts"]]


def test_a_touched_film_is_listed_as_changed(server: Server) -> None:
    """A film changed on purpose is in that day's changes, and answers differently."""
    film_id = server.tmdb("discover/movie").json()["results"][0]["id"]
    before = server.tmdb(f"movie/{film_id}").json()
    server.control("_touch", {"tmdb": [film_id], "date": "2026-05-05"})
    window = {"start_date": "2026-05-05", "end_date": "2026-05-05"}
    assert {"id": film_id, "adult": False} in server.tmdb("movie/changes", **window).json()["results"]
    assert server.tmdb(f"movie/{film_id}").json() == before | {"vote_count": before["vote_count"] + 1}


def test_touched_releases_and_bad_touches(server: Server) -> None:
    """A release changed on purpose answers differently; unknown ids are left out; a bad body is 400."""
    row = server.discogs("database/search", type="release", per_page=1).json()["results"][0]
    assert server.control("_touch", {"discogs": [row["id"], 1]}).json() == {
        "tmdb": [],
        "discogs": [row["id"]],
    }
    again = server.discogs("database/search", type="release", per_page=1).json()["results"][0]
    assert again["community"]["want"] == row["community"]["want"] + 1
    assert server.control("_touch", {"tmdb": ["x"]}).status_code == 400
    assert server.control("_touch", {"date": "soon"}).status_code == 400


def test_search_pages_hold_every_release_once(server: Server) -> None:
    """Reading the search for soundtracks to the end yields every release; the years alone lose the undated."""
    params = {"style": "Soundtrack", "type": "release", "per_page": 100}
    first = server.discogs("database/search", **params).json()
    pages = range(1, first["pagination"]["pages"] + 1)
    rows = [
        row
        for page in pages
        for row in server.discogs("database/search", page=page, **params).json()["results"]
    ]
    assert len({row["id"] for row in rows}) == len(rows) == first["pagination"]["items"] == 900
    dated = sum("year" in row for row in rows)
    years = {row["year"] for row in rows if "year" in row}
    found = [
        server.discogs("database/search", year=year, **params).json()["pagination"]["items"] for year in years
    ]
    assert sum(found) == dated < 900


def test_urls_repeat_the_query_but_no_header(server: Server) -> None:
    """pagination.urls repeats the query, and a token only where the client put it there."""
    url, agent = f"{server.url}/discogs/database/search", {"User-Agent": "x"}
    clean = server.discogs("database/search", style="Soundtrack", per_page=5)
    loose = server.client.get(url, params={"token": "record-token", "per_page": "5"}, headers=agent)
    assert "style=Soundtrack" in clean.json()["pagination"]["urls"]["next"]
    assert "record-token" not in clean.text
    assert "token=record-token" in loose.json()["pagination"]["urls"]["next"]


def test_release_and_master_details(server: Server) -> None:
    """A release found by the search has details, and so has its master; others are not found."""
    row = server.discogs("database/search", type="master", per_page=1).json()["results"][0]
    master = server.discogs(f"masters/{row['id']}").json()
    release = server.discogs(f"releases/{master['main_release']}").json()
    assert (row["type"], release["master_id"], release["title"]) == ("master", row["id"], master["title"])
    assert release["tracklist"] and release["artists"] and release["labels"]
    assert server.discogs("releases/1").json() == {"message": "Release not found."}


def test_links_are_of_this_catalog(server: Server) -> None:
    """Both ends of a true link can be fetched, and the record names the film."""
    film_id, release_id = server.control("_links").json()[0]
    film, release = server.tmdb(f"movie/{film_id}").json(), server.discogs(f"releases/{release_id}").json()
    known = (film["title"].lower(), film["original_title"].lower())
    assert any(title in release["title"].lower() for title in known)


def test_counts_tell_what_was_asked_twice(server: Server) -> None:
    """The counts know kinds, statuses and repeats, and name the repeated path without credentials."""
    for _ in range(3):
        server.tmdb("genre/movie/list", language="en")
    server.tmdb("movie/999999999")
    counts = server.control("_stats").json()["tmdb"]
    assert (counts["requests"], counts["by_status"], counts["repeats"]) == (4, {"200": 3, "404": 1}, 2)
    assert counts["repeated"] == {"genre/movie/list?language=en": 3}
    assert (counts["by_kind"], counts["max_in_window"]) == ({"genres": 3, "details": 1}, 4)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"storm_429": {"rate": 1, "retry_after_s": 7}}, 429),
        ({"error_5xx": {"rate": 1}}, 500),
        ({"outage": {"seconds": 60}}, 503),
        ({"rotate_keys": {"tmdb_token": None}}, 401),
        ({"error_in_200": {"rate": 1}}, 200),
        ({"wrong_content_type": {"rate": 1}}, 200),
        ({"truncated_json": {"rate": 1}}, 200),
    ],
)
def test_faults_befall_one_source(server: Server, fault: dict[str, object], status: int) -> None:
    """A fault of TMDB's plan spoils TMDB's answers, leaves Discogs alone, and {} ends it."""
    good = server.tmdb("movie/changes")
    server.control("_faults", {"seed": 1, "tmdb": fault})
    bad = server.tmdb("movie/changes")
    assert bad.status_code == status
    assert bad.content != good.content
    assert bad.headers.get("retry-after") == ("7" if status == 429 else None)
    assert server.discogs("database/search").status_code == 200
    assert server.control("_stats").json()["tmdb"]["repeats"] == 1
    server.control("_faults", {})
    assert server.tmdb("movie/changes").content == good.content


def test_a_reset_closes_the_connection_mid_answer(server: Server) -> None:
    """A reset answer never comes whole, and is counted."""
    server.control("_faults", {"reset": {"rate": 1}})
    with pytest.raises(httpx.RemoteProtocolError):
        server.tmdb("genre/movie/list")
    assert server.control("_stats").json()["tmdb"]["by_status"] == {"reset": 1}


def test_shifting_rows_move_between_pages(server: Server) -> None:
    """While rows shift, the same page shows other rows; the reported total stays."""
    calm = server.tmdb("discover/movie", page=3).json()
    server.control("_faults", {"shifting_rows": {"rate": 1}})
    moved = server.tmdb("discover/movie", page=3).json()
    assert moved["results"] != calm["results"]
    assert moved["total_results"] == calm["total_results"]


def test_a_bad_fault_plan_is_refused(server: Server) -> None:
    """A wrong key or rate is 400 naming it, and the old plan stays."""
    assert "tmdb.reset.rate" in server.control("_faults", {"tmdb": {"reset": {"rate": 2}}}).json()["error"]
    assert server.control("_faults", [1]).status_code == 400
    assert server.control("_faults").json() == {}
