"""The matching step of the gold job: silver `movies` and `releases` to matches, and what stayed unmatched."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_jobs.gold import outcomes
from spark_jobs.gold.gold_run import GoldRun
from spark_jobs.gold.matching_metrics import matching_metrics
from spark_jobs.matching import blocking
from spark_jobs.matching.evidence import NEAR_MISS
from spark_jobs.matching.increments import (
    MATCH_FILMS,
    MATCH_RECORDS,
    LastMatching,
    candidates,
    last_matching,
    match_films,
    match_records,
    matcher_fingerprint,
)
from spark_jobs.matching.model import Model
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.schemas.gold import (
    BANDS,
    CANDIDATES,
    FILM_SOUNDTRACKS,
    MATCHES,
    UNMATCHED_FILMS,
    UNMATCHED_RELEASES,
)
from spark_jobs.schemas.silver import MOVIES, RELEASES


def publish_matching(job: GoldRun, *, is_full: bool, links: str | None) -> DataFrame:
    """Publish every table of the matcher and `metrics/RUN/matching.json`; returns `matches`.

    `is_full` scores everything anew; `links` is the URI of a CSV of known pairs (tmdb_id, discogs_id), for the metrics.
    """
    matcher, model = matcher_fingerprint(), Model.load()
    movies, releases = job.silver("movies", MOVIES), job.silver("releases", RELEASES)
    last = None if is_full else last_matching(job.lake, job.run.run_id, matcher)
    films = job.publish("match_films", match_films(movies, last, matcher), MATCH_FILMS)
    records = job.publish("match_records", match_records(releases, films, last, matcher), MATCH_RECORDS)
    found = job.publish("match_candidates", candidates(films, records, last, model), CANDIDATES)
    matched = job.publish(
        "matches", outcomes.matches(found, model.threshold, _lineage(job, matcher)), MATCHES
    )
    left_over = outcomes.unmatched_releases(records, found, matched)
    unmatched = outcomes.unmatched_films(films, found, matched)
    soundtracks = outcomes.film_soundtracks(matched, releases)
    run_parallel(
        {
            "releases": lambda: job.publish("unmatched_releases", left_over, UNMATCHED_RELEASES),
            "films": lambda: job.publish("unmatched_films", unmatched, UNMATCHED_FILMS),
            "soundtracks": lambda: job.publish("film_soundtracks", soundtracks, FILM_SOUNDTRACKS),
            "metrics": lambda: _write_metrics(job, found, matched, last, matcher, model, links),
        }
    )
    return matched


def _lineage(job: GoldRun, matcher: str) -> dict[str, str | None]:
    snapshots = {f"{name}_snapshot": job.snapshot(name) for name in ("movies", "releases")}
    return snapshots | {"matcher": matcher}


def _write_metrics(
    job: GoldRun,
    found: DataFrame,
    matched: DataFrame,
    last: LastMatching | None,
    matcher: str,
    model: Model,
    links: str | None,
) -> None:
    run = job.run
    inputs = {name: job.snapshot(name) for name in ("movies", "releases") if job.snapshot(name)}
    run.counts |= {"candidates": job.rows("match_candidates"), "matches": job.rows("matches")}
    run.lineage |= {"inputs": inputs, "matcher": matcher, "since": last and last.snapshot}
    run.lineage["thresholds"] = thresholds(model)
    known = read_links(job.lake.spark, links) if links else None
    metrics = matching_metrics(found, matched, job.rows("match_films"), job.rows("match_records"), known)
    mode = "incremental" if last else "full"
    head = {"version": 1, "run_id": run.run_id, "mode": mode, "lineage": run.lineage}
    job.lake.write_json("metrics", f"{run.run_id}/matching.json", head | metrics)


def read_links(spark: SparkSession, uri: str) -> DataFrame:
    """Known pairs (film_id, release_id) from a CSV with columns tmdb_id and discogs_id."""
    rows = spark.read.csv(uri, header=True)
    return rows.select(
        F.col("tmdb_id").cast("bigint").alias("film_id"),
        F.col("discogs_id").cast("bigint").alias("release_id"),
    )


def thresholds(model: Model) -> dict[str, Any]:
    """Every number that decides what is considered and what is matched."""
    caps = {"name_cap": blocking.NAME_CAP, "word_cap": blocking.WORD_CAP, "other_cap": blocking.OTHER_CAP}
    bands = {name: least for name, least in BANDS.items() if least} | {"thin_margin": outcomes.THIN_MARGIN}
    looked_up = {"films_per_record": blocking.FILMS_PER_RECORD, "title_similarity": NEAR_MISS}
    return {"score": model.threshold, **bands, **looked_up, **caps}
