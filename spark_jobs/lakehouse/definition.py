"""What a table is defined as, and the SQL that makes it so. Pure: no Spark session is needed.

No feature is asked for that delta-rs or DuckDB could not read, or delta-rs not write: no deletion vectors, no column
mapping, no clustering, classic checkpoints. A change data feed asks something of writers only. CHECK constraints are
table properties, for `CREATE TABLE` takes no others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql.types import ArrayType, DataType, MapType, StructField, StructType

from spark_jobs.lakehouse.errors import TableSchemaError

CONTAINERS = {"silver": "intermediate", "gold": "gold"}
_CHECK = "delta.constraints."
_FIXED = {
    "delta.enableDeletionVectors": "false",
    "delta.checkpointPolicy": "classic",
    "delta.columnMapping.mode": "none",
}
_FEED = {"delta.enableChangeDataFeed": "true"}


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table as it stands: its columns, its Delta properties, and its comment."""

    columns: StructType
    properties: Mapping[str, str]
    comment: str


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A table that people may read.

    Args:
        schema: its schema in the catalog, silver or gold.
        name: its name there.
        row: what one row is, in words.
        columns: its columns, each with a comment.
        key: bigint column that rows are looked up by; files are ranged by it, and it alone has statistics.
        required: columns that are NOT NULL.
        checks: SQL that holds for every row, by the name of the constraint. It must allow for NULL and NaN itself.
        has_change_feed: whether Delta keeps which rows came and went; what replaces some keys' rows writes these again.
    """

    schema: str
    name: str
    row: str
    columns: StructType
    key: str | None = None
    required: tuple[str, ...] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    has_change_feed: bool = False

    @property
    def full_name(self) -> str:
        """Such as silver.movies."""
        return f"{self.schema}.{self.name}"

    @property
    def container(self) -> str:
        """The container of the lake it lies in."""
        return CONTAINERS[self.schema]

    def properties(self, retention_days: float) -> dict[str, str]:
        """Its Delta properties; versions can be read for `retention_days` after they were committed."""
        kept = f"interval {max(1, round(retention_days * 86_400))} seconds"
        durations = {"delta.deletedFileRetentionDuration": kept, "delta.logRetentionDuration": kept}
        statistics = {"delta.dataSkippingStatsColumns": self.key} if self.key else {}
        checks = {f"{_CHECK}{name}": sql for name, sql in self.checks.items()}
        feed = _FEED if self.has_change_feed else {}
        return {**_FIXED, **feed, **durations, **statistics, **checks}

    def digest(self, retention_days: float) -> str:
        """Twelve hex digits that change with anything the table is made with."""
        made = [self.row, self.required, self.columns.json(), self.properties(retention_days)]
        return hashlib.sha256(json.dumps(made).encode()).hexdigest()[:12]

    def create(self, name: str, location: str, retention_days: float) -> str:
        """The statement that makes it as `name` at `location`, if it is not there."""
        columns = ", ".join(self._column(each) for each in self.columns)
        return (
            f"CREATE TABLE IF NOT EXISTS {name} ({columns}) USING delta LOCATION {quoted(location)} "
            f"COMMENT {quoted(self.row)} TBLPROPERTIES ({_pairs(self.properties(retention_days))})"
        )

    def evolve(self, name: str, found: FoundTable, retention_days: float) -> list[str]:
        """The statements that bring a table to this definition; none where it is as defined.

        New columns are added at the end. Raises TableSchemaError for anything else. Constraints that somebody else
        has added stay.
        """
        there = {column.name: column for column in found.columns}
        self._refuse_lost(name, there)
        return [
            *self._columns_added(name, there),
            *self._properties_changed(name, found.properties, retention_days),
            *([f"COMMENT ON TABLE {name} IS {quoted(self.row)}"] if found.comment != self.row else []),
            *self._comments(name, there),
        ]

    def check_rows(self, rows: StructType) -> None:
        """Raise TableSchemaError when rows have other columns than this; Delta would cast them without a word."""
        wanted = {column.name: column.dataType for column in self.columns}
        found = {column.name: column.dataType for column in rows}
        absent, unknown = wanted.keys() - found.keys(), found.keys() - wanted.keys()
        odd = [name for name in wanted.keys() & found.keys() if not same_type(wanted[name], found[name])]
        faults = [
            *(f"no column {name}" for name in sorted(absent)),
            *(f"a column {name} that the table does not have" for name in sorted(unknown)),
            *(f"{name} as {_spoken(found[name])}, not {_spoken(wanted[name])}" for name in sorted(odd)),
        ]
        if faults:
            raise TableSchemaError(
                f"rows for {self.full_name} have {'; '.join(faults)}: mend what makes them"
            )

    def _refuse_lost(self, name: str, there: Mapping[str, StructField]) -> None:
        wanted = {column.name: column for column in self.columns}
        for column in there.values():
            if column.name not in wanted:
                raise TableSchemaError(
                    f"{name} has a column {column.name} that this version does not write: "
                    f"run the version that wrote it, or move the table away"
                )
            if not same_type(column.dataType, wanted[column.name].dataType):
                raise TableSchemaError(
                    f"{name}.{column.name} is {_spoken(column.dataType)} and would become "
                    f"{_spoken(wanted[column.name].dataType)}: give the new type a column of its own"
                )

    def _columns_added(self, name: str, there: Mapping[str, StructField]) -> list[str]:
        added = [column for column in self.columns if column.name not in there]
        for column in added:
            if column.name in self.required:
                raise TableSchemaError(
                    f"{name} has no column {column.name} yet, and rows without it: a new column cannot be required"
                )
        return [f"ALTER TABLE {name} ADD COLUMNS ({', '.join(map(self._column, added))})"] if added else []

    def _properties_changed(self, name: str, there: Mapping[str, str], retention_days: float) -> list[str]:
        """Constraints have statements of their own: `SET TBLPROPERTIES` takes none."""
        wanted = self.properties(retention_days)
        changed = {key: value for key, value in wanted.items() if there.get(key) != value}
        plain = {key: value for key, value in changed.items() if not key.startswith(_CHECK)}
        checks = {key: value for key, value in changed.items() if key.startswith(_CHECK)}
        names = {key: key.removeprefix(_CHECK) for key in checks}
        return [
            *([f"ALTER TABLE {name} SET TBLPROPERTIES ({_pairs(plain)})"] if plain else []),
            *(f"ALTER TABLE {name} DROP CONSTRAINT {names[key]}" for key in checks if key in there),
            *(f"ALTER TABLE {name} ADD CONSTRAINT {names[key]} CHECK ({sql})" for key, sql in checks.items()),
        ]

    def _comments(self, name: str, there: Mapping[str, StructField]) -> list[str]:
        changed = [
            column
            for column in self.columns
            if column.name in there and _comment(column) != _comment(there[column.name])
        ]
        return [f"ALTER TABLE {name} ALTER COLUMN `{c.name}` COMMENT {quoted(_comment(c))}" for c in changed]

    def _column(self, column: StructField) -> str:
        must = " NOT NULL" if column.name in self.required else ""
        return f"`{column.name}` {column.dataType.simpleString()}{must} COMMENT {quoted(_comment(column))}"


def same_type(one: DataType, other: DataType) -> bool:
    """Whether two types hold the same values, whatever they say of nulls."""
    if isinstance(one, ArrayType) and isinstance(other, ArrayType):
        return same_type(one.elementType, other.elementType)
    if isinstance(one, MapType) and isinstance(other, MapType):
        return same_type(one.keyType, other.keyType) and same_type(one.valueType, other.valueType)
    if isinstance(one, StructType) and isinstance(other, StructType):
        return one.fieldNames() == other.fieldNames() and all(
            same_type(left.dataType, right.dataType) for left, right in zip(one, other, strict=True)
        )
    return one == other


def quoted(text: str) -> str:
    """Text as a SQL string."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _pairs(properties: Mapping[str, str]) -> str:
    return ", ".join(f"{quoted(key)} = {quoted(value)}" for key, value in sorted(properties.items()))


def _comment(column: StructField) -> str:
    return str((column.metadata or {}).get("comment", ""))


def _spoken(kind: DataType) -> str:
    return kind.simpleString()
