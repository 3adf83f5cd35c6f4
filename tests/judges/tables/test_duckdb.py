"""DuckDB reads every table as it is documented, without a network, and finds every constraint kept."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from spark_jobs.document.contract import contract
from spark_jobs.document.documented import DOCUMENTED
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.schemas.tables import MATCHES, MOVIES
from tests.judges.environments import environment_of
from tests.judges.report import count_checks

from .conftest import Written
from .rows import differences, plain, rows_of

VERSION = "1.5.5"
"""Of both: the extension demands DuckDB of its very own version, and KQL is run by another one."""
pytestmark = [
    pytest.mark.judge("DuckDB with delta", VERSION),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]
Ask = Callable[[Sequence[str]], list[list[Any]]]
_TYPES = {
    "string": "VARCHAR",
    "bigint": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """DuckDB in an environment of its own, with a home that is empty; answers many queries at once."""
    python = environment_of("duckdb-delta", f"duckdb=={VERSION}", f"duckdb-extension-delta=={VERSION}")
    script, home = Path(__file__).with_name("duck.py"), tmp_path_factory.mktemp("home")

    def answers(queries: Sequence[str]) -> list[list[Any]]:
        command, given = [str(python), str(script)], json.dumps(queries)
        run = subprocess.run(command, input=given, capture_output=True, text=True, env={"HOME": str(home)})
        assert run.returncode == 0, run.stderr
        return list(json.loads(run.stdout))

    return answers


def scan(written: Written, table: TableDefinition) -> str:
    return f"delta_scan('{written.path(table)}', version = {written.version(table)})"


def select(what: str, source: str) -> str:
    return f"SELECT {what} FROM {source}"  # noqa: S608 - both are ours


def spelt(kind: DataType) -> str:
    """A type as DuckDB writes it."""
    match kind:
        case ArrayType():
            return f"{spelt(kind.elementType)}[]"
        case MapType():
            return f"MAP({spelt(kind.keyType)}, {spelt(kind.valueType)})"
        case StructType():
            return f"STRUCT({', '.join(f'{field.name} {spelt(field.dataType)}' for field in kind)})"
        case _:
            return _TYPES[kind.simpleString()]


def types(columns: StructType) -> dict[str, str]:
    return {column.name: spelt(column.dataType) for column in columns}


def described(rows: list[Any]) -> dict[str, str]:
    """The columns and types of an answer to DESCRIBE; names in a struct are quoted where they are words of SQL."""
    return {name: kind.replace('"', "") for name, kind, *_ in rows}


def test_types_are_those_of_the_definitions(
    ask: Ask, written: Written, record_property: Callable[[str, object], None]
) -> None:
    """Every column of every table is there with its type, and none besides."""
    answers = ask(["DESCRIBE " + select("*", scan(written, table)) for table in DOCUMENTED])
    found = {
        table.full_name: differences(described(rows), types(table.columns))
        for table, rows in zip(DOCUMENTED, answers, strict=True)
    }
    faults = {name: odd for name, odd in found.items() if odd}
    count_checks(record_property, checks=len(found), right=len(found) - len(faults))
    assert not faults


def test_rows_are_read_as_they_were_written(
    ask: Ask, written: Written, record_property: Callable[[str, object], None]
) -> None:
    """Values of every type, nulls, empty lists, letters of many alphabets."""
    answers = ask([select("to_json(row)", f"{scan(written, table)} AS row") for table in DOCUMENTED])
    odd = [
        table.full_name
        for table, rows in zip(DOCUMENTED, answers, strict=True)
        if plain([json.loads(text) for (text,) in rows]) != plain(rows_of(table))
    ]
    count_checks(record_property, checks=len(DOCUMENTED), right=len(DOCUMENTED) - len(odd))
    assert not odd


def test_queries_of_the_contract_find_nothing(
    ask: Ask, written: Written, record_property: Callable[[str, object], None]
) -> None:
    """Each check of quality in the contract runs as it is written there, and every row passes."""
    tables = {table.full_name: table for table in DOCUMENTED}
    queries = [
        check["query"].replace("${object}", scan(written, tables[described["physicalName"]]))
        for described in yaml.safe_load(contract())["schema"]
        for check in described.get("quality", [])
    ]
    answers = ask(queries)
    right = sum(rows == [[0]] for rows in answers)
    count_checks(record_property, checks=len(queries), right=right)
    assert right == len(queries) > 0


def test_the_version_that_is_named_is_read(ask: Ask, written: Written) -> None:
    """A newer version of another run changes nothing for who names the older one; ATTACH names one as well."""
    path, version = written.path(MOVIES), written.version(MOVIES)
    named, newest, _, attached = ask(
        [
            select("count(*)", scan(written, MOVIES)),
            select("count(*)", f"delta_scan('{path}')"),
            f"ATTACH '{path}' AS movies (TYPE delta, VERSION {version})",
            select("count(*)", "movies"),
        ]
    )
    assert (named, newest, attached) == ([[3]], [[0]], [[3]])


def test_another_type_is_seen(ask: Ask, odd_table: str) -> None:
    """A column of another type, one too many and one too few are named."""
    (rows,) = ask(["DESCRIBE " + select("*", f"delta_scan('{odd_table}')")])
    found = differences(described(rows), types(MATCHES.columns))
    assert "score is VARCHAR, not DOUBLE" in found
    assert "note is VARCHAR, not None" in found
    assert "release_id is None, not BIGINT" in found
    assert not any(fault.startswith("film_id") for fault in found)
