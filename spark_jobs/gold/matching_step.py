"""The matching step of the gold job: silver `movies` and `releases` to matches, and what stayed unmatched."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_jobs.gold import outcomes
from spark_jobs.gold.gold_run import GoldRun
from spark_jobs.gold.known_links import agreement, read_known
from spark_jobs.gold.matching_metrics import matching_metrics, pairs_completeness, review_counts
from spark_jobs.gold.reviews.deciding import decided, undecided
from spark_jobs.gold.reviews.log import Reviews, publish_reviews, read_reviews
from spark_jobs.gold.reviews.publishing import publish_for_app
from spark_jobs.gold.reviews.queue import queue_lines
from spark_jobs.matching.blocking import blocks
from spark_jobs.matching.evidence import NEAR_MISS
from spark_jobs.matching.guarantee import MIN_PRECISION, Guarantee, guarantee
from spark_jobs.matching.increments import (
    MATCH_FILMS,
    MATCH_RECORDS,
    LastMatching,
    MatcherState,
    candidates,
    match_films,
    match_records,
    matcher_fingerprint,
)
from spark_jobs.matching.model import Model
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.schemas.gold import BANDS
from spark_jobs.schemas.tables import (
    CANDIDATES,
    FILM_SOUNDTRACKS,
    MATCHES,
    MOVIES,
    RELEASES,
    UNMATCHED_FILMS,
    UNMATCHED_RELEASES,
)

log = logging.getLogger(__name__)
_CANDIDATES_A_RECORD = 10


def publish_matching(
    job: GoldRun, *, is_full: bool, links: str | None, min_precision: float = MIN_PRECISION
) -> DataFrame:
    """Publish every table of the matcher and `metrics/RUN/matching.json`; returns `matches`.

    `is_full` scores everything anew; `links` is the URI of a CSV of known pairs (tmdb_id, discogs_id), for the metrics;
    matches that are right in `min_precision` of the held-out records as sure as they are marked as published.
    """
    matcher, model = matcher_fingerprint(), Model.load()
    promise = guarantee(model.held_out, min_precision)
    _log_promise(promise)
    movies, releases = job.silver(MOVIES), job.silver(RELEASES)
    state = MatcherState(job.lake, job.run.run_id)
    last = None if is_full else state.last(matcher)
    with job.run.step("match_films"):
        films = state.keep("match_films", match_films(movies, last, matcher), MATCH_FILMS)
    with job.run.step("match_records"):
        records = state.keep("match_records", match_records(releases, films, last, matcher), MATCH_RECORDS)
    reviews = read_reviews(job)
    found = job.publish(CANDIDATES, candidates(films, records, last, model), _expected(job))
    settled = _obeying(job, found, reviews, (films, records), model)
    matched = job.publish(
        MATCHES, outcomes.matches(settled, model.threshold, promise.threshold, _lineage(job, matcher))
    )
    left_over = outcomes.unmatched_releases(records, settled, matched)
    unmatched = outcomes.unmatched_films(films, settled, matched)
    soundtracks = outcomes.film_soundtracks(matched, releases)
    made = _Matching(found, settled, matched, films, records, reviews)
    how = _How(last, matcher, model, promise, links)
    run_parallel(
        {
            "releases": lambda: job.publish(UNMATCHED_RELEASES, left_over),
            "films": lambda: job.publish(UNMATCHED_FILMS, unmatched),
            "soundtracks": lambda: job.publish(FILM_SOUNDTRACKS, soundtracks),
            "metrics": lambda: _write_metrics(job, made, how),
            "reviews": lambda: publish_reviews(job, reviews),
            "queue": lambda: _publish_for_app(job, made),
        }
    )
    state.forget_old()
    return matched


@dataclass(frozen=True, slots=True)
class _Matching:
    """What a run made: pairs as the matcher has them, as people left them, matches, and what was compared."""

    found: DataFrame
    settled: DataFrame
    matched: DataFrame
    films: DataFrame
    records: DataFrame
    reviews: Reviews


@dataclass(frozen=True, slots=True)
class _How:
    """What it was made with; `last` is the run whose scores it kept, `links` the URI of known pairs."""

    last: LastMatching | None
    matcher: str
    model: Model
    promise: Guarantee
    links: str | None


def _obeying(
    job: GoldRun, found: DataFrame, reviews: Reviews, compared: tuple[DataFrame, DataFrame], model: Model
) -> DataFrame:
    """Candidates as people left them."""
    if not reviews.count:
        return undecided(found)
    with job.run.step("reviews"):
        return decided(found, reviews.verdicts, *compared, model, job.lake.staging)


def _publish_for_app(job: GoldRun, made: _Matching) -> None:
    """The queue of what is worth a look, and what people said, where the app reads them."""
    with job.run.step("review_queue"):
        queue = queue_lines(
            made.found,
            made.settled,
            made.reviews.rows,
            job.silver(MOVIES),
            job.silver(RELEASES),
            job.lake.staging,
        )
        publish_for_app(job.lake, job.run.run_id, made.reviews, queue)


def _log_promise(promise: Guarantee) -> None:
    """Say from which probability on matches are published, and what that leaves."""
    if promise.threshold is None:
        log.warning("no match is published: held-out records show no precision of %s", promise.min_precision)
        return
    log.info(
        "published from probability %s on: precision of at least %.4f, %.1f %% of the matches",
        promise.threshold,
        promise.least_precision,
        100 * promise.coverage,
    )


def _expected(job: GoldRun) -> int:
    """About how many candidates there will be."""
    before = job.lake.version_before(CANDIDATES)
    releases = job.silver_tables.get(RELEASES.name)
    return before.rows if before else _CANDIDATES_A_RECORD * (releases.rows if releases else 0)


def _lineage(job: GoldRun, matcher: str) -> dict[str, int | str | None]:
    return {
        "movies_version": job.version(MOVIES),
        "releases_version": job.version(RELEASES),
        "matcher": matcher,
    }


def _write_metrics(job: GoldRun, made: _Matching, how: _How) -> None:
    run, last = job.run, how.last
    tables = {table.name: job.version(table) for table in (MOVIES, RELEASES)}
    run.counts |= {"candidates": job.rows(CANDIDATES), "matches": job.rows(MATCHES)}
    run.lineage |= {"inputs": {name: version for name, version in tables.items() if version is not None}}
    run.lineage |= {"matcher": how.matcher, "since": last and last.run_id}
    run.lineage |= {"thresholds": thresholds(how.model, how.promise)}
    links = read_links(job.lake.spark, how.links) if how.links else None
    films, records = (rows.count() for rows in (made.films, made.records))
    metrics = matching_metrics(made.found, made.matched, films, records, links)
    said = {"reviews": review_counts(made.reviews, made.matched), "known_links": _known_links(job, made)}
    run.metrics["known_links"] = said["known_links"]
    mode = "incremental" if last else "full"
    head = {"version": 1, "run_id": run.run_id, "mode": mode, "lineage": run.lineage}
    job.lake.files.write_json("metrics", f"{run.run_id}/matching.json", head | metrics | said)


def _known_links(job: GoldRun, made: _Matching) -> dict[str, Any] | None:
    """How well the matches agree with what is known from elsewhere; None where nothing is."""
    known = read_known(job.lake.files)
    if not known.files:
        return None
    releases = job.silver(RELEASES)
    pairs = known.pairs(job.lake.spark, releases)
    figures = agreement(known, pairs, made.matched, made.films, releases)
    return figures | {"pairs_completeness": pairs_completeness(made.found, pairs)}


def read_links(spark: SparkSession, uri: str) -> DataFrame:
    """Known pairs (film_id, release_id) from a CSV with columns tmdb_id and discogs_id."""
    rows = spark.read.csv(uri, header=True)
    return rows.select(
        F.col("tmdb_id").cast("bigint").alias("film_id"),
        F.col("discogs_id").cast("bigint").alias("release_id"),
    )


def thresholds(model: Model, promise: Guarantee) -> dict[str, Any]:
    """Every number that decides what is considered and what is matched."""
    caps = {"name_cap": blocks.NAME_CAP, "word_cap": blocks.WORD_CAP, "other_cap": blocks.OTHER_CAP}
    bands = {name: least for name, least in BANDS.items() if least} | {"thin_margin": outcomes.THIN_MARGIN}
    looked_up = {"films_per_record": blocks.FILMS_PER_RECORD, "title_similarity": NEAR_MISS}
    published = {"min_precision": promise.min_precision, "published": promise.threshold}
    return {"score": model.threshold, **published, **bands, **looked_up, **caps}
