"""Gold's views as lines `view TAB row as JSON`, and what the app must know to filter and sort them.

A view of more than ROWS_SERVED rows is served as far as its order goes: whoever needs it whole reads the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.views.view import View

ROWS_SERVED = 5_000
FAMILY = "views"
#: What the rows of views that grow with the catalog are chosen by; others begin with their key.
_FIRST = {
    "movie_performance": "-revenue",
    "genre_trends": "-release_year",
    "trending": "-trend_score",
    "directors": "rank",
    "studios": "rank",
    "composers": "rank",
    "franchises": "-revenue_total",
    "actor_nodes": "-pagerank",
    "actor_edges": "-films",
    "soundtrack_diversity": "-effective_styles",
}


def order_of(view: View) -> tuple[str, ...]:
    """Columns a view is served in the order of, `-` before one that is sorted downwards; its key makes it certain."""
    first = _FIRST.get(view.name)
    return (first, *view.key) if first else view.key


def view_entries(view: View, rows: DataFrame, count: int) -> DataFrame:
    """Rows of ENTRIES of a view of `count` rows."""
    if count > ROWS_SERVED:
        rows = rows.orderBy(*map(_sorted, order_of(view))).limit(ROWS_SERVED)
    line = F.to_json(F.struct(*rows.columns), {"ignoreNullFields": "false"})
    name = F.lit(view.name)
    return rows.select(
        F.lit(FAMILY).alias("family"),
        F.crc32(name).alias("key"),
        F.crc32(name).alias("place"),
        F.concat_ws("\t", name, line).alias("line"),
    )


def described(view: View, count: int) -> Mapping[str, Any]:
    """What the manifest says of a view."""
    columns = [
        {
            "name": field.name,
            "type": field.dataType.simpleString(),
            "about": field.metadata.get("comment", ""),
        }
        for field in view.schema
    ]
    return {"row": view.row, "rows": count, "order": list(order_of(view)), "columns": columns}


def _sorted(name: str) -> Column:
    """Unknown values come last, whichever way is sorted."""
    column = F.col(name.removeprefix("-"))
    return column.desc_nulls_last() if name.startswith("-") else column.asc_nulls_last()
