"""Lists of a record, such as the cast of a film, as rows of tables of their own: of the latest answers with a list."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.schemas.tables import CAST_CREDITS, CREW_CREDITS, RELEASE_CREDITS, REVIEWS, TRACKS


@dataclass(frozen=True, slots=True)
class ItemTable:
    """A table of items.

    Args:
        table: what it is defined as; its key is that of the record.
        column: the list of a typed row that it is made of.
        kinds: kinds of answers that have the list.
    """

    table: TableDefinition
    column: str
    kinds: frozenset[str]


_DETAILS, _RELEASE = frozenset({"details"}), frozenset({"release"})
OF_FILMS = tuple(
    ItemTable(table, column, _DETAILS)
    for table, column in ((CAST_CREDITS, "cast"), (CREW_CREDITS, "crew"), (REVIEWS, "reviews"))
)
OF_RELEASES = tuple(
    ItemTable(table, column, _RELEASE)
    for table, column in ((TRACKS, "tracks"), (RELEASE_CREDITS, "release_credits"))
)


def exploded(records: DataFrame, items: ItemTable) -> DataFrame:
    """Rows of a table of items out of records that have the list."""
    key = str(items.table.key)
    found = records.select(key, "fetched_at", F.posexplode(items.column).alias("place", "item"))
    rows = found.select("*", "item.*", (F.col("place") + 1).alias("position"))
    return rows.select([field.name for field in items.table.columns])
