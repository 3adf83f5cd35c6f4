"""Names of tables in a catalog, and the tables that are found under them."""

from __future__ import annotations

import re

from pyspark.sql import SparkSession

from spark_jobs.lakehouse.definition import FoundTable, TableDefinition, quoted
from spark_jobs.lakehouse.errors import LakeError, reason

IN_MEMORY = "spark_catalog"
"""The catalog of a session without Unity Catalog; it knows no table when the session starts."""
_NOT_THERE = ("[PATH_NOT_FOUND]", "[DELTA_TABLE_NOT_FOUND]", "[DELTA_PATH_DOES_NOT_EXIST]")


class Catalog:
    """A catalog, and the folders that its tables lie in.

    Args:
        name: its name.
        template: URI template of where tables lie, with {container}. Raises ValueError when it has none.
    """

    def __init__(self, spark: SparkSession, name: str, template: str) -> None:
        if "{container}" not in template:
            raise ValueError(
                f"--tables {template!r} has no {{container}} in it, as in file:///data/tables/{{container}}"
            )
        self._spark, self._name, self._template = spark, name, template.rstrip("/")
        self._known: dict[str, bool] = {}
        self._schemas: set[str] = set()

    def name(self, table: TableDefinition) -> str:
        """Its name in three parts."""
        return f"{self._name}.{table.full_name}"

    def location(self, table: TableDefinition) -> str:
        """URI of the folder it lies in."""
        return f"{self._template.replace('{container}', table.container)}/{table.name}"

    def has(self, table: TableDefinition) -> bool:
        """Whether a table is there; without Unity Catalog one that is gets its name now."""
        name = self.name(table)
        if name not in self._known:
            if self._name == IN_MEMORY:
                self._known[name] = self._is_in_memory(table) or self._adopt(table)
            else:
                self._known[name] = self._spark.catalog.tableExists(name)
        return self._known[name]

    def check_has(self, table: TableDefinition) -> None:
        """Raise LakeError when a table is not there."""
        if not self.has(table):
            raise LakeError(f"{self.name(table)} is not there: run the stage that writes it")

    def create(self, table: TableDefinition, retention_days: float) -> None:
        """Make a table as it is defined."""
        self._spark.sql(table.create(self.name(table), self.location(table), retention_days))
        self._known[self.name(table)] = True

    def evolve(self, table: TableDefinition, retention_days: float) -> None:
        """Bring a table to its definition. Raises TableSchemaError where that takes more than new columns."""
        name = self.name(table)
        properties = {row.key: row.value for row in self._spark.sql(f"SHOW TBLPROPERTIES {name}").collect()}
        comment = self._told(table).get("Comment", "")
        found = FoundTable(self._spark.table(name).schema, properties, comment)
        for statement in table.evolve(name, found, retention_days):
            self._spark.sql(statement)

    def _is_in_memory(self, table: TableDefinition) -> bool:
        """Whether the session has the name, and for this folder; that of another lake, or of none, is forgotten."""
        try:
            location = self._told(table)["Location"]
        except Exception:  # of no table, or of a folder that is gone
            location = ""
        if _is_same(location, self.location(table)):
            return True
        self._spark.sql(f"DROP TABLE IF EXISTS {self.name(table)}")  # its files stay
        return False

    def _told(self, table: TableDefinition) -> dict[str, str]:
        """What the catalog tells of a table: Location, Comment."""
        rows = self._spark.sql(f"DESCRIBE TABLE EXTENDED {self.name(table)}").collect()
        return {row.col_name: row.data_type for row in rows}

    def _adopt(self, table: TableDefinition) -> bool:
        """Name a table in memory, if it is there."""
        if table.schema not in self._schemas:
            self._spark.sql(f"CREATE SCHEMA IF NOT EXISTS {self._name}.{table.schema}")
            self._schemas.add(table.schema)
        location = self.location(table)
        is_there = self._is_delta(location)
        if is_there:
            self._spark.sql(
                f"CREATE TABLE IF NOT EXISTS {self.name(table)} USING delta LOCATION {quoted(location)}"
            )
        return is_there

    def _is_delta(self, location: str) -> bool:
        try:
            self._spark.read.format("delta").load(location).schema  # noqa: B018 - Connect looks only when it is asked
        except Exception as error:
            if any(condition in str(error) for condition in _NOT_THERE):
                return False
            raise LakeError(
                f"{location} cannot be opened: {reason(error)}; "
                "move it away, and run the stage again with all that landed"
            ) from error
        return True


def _is_same(one: str, other: str) -> bool:
    """Whether two URIs are the same; those of files are written with one slash or three."""
    return re.sub("^file:/+", "file:/", one) == re.sub("^file:/+", "file:/", other)
