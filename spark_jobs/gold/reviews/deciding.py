"""Candidates after people have spoken: confirmed pairs stand, rejected ones are gone, all others are as they were.

`match_candidates` stays what the matcher thinks, so that a review that is undone brings everything back.
"""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.lakehouse.staging import Staging
from spark_jobs.matching.candidates import score_pairs
from spark_jobs.matching.model import Model
from spark_jobs.schemas.gold import CANDIDATES, MATCHER, REVIEW, REVIEW_OF_VERSION

_PAIR = ["film_id", "release_id"]
_LEAST = 1e-9  # of what is left of a probability when nearly all of it was rejected


def undecided(candidates: DataFrame) -> DataFrame:
    """Candidates of which nobody has said anything: CANDIDATES with `decided_by`."""
    return candidates.withColumn("decided_by", F.lit(MATCHER))


def decided(
    candidates: DataFrame,
    verdicts: DataFrame,
    films: DataFrame,
    records: DataFrame,
    model: Model,
    staging: Staging,
) -> DataFrame:
    """CANDIDATES with `decided_by`, as verdicts (film_id, release_id, verdict) have it.

    A confirmed pair is certain, whether the matcher had met it or not, and the record's other films have probability 0.
    Without a rejected film the record's others share what is left, as if it had never been there. What is said of a
    record holds for its other versions too, unless something else was said of them, or they are older than the film.
    """
    said = staging.keep(effective(verdicts, films, records))
    touched = said.select("release_id").distinct()
    found = candidates.join(touched, "release_id", "left_semi")
    unmet = said.where("verdict = 'yes'").select(*_PAIR).join(found.select(*_PAIR), _PAIR, "left_anti")
    pairs = score_pairs(unmet, films, records, model, least_similarity=0.0)
    spoken_of = staging.keep(_obeying(found.unionByName(pairs, allowMissingColumns=True), said))
    rest = candidates.join(touched, "release_id", "left_anti")
    return undecided(rest).unionByName(spoken_of)


def effective(verdicts: DataFrame, films: DataFrame, records: DataFrame) -> DataFrame:
    """What holds of which pair of living films and records: film_id, release_id, verdict, decided_by."""
    versions = records.select("release_id", "version_group", "release_year")
    living = verdicts.join(versions, "release_id").join(films.select("film_id", "film_year"), "film_id")
    own = living.select(*_PAIR, "verdict", F.lit(REVIEW).alias("decided_by"))
    agreed = living.groupBy("version_group", "film_id").agg(
        F.collect_set("verdict").alias("verdicts"), F.first("film_year").alias("film_year")
    )
    of_group = Window.partitionBy("version_group")
    unanimous = agreed.where(F.size("verdicts") == 1).withColumn("verdict", F.col("verdicts")[0])
    films_said = F.sum((F.col("verdict") == "yes").cast("int")).over(of_group)
    clear = unanimous.withColumn("films_said", films_said).where("verdict = 'no' OR films_said = 1")
    is_older = F.coalesce(F.col("release_year") < F.col("film_year"), F.lit(False))
    carried = (
        versions.join(clear, "version_group")
        .where(~is_older)
        .join(own.select(*_PAIR), _PAIR, "left_anti")
        .join(own.where("verdict = 'yes'").select("release_id"), "release_id", "left_anti")
    )
    return own.unionByName(carried.select(*_PAIR, "verdict", F.lit(REVIEW_OF_VERSION).alias("decided_by")))


def _obeying(found: DataFrame, said: DataFrame) -> DataFrame:
    """Pairs of records that something was said of, with new scores, margins and ranks."""
    record = Window.partitionBy("release_id")
    is_yes = F.coalesce(F.col("verdict") == "yes", F.lit(False))
    is_no = F.coalesce(F.col("verdict") == "no", F.lit(False))
    rejected = F.sum(F.when(is_no, F.col("score")).otherwise(0.0)).over(record)
    left = F.least(F.lit(1.0), F.col("score") / F.greatest(1 - F.col("rejected"), F.lit(_LEAST)))
    weighed = found.join(said, _PAIR, "left").withColumns(
        {"rejected": rejected, "has_film": F.max(is_yes).over(record)}
    )
    score = F.when(F.col("has_film"), is_yes.cast("double")).otherwise(left)
    scored = weighed.where(~is_no).withColumn("score", score)
    order = record.orderBy(F.col("score").desc(), F.col("log_odds").desc(), "film_id")
    ranked = scored.withColumn(
        "margin", F.col("score") - F.coalesce(F.lead("score").over(order), F.lit(0.0))
    ).withColumn("rank", F.row_number().over(order))
    decided_by = F.when(is_yes, F.col("decided_by")).otherwise(F.lit(MATCHER))
    return ranked.withColumn("decided_by", decided_by).select(*CANDIDATES.fieldNames(), "decided_by")
