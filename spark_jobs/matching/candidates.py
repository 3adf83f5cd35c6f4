"""Scored candidate pairs: facts joined to pairs, evidence weighed, ranks within a record.

Prepare facts (facts.py) -> block and compare names (blocking.py) -> join facts -> score on Arrow batches (scorer.py)
-> rank within a record. Nothing is collected to the driver and no join is a cross product. gold/outcomes.py makes
matches of the pairs; increments.py scores only what changed.
"""

from __future__ import annotations

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.matching.evidence import NEAR_MISS
from spark_jobs.matching.model import Model
from spark_jobs.matching.scorer import FILM_FACTS, RELEASE_FACTS, scorer
from spark_jobs.schemas.gold import CANDIDATES, PAIR


def score_pairs(
    pairs: DataFrame,
    films: DataFrame,
    records: DataFrame,
    model: Model,
    least_similarity: float = NEAR_MISS,
) -> DataFrame:
    """Rows of PAIR for the given (film_id, release_id): facts joined, evidence weighed.

    Pairs whose titles are less alike than `least_similarity` are left out.
    """
    facts = pairs.join(records.select(*RELEASE_FACTS), "release_id").join(
        films.select(*FILM_FACTS), "film_id"
    )
    return facts.mapInArrow(scorer(model, least_similarity), PAIR)


def rank(scored: DataFrame) -> DataFrame:
    """Scores, margins and ranks from log-odds; the probability of 'no film' is part of the sum (model.py).

    Versions of one work decide together: what speaks most for a film among them counts for each, but for a version
    that came out before the film.
    Sums run in one order, so that the same pairs give the same bits whichever way they came.
    """
    record = Window.partitionBy("release_id")
    order = record.orderBy(F.col("shared").desc(), "film_id")
    strength = F.exp("shared")
    listed = F.array_sort(F.collect_list(strength).over(record))
    total = F.aggregate(listed, F.lit(1.0), lambda left, right: left + right)
    together = scored.withColumn("shared", _shared_log_odds())
    scores = together.withColumn("score", strength / total)
    next_best = F.coalesce(F.lead("score").over(order), F.lit(0.0))
    ranked = scores.withColumn("margin", F.col("score") - next_best).withColumn(
        "rank", F.row_number().over(order)
    )
    return ranked.select([field.name for field in CANDIDATES])


def _shared_log_odds() -> Column:
    """The highest log-odds of the record's versions for the film; its own where it is older than the film."""
    versions = Window.partitionBy("version_group", "film_id")
    is_older = F.col("contributions")["year_before"].isNotNull()
    highest = F.max(F.when(~is_older, F.col("log_odds"))).over(versions)
    return F.when(is_older, F.col("log_odds")).otherwise(highest)
