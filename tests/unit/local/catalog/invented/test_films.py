"""Invented films and what discover finds among them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local.catalog.apis.answers import Answer, Asked
from local.catalog.apis.tmdb import TmdbApi
from local.catalog.invented.films import InventedFilms
from local.catalog.stores.films import SORTS, FilmStore, Selection

FILMS = InventedFilms(3000, seed=3)
STORE = FilmStore(FILMS)
FIRST, LAST = date(1920, 1, 1).toordinal(), date(2026, 12, 31).toordinal()


def _ask(store: FilmStore, path: str, **params: str) -> Answer:
    query = {name.replace("__", "."): value for name, value in params.items()}
    return TmdbApi(store, today=lambda: LAST).answer(Asked(path, query, {}, ""))


def test_films_come_from_seed_and_index_alone() -> None:
    """The same seed gives the same film in whatever order films are asked for; another seed gives another."""
    again, other = InventedFilms(3000, seed=3), InventedFilms(3000, seed=4)
    later = again.record(17)
    assert [FILMS.record(index) for index in (5, 17)] == [again.record(5), later]
    assert FILMS.record(17) != other.record(17)


def test_films_are_plausible() -> None:
    """Dates lie within 1920-2026 and lean to recent years; some money is unknown; titles come in many languages."""
    records = [FILMS.record(index) for index in range(600)]
    years = sorted(int(record["release_date"][:4]) for record in records)
    assert years[0] >= 1920 and years[-1] <= 2026 and years[300] > 1985
    assert 0 < sum(record["budget"] == 0 for record in records) < 600
    assert 0 < sum(record["revenue"] == 0 for record in records) < 600
    assert len({record["original_language"] for record in records}) == 8
    assert all(record["title"] and record["original_title"] for record in records)
    assert any(record["title"] != record["original_title"] for record in records)


def test_sequels_follow_and_share_a_collection() -> None:
    """In a collection the parts are in order of their dates, and carry the first film's title."""
    for places in list(FILMS.collections().values())[:30]:
        records = [FILMS.record(place) for place in places]
        assert all(one["release_date"] < next_one["release_date"] for one, next_one in pairwise(records))
        assert len({record["belongs_to_collection"]["id"] for record in records}) == 1
        assert all(record["title"].startswith(records[0]["title"]) for record in records)


def test_remakes_have_the_title_and_another_year() -> None:
    """A remake carries its original's title, in another year."""
    remakes = (FILMS.family.original >= 0).nonzero()[0].tolist()
    assert remakes
    for place in remakes:
        one, other = FILMS.row(place), FILMS.row(int(FILMS.family.original[place]))
        assert one["title"] == other["title"]
        assert one["release_date"][:4] != other["release_date"][:4]


def test_dense_days_are_above_the_cap_and_can_be_split() -> None:
    """A dense day reports more than 500 pages, refuses page 501, and splits by language or by sort order."""
    films = InventedFilms(25_000, seed=1, dense_days=2)
    store, busiest = FilmStore(films), Counter(films.columns.day.tolist()).most_common(2)
    assert all(count > 10_000 for _, count in busiest)
    day = date.fromordinal(busiest[0][0]).isoformat()
    window = {"primary_release_date__gte": day, "primary_release_date__lte": day}
    assert b'"total_pages":5' in _ask(store, "discover/movie", page="500", **window).body
    assert _ask(store, "discover/movie", page="501", **window).status == 422
    both = [
        store.select(Selection(busiest[0][0], busiest[0][0], is_descending=down))[:10_000] for down in (0, 1)
    ]
    assert len(set(both[0].tolist()) | set(both[1].tolist())) == busiest[0][1]


def test_dense_days_need_enough_films() -> None:
    """Too few films for the dense days is an error that says how many it takes."""
    with pytest.raises(ValueError, match="20400"):
        InventedFilms(15_000, seed=1, dense_days=2)


@given(st.lists(st.integers(FIRST, LAST), max_size=4).map(sorted))
@settings(max_examples=30)
def test_windows_part_the_films(cuts: list[int]) -> None:
    """However the time is cut into windows, every film is in exactly one."""
    edges = [FIRST, *[cut + 1 for cut in cuts], LAST + 2]
    found = [STORE.select(Selection(low, high - 1)) for low, high in pairwise(edges)]
    places = [place for part in found for place in part.tolist()]
    assert sorted(places) == list(range(3000))


@pytest.mark.parametrize("sort", SORTS)
def test_orders_are_total(sort: str) -> None:
    """Every order holds every film once, and descending is the exact reverse of ascending."""
    up = STORE.select(Selection(sort=sort, is_descending=False)).tolist()
    down = STORE.select(Selection(sort=sort, is_descending=True)).tolist()
    assert up == down[::-1]
    assert sorted(up) == list(range(3000))


def test_filters_keep_what_they_say() -> None:
    """Language and vote filters keep exactly the films that fit."""
    kept = STORE.select(Selection(languages=frozenset({"fr", "ja"}), min_votes=50)).tolist()
    rows = {place: FILMS.row(place) for place in range(3000)}
    wanted = [
        place
        for place, row in rows.items()
        if row["original_language"] in ("fr", "ja") and row["vote_count"] >= 50
    ]
    assert sorted(kept) == wanted


def test_changes_are_a_small_share_of_every_day() -> None:
    """Each day changes some films, others than the day before, and always the same ones."""
    one, other = FILMS.changed_on(LAST).tolist(), FILMS.changed_on(LAST - 1).tolist()
    assert 5 < len(one) < 60
    assert one != other
    assert one == FILMS.changed_on(LAST).tolist()


def test_too_many_appended_answers_are_refused() -> None:
    """More than 20 sub-requests are TMDB's error 27."""
    film_id, names = str(STORE.film_id(0)), ",".join(f"part{number}" for number in range(21))
    assert b'"status_code":27' in _ask(STORE, f"movie/{film_id}", append_to_response=names).body
    assert b'"status_code":6' in _ask(STORE, "movie/first").body
    assert b'"id":' + film_id.encode() in _ask(STORE, f"movie/{film_id}/reviews").body
