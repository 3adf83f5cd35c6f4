"""delta-rs reads every table as it is documented: names, types, comments, rows, at the version that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql.types import StructType

from spark_jobs.document.documented import DOCUMENTED
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.sets import write_set
from spark_jobs.schemas.tables import MATCHES, MOVIES
from tests.judges.report import count_checks

from .conftest import Written
from .rows import differences, plain, rows_of

DOCS = Path(__file__).parents[3] / "docs" / "tables.md"
pytestmark = [
    pytest.mark.judge("delta-rs (deltalake)", version("deltalake")),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]


def opened(written: Written, table: TableDefinition) -> DeltaTable:
    return DeltaTable(written.path(table), version=written.version(table))


def schema_of(table: DeltaTable) -> StructType:
    """What delta-rs says of the columns; its JSON is that of Delta, and so that of Spark."""
    return StructType.fromJson(json.loads(table.schema().to_json()))


def types(columns: StructType) -> dict[str, str]:
    return {column.name: column.dataType.simpleString() for column in columns}


def test_types_are_those_of_the_definitions(
    written: Written, record_property: Callable[[str, object], None]
) -> None:
    """Every column of every table is there with its type, and none besides."""
    found = {
        table.full_name: differences(types(schema_of(opened(written, table))), types(table.columns))
        for table in DOCUMENTED
    }
    faults = {name: odd for name, odd in found.items() if odd}
    count_checks(record_property, checks=len(found), right=len(found) - len(faults))
    assert not faults


def test_comments_and_not_null_are_shown(written: Written) -> None:
    """What a table and its columns are for can be read, units and all, and which columns are never null."""
    for table in DOCUMENTED:
        found = opened(written, table)
        assert found.metadata().description == table.row
        for column, wanted in zip(schema_of(found), table.columns, strict=True):
            assert column.metadata["comment"] == wanted.metadata["comment"]
            assert column.nullable == (column.name not in table.required)


def test_rows_are_read_as_they_were_written(
    written: Written, record_property: Callable[[str, object], None]
) -> None:
    """Values of every type, nulls, empty lists, letters of many alphabets."""
    found = {
        table.full_name: opened(written, table).to_pyarrow_table().to_pylist(maps_as_pydicts="strict")
        for table in DOCUMENTED
    }
    odd = [table.full_name for table in DOCUMENTED if plain(found[table.full_name]) != plain(rows_of(table))]
    count_checks(record_property, checks=len(found), right=len(found) - len(odd))
    assert not odd


def test_nothing_more_than_a_plain_reader_is_asked_for(written: Written) -> None:
    """Reader version 1 on every table: no deletion vectors, no column mapping, no other feature of readers."""
    protocols = {table.full_name: opened(written, table).protocol() for table in DOCUMENTED}
    assert {(each.min_reader_version, each.reader_features) for each in protocols.values()} == {(1, None)}


def test_the_version_that_is_named_is_read(written: Written) -> None:
    """A newer version of another run changes nothing for who names the older one."""
    assert opened(written, MOVIES).to_pyarrow_table().num_rows == 3
    newest = DeltaTable(written.path(MOVIES))
    assert newest.version() > written.version(MOVIES)
    assert newest.to_pyarrow_table().num_rows == 0


def test_the_example_of_the_docs_runs(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What docs/tables.md shows for delta-rs reads the matches at the version that the set of gold names."""
    home = tmp_path / ".local" / "databricks"
    versions = {MATCHES.name: written.versions[MATCHES.full_name]}
    write_set(Files(f"{home}/lake/{{area}}"), "gold", "run-1", versions, None)
    (home / "tables").symlink_to(written.root)
    example = DOCS.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
    monkeypatch.chdir(tmp_path)
    seen: dict[str, Any] = {}
    exec(example, seen)  # noqa: S102 - it is ours
    assert seen["best"].column_names == ["film_title", "score"]
    assert sum(seen["bands"].column("n").to_pylist()) == 3


def test_another_type_is_seen(odd_table: str) -> None:
    """A column of another type, one too many and one too few are named."""
    found = differences(types(schema_of(DeltaTable(odd_table))), types(MATCHES.columns))
    assert "score is string, not double" in found
    assert "note is string, not None" in found
    assert "release_id is None, not bigint" in found
    assert not any(fault.startswith("film_id") for fault in found)
