"""The latest row of each key wins, among new rows and those of the current snapshot."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

_TIES = ("source_blob", "line_no", "item_no")
_OF_CURRENT = {"http_status": 200, "line_no": 0, "item_no": 0}


def ranked(checked: DataFrame, current: DataFrame | None, key: str, partitions: int) -> DataFrame:
    """Checked new rows and those of the current snapshot, with the latest row of each key marked.

    Added: `is_new`; `is_latest`, true for the one row of a key whose content was fetched last; `removed_at`, set there
    when a 404 came after it; `is_duplicate`, true for an answer of this run that a later one of its kind repeats.
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
    in_order = by_key.orderBy(is_content.desc(), *newest_first)
    gone = F.when(is_good & ~is_content, F.col("fetched_at"))
    placed = rows.repartition(partitions, key, apart).select(
        "*",
        F.max(gone).over(by_key).alias("gone_at"),
        (is_content & (F.row_number().over(in_order) == 1)).alias("is_latest"),
        F.coalesce(is_content & (F.lag("kind").over(in_order) == F.col("kind")), F.lit(False)).alias(
            "is_duplicate"
        ),
    )
    removed_at = F.when(F.col("is_latest") & (F.col("gone_at") > F.col("fetched_at")), F.col("gone_at"))
    return placed.withColumn("removed_at", removed_at).drop("gone_at")


def _as_checked(current: DataFrame) -> DataFrame:
    """Rows of the current snapshot with the columns that decide, all of them good."""
    decisive = [F.lit(value).alias(name) for name, value in _OF_CURRENT.items()]
    return current.select("*", *decisive, F.lit(False).alias("is_new"))


def replaced(rows: DataFrame, current: DataFrame, key: str) -> DataFrame:
    """Of a table with many rows a key: rows of the current snapshot whose key is not in `rows` of this run."""
    return current.join(rows.select(key), key, "left_anti")
