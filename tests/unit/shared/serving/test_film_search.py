"""Searching the index: one bucket a search, whatever is asked."""

from __future__ import annotations

import gzip
import json

from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.lake import GOLD
from shared.serving.film_search import FilmSearch, bucket_of
from shared.serving.search_terms import terms
from spark_jobs.names import search_terms
from tests.fakes import FakeLake

BUCKETS = 7
FILMS = {1: "Blade Runner", 2: "Blade Runner 2049", 3: "Up", 4: "Upgrade", 5: "Amélie", 6: "L'Été meurtrier"}


@given(st.text())
def test_the_app_and_the_index_fold_words_alike(text: str) -> None:
    """The two copies of the rules give the same words; folding what is folded changes nothing."""
    words = terms(text)
    assert words == search_terms.terms(text)
    assert terms(" ".join(words)) == words


async def indexed(**more: object) -> tuple[FilmSearch, FakeLake]:
    """An index as the gold job writes it."""
    lake = FakeLake()
    lines: dict[int, list[str]] = {}
    for film_id, title in FILMS.items():
        words = terms(title)
        film = json.dumps({"film_id": film_id, "title": title})
        for word in words:
            lines.setdefault(bucket_of(word, BUCKETS), []).append(f"{word}\t{' '.join(words)}\t{film}")
    for bucket, found in lines.items():
        name = f"search/snapshot=RUN/bucket={bucket}/part-0.txt.gz"
        await lake.put(GOLD, name, gzip.compress("\n".join(found).encode()))
    pointer = {"snapshot": "RUN", "path": "search/snapshot=RUN", "buckets": BUCKETS, "common": ["runner"]}
    await lake.put_json(GOLD, "search/_current.json", pointer | more)
    return FilmSearch(lake), lake  # type: ignore[arg-type]


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
    answer = await FilmSearch(FakeLake()).find("blade", 20)
    assert (answer.snapshot, answer.films) == (None, ())


async def test_a_new_snapshot_is_seen_at_once() -> None:
    """Buckets stay in memory by snapshot: the next run's index is not hidden by the last one's."""
    search, lake = await indexed()
    assert await found(search, "blade") == [1, 2]
    await lake.put_json(
        GOLD, "search/_current.json", {"snapshot": "NEXT", "path": "search/snapshot=NEXT", "buckets": 1}
    )
    assert await found(search, "blade") == []
    for n in range(20):
        assert await found(search, f"word{n}") == []
