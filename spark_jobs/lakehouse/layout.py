"""How the rows of a table lie in its files."""

from __future__ import annotations

from pyspark.sql import DataFrame

from spark_jobs.lakehouse.definition import TableDefinition

ROWS_PER_FILE = 200_000


def ranged(rows: DataFrame, table: TableDefinition, expected_rows: int) -> DataFrame:
    """Rows in as many files as they need, each of a range of keys, so that a lookup opens one."""
    files = -(-expected_rows // ROWS_PER_FILE)
    if table.key is None or files < 2:
        return rows
    return rows.repartitionByRange(files, table.key).sortWithinPartitions(table.key)
