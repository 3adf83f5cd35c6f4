"""Invented releases and what the search finds among them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.catalog.apis.answers import Asked
from local.catalog.apis.discogs import DiscogsApi
from local.catalog.invented.films import InventedFilms
from local.catalog.invented.releases import InventedReleases
from local.catalog.stores.releases import ReleaseStore, Search

FILMS = InventedFilms(1000, seed=2)
RELEASES = InventedReleases(12_000, FILMS)
STORE = ReleaseStore(RELEASES)
RECORDS = [RELEASES.record(index) for index in range(2000)]


def _ask(**params: str) -> tuple[int, dict[str, Any]]:
    asked = Asked("database/search", params, {}, "http://here/database/search")
    answer = DiscogsApi(STORE).answer(asked)
    return answer.status, json.loads(answer.body)


def test_releases_come_from_seed_and_index_alone() -> None:
    """The same seed gives the same releases and links."""
    again = InventedReleases(12_000, InventedFilms(1000, seed=2))
    assert again.record(77) == RELEASES.record(77)
    assert again.links() == RELEASES.links()


def test_a_good_share_are_true_soundtracks() -> None:
    """More than half of the releases belong to a film; each to one; many of them years after it."""
    links = RELEASES.links()
    assert 0.5 < len(links) / 12_000 < 0.75
    assert len({release_id for _, release_id in links}) == len(links)
    gaps = [gap for gap in map(_gap, links[:1500]) if gap is not None]
    assert min(gaps) >= 0
    assert sum(gap >= 5 for gap in gaps) > 100


def _gap(link: tuple[int, int]) -> int | None:
    film, release = int(FILMS.columns.ids.searchsorted(link[0])), STORE.index(link[1])
    year = int(RELEASES.columns.year[release])
    return year - int(FILMS.row(film)["release_date"][:4]) if year else None


def test_titles_have_the_forms_of_discogs() -> None:
    """Artist and title are divided as on Discogs; numbered and starred artists, various and labels all occur."""
    titles = [record["title"] for record in RECORDS]
    assert all(" - " in title for title in titles)
    for part in ("Various - ", "* - ", " (2)", "(Original Motion Picture Soundtrack)", " = ", " / "):
        assert any(part in title for title in titles), part
    assert any("year" not in record for record in RECORDS)


def test_years_and_filters_find_what_they_say() -> None:
    """Each filter finds exactly the records that fit; a record without a year only when no year is asked."""
    for search, fits in (
        (Search(year=2010), lambda record: record.get("year") == "2010"),
        (Search(format="vinyl"), lambda record: "Vinyl" in record["format"]),
        (Search(country="Japan"), lambda record: record["country"] == "Japan"),
        (
            Search(style="score", genre="Pop"),
            lambda record: "Score" in record["style"] and "Pop" in record["genre"],
        ),
        (Search(text=("the", "night")), lambda record: {"the", "night"} <= _words(record)),
        (Search(style="polka"), lambda record: False),
    ):
        kind = Search(**vars(search) | {"kind": "release"})
        found = [place for place in STORE.select(kind).tolist() if place < len(RECORDS)]
        wanted = [place for place, record in enumerate(RECORDS) if fits(record)]
        assert found == wanted if not search.text else set(found) >= set(wanted)


def _words(record: dict[str, Any]) -> set[str]:
    return set(record["title"].lower().split())


def test_deep_pages_are_refused() -> None:
    """All pages are reported, those beyond 10,000 results are 404."""
    status, page = _ask(type="release", style="Soundtrack", per_page="100", page="100")
    assert (status, page["pagination"]["pages"], len(page["results"])) == (200, 120, 100)
    assert _ask(type="release", per_page="100", page="101")[0] == 404
    assert _ask(type="release", per_page="50", page="201")[0] == 404
    assert _ask(type="release", per_page="500")[1]["pagination"]["per_page"] == 100


@pytest.mark.parametrize("page", ["0", "-1", "x", "9" * 30])
def test_bad_pages_are_refused(page: str) -> None:
    """A page that is no positive number is 422."""
    assert _ask(page=page)[0] == 422


def test_an_empty_search_has_one_empty_page() -> None:
    """A search without results is a page without results, not an error."""
    status, page = _ask(style="Polka")
    assert (status, page["pagination"]["pages"], page["results"]) == (200, 1, [])
    assert page["pagination"]["urls"] == {}


def test_masters_gather_a_films_records() -> None:
    """A master stands once in the search for masters; without a type both kinds are found."""
    masters, releases = STORE.select(Search(kind="master")), STORE.select(Search(kind="release"))
    assert len(masters) == len(set(RELEASES.columns.master.tolist()) - {0})
    assert len(STORE.select(Search())) == len(masters) + len(releases)
    assert len(STORE.select(Search(kind="artist"))) == 0
