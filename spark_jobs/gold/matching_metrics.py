"""Figures of one gold run's matching, for `metrics/RUN/matching.json`. Small aggregates only."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.gold.reviews.log import Reviews
from spark_jobs.schemas.gold import BANDS, MATCHER, REVIEW

BINS = 20


def matching_metrics(
    candidates: DataFrame, matched: DataFrame, films: int, releases: int, links: DataFrame | None = None
) -> dict[str, Any]:
    """Counts per band, match rate, reduction ratio, score histogram; pairs completeness where links are given.

    `links` has film_id and release_id. Reduction ratio and pairs completeness as in Christen 2012, "Data Matching".
    """
    bands = {row["band"]: row["n"] for row in matched.groupBy("band").agg(F.count("*").alias("n")).collect()}
    counts = matched.agg(
        F.sum(F.col("is_ambiguous").cast("int")).alias("ambiguous"),
        F.count_if("published").alias("published"),
        F.count_distinct("film_id").alias("films"),
    ).head()
    histogram = score_histogram(candidates)
    total, pairs = sum(bands.values()), films * releases
    considered = sum(step["pairs"] for step in histogram)
    return {
        "films": films,
        "releases": releases,
        "matches": total,
        "bands": {band: bands.get(band, 0) for band in BANDS},
        "published": int((counts and counts["published"]) or 0),
        "ambiguous": int((counts and counts["ambiguous"]) or 0),
        "match_rate": round(total / releases, 4) if releases else 0.0,
        "films_with_a_match": counts["films"] if counts else 0,
        "candidates": considered,
        "candidates_per_release": round(considered / releases, 3) if releases else 0.0,
        "reduction_ratio": round(1 - considered / pairs, 8) if pairs else 0.0,
        "pairs_completeness": pairs_completeness(candidates, links) if links is not None else None,
        "score_histogram": histogram,
    }


def review_counts(reviews: Reviews, matched: DataFrame) -> dict[str, int]:
    """How many reviews there are, what stands of them, and how many matches they decide."""
    counts = {"kept": reviews.count, "bad_lines": reviews.bad_lines}
    if not reviews.count:
        return counts | dict.fromkeys(
            ("confirmed", "rejected", "contested", "matches", "matches_of_versions"), 0
        )
    found = reviews.rows.agg(
        F.count_if(F.col("stands") & (F.col("verdict") == "yes")).alias("confirmed"),
        F.count_if(F.col("stands") & (F.col("verdict") == "no")).alias("rejected"),
        F.count_if(F.col("stands") & F.col("is_contested")).alias("contested"),
    ).head()
    decided = matched.agg(
        F.count_if(F.col("decided_by") == REVIEW).alias("matches"),
        F.count_if(~F.col("decided_by").isin(REVIEW, MATCHER)).alias("matches_of_versions"),
    ).head()
    return counts | (found.asDict() if found else {}) | (decided.asDict() if decided else {})


def score_histogram(candidates: DataFrame) -> list[dict[str, Any]]:
    """Per 0.05 of probability: `pairs` considered, and `best`, those that are their record's likeliest."""
    step = F.least(F.floor(F.col("score") * BINS), F.lit(BINS - 1)).cast("int")
    is_best = (F.col("rank") == 1).cast("int")
    rows = candidates.groupBy(step.alias("bin")).agg(
        F.count("*").alias("pairs"), F.sum(is_best).alias("best")
    )
    found = {row["bin"]: row for row in rows.collect()}
    return [
        {
            "from": round(n / BINS, 2),
            "to": round((n + 1) / BINS, 2),
            "pairs": found[n]["pairs"] if n in found else 0,
            "best": found[n]["best"] if n in found else 0,
        }
        for n in range(BINS)
    ]


def pairs_completeness(candidates: DataFrame, links: DataFrame) -> float:
    """Share of the true pairs that are among the candidates."""
    keys = ["film_id", "release_id"]
    true = links.select(*keys).distinct()
    count = true.count()
    return round(true.join(candidates.select(*keys), keys, "left_semi").count() / count, 4) if count else 0.0
