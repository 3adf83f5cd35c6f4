"""The current set of a stage, and the set that a run starts from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.sets import TableVersion, read_set, set_before, versions, write_set


def at(version: int, table: str = "movies") -> TableVersion:
    return TableVersion(f"silver.{table}", version, 10 * version, version, 1, "abc")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """An empty lake."""
    return Files(f"{tmp_path}/{{area}}")


def publish(files: Files, run_id: str, is_restored: bool = False, **tables: TableVersion) -> None:
    before = read_set(files, "silver") if is_restored else set_before(files, "silver", run_id)
    write_set(files, "silver", run_id, tables, before, is_restored=is_restored)


def started(files: Files, run_id: str) -> str | None:
    found = set_before(files, "silver", run_id)
    return found.run_id if found else None


def test_a_run_done_again_with_less_keeps_what_it_wrote(files: Files) -> None:
    """Views that it computed the first time stay in the set, though it was told to leave them as they are."""
    publish(files, "one", matches=at(1, "matches"))
    publish(files, "two", matches=at(2, "matches"), trending=at(1, "trending"))
    publish(files, "two", matches=at(2, "matches"))
    found = read_set(files, "silver")
    assert found is not None and found.previous is not None
    assert {name: table.version for name, table in found.tables.items()} == {"matches": 2, "trending": 1}
    assert found.previous.tables.keys() == {"matches"}


def test_there_is_no_set_at_first(files: Files) -> None:
    """Neither current nor before."""
    assert read_set(files, "silver") is None
    assert set_before(files, "silver", "one") is None


def test_a_set_comes_back_as_written(files: Files, tmp_path: Path) -> None:
    """With all fields, and the set before it; stages are apart."""
    publish(files, "one", movies=at(1))
    publish(files, "two", movies=at(2))
    found = read_set(files, "silver")
    assert found is not None
    assert (found.run_id, found.tables, found.is_restored) == ("two", {"movies": at(2)}, False)
    assert found.previous is not None
    assert (found.previous.run_id, found.previous.tables) == ("one", {"movies": at(1)})
    assert read_set(files, "gold") is None
    told = json.loads((tmp_path / "control/tables/silver.json").read_text())
    assert (told["version"], told["stage"], told["tables"]["movies"]["version"]) == (1, "silver", 2)


def test_tables_that_a_run_did_not_write_stay_in_the_set(files: Files) -> None:
    """A run that brings only releases leaves the movies of the run before in it."""
    publish(files, "one", movies=at(1))
    publish(files, "two", releases=at(1, "releases"))
    found = read_set(files, "silver")
    assert found is not None
    assert found.tables == {"movies": at(1), "releases": at(1, "releases")}


def test_a_rerun_starts_from_the_set_before_its_own(files: Files) -> None:
    """However often it is run again; an older run starts from what is current."""
    publish(files, "one", movies=at(1))
    assert started(files, "one") is None
    for _ in range(2):
        publish(files, "two", movies=at(2))
        assert started(files, "two") == "one"
    assert started(files, "one") == started(files, "three") == "two"


def test_a_run_that_was_restored_starts_from_there(files: Files) -> None:
    """What was restored is what is there: nobody starts from what was before it."""
    publish(files, "one", movies=at(1))
    publish(files, "two", movies=at(2))
    publish(files, "one", is_restored=True, movies=at(3))
    assert started(files, "one") == started(files, "two") == "one"
    found = set_before(files, "silver", "two")
    assert found is not None
    assert found.tables["movies"] == at(3)


def test_an_entry_without_a_field_is_named() -> None:
    """An entry of another release is refused with the remedy."""
    with pytest.raises(LakeError, match=r"entry has no 'version': run the stage that wrote it again"):
        versions({"tables": {"movies": {"table": "silver.movies", "rows": 3}}})
