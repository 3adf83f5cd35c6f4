"""Vacuum goes over the tables of the current sets, once a day."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from spark_jobs.gold.vacuum_step import vacuum_when_due
from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.lake import Lake
from spark_jobs.lakehouse.sets import TableVersion, write_set

VERSION = {"version": 1, "rows": 1, "content": 1, "files": 1, "definition": "d"}


class Vacuumed:
    """Tables that only note what was vacuumed; `broken` raises."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.broken = ""

    def vacuum(self, table: TableDefinition) -> None:
        """Note it."""
        if table.full_name == self.broken:
            raise RuntimeError("no disk")
        self.names.append(table.full_name)

    def size_bytes(self, table: TableDefinition) -> int:
        """As many bytes as its name has letters."""
        return len(table.full_name)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake whose sets hold two tables of silver and one of gold."""
    files = Files(f"{tmp_path}/{{area}}")
    for stage, names in (("silver", ("movies", "releases")), ("gold", ("matches",))):
        tables = {name: TableVersion.of({"table": f"{stage}.{name}", **VERSION}) for name in names}
        write_set(files, stage, "r1", tables, None)
    unused: Any = None
    tables_of_all: Any = Vacuumed()
    return Lake(spark=unused, files=files, tables=tables_of_all, staging=unused, before=None)


def tables_of(lake: Lake) -> Vacuumed:
    return cast(Any, lake.tables)


def noted(lake: Lake) -> datetime:
    value = json.loads(Path(lake.files.path("control", "tables/vacuumed.json")).read_text())
    return datetime.fromisoformat(value["at"])


def test_a_new_lake_has_nothing_to_remove(lake: Lake) -> None:
    """The first call only notes the time."""
    assert vacuum_when_due(lake) == []
    assert datetime.now(UTC) - noted(lake) < timedelta(minutes=1)


def test_a_day_later_each_table_of_the_current_sets_is_vacuumed_once(lake: Lake) -> None:
    """Before the day is over nothing is done; after it all three tables are, and the time is noted anew."""
    vacuum_when_due(lake)
    first = noted(lake)
    assert vacuum_when_due(lake, first + timedelta(hours=23)) == []
    expected = ["gold.matches", "silver.movies", "silver.releases"]
    assert sorted(vacuum_when_due(lake, first + timedelta(days=1))) == expected
    assert sorted(tables_of(lake).names) == expected
    assert noted(lake) > first
    said = json.loads(Path(lake.files.path("control", "tables/sizes.json")).read_text())
    assert said["bytes"] == {name: len(name) for name in expected}


def test_a_vacuum_that_failed_is_due_still(lake: Lake) -> None:
    """The time is not noted, so that the next run does it."""
    vacuum_when_due(lake)
    first = noted(lake)
    tables_of(lake).broken = "silver.movies"
    with pytest.raises(RuntimeError, match="no disk"):
        vacuum_when_due(lake, first + timedelta(days=2))
    assert noted(lake) == first
