"""What is worth a person's minute first: contested pairs, then doubtful ones, those with many releases before others.

Worth is doubt times the number of versions that one answer decides on (its logarithm): 4p(1-p) of the probability, or
how thin the margin to the next film is, whichever is more. Each person who skipped a pair halves it.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.gold.outcomes import THIN_MARGIN
from spark_jobs.lakehouse.staging import Staging
from spark_jobs.schemas.gold import MATCHER

LENGTH = 500
LEAST_DOUBT = 0.1
RIVALS = 4
POSTERS = "https://image.tmdb.org/t/p/w342"
_CONTESTED = 1_000.0
_OVERVIEW_CHARS = 500
_PAIR = ["film_id", "release_id"]
_FILM = {
    **{name: name for name in ("film_id", "title", "original_title")},
    "year": "release_year",
    **{name: name for name in ("composers", "directors", "countries", "collection")},
}
_RECORD = {
    "release_id": "release_id",
    "title": "release_title",
    **{
        name: name
        for name in ("artist", "year", "country", "formats", "labels", "genres", "styles", "cover_url")
    },
}


def queue_lines(
    candidates: DataFrame,
    decided: DataFrame,
    reviews: DataFrame,
    movies: DataFrame,
    releases: DataFrame,
    staging: Staging,
) -> list[str]:
    """The queue, at most LENGTH items of JSON: `candidates` as the matcher has them, `decided` as people left them.

    `reviews` has the columns of MATCH_REVIEWS; films and records those of silver, as far as their version has them.
    """
    top = staging.keep(worth_a_look(candidates, decided, reviews))
    near = _rivals(candidates.join(F.broadcast(top.select("release_id")), "release_id", "left_semi"))
    known = (
        top.join(movies.select(*_film_side(movies)), "film_id")
        .join(releases.select(*_record_side(releases)), "release_id")
        .join(near, "release_id", "left")
    )
    rivals = F.filter(F.col("near"), lambda each: each["film_id"] != F.col("film_id"))
    item = F.struct(
        *("film", "record", "probability", "margin", "reason", "link_type", "cause", "releases"),
        F.col("contributions").alias("evidence"),
        F.slice(rivals, 1, RIVALS).alias("rivals"),
    )
    ordered = known.orderBy(F.col("worth").desc(), "release_id").select(F.to_json(item).alias("line"))
    return [row["line"] for row in ordered.collect()]


def worth_a_look(candidates: DataFrame, decided: DataFrame, reviews: DataFrame) -> DataFrame:
    """The pairs of the queue with their evidence, `cause`, `releases` and `worth`."""
    evidence = ("reason", "link_type", "contributions")
    contested = reviews.where("is_contested AND stands").select(*_PAIR).distinct()
    disputed = contested.join(
        candidates.select(*_PAIR, F.col("score").alias("probability"), "margin", *evidence), _PAIR, "left"
    ).withColumns(
        {
            "probability": F.coalesce("probability", F.lit(0.0)),
            "margin": F.coalesce("margin", F.lit(0.0)),
            "cause": F.lit("contested"),
            "releases": F.lit(1).cast("bigint"),
            "worth": F.lit(_CONTESTED),
        }
    )
    doubtful = _doubtful(decided).select(
        *_PAIR, F.col("score").alias("probability"), "margin", *evidence, "cause", "releases", "worth"
    )
    skips = reviews.where("verdict = 'skip'").groupBy(*_PAIR).agg(F.count_distinct("reviewer").alias("skips"))
    halved = F.col("worth") * F.pow(F.lit(0.5), F.coalesce("skips", F.lit(0)))
    unsure = (
        doubtful.join(contested, _PAIR, "left_anti")
        .join(skips, _PAIR, "left")
        .withColumn("worth", halved)
        .drop("skips")
    )
    return disputed.unionByName(unsure).orderBy(F.col("worth").desc(), "release_id").limit(LENGTH)


def _doubtful(decided: DataFrame) -> DataFrame:
    """The likeliest film of records the matcher is not sure of; of versions that share it the first one."""
    versions = Window.partitionBy("version_group", "film_id")
    doubt, thin = 4 * F.col("score") * (1 - F.col("score")), _thinness()
    best = decided.where((F.col("rank") == 1) & (F.col("decided_by") == MATCHER)).withColumns(
        {"doubt": F.greatest(doubt, thin), "cause": F.when(thin > doubt, "ambiguous").otherwise("unsure")}
    )
    counted = best.where(F.col("doubt") >= LEAST_DOUBT).withColumns(
        {
            "releases": F.count("*").over(versions),
            "place": F.row_number().over(versions.orderBy(F.col("score").desc(), "release_id")),
        }
    )
    worth = F.col("doubt") * F.log2(F.col("releases") + 1.0)
    return counted.where("place = 1").withColumn("worth", worth)


def _thinness() -> Column:
    """From 0 where the margin is no longer thin to 1 where the next film is as likely; 0 without a next film."""
    has_rival = F.col("score") - F.col("margin") > 0
    return F.when(has_rival, F.greatest(1 - F.col("margin") / THIN_MARGIN, F.lit(0.0))).otherwise(0.0)


def _rivals(candidates: DataFrame) -> DataFrame:
    """Per record its films, likeliest first: release_id, near."""
    rival = F.struct(
        "film_id",
        F.col("film_title").alias("title"),
        F.col("film_year").alias("year"),
        F.col("score").alias("probability"),
        "reason",
    )
    placed = F.struct("rank", rival.alias("rival"))
    near = F.array_sort(F.collect_list(placed))["rival"]
    return candidates.where(F.col("rank") <= RIVALS + 1).groupBy("release_id").agg(near.alias("near"))


def _film_side(movies: DataFrame) -> list[Column]:
    """A film's id, and `film`: what is shown of it."""
    more = [F.left("overview", F.lit(_OVERVIEW_CHARS)).alias("overview")]
    if "poster_path" in movies.columns:  # older versions of the table have none
        more.append(F.concat(F.lit(POSTERS), "poster_path").alias("poster_url"))
    return [F.col("film_id"), F.struct(*_facts(movies, _FILM), *more).alias("film")]


def _record_side(releases: DataFrame) -> list[Column]:
    """A record's id, and `record`: what is shown of it."""
    return [F.col("release_id"), F.struct(*_facts(releases, _RECORD)).alias("record")]


def _facts(rows: DataFrame, shown: Mapping[str, str]) -> list[Column]:
    return [F.col(column).alias(name) for name, column in shown.items() if column in rows.columns]
