"""Searching the index: one bucket a search, whatever is asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.serving.lookup.search import FilmSearch
from shared.serving.published.index import ServingIndex
from shared.serving.search_terms import terms
from spark_jobs.names import search_terms
from tests.fakes import FakeLake
from tests.fakes.served import by_word, publish

FILMS = {1: "Blade Runner", 2: "Blade Runner 2049", 3: "Up", 4: "Upgrade", 5: "Amélie", 6: "L'Été meurtrier"}


@given(st.text())
def test_the_app_and_the_index_fold_words_alike(text: str) -> None:
    """The two copies of the rules give the same words; folding what is folded changes nothing."""
    words = terms(text)
    assert words == search_terms.terms(text)
    assert terms(" ".join(words)) == words


async def indexed() -> tuple[FilmSearch, FakeLake]:
    """An index as the gold job writes it."""
    lake = FakeLake()
    words = by_word([{"film_id": film_id, "title": title} for film_id, title in FILMS.items()])
    await publish(lake, {"words": words}, shifts={"words": 29}, common=["runner"])
    return searching(lake), lake


def searching(lake: FakeLake) -> FilmSearch:
    """A search of what a lake holds."""
    return FilmSearch(ServingIndex(lake, lambda: 0.0))


async def found(search: FilmSearch, query: str) -> list[int]:
    return [film.film_id for film in (await search.find(query, 20)).films]


async def test_words_may_be_cut_short_if_they_are_long_enough() -> None:
    """Three letters begin a word, fewer are the whole word; a film so called comes first."""
    search, _ = await indexed()
    assert await found(search, "bla") == [1, 2]
    assert await found(search, "up") == [3]
    assert await found(search, "UPG") == [4]
    assert await found(search, "amelie") == await found(search, "Amélie") == [5]
    assert await found(search, "ete lete") == [] and await found(search, "lete") == [6]
    assert await found(search, "blade runner 2049") == [2]
    assert await found(search, "runner blade") == [1, 2]


async def test_without_an_index_there_is_nothing_to_find() -> None:
    """Before the first run the answer says so."""
    answer = await searching(FakeLake()).find("blade", 20)
    assert (answer.snapshot, answer.films) == (None, ())


async def test_a_new_snapshot_is_seen_at_once() -> None:
    """Buckets stay in memory by snapshot: the next run's index is not hidden by the last one's."""
    search, lake = await indexed()
    assert await found(search, "blade") == [1, 2]
    await publish(lake, {"words": {}}, "NEXT")
    assert await found(search, "blade") == []


async def test_records_of_no_film_are_found_by_their_own_words() -> None:
    """Beside the films, with why and the likeliest film; a film without a record says why it has none."""
    lake = FakeLake()
    alone = {
        "release_id": 9, "title": "Upward", "artist": "Hans Mori", "why": "none likely enough",
        "nearest_film_id": 3, "nearest_score": 0.4,
    }  # fmt: skip
    film = {"film_id": 3, "title": "Up", "why": "went to another film"}
    await publish(lake, {"words": by_word([film, alone])})
    search = searching(lake)
    answer = await search.find("mori", 20)
    assert (answer.films, [(each.release_id, each.nearest_film_id) for each in answer.records]) == (
        (),
        [(9, 3)],
    )
    assert (await search.find("upward", 20)).records[0].why == "none likely enough"
    assert (await search.find("up", 20)).films[0].why == "went to another film"
