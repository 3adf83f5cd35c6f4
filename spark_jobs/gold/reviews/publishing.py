"""What the app reads of reviews: the queue, and all reviews by film in buckets, behind a pointer.

`reviews/snapshot=RUN/` in the area `search`: `queue.jsonl`, an item a line, and `by_film/bucket=N/*.gz`, lines of
`film id TAB review as JSON`, N the film's id modulo the number of buckets. `reviews/_current.json` names both, and how
far the log was read: the app reads on from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.gold.reviews.log import Reviews
from spark_jobs.lakehouse.lake import Lake
from spark_jobs.lakehouse.sets import utc_now

AREA, FOLDER, POINTER = "search", "reviews", "reviews/_current.json"
KEPT = 7
REVIEWS_PER_BUCKET = 1_000
MAX_BUCKETS = 1_024
PARTITIONS = 16
_BY_FILM = "by_film"
_WRITTEN = ("review_id", "film_id", "release_id", "verdict", "reviewer", "why", "reviewed_at")
_JSON = {"timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", "timeZone": "UTC"}


def publish_for_app(lake: Lake, run_id: str, reviews: Reviews, queue: Sequence[str]) -> dict[str, Any]:
    """Write the queue of a run, the reviews by film where there are new ones, then the pointer; returns it."""
    before = lake.files.read_json(AREA, POINTER) or {}
    folder = f"{FOLDER}/snapshot={run_id}"
    lake.files.write_text(AREA, f"{folder}/queue.jsonl", "".join(f"{line}\n" for line in queue))
    by_film = _known_by_film(before) if not reviews.is_new and before else _by_film(lake, folder, reviews)
    pointer = {
        "snapshot": run_id,
        "queue": f"{AREA}/{folder}/queue.jsonl",
        "items": len(queue),
        **by_film,
        "log": _read_to(reviews.parts),
        "published_at": utc_now(),
    }
    lake.files.write_json(AREA, POINTER, pointer)
    _forget_old(lake, {folder, pointer["by_film"].removeprefix(f"{AREA}/").removesuffix(f"/{_BY_FILM}")})
    return pointer


def _known_by_film(before: Mapping[str, Any]) -> dict[str, Any]:
    return {name: before[name] for name in ("by_film", "buckets", "last_at")}


def _by_film(lake: Lake, folder: str, reviews: Reviews) -> dict[str, Any]:
    """Write all reviews by film; where they are, in how many buckets, and when the last one was made."""
    place = f"{AREA}/{folder}/{_BY_FILM}"
    if not reviews.count:
        return {"by_film": place, "buckets": 0, "last_at": None}
    buckets = min(MAX_BUCKETS, -(-reviews.count // REVIEWS_PER_BUCKET))
    shuffled = lines(reviews.rows, buckets).repartition(min(buckets, PARTITIONS), "bucket")
    writer = shuffled.write.mode("overwrite").option("compression", "gzip").partitionBy("bucket")
    writer.text(lake.files.path(AREA, f"{folder}/{_BY_FILM}"))
    last = reviews.rows.agg(F.date_format(F.max("reviewed_at"), _JSON["timestampFormat"])).head()
    return {"by_film": place, "buckets": buckets, "last_at": last[0] if last else None}


def lines(rows: DataFrame, buckets: int) -> DataFrame:
    """Rows of MATCH_REVIEWS as lines in buckets: bucket, line."""
    head = F.to_json(F.struct(*_WRITTEN), _JSON)
    body = F.concat(
        F.expr("left(head, length(head) - 1)"), F.lit(',"shown":'), F.coalesce("shown", F.lit("{}"))
    )
    return rows.withColumn("head", head).select(
        (F.col("film_id") % buckets).cast("int").alias("bucket"),
        F.concat(F.col("film_id").cast("string"), F.lit("\t"), body, F.lit("}")).alias("line"),
    )


def _read_to(parts: Mapping[str, int]) -> dict[str, int]:
    """The last part of the log and its bytes, as they were listed before it was read."""
    if not parts:
        return {"part": 1, "bytes": 0}
    last = max(parts)
    return {"part": int(last.rpartition("/")[2].partition(".")[0]), "bytes": parts[last]}


def _forget_old(lake: Lake, needed: set[str]) -> None:
    folders = [
        f"{FOLDER}/{name}" for name in lake.files.folders(AREA, FOLDER) if name.startswith("snapshot=")
    ]
    for folder in folders[:-KEPT]:
        if folder not in needed:
            lake.files.remove(AREA, folder)
