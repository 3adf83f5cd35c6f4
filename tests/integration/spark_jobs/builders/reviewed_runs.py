"""A lake after two runs of gold with reviews: before the second the catalogs change, and a review is undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from shared.serving.reviews.models import Review
from spark_jobs.gold.job import run_gold
from spark_jobs.silver.job import run_silver
from spark_jobs.silver.quality.scores import Gates
from tests.integration.spark_jobs.builders.bronze_files import Bronze, blob, details, film, page, record

RUNS = ["20261120T063000Z-0001", "20261121T063000Z-0002"]
OPEN = Gates(completeness=0, consistency=0)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOBODY = {"credits": {"cast": [], "crew": []}}
REJECTED, CONFIRMED, UNMET, DISPUTED, DOUBTFUL = 10, 30, 14, 13, 31
VERSIONS = (40, 41)
ASTRAY, LANTERN, MARSH, HARBOUR, TWIN, OTHER_TWIN = 1, 2, 3, 20, 7080, 7990
_EARLY, _LATE = "2026-11-20T06:30:00.000000Z", "2026-11-21T06:30:00.000000Z"
_FILMS = [
    film(ASTRAY, "Far Astray", poster_path="/astray.jpg"),
    film(LANTERN, "Quiet Lantern", **NOBODY),
    film(MARSH, "Marsh"),
    film(HARBOUR, "Harbour Lights"),
    film(TWIN, "The Salt Road"),
    film(OTHER_TWIN, "The Salt Road"),
]
_RECORDS = [
    record(REJECTED, "Hans Mori - Far Astray (Original Motion Picture Soundtrack)"),
    record(DISPUTED, "Hans Mori - Marsh (Original Motion Picture Soundtrack)"),
    record(UNMET, "Ana Ruiz - Nothing Like It"),
    record(CONFIRMED, "Hans Mori - The Salt Road (Original Motion Picture Soundtrack)"),
    record(
        DOUBTFUL, "Lou Adler - The Salt Road (Original Soundtrack)", cover_image="https://i.discogs.com/c.jpg"
    ),
    record(VERSIONS[0], "Hans Mori - Harbour Lights (Original Motion Picture Soundtrack)", master_id=900),
    record(VERSIONS[1], "Hans Mori - Harbour Lights (Reissue)", master_id=900, year="2019"),
]
KNOWN = f"""tmdb_id,discogs_id,source
{HARBOUR},{VERSIONS[0]},wikidata
{HARBOUR},{VERSIONS[1]},wikidata
{MARSH},{REJECTED},wikidata
{ASTRAY},999,nobody has this record
film 7,12,a team
{ASTRAY},,a team
"""


def said(film_id: int, release_id: int, verdict: str, reviewer: str, minute: int) -> Review:
    """A review as the app keeps it."""
    return Review(
        review_id=f"review-{minute:03}",
        film_id=film_id,
        release_id=release_id,
        verdict=verdict,  # type: ignore[arg-type]
        reviewer=reviewer,
        why='said "so"',
        reviewed_at=NOON + timedelta(minutes=minute),
        shown={"run_id": RUNS[0], "probability": 0.5},
    )


FIRST = [
    said(ASTRAY, REJECTED, "no", "ana", 1),
    said(OTHER_TWIN, CONFIRMED, "yes", "ana", 2),
    said(LANTERN, UNMET, "yes", "ana", 3),
    said(HARBOUR, VERSIONS[0], "no", "ana", 4),
    said(MARSH, DISPUTED, "no", "ana", 5),
    said(MARSH, DISPUTED, "yes", "ben", 6),
    said(MARSH, REJECTED, "skip", "ben", 7),
]
LATER = [said(HARBOUR, VERSIONS[0], "undo", "ana", 8), FIRST[0]]


@dataclass(frozen=True)
class Reviewed:
    """The lake, and what stood in the search area after the first run."""

    lake: Bronze
    first_queue: list[str]
    first_pointer: dict[str, Any]

    def matches(self, run: int) -> dict[int, dict[str, Any]]:
        """Matches after a run, by record."""
        return {row["release_id"]: row for row in self.lake.rows("gold.matches", RUNS[run])}


def _log(reviews: list[Review]) -> bytes:
    return "".join(f"{review.model_dump_json()}\n" for review in reviews).encode()


def reviewed_runs(spark: SparkSession, root: Path) -> Reviewed:
    """Both runs, the second incremental; before it films and records change, and the log grows by a part."""
    lake = Bronze(root)
    films = blob(*[details(each, _EARLY) for each in _FILMS])
    lake.land(RUNS[0], {"details": {"a": films}, "search": {"s": blob(page(*_RECORDS, at=_EARLY))}})
    lake.write("control/reviews/log/000001.jsonl", _log(FIRST))
    _both(spark, lake, RUNS[0])
    pointer = lake.json("search/reviews/_current.json")
    queue = (lake.root / pointer["queue"]).read_text().splitlines()
    changed = [
        details(film(ASTRAY, "Far Astray", vote_count=90_000, poster_path="/astray.jpg"), _LATE),
        details(film(LANTERN, "Loud Lantern", **NOBODY), _LATE),
    ]
    records = page(record(REJECTED, "Hans Mori - Far Astray (Original Soundtrack)", year="2015"), at=_LATE)
    blobs = {"details": {"a": blob(*changed)}, "search": {"s": blob(records)}}
    lake.land(RUNS[1], blobs, "incremental")
    lake.write("control/reviews/log/000002.jsonl", _log(LATER) + b'{"verdict": "perhaps"}\nnot JSON\n')
    lake.write("control/known/links.csv", KNOWN.encode())
    _both(spark, lake, RUNS[1])
    return Reviewed(lake, queue, pointer)


def _both(spark: SparkSession, lake: Bronze, run_id: str) -> None:
    run_silver(spark, run_id, lake.addresses, OPEN, with_sentiment=False)
    run_gold(spark, run_id, lake.addresses, with_views=False)
