"""The data contract of all tables: Open Data Contract Standard, version 3.1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml
from pyspark.sql.types import ArrayType, DataType, StructField, StructType

from spark_jobs.document.documented import DOCUMENTED
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.lake import RETENTION_DAYS
from spark_jobs.schemas.relations import KEYS, relation_of

VERSION = "1.0.0"
"""The contract's own: the first part rises when a column goes or changes its type, the second when one is added."""
_LOGICAL = {
    "string": "string",
    "bigint": "integer",
    "int": "integer",
    "double": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
    "array": "array",
    "map": "object",
    "struct": "object",
}
"""Types of the standard, by the type in Spark before its brackets."""
_HEAD: Mapping[str, Any] = {
    "apiVersion": "v3.1.0",
    "kind": "DataContract",
    "id": "crossfade-tables",
    "name": "Crossfade: films, records and which belong together",
    "version": VERSION,
    "status": "active",
    "description": {
        "purpose": "Films of TMDB, records of Discogs, and which record is the soundtrack of which film.",
        "usage": "Read each table at the version that control/tables/silver.json or gold.json names; see tables.md.",
        "limitations": "Text is as the sources have it. Keys and relations hold within one set of versions.",
    },
}
_SERVICE = (
    {
        "property": "retention",
        "value": RETENTION_DAYS,
        "unit": "d",
        "description": "how long a version can be read after its run; setting TABLE_RETENTION_DAYS",
    },
    {"property": "frequency", "value": 4, "unit": "h", "description": "a run every four hours by default"},
)


def contract() -> str:
    """The contract in YAML."""
    head = (
        "# Written by `python -m spark_jobs.document docs/contract.odcs.yaml` from what defines the tables.\n"
    )
    whole = {**_HEAD, "schema": [*map(_table, DOCUMENTED)], "slaProperties": [*_SERVICE]}
    return head + yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=120)


def _table(table: TableDefinition) -> dict[str, Any]:
    checks = [_check(name, sql) for name, sql in table.checks.items()]
    return {
        "name": table.name,
        "physicalName": table.full_name,
        "physicalType": "table",
        "logicalType": "object",
        "description": f"One row is {' '.join(table.row.split())}.",
        "properties": [_column(table, column) for column in table.columns],
        **({"quality": checks} if checks else {}),
    }


def _check(name: str, sql: str) -> dict[str, Any]:
    query = f"SELECT COUNT(*) FROM ${{object}} WHERE NOT ({sql})"  # noqa: S608 - for others to run
    return {"name": name, "type": "sql", "dimension": "conformity", "query": query, "mustBe": 0}


def _column(table: TableDefinition, column: StructField) -> dict[str, Any]:
    relation = relation_of(table, column.name)
    target = f"{relation.parent.name}.{relation.parent_column}" if relation else ""
    return {
        **_property(column),
        **({"required": True} if column.name in table.required else {}),
        **_key(KEYS.get(table.full_name, ()), column.name),
        **({"relationships": [{"type": "foreignKey", "to": target}]} if target else {}),
    }


def _key(key: tuple[str, ...], name: str) -> dict[str, Any]:
    if name not in key:
        return {}
    alone = {"unique": True} if len(key) == 1 else {}
    return {"primaryKey": True, "primaryKeyPosition": key.index(name) + 1, **alone}


def _property(column: StructField) -> dict[str, Any]:
    comment = (column.metadata or {}).get("comment")
    said = {"description": comment} if comment else {}
    return {"name": column.name, **_type(column.dataType), **said}


def _type(kind: DataType) -> dict[str, Any]:
    spelt = kind.simpleString()
    found = {"logicalType": _LOGICAL[spelt.partition("<")[0]], "physicalType": spelt}
    if isinstance(kind, ArrayType):
        return {**found, "items": _type(kind.elementType)}
    if isinstance(kind, StructType):
        return {**found, "properties": [*map(_property, kind)]}
    return found
