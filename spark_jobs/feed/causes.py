"""Which links differ between two tables, and why: what changed of their films, their records, the reviews, the matcher.

What is compared are the tables that both were made of. Where the older versions can be read no longer, the reason is
`unknown`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.feed.links import LINKS
from spark_jobs.schemas.gold import MATCHER

_JSON = {"ignoreNullFields": "false"}
_FILM_TITLES = ("title", "original_title", "alternative_titles")
_FILM_REST = ("imdb_id", "release_year", "directors", "composers", "top_cast", "genres", "collection")
_RECORD_TITLES = ("title",)
_RECORD_REST = ("master_id", "year", "country", "formats", "labels", "genres", "styles", "barcodes")
SIDES: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "film": ("film_id", _FILM_TITLES, _FILM_REST),
    "record": ("release_id", _RECORD_TITLES, _RECORD_REST),
}


@dataclass(frozen=True, slots=True)
class Side:
    """Films or records: a table now, and as the feed before was made of it (None: it can be read no longer)."""

    name: str
    now: DataFrame
    before: DataFrame | None


def differing(old: DataFrame, new: DataFrame) -> DataFrame:
    """Links that are not the same in both, as JSON: release_id, `old`, `new` (null: there is none).

    Beside them who decided on each, and their films.
    """
    sides = [
        rows.select(
            "release_id",
            F.col("film_id").alias(f"{name}_film"),
            F.col("decided_by").alias(f"{name}_by"),
            F.to_json(F.struct(*LINKS.fieldNames()), _JSON).alias(name),
        )
        for name, rows in (("old", old), ("new", new))
    ]
    return sides[0].join(sides[1], "release_id", "full").where(~F.col("old").eqNullSafe(F.col("new")))


def reviewed_records(now: DataFrame, before: DataFrame, candidates: DataFrame) -> DataFrame:
    """Ids of the records of which people say something else than before, and of their other versions: release_id.

    `now` and `before` have the columns of MATCH_REVIEWS, `candidates` those of CANDIDATES.
    """
    said, said_before = (
        rows.where("stands AND verdict IN ('yes', 'no')").select("release_id", "film_id", "verdict")
        for rows in (now, before)
    )
    changed = said.subtract(said_before).unionByName(said_before.subtract(said)).select("release_id")
    versions = candidates.select("release_id", "version_group").distinct()
    groups = versions.join(F.broadcast(changed), "release_id", "left_semi").select("version_group")
    others = versions.join(F.broadcast(groups), "version_group", "left_semi").select("release_id")
    return changed.unionByName(others).distinct()


def with_reasons(
    rows: DataFrame, sides: tuple[Side, ...], reviewed: DataFrame | None, *, is_new_matcher: bool
) -> DataFrame:
    """Rows of `differing` with `why`, an array of the names in `changes.WHY`.

    `reviewed` are the ids of `reviewed_records`; None where the older reviews can be read no longer.
    """
    is_reviewed = [F.coalesce(F.col(f"{link}_by") != MATCHER, F.lit(False)) for link in ("old", "new")]
    reasons = [F.when(F.lit(is_new_matcher), F.lit("new_matcher"))]
    if reviewed is None:
        reasons.append(F.lit("unknown"))
    else:
        rows = rows.join(reviewed.withColumn("is_reviewed", F.lit(True)), "release_id", "left")
        is_reviewed.append(F.col("is_reviewed").isNotNull())
    reasons.insert(0, F.when(reduce(or_, is_reviewed), F.lit("review")))
    for side in sides:
        if side.before is None:
            reasons.append(F.lit("unknown"))
            continue
        rows, found = _compared(rows, side)
        reasons += found
    told = F.array_distinct(F.filter(F.array(*reasons), lambda each: each.isNotNull()))
    why = F.when(F.size(told) > 0, told).otherwise(F.array(F.lit("rivals")))
    return rows.select("release_id", "old", "new", why.alias("why"))


def _compared(rows: DataFrame, side: Side) -> tuple[DataFrame, list[Column]]:
    """Rows with what changed of one side of each link, and the reasons that follow from it."""
    key, _, _ = SIDES[side.name]
    states = _changed(side)
    if key == "release_id":
        joined = rows.join(states, "release_id", "left")
        return joined, _reasons(side.name, lambda state: F.col(f"record_{state}"))
    for link in ("old", "new"):
        named = [F.col(name).alias(f"{link}_{name}") for name in states.columns if name != key]
        rows = rows.join(states.select(F.col(key).alias(f"{link}_film"), *named), f"{link}_film", "left")

    def holds(state: str) -> Column:
        return F.coalesce(f"old_film_{state}", F.lit(False)) | F.coalesce(f"new_film_{state}", F.lit(False))

    return rows, _reasons(side.name, holds)


def _reasons(name: str, holds: Callable[[str], Column]) -> list[Column]:
    return [F.when(holds(state), F.lit(f"{name}_{state}")) for state in ("came", "gone", "title", "changed")]


def _changed(side: Side) -> DataFrame:
    """Ids of a side whose row is another than before, with what is: came, gone, title, changed."""
    key, titles, rest = SIDES[side.name]
    states = [
        rows.select(
            key,
            F.xxhash64(F.to_json(F.struct(*titles), _JSON)).alias(f"{when}_titles"),
            F.xxhash64(F.to_json(F.struct(*rest), _JSON)).alias(f"{when}_rest"),
        )
        for when, rows in (("now", side.now), ("before", side.before))
        if rows is not None
    ]
    both = states[0].join(states[1], key, "full")
    came, gone = F.col("before_titles").isNull(), F.col("now_titles").isNull()
    is_title = ~came & ~gone & (F.col("now_titles") != F.col("before_titles"))
    is_rest = ~came & ~gone & (F.col("now_rest") != F.col("before_rest"))
    flags = {"came": came, "gone": gone, "title": is_title, "changed": is_rest}
    named = [flag.alias(f"{side.name}_{name}") for name, flag in flags.items()]
    return both.where(came | gone | is_title | is_rest).select(key, *named)
