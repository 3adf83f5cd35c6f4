"""Generations of the files that the app answers from: what the job writes, the app finds; what is the same stays."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from shared.serving.lookup.lookups import EVERYTHING, Lookups
from shared.serving.lookup.views import Views
from spark_jobs.serving import generations, tables
from tests.integration.spark_jobs.builders.served import Rows, index_of, write

RUNS = [f"20261120T063000Z-000{n}" for n in range(3)]
MOVIES: list[dict[str, Any]] = [
    {"film_id": 603, "title": "The Matrix", "release_year": 1999, "imdb_id": "tt0133093", "vote_count": 9},
    {"film_id": 604, "title": "Far Astray", "imdb_id": "tt0000604"},
    *({"film_id": 5000 + n, "title": f"Film {n}"} for n in range(30)),
]
RELEASES: list[dict[str, Any]] = [
    {
        "release_id": 10, "master_id": 5, "release_title": "The Matrix", "artist": "Don Davis", "year": 1999,
        "formats": ["CD"], "barcodes": ["0030206602623"], "cover_url": "https://img.invalid/10.jpg",
    },
    {"release_id": 11, "master_id": 5, "release_title": "The Matrix", "barcodes": ["0030206602623", "12345678"]},
    {"release_id": 900, "release_title": "Nothing Like It", "artist": "Ana Ruiz", "have": 3},
]  # fmt: skip
PAIR = {
    "film_id": 603, "film_title": "The Matrix", "film_year": 1999, "release_title": "The Matrix",
    "link_type": "score", "reason": "title exact", "contributions": {"title": 4.0, "composer": 2.0},
    "rank": 1, "margin": 0.9, "version_group": "5",
}  # fmt: skip
MATCHES = [
    {**PAIR, "release_id": release, "score": p, "probability": p, "band": "strong", "published": True,
     "is_ambiguous": False}
    for release, p in ((10, 0.99), (11, 0.97))
]  # fmt: skip
RIVAL = {**PAIR, "film_id": 604, "film_title": "Far Astray", "release_id": 10, "score": 0.01, "rank": 2}
TABLES: dict[str, Rows] = {
    "movies": MOVIES,
    "releases": RELEASES,
    "matches": MATCHES,
    "candidates": [*MATCHES, RIVAL],
    "unmatched_films": [{"film_id": 604, "why": "went to another film"}],
    "unmatched_releases": [{"release_id": 900, "release_title": "Nothing Like It", "why": "no title near it"}],
    "film_history": [
        {"film_id": 603, "observed_on": date(2026, 11, day), "vote_count": day} for day in (19, 20)
    ],
    "trending": [{"film_id": 603, "window_days": 7, "trend_score": 48.0}],
}  # fmt: skip
KPIS = [{"place": n, "name": f"figure {n}", "value": float(n)} for n in (2, 3, 1)]
Written = tuple[Path, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def written(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Three generations: the second has one film renamed, the third is the second again."""
    root = tmp_path_factory.mktemp("lake")
    renamed = [{**MOVIES[0], "title": "The Matrix Again"}, *MOVIES[1:]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generations, "LINES_PER_BUCKET", 4)
        patch.setattr(generations, "WORDS_PER_BUCKET", 10)
        patch.setattr(tables, "ROWS_SERVED", 2)
        found = [write(spark, root, RUNS[0], TABLES, KPIS)]
        for run in RUNS[1:]:
            found.append(write(spark, root, run, {**TABLES, "movies": renamed}, KPIS))
    return root, found


def test_what_is_written_is_found(written: Written) -> None:
    """By film, IMDb id, record, master and barcode, with what people want to know of a link."""
    lookups = Lookups(index_of(written[0]))

    async def look() -> None:
        film = await lookups.film(603, EVERYTHING)
        assert (film.run_id, film.film.title, film.film.year) == (RUNS[2], "The Matrix Again", 1999)
        assert [each.release_id for each in film.links] == [10, 11]
        first = film.links[0]
        assert (first.kind, first.evidence, first.formats) == ("score", "title exact", ("CD",))
        assert first.cover == "https://img.invalid/10.jpg" and first.imdb_id == "tt0133093"
        assert await lookups.film_of_imdb(133093, EVERYTHING) == film
        assert (await lookups.film(5007, EVERYTHING)).links == ()
        assert (await lookups.record(900, EVERYTHING)).links == ()
        assert (await lookups.record(11, EVERYTHING)).links == film.links[1:]
        assert (await lookups.master(5, EVERYTHING)).links == film.links
        assert (await lookups.barcode(("0030206602623",), EVERYTHING)).links == film.links
        assert (await lookups.barcode(("12345678",), EVERYTHING)).links == film.links[1:]
        assert (await lookups.links(0, 1, EVERYTHING)).next == 10

    asyncio.run(look())


def test_pages_have_all_evidence(written: Written) -> None:
    """What was considered, what each piece added, where a record went, and the figures over time."""
    lookups = Lookups(index_of(written[0]))
    film, other = (asyncio.run(lookups.film_page(each)) for each in (603, 604))
    assert [(each.name, each.adds) for each in film.considered[0].contributions] == [
        ("composer", 2.0),
        ("title", 4.0),
    ]
    assert [(day.on, day.votes) for day in film.days] == [("2026-11-19", 19), ("2026-11-20", 20)]
    assert [window.trend_score for window in film.windows] == [48.0]
    assert (other.why, other.considered[0].went_to_film_id) == ("went to another film", 603)
    record, alone = (asyncio.run(lookups.record_page(each)) for each in (10, 900))
    assert [(each.film_id, each.is_match) for each in record.considered] == [(603, True), (604, False)]
    assert (alone.why, alone.considered) == ("no title near it", ())


def test_a_view_is_served_in_its_order(written: Written) -> None:
    """With its columns and their meaning."""
    page = asyncio.run(Views(index_of(written[0])).page("kpis", "value>0", "-place", 10, 0))
    assert [row["place"] for row in page.items] == [2, 1]
    assert page.columns[0].about


def test_all_rows_of_a_large_view_are_there(written: Written) -> None:
    """Also those that are beyond the ones that can be sorted."""
    page = asyncio.run(Views(index_of(written[0])).whole("kpis", "", 0, 50))
    assert sorted(row["place"] for row in page.items) == [1, 2, 3]
    assert (page.served, page.next) == (3, None)


def test_only_what_changed_is_written(written: Written) -> None:
    """A renamed film changes the buckets it is in, and nothing else; the same again writes none."""
    first, second, third = written[1]
    of_first = {bucket: entry["digest"] for bucket, entry in buckets(first).items()}
    assert first["changed"] == len(of_first) > 12
    changed = {bucket for bucket, entry in buckets(second).items() if entry["digest"] != of_first.get(bucket)}
    assert 0 < len(changed) == second["changed"] < len(of_first) / 2
    assert third["changed"] == 0
    assert {name for name, _ in changed} == {"films", "words"}


def test_a_reader_of_the_generation_before_sees_it_whole(written: Written) -> None:
    """Every file that this manifest and the one before name is there."""
    root, (_, second, third) = written
    for manifest in (second, third):
        for entry in buckets(manifest).values():
            assert all((root / "gold/search" / name).exists() for name in entry["files"])


def buckets(manifest: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (family, number): entry
        for family, found in manifest["families"].items()
        for number, entry in found["buckets"].items()
    }
