"""The search index: what the gold job writes, the app finds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from shared.serving.film_search import FilmSearch
from spark_jobs.gold import search_index
from spark_jobs.gold.search_index import write_search_index
from spark_jobs.lakehouse.lake import open_lake
from spark_jobs.schemas.gold import MATCHES
from spark_jobs.schemas.silver import MOVIES
from tests.integration.spark_jobs.builders.bronze_files import Bronze

RUN = "20261120T063000Z-0001"
FILMS = {
    1: ("Far Astray", "Far Astray", 1982, 900),
    2: ("The Far Côte", None, 1990, 5),
    3: ("千と千尋の神隠し", "Sen to Chihiro", 2001, 800),
    4: ('Farewell\t<b>"Duke"</b>', "Adieu", 1974, 50),
}


class DiskLake:
    """Reads a lake on disk as `shared.adapters.lake.Lake` reads blobs."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def read_json(self, container: str, name: str) -> Any:
        file = self._root / container / name
        return json.loads(file.read_text()) if file.exists() else None

    async def read(self, container: str, name: str) -> bytes:
        return (self._root / container / name).read_bytes()

    async def names(self, container: str, prefix: str) -> AsyncIterator[str]:
        for file in sorted((self._root / container / prefix).glob("*")):
            yield f"{prefix}{file.name}"


def match(film_id: int, release_id: int, title: str, probability: float) -> dict[str, Any]:
    return {
        "film_id": film_id, "release_id": release_id, "release_title": title, "artist": "Hans Mori",
        "probability": probability, "band": "strong", "reason": "title exact",
    }  # fmt: skip


@pytest.fixture(scope="module")
def search(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> FilmSearch:
    root = tmp_path_factory.mktemp("lake")
    lake = open_lake(spark, Bronze(root / "gold").addresses, "gold", RUN)
    names = ("film_id", "title", "original_title", "release_year", "vote_count")
    rows = [dict(zip(names, (film_id, *film), strict=True)) for film_id, film in FILMS.items()]
    rows += [{"film_id": 100 + n, "title": f"Common {n}", "vote_count": n} for n in range(30)]
    found = [match(1, 10 + n, f"Far Astray Suite {n}", 0.9 + n / 100) for n in range(7)]
    found.append(match(2, 20, "Music From The Coast", 0.99))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search_index, "FILMS_PER_WORD", 20)
        patch.setattr(search_index, "FILMS_PER_BUCKET", 5)
        matched = spark.createDataFrame([{**dict.fromkeys(MATCHES.names), **row} for row in found], MATCHES)
        movies = spark.createDataFrame([{**dict.fromkeys(MOVIES.names), **row} for row in rows], MOVIES)
        pointer = write_search_index(lake, RUN, matched, movies, len(rows))
        assert pointer["buckets"] == 6 and pointer["common"] == ["common"]
        assert write_search_index(lake, RUN, matched, movies, len(rows))["snapshot"] == RUN
    return FilmSearch(DiskLake(root))  # type: ignore[arg-type]


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
