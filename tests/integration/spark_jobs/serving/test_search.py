"""The words of films and records: what the gold job writes, the search finds."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pyspark.sql import SparkSession

from shared.serving.lookup.search import FilmSearch
from spark_jobs.serving import generations, words
from tests.integration.spark_jobs.builders.served import index_of, write

RUN = "20261120T063000Z-0001"
FILMS = {
    1: ("Far Astray", "Far Astray", 1982, 900),
    2: ("The Far Côte", None, 1990, 5),
    3: ("千と千尋の神隠し", "Sen to Chihiro", 2001, 800),
    4: ('Farewell\t<b>"Duke"</b>', "Adieu", 1974, 50),
}


def match(film_id: int, release_id: int, title: str, probability: float) -> dict[str, Any]:
    return {
        "film_id": film_id, "release_id": release_id, "release_title": title, "artist": "Hans Mori",
        "probability": probability, "band": "strong", "reason": "title exact",
    }  # fmt: skip


@pytest.fixture(scope="module")
def search(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> FilmSearch:
    root = tmp_path_factory.mktemp("lake")
    names = ("film_id", "title", "original_title", "release_year", "vote_count")
    rows = [dict(zip(names, (film_id, *film), strict=True)) for film_id, film in FILMS.items()]
    rows += [{"film_id": 100 + n, "title": f"Common {n}", "vote_count": n} for n in range(30)]
    found = [match(1, 10 + n, f"Far Astray Suite {n}", 0.9 + n / 100) for n in range(7)]
    found.append(match(2, 20, "Music From The Coast", 0.99))
    alone = {
        "release_id": 40, "release_title": "Astray Alone", "artist": "Ana Ruiz", "why": "no title near it",
        "nearest_film_id": 1, "nearest_score": 0.2,
    }  # fmt: skip
    tables = {
        "movies": rows,
        "matches": found,
        "unmatched_releases": [alone],
        "unmatched_films": [{"film_id": 4, "why": "none likely enough"}],
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "FILMS_PER_WORD", 20)
        patch.setattr(generations, "WORDS_PER_BUCKET", 10)
        manifest = write(spark, root, RUN, tables)
        assert manifest["common"] == ["common"] and len(manifest["families"]["words"]["buckets"]) > 3
        assert write(spark, root, RUN, tables) == manifest
    return FilmSearch(index_of(root))


def find(search: FilmSearch, query: str, limit: int = 20) -> list[int]:
    return [film.film_id for film in asyncio.run(search.find(query, limit)).films]


@pytest.mark.parametrize(
    ("query", "films"),
    [
        ("far astray", [1]),
        ("FAR", [1, 2, 4]),
        ("fare", [4]),
        ("cote", [2]),
        ("coast", [2]),
        ("hans mori", [1, 2]),
        ("chihiro to", [3]),
        ("千と千尋", [3]),
        ("duke", [4]),
        ("astray coast", []),
        ("no such film", []),
        ("common 7", [107]),
        ("common 29", [129]),
    ],
)  # fmt: skip
def test_films_are_found_by_their_own_and_their_records_words(
    search: FilmSearch, query: str, films: list[int]
) -> None:
    """Any spelling and the beginnings of words do; every word must be there; the best known come first."""
    assert find(search, query) == films


def test_evidence_comes_with_the_film(search: FilmSearch) -> None:
    """Year, how many records there are, and the five likeliest with probability, band and reason."""
    (film,) = asyncio.run(search.find("astray", 20)).films
    assert (film.year, film.release_count, len(film.releases)) == (1982, 7, 5)
    best = film.releases[0]
    assert (best.release_id, best.band, best.reason) == (16, "strong", "title exact")
    assert best.probability == pytest.approx(0.96)
    assert find(search, "far", limit=1) == [1]


def test_a_common_word_lists_the_best_known(search: FilmSearch) -> None:
    """Of thirty films with a word, the list holds the twenty with most votes."""
    assert find(search, "common", limit=100) == list(range(129, 109, -1))


def test_what_is_unmatched_is_found_with_why(search: FilmSearch) -> None:
    """A record of no film beside the films, with the likeliest one; a film without a record with its reason."""
    answer = asyncio.run(search.find("astray", 20))
    assert [film.film_id for film in answer.films] == [1]
    assert [(each.release_id, each.why, each.nearest_film_id) for each in answer.records] == [
        (40, "no title near it", 1)
    ]
    (film,) = asyncio.run(search.find("duke", 20)).films
    assert film.why == "none likely enough"
