"""TMDB's answers to typed rows, without Spark."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from pyspark.sql.pandas.types import to_arrow_schema

from spark_jobs.runtime.arrow import record_batch
from spark_jobs.schemas.typed import FILM_ROWS
from spark_jobs.silver.reading.raw_lines import RawLine
from spark_jobs.silver.records.films import from_details
from spark_jobs.silver.typed_rows import rows_of

PARTS = "credits,keywords,alternative_titles,external_ids,reviews"


def row(
    body: Any, *, status: int = 200, parts: str = PARTS, asked: int = 7, mood: bool = True
) -> dict[str, Any]:
    """The one row of an answer, as it leaves for Spark."""
    request = {"path": f"/3/movie/{asked}", "query": {"append_to_response": parts}}
    line = {"status": status, "fetched_at": "2026-11-20T06:30:00Z", "request": request, "body": body}
    raw = RawLine("t/a.jsonl.gz", 3, json.dumps(line), None)
    rows = rows_of(raw, "tmdb/details", partial(from_details, with_sentiment=mood), with_shape=False)
    (found,) = record_batch(rows, to_arrow_schema(FILM_ROWS)).to_pylist()
    return found


def whole(**more: Any) -> dict[str, Any]:
    """A film with all its parts."""
    cast = [
        {"id": 1, "name": "Ola Brandt", "order": 1, "credit_id": "a1", "character": " Mo "},
        {"id": 2, "name": "Ada Lind", "order": 0},
        None,
    ]
    crew = [
        {"id": 3, "name": "Ines Varga", "job": "Original Music Composer"},
        {"id": 4, "name": "Bo  Ek", "job": "Director"},
    ]
    review = {"id": "r1", "author": "Mo", "content": "A good film.", "author_details": {"rating": 8}}
    return {
        **{
            "id": 7,
            "title": " The  Amber Ferry",
            "release_date": "1998-03-06",
            "overview": "A sad, bad war.",
        },
        **{"budget": "1000000.0", "revenue": 2500000, "runtime": 90, "vote_average": 7.1, "vote_count": 12},
        "genres": [{"name": "Sci-Fi"}, {"name": "Drama"}],
        "credits": {"cast": cast, "crew": crew},
        "keywords": {"keywords": [{"name": "ferry"}, {"name": "ferry "}]},
        "alternative_titles": {"titles": [{"title": "Die Faehre"}]},
        "external_ids": {"imdb_id": "tt0900001"},
        "reviews": {"results": [review, None]},
        "belongs_to_collection": {"name": "Ferries"},
        **more,
    }


def test_a_whole_film() -> None:
    """Texts are clean, numbers are numbers, people are found, and the row says where it is from."""
    found = row(whole())
    assert {name: found[name] for name in ("film_id", "title", "clean_title", "collection", "imdb_id")} == {
        **{"film_id": 7, "title": "The Amber Ferry", "clean_title": "amber ferry"},
        **{"collection": "Ferries", "imdb_id": "tt0900001"},
    }
    assert (found["budget"], found["revenue"], found["profit"], found["roi"]) == (
        10**6,
        2_500_000,
        1_500_000,
        1.5,
    )
    assert (found["top_cast"], found["directors"]) == (["Ada Lind", "Ola Brandt"], ["Bo Ek"])
    assert (found["composers"], found["genres"]) == (["Ines Varga"], ["Science Fiction", "Drama"])
    assert (found["primary_genre"], found["keywords"]) == ("Science Fiction", ["ferry"])
    assert found["cast"][0]["character"] == "Mo"
    assert (found["reviews"][0]["rating"], found["reviews"][0]["mood"]) == (8.0, "positive")
    assert found["overview_mood"] == "negative"
    assert found["missing_parts"] == []
    assert (found["source_blob"], found["line_no"], found["http_status"]) == ("t/a.jsonl.gz", 3, 200)
    assert found["fetched_at"] == datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
    assert found["said"]["budget"] == "1000000.0"


def test_moods_can_be_left_out() -> None:
    """Without sentiment its columns are null, and the texts are there."""
    found = row(whole(), mood=False)
    assert found["overview_sentiment"] is found["overview_mood"] is found["reviews"][0]["sentiment"] is None
    assert found["overview"]


@pytest.mark.parametrize("part", PARTS.split(","))
@pytest.mark.parametrize("instead", [None, {"success": False}, {"status_code": 25}, "gone", []])
def test_a_part_that_was_left_out_is_unknown(part: str, instead: Any) -> None:
    """Not answered is not none: what is made of the part is null, and the row names the part."""
    found = row(whole(**{part: instead}))
    assert found["missing_parts"] == [part]
    columns = {"credits": "cast", "keywords": "keywords", "alternative_titles": "alternative_titles"}
    assert found[columns.get(part, "reviews" if part == "reviews" else "imdb_id")] is None
    assert row(whole(**{part: instead}), parts="")["missing_parts"] == []


def test_an_empty_part_is_none() -> None:
    """A part that was answered empty is empty."""
    found = row(whole(credits={"cast": [], "crew": []}))
    assert (found["cast"], found["composers"], found["missing_parts"]) == ([], [], [])


def test_a_film_that_is_gone_keeps_its_id() -> None:
    """A 404 says which film was asked for, and nothing of its parts."""
    found = row({"success": False}, status=404)
    assert (found["film_id"], found["asked_id"], found["missing_parts"]) == (7, 7, [])


@pytest.mark.parametrize(
    ("field", "said", "column", "value"),
    [
        ("runtime", "51420.0", "runtime_min", 51420),
        ("runtime", 60_001, "runtime_min", None),
        ("vote_average", 11, "rating", None),
        ("vote_count", -1, "vote_count", None),
        ("popularity", -0.5, "popularity", None),
        ("popularity", "nan", "popularity", None),
        ("budget", 0, "profit", None),
        ("title", "x" * 2_001, "clean_title", None),
        ("overview", "No overview found.", "overview", None),
        ("imdb_id", "nm0000001", "imdb_id", None),
        ("poster_path", "/a-b_1.jpg", "poster_path", "/a-b_1.jpg"),
        ("poster_path", "https://elsewhere.invalid/a.jpg", "poster_path", None),
        ("poster_path", "/../a.jpg", "poster_path", None),
    ],
)
def test_what_is_impossible_is_null(field: str, said: Any, column: str, value: Any) -> None:
    """A value that cannot be costs itself alone."""
    found = row(whole(**{field: said}))
    assert (found[column], found["film_id"]) == (value, 7)


def test_a_rating_without_votes_is_none() -> None:
    """Zero of nobody is no rating, zero of somebody is."""
    assert row(whole(vote_average=0, vote_count=0))["rating"] is None
    assert row(whole(vote_average=0, vote_count=3))["rating"] == 0
