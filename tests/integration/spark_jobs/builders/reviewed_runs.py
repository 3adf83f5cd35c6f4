"""A lake after two runs of gold with reviews: before the second the catalogs change, and a review is undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from shared.serving.reviews.models import Review
from spark_jobs.gold.job import run_gold
from spark_jobs.lakehouse.lake import open_lake
from spark_jobs.lakehouse.sets import entries, write_set
from spark_jobs.schemas.tables import MOVIES, RELEASES
from tests.integration.spark_jobs.builders.bronze_files import Bronze

RUNS = ["20261120T063000Z-0001", "20261121T063000Z-0002"]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
REJECTED, CONFIRMED, UNMET, DISPUTED, DOUBTFUL = 10, 30, 14, 13, 31
VERSIONS = (40, 41)
ASTRAY, LANTERN, MARSH, HARBOUR, TWIN, OTHER_TWIN = 1, 2, 3, 20, 7080, 7990
Rows = dict[int, dict[str, Any]]
_AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
_SCORE = "(Original Motion Picture Soundtrack)"


def _film(film_id: int, title: str, **more: Any) -> dict[str, Any]:
    """A row of silver's films."""
    names = {"title": title, "original_title": title, "alternative_titles": [], "release_year": 2014}
    people = {"composers": ["Hans Mori"], "directors": ["Lea Brandt"], "top_cast": ["First"]}
    return {"film_id": film_id, **names, **people, "vote_count": 900, "overview": "A film.", **more}


def _record(release_id: int, artist: str, title: str, **more: Any) -> dict[str, Any]:
    """A row of silver's releases."""
    names = {"title": f"{artist} - {title}", "artist": artist, "artists": [artist], "release_title": title}
    kinds = {"genres": ["Stage & Screen"], "styles": ["Soundtrack"], "formats": ["Vinyl"], "labels": ["Milo"]}
    return {"release_id": release_id, "is_various": False, "year": 2014, **names, **kinds, **more}


_FILMS = {
    ASTRAY: _film(ASTRAY, "Far Astray", poster_path="/astray.jpg"),
    LANTERN: _film(LANTERN, "Quiet Lantern", composers=[]),
    MARSH: _film(MARSH, "Marsh"),
    HARBOUR: _film(HARBOUR, "Harbour Lights"),
    TWIN: _film(TWIN, "The Salt Road"),
    OTHER_TWIN: _film(OTHER_TWIN, "The Salt Road"),
}
_RECORDS = {
    REJECTED: _record(REJECTED, "Hans Mori", f"Far Astray {_SCORE}"),
    DISPUTED: _record(DISPUTED, "Hans Mori", f"Marsh {_SCORE}"),
    UNMET: _record(UNMET, "Ana Ruiz", "Nothing Like It"),
    CONFIRMED: _record(CONFIRMED, "Hans Mori", f"The Salt Road {_SCORE}"),
    DOUBTFUL: _record(
        DOUBTFUL,
        "Hans Mori",
        f"The Salt Road {_SCORE}",
        cover_url="https://i.discogs.com/c.jpg",
        master_id=901,
    ),
    VERSIONS[0]: _record(VERSIONS[0], "Hans Mori", f"Harbour Lights {_SCORE}", master_id=900),
    VERSIONS[1]: _record(VERSIONS[1], "Hans Mori", "Harbour Lights (Reissue)", master_id=900, year=2019),
}
_CHANGED_FILMS = {
    ASTRAY: _film(ASTRAY, "Far Astray", vote_count=90_000),
    LANTERN: _film(LANTERN, "Loud Lantern", composers=[]),
}
_CHANGED_RECORDS = {REJECTED: _record(REJECTED, "Hans Mori", "Far Astray (Original Soundtrack)", year=2015)}
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
    lake.write("control/reviews/log/000001.jsonl", _log(FIRST))
    _run(spark, lake, RUNS[0], _FILMS, _RECORDS)
    pointer = lake.json("search/reviews/_current.json")
    queue = (lake.root / pointer["queue"]).read_text().splitlines()
    lake.write("control/reviews/log/000002.jsonl", _log(LATER) + b'{"verdict": "perhaps"}\nnot JSON\n')
    lake.write("control/known/links.csv", KNOWN.encode())
    _run(spark, lake, RUNS[1], _FILMS | _CHANGED_FILMS, _RECORDS | _CHANGED_RECORDS)
    return Reviewed(lake, queue, pointer)


def _run(spark: SparkSession, lake: Bronze, run_id: str, films: Rows, records: Rows) -> None:
    """Silver of a run as its job leaves it, then gold."""
    silver = open_lake(spark, lake.addresses, "silver", run_id)
    tables = {}
    for table, rows in ((MOVIES, films), (RELEASES, records)):
        blank = {**dict.fromkeys(table.columns.names), "fetched_at": _AT, "source_blob": "raw/made"}
        frame = spark.createDataFrame([{**blank, **row} for row in rows.values()], table.columns)
        tables[table.name] = silver.tables.replace_all(table, frame, silver.version_before(table))
    write_set(silver.files, "silver", run_id, tables, silver.before)
    head = {"version": 1, "stage": "silver", "run_id": run_id, "created_at": _AT.isoformat()}
    silver.files.write_json("control", f"silver/{run_id}.json", {**head, "tables": entries(tables)})
    run_gold(spark, run_id, lake.addresses, with_views=False)
