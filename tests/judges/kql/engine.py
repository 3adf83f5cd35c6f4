"""KQL run over rows of Application Insights: duckdb-kql translates, DuckDB answers, the clock is given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb_kql
import pyarrow as pa
from duckdb import DuckDBPyConnection

from local.insights.tables import COLUMNS, KqlType, Row

ROOT = Path(__file__).parents[3]
INFRASTRUCTURE = ROOT / "infrastructure"
JUDGE = ("duckdb-kql on DuckDB", f"{version('duckdb-kql')} on {version('duckdb')}")
Tables = Mapping[str, Sequence[Row]]

_SQL: dict[KqlType, str] = {
    "string": "VARCHAR",
    "int": "INTEGER",
    "real": "DOUBLE",
    "datetime": "TIMESTAMP",
    "dynamic": "JSON",
}
_ARROW: dict[KqlType, pa.DataType] = {
    "string": pa.string(),
    "int": pa.int32(),
    "real": pa.float64(),
    "datetime": pa.timestamp("us"),
    "dynamic": pa.string(),
}


@dataclass(frozen=True)
class AlertRule:
    """A rule of Azure Monitor: it fires when its query finds a row among those of the last `window`."""

    name: str
    window: timedelta
    query: str

    def finds(self, tables: Tables, now: datetime) -> list[Row]:
        """The rows it finds at `now`; none: it does not fire."""
        seen = {
            name: [row for row in rows if now - self.window < row["timestamp"] <= now]
            for name, rows in tables.items()
        }
        return ask(self.query, seen, now)


def alert_rules() -> dict[str, AlertRule]:
    """The rules of alerts.bicep by name."""
    text = (INFRASTRUCTURE / "modules" / "alerts.bicep").read_text()
    return {rule.name: rule for rule in _rules(text)}


def _rules(text: str) -> Iterator[AlertRule]:
    pattern = r"name: '([\w-]+)'\s+title: .*?window: 'P(\w+)'\s+query: loadTextContent\('\.\./([\w/.-]+)'\)"
    for name, window, path in re.findall(pattern, text, re.DOTALL):
        yield AlertRule(name, _length(window), (INFRASTRUCTURE / path).read_text())


def _length(period: str) -> timedelta:
    """The length of an ISO 8601 period of one part: 1D, T6H, T15M."""
    number, unit = re.fullmatch(r"T?(\d+)([DHM])", period).groups()  # type: ignore[union-attr]  # fails the test
    return timedelta(**{{"D": "days", "H": "hours", "M": "minutes"}[unit]: int(number)})


def ask(query: str, tables: Tables, now: datetime) -> list[Row]:
    """What a query answers at `now`, row by row; datetimes are in UTC without saying so."""
    with database(tables) as connection:
        answer = duckdb_kql.kql(connection, query, query_now=now)
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.fetchall()]


def database(tables: Tables) -> DuckDBPyConnection:
    """A database with every table of Application Insights, filled with rows of `rows_of`."""
    connection = duckdb_kql.connect()
    for name, columns in COLUMNS.items():
        declared = ", ".join(f'"{column}" {_SQL[kind]}' for column, kind in columns.items())
        connection.execute(f'CREATE TABLE "{name}" ({declared})')
        if rows := tables.get(name):
            connection.from_arrow(_arrow(columns, rows)).insert_into(name)
    return connection


def _arrow(columns: Mapping[str, KqlType], rows: Sequence[Row]) -> pa.Table:
    schema = pa.schema([(column, _ARROW[kind]) for column, kind in columns.items()])
    plain = [{column: _plain(row[column], kind) for column, kind in columns.items()} for row in rows]
    return pa.Table.from_pylist(plain, schema)


def _plain(value: Any, kind: KqlType) -> Any:
    if kind == "dynamic" and value is not None:
        return json.dumps(value)
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value
