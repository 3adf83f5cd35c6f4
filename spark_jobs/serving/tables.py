"""Gold's views as lines `view TAB row as JSON`, and what the app must know to filter and sort them.

A view of more than ROWS_SERVED rows can be sorted as far as its order goes. All its rows are in a family of its own,
`KEY TAB row as JSON` by the CRC-32 of their keys, to be paged through.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.views.view import View

ROWS_SERVED = 5_000
FAMILY, ALL_ROWS = "views", "rows."
_JSON = {"ignoreNullFields": "false"}
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
    if count <= ROWS_SERVED:
        return _entries(FAMILY, rows, F.crc32(F.lit(view.name)), F.lit(view.name))
    first = rows.orderBy(*map(_sorted, order_of(view))).limit(ROWS_SERVED)
    key = F.crc32(F.to_json(F.struct(*view.key), _JSON))
    every = _entries(f"{ALL_ROWS}{view.name}", rows, key, key.cast("string"))
    return _entries(FAMILY, first, F.crc32(F.lit(view.name)), F.lit(view.name)).unionByName(every)


def _entries(family: str, rows: DataFrame, key: Column, name: Column) -> DataFrame:
    line = F.concat_ws("\t", name, F.to_json(F.struct(*rows.columns), _JSON))
    return rows.select(
        F.lit(family).alias("family"), key.alias("key"), key.alias("place"), line.alias("line")
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
