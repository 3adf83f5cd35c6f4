"""Silver on values no API should send: each costs itself, never the record beside it and never the job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_jobs.silver.job import run_silver
from spark_jobs.silver.quality.scores import Gates
from tests.integration.spark_jobs.builders.bronze_files import Bronze, answer, blob, film, page, record

RUN = "20261120T063000Z-0001"
RIGHT_TO_LEFT, CLAPPER = "\u05e9\u05dc\u05d5\u05dd \u202eabc", "\U0001f3ac"
SCRIPT = "<script>alert('x')</script> <b>Lovely</b> & wonderful"
REVIEWS = [
    {
        "id": "r1",
        "author": "Ann",
        "content": "A wonderful, happy film!",
        "created_at": "2020-01-02T03:04:05.000Z",
    },
    {
        "id": "r2",
        "author": "Bob",
        "content": "Terrible.",
        "author_details": {"rating": 2.0},
        "created_at": "soon",
    },
    {"id": "r3", "author": "Cy", "content": "  ", "author_details": {"rating": 99}},
]
FILMS = (
    film("10", "Id As Text", popularity="9.5", vote_count="12"),
    film(11, "Negative", budget=-5, revenue=-1, runtime=-90, vote_average=-3, vote_count=-2, popularity=-1),
    film(12, "No Such Day", release_date="2026-02-30"),
    film(13, "No Day At All", release_date="0000-00-00"),
    film(14, "Long Ago", release_date="0800-01-01", runtime=99_999, vote_average=11),
    film(15, "Long Overview", overview="sad but good " * 400_000),
    film(16, "Con\x00trol\x1b\tcharacters\u0085", overview="one\x07two\nthree"),
    film(17, f"{RIGHT_TO_LEFT} {CLAPPER}", original_title="Amélie Cafe\u0301"),
    film(18, "T" * 1_000_000),
    film(19, "Html", overview=SCRIPT, reviews={"results": REVIEWS}),
    film(
        20, "Text For Numbers", budget="a lot", runtime="ninety", imdb_id="nm1", original_language="English"
    ),
    film(
        21,
        "Odd Shapes",
        genres="Drama",
        credits=[],
        keywords={"keywords": None},
        production_companies=[None, 3],
    ),
    film(
        22, "Genres", genres=[{"name": "sci-fi"}, {"name": " Drama "}, {"name": "Foreign"}, {"name": "DRAMA"}]
    ),
    film(23, "Money", budget=1_000_000, revenue=3_000_000),
    film(24, "Nameless", credits={"cast": [{"order": "x", "character": ""}], "crew": []}),
    film(-3, "Negative Id"),
    film(2**70, "Id Too Big"),
)
RECORDS = (
    record("60", "Hans Mori (2) & Eva Lund* - Far Astray (Original Soundtrack)", year="2030", master_id=0),
    record(61, "Various Artists - Hits", year="19x9", genre=["Pop"], style=["Disco"], community={"have": -1}),
    record(
        62, "Nobody - Odd", year=-5, genre=["pop", "Stage and Screen", "Noise"], barcode=None, format="Vinyl"
    ),
    record(63, "R" * 5_000),
)


class Tables:
    """What the run left, by table and id."""

    def __init__(self, lake: Bronze) -> None:
        self.lake = lake
        self.films = {row["film_id"]: row for row in self.rows("movies")}
        self.releases = {row["release_id"]: row for row in self.rows("releases")}
        self.quality = lake.json(f"metrics/{RUN}/quality.json")

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table."""
        return self.lake.rows(f"silver.{table}", RUN)

    def broken(self, table: str) -> dict[str, int]:
        """Broken rules of a table with their counts."""
        return {r["name"]: r["broken"] for r in self.quality["tables"][table]["rules"] if r["broken"]}


