"""PageRank of people who share a cast, in Spark.

It runs on casts (film, members) instead of on the pairs made of them: rank goes from each person to their films and
from each film back to its members, which for a cast of eight moves 16 numbers and not 56. The sums are the same as on
the graph whose edges are pairs of members, weighted by films together.

`casts` is one row a film: film_id, members (distinct bigints). What a round came to is kept, so plans stay short; the
rounds are bounded.
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

DAMPING = 0.85
TOLERANCE = 1e-4
MAX_ROUNDS = 30


def memberships(casts: DataFrame) -> DataFrame:
    """Person, film_ids (array) and weighted_degree: partners, each counted once a film together."""
    member = casts.select("film_id", F.size("members").alias("cast_size"), F.explode("members").alias("node"))
    return member.groupBy("node").agg(
        F.collect_list("film_id").alias("film_ids"),
        F.sum(F.col("cast_size") - 1).alias("weighted_degree"),
    )


def pagerank(
    casts: DataFrame,
    keep: Callable[[DataFrame], DataFrame],
    damping: float = DAMPING,
    tolerance: float = TOLERANCE,
    rounds: int = MAX_ROUNDS,
) -> DataFrame:
    """Node and pagerank, which sums to 1; ends when a round moves less than `tolerance` in all, or after `rounds`.

    Page, Brin et al. 1999 on the undirected graph weighted by films together. What people without partners hold is
    spread over everybody; in an undirected graph nothing flows to them, so their rank is known at once. `keep` works a
    frame out once for all that are made of it.
    """
    nodes = keep(memberships(casts))
    total, alone = _sizes(nodes)
    floor = (1 - damping) / (total - damping * alone) if total else 0.0
    own = F.size("film_ids") / F.nullif("weighted_degree", F.lit(0))
    ranks = nodes.select("node", F.lit(1 / total if total else 0.0).alias("pagerank"))
    for _ in range(rounds):
        share = F.col("pagerank") / F.nullif("weighted_degree", F.lit(0))
        given = through_films(nodes.join(ranks, "node").withColumn("value", share), casts)
        known = nodes.join(ranks, "node").join(given, "node", "left")
        # A film's sum holds the person's own share too: taken out, once for each of their films.
        gained = F.coalesce(F.col("value") - F.col("pagerank") * own, F.lit(0.0))
        after = (F.lit(floor) + F.lit(damping) * gained).alias("after")
        ranks = keep(known.select("node", F.col("pagerank").alias("before"), after))
        moved = ranks.agg(F.sum(F.abs(F.col("after") - F.col("before")))).first()
        ranks = ranks.select("node", F.col("after").alias("pagerank"))
        if moved is None or moved[0] is None or moved[0] < tolerance:
            break
    return ranks


def _sizes(nodes: DataFrame) -> tuple[int, int]:
    """People, and people without partners."""
    row = nodes.agg(F.count("*"), F.count_if(F.col("weighted_degree") == 0)).first()
    return (row[0], row[1]) if row else (0, 0)


def through_films(nodes: DataFrame, casts: DataFrame) -> DataFrame:
    """Node and value: over the films of the node, the sum of the `value` of all their members, itself included.

    `nodes` has film_ids and value.
    """
    sent = nodes.select(F.explode("film_ids").alias("film_id"), "value")
    by_film = sent.groupBy("film_id").agg(F.sum("value").alias("value"))
    back = casts.join(by_film, "film_id").select(F.explode("members").alias("node"), "value")
    return back.groupBy("node").agg(F.sum("value").alias("value"))
