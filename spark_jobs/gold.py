"""The gold job: silver `movies` and `releases` to candidates, matches, what stayed unmatched, and film soundtracks.

Run as `python -m spark_jobs.gold --run-id RUN --lake TEMPLATE [--full] [--links URI]`, or as the wheel's entry point
`gold`. Only what changed since the last run is scored (increments.py); `--full` scores everything.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs import blocking, outcomes
from spark_jobs.evidence import NEAR_MISS
from spark_jobs.gold_schemas import (
    CANDIDATES,
    FILM_SOUNDTRACKS,
    MATCHES,
    UNMATCHED_FILMS,
    UNMATCHED_RELEASES,
)
from spark_jobs.increments import (
    MATCH_FILMS,
    MATCH_RECORDS,
    candidates,
    last_state,
    match_films,
    match_records,
    matcher_fingerprint,
)
from spark_jobs.jobs import StageRun, arguments, log_to_stderr
from spark_jobs.lakehouse import Lake, LakeError
from spark_jobs.match_metrics import matching_metrics
from spark_jobs.schemas import MOVIES, RELEASES
from spark_jobs.scoring import Model
from spark_jobs.session import SHORT_LIVED, spark_session

SILVER, GOLD = "intermediate", "gold"
_AT_ONCE = 3


def read_manifest(lake: Lake, run_id: str) -> dict[str, Any]:
    """The silver manifest of a run. Raises LakeError when it is not there."""
    manifest = lake.read_json("control", f"silver/{run_id}.json")
    if manifest is None:
        raise LakeError(
            f"no manifest {lake.uri('control', f'silver/{run_id}.json')}: run the silver job first"
        )
    return manifest


def read_table(lake: Lake, manifest: dict[str, Any], name: str, schema: StructType) -> DataFrame:
    """The snapshot of a silver table the manifest names; empty when the run has no such table."""
    entry = manifest["tables"].get(name)
    if entry is None:
        return lake.spark.createDataFrame([], schema)
    return lake.read_snapshot(SILVER, name, entry["snapshot"], schema)


@dataclass(frozen=True, slots=True)
class GoldRun:
    """What the steps of one gold run share."""

    lake: Lake
    run: StageRun
    keep_snapshots: int

    def publish(self, table: str, rows: DataFrame, schema: StructType) -> DataFrame:
        """Publish a table as this run's snapshot; returns the snapshot as readers see it."""
        run_id = self.run.run_id
        with self.run.step(table):
            self.run.tables[table] = self.lake.publish(GOLD, table, run_id, rows, self.keep_snapshots)
        return self.lake.read_snapshot(GOLD, table, run_id, schema)

    def rows(self, table: str) -> int:
        """Rows of a table published by this run."""
        return self.run.tables[table].rows


def run_gold(
    spark: SparkSession,
    run_id: str,
    template: str,
    keep_snapshots: int,
    *,
    is_full: bool = False,
    links: str | None = None,
) -> dict[str, Any]:
    """Do the whole job; returns the manifest it wrote. Safe to run again for the same run.

    `is_full` scores everything anew; `links` is the URI of a CSV of known pairs (tmdb_id, discogs_id), for the metrics.
    Raises LakeError when the silver manifest is missing or unreadable.
    """
    job, model = GoldRun(Lake(spark, template), StageRun("gold", run_id), keep_snapshots), Model.load()
    lake, run = job.lake, job.run
    manifest, matcher = read_manifest(lake, run_id), matcher_fingerprint()
    tables = manifest["tables"]
    snapshots = {name: tables[name]["snapshot"] for name in ("movies", "releases") if name in tables}
    movies = read_table(lake, manifest, "movies", MOVIES)
    releases = read_table(lake, manifest, "releases", RELEASES)
    state = None if is_full else last_state(lake, run_id, matcher)
    films = job.publish("match_films", match_films(movies, state, matcher), MATCH_FILMS)
    records = job.publish("match_records", match_records(releases, films, state, matcher), MATCH_RECORDS)
    found = job.publish("match_candidates", candidates(films, records, state, model), CANDIDATES)
    lineage = {f"{name}_snapshot": snapshots.get(name) for name in ("movies", "releases")} | {
        "matcher": matcher
    }
    matched = job.publish("matches", outcomes.matches(found, model.threshold, lineage), MATCHES)
    with ThreadPoolExecutor(_AT_ONCE) as together:  # small tables, which wait more than they work
        for done in [
            together.submit(job.publish, *table)
            for table in (
                (
                    "unmatched_releases",
                    outcomes.unmatched_releases(records, found, matched),
                    UNMATCHED_RELEASES,
                ),
                ("unmatched_films", outcomes.unmatched_films(films, found, matched), UNMATCHED_FILMS),
                ("film_soundtracks", outcomes.film_soundtracks(matched, releases), FILM_SOUNDTRACKS),
            )
        ]:
            done.result()
        known = read_links(spark, links) if links else None
        metrics = matching_metrics(found, matched, job.rows("match_films"), job.rows("match_records"), known)
    run.counts = {"candidates": job.rows("match_candidates"), "matches": job.rows("matches")}
    run.lineage |= {"inputs": snapshots, "matcher": matcher, "since": state and state.snapshot}
    run.lineage["thresholds"] = thresholds(model)
    head = {
        "version": 1,
        "run_id": run_id,
        "mode": "incremental" if state else "full",
        "lineage": run.lineage,
    }
    lake.write_json("metrics", f"{run_id}/matching.json", head | metrics)
    return run.finish(lake)


def read_links(spark: SparkSession, uri: str) -> DataFrame:
    """Known pairs (film_id, release_id) from a CSV with columns tmdb_id and discogs_id."""
    rows = spark.read.csv(uri, header=True)
    return rows.select(
        F.col("tmdb_id").cast("bigint").alias("film_id"),
        F.col("discogs_id").cast("bigint").alias("release_id"),
    )


def thresholds(model: Model) -> dict[str, float]:
    """Every number that decides what is considered and what is matched."""
    caps = {"name_cap": blocking.NAME_CAP, "word_cap": blocking.WORD_CAP, "other_cap": blocking.OTHER_CAP}
    bands = {"strong": outcomes.STRONG, "probable": outcomes.PROBABLE, "thin_margin": outcomes.THIN_MARGIN}
    looked_up = {"films_per_record": blocking.FILMS_PER_RECORD, "title_similarity": NEAR_MISS}
    return {"score": model.threshold, **bands, **looked_up, **caps}


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of `python -m spark_jobs.gold` and of the wheel."""
    log_to_stderr()
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--full", action="store_true", help="score every pair anew")
    options.add_argument(
        "--links", metavar="URI", help="CSV of known pairs, for pairs completeness in the metrics"
    )
    own, rest = options.parse_known_args(argv)
    given = arguments("gold", rest)
    spark = spark_session("crossfade-gold", **SHORT_LIVED)
    run_gold(spark, given.run_id, given.lake, given.keep_snapshots, is_full=own.full, links=own.links)


if __name__ == "__main__":
    main()