@pytest.fixture(scope="module")
def tables(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """One run over all of it; one line has its letters escaped, one answer is repeated with other values."""
    lake = Bronze(tmp_path_factory.mktemp("lake"))
    escaped = json.dumps(json.loads(answer("details", film(30, "Cafe\u0301 \\u0301 \U0001f3ac"))))
    lone = answer("details", film(31, "LONE")).replace("LONE", "a\\ud83d b")
    twice = [answer("details", film(32, title)) for title in ("Early Line", "Late Line")]
    nested = "[" * 5_000
    lines = [answer("details", f) for f in FILMS]
    lake.land(
        RUN,
        {
            "details": {"a": blob(*lines, escaped, lone, *twice, nested, "null", '"text"', "\u202e")},
            "search": {
                "s": blob(page(*RECORDS), answer("search", {"results": {"id": 1}}), answer("search", []))
            },
        },
    )
    run_silver(spark, RUN, lake.addresses, Gates(0, 0))
    return Tables(lake)


def test_only_records_without_name_or_size_are_refused(tables: Tables) -> None:
    """Every other odd value leaves its record in the table."""
    kept = {int(f["id"]) for f in FILMS} - {18, -3, 2**70}
    assert set(tables.films) == kept | {30, 31, 32}
    assert set(tables.releases) == {60, 61, 62}
    refused = sorted((row["table"], row["rule"]) for row in tables.rows("quarantine"))
    assert refused == [
        *[("movies", "has_id")] * 2,
        *[("movies", "readable")] * 4,
        ("movies", "title_size"),
        ("releases", "readable"),
        ("releases", "title_size"),
    ]
    assert all(len(row["raw"]) <= 100_000 for row in tables.rows("quarantine"))


def test_impossible_numbers_and_dates_are_null(tables: Tables) -> None:
    """Negative, absurd and non-numeric values are null, ids and numbers sent as text are cast."""
    amounts = ("budget", "revenue", "runtime_min", "rating", "vote_count", "popularity")
    assert [tables.films[11][name] for name in amounts] == [None] * 6
    assert [tables.films[n]["release_date"] for n in (12, 13, 14)] == [None] * 3
    assert (tables.films[14]["runtime_min"], tables.films[14]["rating"]) == (None, None)
    assert (tables.films[10]["popularity"], tables.films[10]["vote_count"]) == (9.5, 12)
    assert (tables.films[20]["budget"], tables.films[20]["runtime_min"], tables.films[20]["imdb_id"]) == (
        None,
    ) * 3
    money = tables.films[23]
    assert (money["profit"], money["roi"]) == (2_000_000, 2.0)
    assert (tables.films[10]["release_month"], tables.films[10]["profit"]) == (5, None)


def test_text_is_cleaned_and_composed(tables: Tables) -> None:
    """Control characters and marks of direction go, letters are in NFC, other scripts, emoji and HTML tags stay."""
    assert tables.films[16]["title"] == "Con trol characters"
    assert tables.films[16]["overview"] == "one two\nthree"
    assert tables.films[17]["title"] == f"{RIGHT_TO_LEFT} {CLAPPER}".replace("\u202e", "")
    assert tables.films[17]["original_title"] == "Amélie Café"
    assert tables.films[30]["title"] == "Café \\u0301 \U0001f3ac"
    assert len(tables.films[15]["overview"]) <= 20_000
    assert tables.films[19]["overview"] == SCRIPT


def test_lists_of_another_shape_are_empty(tables: Tables) -> None:
    """Text, null or an object where a list belongs gives no list; the rest of the film is there."""
    odd = tables.films[21]
    assert (odd["genres"], odd["directors"], odd["keywords"], odd["companies"]) == ([], [], [], [])
    assert odd["title"] == "Odd Shapes"
    assert (tables.films[22]["genres"], tables.films[22]["primary_genre"]) == (
        ["Science Fiction", "Drama", "Foreign"],
        "Science Fiction",
    )


def test_a_tie_goes_to_the_later_line(tables: Tables) -> None:
    """Of two answers of one moment, the one further down the blob is kept, and the other counted."""
    assert tables.films[32]["title"] == "Late Line"
    assert tables.broken("movies")["seen_once"] == 1


def test_artists_lose_their_suffixes_in_the_clean_columns_only(tables: Tables) -> None:
    """`(2)` and `*` stay in the raw artist; Various is recognised; genres are in the vocabulary."""
    named, various, odd = (tables.releases[n] for n in (60, 61, 62))
    assert named["artist"] == "Hans Mori (2) & Eva Lund*"
    assert named["clean_artist"] == "Hans Mori & Eva Lund"
    assert named["artists"][:2] == ["Hans Mori", "Eva Lund"]
    assert (named["is_soundtrack_like"], named["master_id"]) == (True, None)
    assert (various["is_various"], various["artists"], various["is_soundtrack_like"]) == (True, [], False)
    assert (various["year"], various["have"]) == (None, None)
    assert (odd["year"], odd["genres"], odd["barcodes"]) == (None, ["Pop", "Stage & Screen", "Noise"], [])


def test_sentiment_is_null_without_text(tables: Tables) -> None:
    """Overviews and reviews have score and mood, in the order of the reviews; no text, no score."""
    reviews = sorted(tables.rows("reviews"), key=lambda row: row["position"])
    assert [row["mood"] for row in reviews] == ["positive", "negative", None]
    assert [row["rating"] for row in reviews] == [None, 2.0, None]
    assert reviews[0]["created_at"].year == 2020
    assert reviews[1]["created_at"] is None
    assert tables.films[10]["overview_sentiment"] is None
    assert tables.films[10]["overview_mood"] is None
    assert tables.films[19]["overview_mood"] == "positive"


def test_every_oddity_is_counted_under_its_rule(tables: Tables) -> None:
    """Warnings name what was mended; nothing is mended in silence."""
    broken = tables.broken("movies")
    for rule, count in (
        ("date_is_date", 2), ("year_possible", 1), ("runtime_possible", 2), ("rating_possible", 2),
        ("no_negatives", 1), ("numbers_are_numbers", 1), ("language_code", 1), ("overview_size", 1),
        ("genres_known", 1), ("credits_named", 1), ("has_id", 2), ("title_size", 1), ("readable", 4),
    ):  # fmt: skip
        assert broken.get(rule) == count, (rule, broken)
    assert tables.broken("releases")["numbers_are_numbers"] == 1
    assert tables.broken("releases")["year_possible"] == 1


def test_the_report_runs_nothing_it_was_sent(tables: Tables) -> None:
    """The page has no script and shows the drift of the odd shapes."""
    page_text = (Path(tables.lake.root) / f"metrics/{RUN}/quality.html").read_text(encoding="utf-8")
    assert "<script" not in page_text
    changed = {f["path"] for f in tables.quality["drift"]["findings"] if f["difference"] == "changed type"}
    assert {"genres", "credits", "budget", "id"} <= changed
