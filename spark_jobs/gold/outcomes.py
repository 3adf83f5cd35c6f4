"""The gold tables people read, from scored candidates: matches, what stayed unmatched, and soundtracks per film."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from spark_jobs.schemas.gold import (
    BANDS,
    FILM_SOUNDTRACKS,
    MATCHER,
    MATCHES,
    REVIEW,
    UNMATCHED_FILMS,
    UNMATCHED_RELEASES,
)
from spark_jobs.views.measures import likeliest_first

_MOST_FOR_OTHER_WORDS = 0.9
THIN_MARGIN = 0.25  # a match whose next best film is closer than this is ambiguous
_NO_TITLE, _UNLIKELY = "no title near it", "none likely enough"


def best_matches(candidates: DataFrame, threshold: float) -> DataFrame:
    """One film per record: the first-ranked candidate, where its score reaches the threshold."""
    return candidates.where((F.col("rank") == 1) & (F.col("score") >= threshold))


def matches(
    candidates: DataFrame,
    threshold: float,
    published_from: float | None,
    lineage: Mapping[str, int | str | None],
) -> DataFrame:
    """Rows of MATCHES. `candidates` have `decided_by`; `lineage` gives movies_version, releases_version and matcher.

    Matches from the probability `published_from` on are published; None publishes nothing. Names that differ in a word
    are never strong nor published: films of a series do. What people confirmed is strong and published.
    """
    rivals = candidates.where(F.col("rank") == 2).select(
        "release_id", F.col("film_id").alias("rival_film_id")
    )
    score = F.col("score")
    is_reviewed = F.col("decided_by") != MATCHER
    is_another_word = F.col("contributions")["words_clash"].isNotNull() & ~is_reviewed
    sure = F.when(is_another_word, F.least(score, F.lit(_MOST_FOR_OTHER_WORDS))).otherwise(score)
    band = F.coalesce(*[F.when(sure >= least, name) for name, least in BANDS.items()])
    found = best_matches(candidates, threshold).join(rivals, "release_id", "left")
    described = found.withColumns(
        {
            "probability": score,
            "band": band,
            "published": is_reviewed
            | (sure >= published_from if published_from is not None else F.lit(False)),
            "reason": F.when(is_reviewed, F.concat_ws("; ", _spoken(), "reason")).otherwise(F.col("reason")),
            "is_ambiguous": F.col("rival_film_id").isNotNull() & (F.col("margin") < THIN_MARGIN),
            **{name: F.lit(value).cast(MATCHES[name].dataType) for name, value in lineage.items()},
        }
    )
    return _columns(described, MATCHES)


def _spoken() -> Column:
    """How people decided, in words."""
    own, other = "confirmed by a review", "another version was confirmed by a review"
    return F.when(F.col("decided_by") == REVIEW, F.lit(own)).otherwise(F.lit(other))


def unmatched_releases(records: DataFrame, candidates: DataFrame, matched: DataFrame) -> DataFrame:
    """Records without a film, with the likeliest film and why it was not enough."""
    names = {
        "film_id": "id",
        "film_title": "title",
        "film_year": "year",
        "score": "score",
        "reason": "reason",
    }
    first = candidates.where(F.col("rank") == 1)
    nearest = first.select(
        "release_id", *[F.col(n).alias(f"nearest_{short}") for n, short in _renamed(names, "film")]
    )
    left = records.join(matched.select("release_id"), "release_id", "left_anti")
    why = F.when(F.col("nearest_film_id").isNull(), _NO_TITLE).otherwise(_UNLIKELY)
    return _columns(left.join(nearest, "release_id", "left").withColumn("why", why), UNMATCHED_RELEASES)


def unmatched_films(films: DataFrame, candidates: DataFrame, matched: DataFrame) -> DataFrame:
    """Films without a record, with the likeliest record, and the film that got it instead."""
    likeliest = Window.partitionBy("film_id").orderBy(F.col("score").desc(), "release_id")
    names = {
        "release_id": "id",
        "release_title": "title",
        "artist": "artist",
        "score": "score",
        "reason": "reason",
    }
    first = candidates.withColumn("place", F.row_number().over(likeliest)).where("place = 1")
    nearest = first.select(
        "film_id", *[F.col(n).alias(f"nearest_{short}") for n, short in _renamed(names, "release")]
    )
    takers = matched.select(
        F.col("release_id").alias("nearest_release_id"), F.col("film_id").alias("went_to_film_id")
    )
    left = films.join(matched.select("film_id").distinct(), "film_id", "left_anti")
    why = (
        F.when(F.col("nearest_release_id").isNull(), _NO_TITLE)
        .when(F.col("went_to_film_id").isNotNull(), "went to another film")
        .otherwise(_UNLIKELY)
    )
    joined = left.join(nearest, "film_id", "left").join(takers, "nearest_release_id", "left")
    return _columns(joined.withColumn("why", why), UNMATCHED_FILMS)


def _renamed(names: Mapping[str, str], side: str) -> list[tuple[str, str]]:
    """Columns with the side they tell of before their short name; score, reason and artist stand alone."""
    plain = {"score", "reason", "artist"}
    return [(name, short if short in plain else f"{side}_{short}") for name, short in names.items()]


def film_soundtracks(matched: DataFrame, releases: DataFrame) -> DataFrame:
    """Per film with a match: its records, the first of them, and their labels, artists, genres and styles."""
    facts = matched.join(releases.select("release_id", "labels", "artists", "genres", "styles"), "release_id")
    record = F.struct(
        "release_id",
        F.col("release_title").alias("title"),
        "artist",
        F.col("release_year").alias("year"),
        "probability",
        "band",
    )
    dated = F.when(F.col("release_year").isNotNull(), F.struct("release_year", "release_id"))
    films = facts.groupBy("film_id", "film_title", "film_year").agg(
        F.count("*").alias("release_count"),
        likeliest_first(record).alias("releases"),
        F.min(dated).alias("first"),
        F.max("probability").alias("best_probability"),
        *[_set_of(name).alias(name) for name in ("labels", "artists", "genres", "styles")],
    )
    named = films.withColumns(
        {
            "first_release_id": F.col("first.release_id"),
            "first_release_year": F.col("first.release_year"),
        }
    )
    return _columns(named, FILM_SOUNDTRACKS)


def _set_of(name: str) -> Column:
    return F.array_sort(F.array_distinct(F.flatten(F.collect_list(name))))


def _columns(rows: DataFrame, schema: StructType) -> DataFrame:
    """Exactly the columns of a schema, in order."""
    return rows.select([field.name for field in schema])
