"""The latest row of each key wins, among new rows and those of the current snapshot."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F

_TIES = ("source_blob", "line_no", "item_no")
_OF_ITS_OWN = ("details", "release", "dump")  # kinds that answer for one record
_LISTING = "search"  # the kind of which one record has an answer from each list that names it
_OF_MASTERS = "discogs/master/"  # blobs whose rows stand in for a release that has not answered itself
_OF_CURRENT = {"http_status": 200, "line_no": 0, "item_no": 0}


def ranked(
    checked: DataFrame,
    current: DataFrame | None,
    key: str,
    partitions: int,
    keep: Mapping[str, tuple[str, ...]],
) -> DataFrame:
    """Checked new rows and those of the current snapshot, with the latest row of each key marked.

    Added: `is_new`; `is_latest`, true for the one row of a key whose content was fetched last; `removed_at`, set there
    when a 404 came after what the record itself answered last, for a list may name what is gone; `is_removal`, true
    there when it came in this run; `is_duplicate`, true for an answer of this run that a later one of its kind repeats.
    Lists are no such answers: one that was split names a record several times, and its older listings are left out.
    A row made of a master's answer comes behind those of the release itself, however late it was fetched.
    Columns of `keep` that are null because the latest answer left them out are those of the answer before.
    Equal times are decided by blob, line and place, so a replay or a rerun ends the same. A key that was only ever
    404 has no latest row. Refused rows compete with nobody. The rows come in `partitions` partitions by key.
    """
    rows = checked.withColumn("is_new", F.lit(True))
    if current is not None:
        rows = rows.unionByName(_as_checked(current), allowMissingColumns=True)
    is_good = F.col("broken_rule").isNull()
    apart = F.when(~is_good, F.xxhash64("source_blob", "line_no", "item_no"))
    is_content = is_good & (F.col("http_status") == 200)
    newest_first = [F.col(name).desc_nulls_last() for name in ("fetched_at", *_TIES)]
    by_key = Window.partitionBy(F.col(key), apart)
    stands_in = F.col("source_blob").contains(_OF_MASTERS)
    in_order = by_key.orderBy(is_content.desc(), stands_in.asc_nulls_first(), *newest_first)
    gone = F.when(is_good & ~is_content, F.col("fetched_at"))
    is_of_its_own = F.col("kind").isin(*_OF_ITS_OWN) | (~F.col("is_new") & F.col("removed_at").isNull())
    seen = F.when(is_content & is_of_its_own, F.col("fetched_at"))
    before = _before(in_order, keep)
    placed = rows.repartition(partitions, key, apart).select(
        *[F.col(name) for name in rows.columns if name not in before],
        *[value.alias(name) for name, value in before.items()],
        F.max(gone).over(by_key).alias("gone_at"),
        F.max("removed_at").over(by_key).alias("was_removed_at"),
        F.coalesce(F.max(seen).over(by_key), F.lit(0).cast("timestamp")).alias("seen_at"),
        (is_content & (F.row_number().over(in_order) == 1)).alias("is_latest"),
        F.coalesce(is_content & (F.lag("kind").over(in_order) == F.col("kind")), F.lit(False)).alias(
            "is_duplicate"
        ),
    )
    is_listed_again = F.col("is_duplicate") & (F.col("kind") == _LISTING)
    return placed.where(~F.coalesce(is_listed_again, F.lit(False))).transform(_removed)


def _before(in_order: WindowSpec, keep: Mapping[str, tuple[str, ...]]) -> dict[str, Column]:
    """Columns made of a part of the answer; where it was left out, of the newest answer that has it.

    `keep` says which columns are made of which part. A row of the current snapshot left out nothing that is known.
    """
    whole = in_order.rowsBetween(Window.unboundedPreceding, Window.unboundedFollowing)
    return {
        name: F.when(
            F.col("is_new") & F.array_contains("missing_parts", part),
            F.first(name, ignorenulls=True).over(whole),
        ).otherwise(F.col(name))
        for part, names in keep.items()
        for name in names
    }


def _removed(placed: DataFrame) -> DataFrame:
    """`removed_at` and `is_removal` out of when a record was gone, known to be gone, and seen itself."""
    is_known = F.coalesce(F.col("was_removed_at") > F.col("seen_at"), F.lit(False))
    is_found = F.coalesce(F.col("gone_at") > F.col("seen_at"), F.lit(False))
    removed_at = F.when(is_known, F.col("was_removed_at")).when(is_found, F.col("gone_at"))
    return placed.withColumns(
        {
            "removed_at": F.when(F.col("is_latest"), removed_at),
            "is_removal": F.col("is_latest") & is_found & ~is_known,
        }
    ).drop("gone_at", "was_removed_at", "seen_at")


def _as_checked(current: DataFrame) -> DataFrame:
    """Rows of the current snapshot with the columns that decide, all of them good."""
    decisive = [F.lit(value).alias(name) for name, value in _OF_CURRENT.items()]
    return current.select("*", *decisive, F.lit(False).alias("is_new"))


def replaced(rows: DataFrame, current: DataFrame, key: str) -> DataFrame:
    """Of a table with many rows a key: rows of the current snapshot whose key is not in `rows` of this run."""
    return current.join(rows.select(key), key, "left_anti")
