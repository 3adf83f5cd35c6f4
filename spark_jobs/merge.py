"""Latest wins: new rows and the current snapshot become the next one."""

from __future__ import annotations

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

_TIES = ("source_blob", "line_no")


def latest(new: DataFrame, current: DataFrame, key: str) -> DataFrame:
    """One row per key: the content fetched last, with `removed_at` set when a 404 came after it.

    `new` has http_status and line_no beside the table's columns. Equal times are decided by blob name and line, so
    a replay or a rerun ends the same. A key that was only ever 404 gives no row.
    """
    kept = current.withColumn("http_status", F.lit(200)).withColumn("line_no", F.lit(0))
    names = kept.columns
    rows = new.select(names).unionByName(kept)
    is_content = F.col("http_status") == 200
    newest_first = [F.col(name).desc_nulls_last() for name in ("fetched_at", *_TIES)]
    by_key = Window.partitionBy(key)
    ranked = rows.select(
        "*",
        F.max(F.when(~is_content, F.col("fetched_at"))).over(by_key).alias("gone_at"),
        F.row_number().over(by_key.orderBy(is_content.desc(), *newest_first)).alias("place"),
    )
    best = ranked.where((F.col("place") == 1) & is_content)
    removed_at = F.when(F.col("gone_at") > F.col("fetched_at"), F.col("gone_at"))
    return best.withColumn("removed_at", removed_at).drop("gone_at", "place", "http_status", "line_no")
