"""A few rows for any table: all values there, only what must be there, and lists that are empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from spark_jobs.lakehouse.definition import TableDefinition

Row = dict[str, Any]
_OF_TYPE: Mapping[str, Any] = {
    "string": lambda n: f"Æ 'ß' ☂ {n}",
    "bigint": lambda n: 2**40 + n,
    "int": lambda n: n,
    "double": lambda n: n / 8,
    "boolean": lambda n: n % 2 == 1,
    "date": lambda n: date(2026, 11, n),
    "timestamp": lambda n: datetime(2026, 11, 20, 6, 30, n, 123456, tzinfo=UTC),
}


_ALLOWED = {"verdict": "yes"}  # of a column that takes certain words only


def rows_of(table: TableDefinition) -> list[Row]:
    """Three rows that the table takes; every constraint of ours lets 1, 2, their eighths and `_ALLOWED` pass."""
    allowed = {name: value for name, value in _ALLOWED.items() if name in table.columns.names}
    full = {column.name: _value(column.dataType, 1) for column in table.columns} | allowed
    bare = {name: value if name in table.required else None for name, value in full.items()}
    hollow = {column.name: _hollow(column.dataType) for column in table.columns} | allowed
    return [full, bare, hollow]


def _value(kind: DataType, n: int) -> Any:
    match kind:
        case ArrayType():
            return [_value(kind.elementType, n), None, _value(kind.elementType, n + 1)]
        case MapType():
            return {f"key {n}": _value(kind.valueType, n), "none": None}
        case StructType():
            return {field.name: _value(field.dataType, n) for field in kind}
        case _:
            return _OF_TYPE[kind.simpleString()](n)


def _hollow(kind: DataType) -> Any:
    match kind:
        case ArrayType():
            return []
        case MapType():
            return {}
        case _:
            return _value(kind, 2)


def plain(rows: Sequence[Row]) -> list[Any]:
    """Rows as JSON knows them, in one order, so that what different readers found can be compared."""
    return sorted((_plain(row) for row in rows), key=str)


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
        case date():
            return value.isoformat()
        case dict():
            return {key: _plain(part) for key, part in value.items()}
        case list():
            return [_plain(part) for part in value]
        case _:
            return value


def differences(found: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """The columns whose type is another than wanted, or that only one side has."""
    names = dict.fromkeys([*wanted, *found])
    return [
        f"{name} is {found.get(name)}, not {wanted.get(name)}"
        for name in names
        if found.get(name) != wanted.get(name)
    ]
