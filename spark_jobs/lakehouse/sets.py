"""Which versions of a stage's tables belong together: `control/tables/{stage}.json`, written after all of them.

A run starts from the set that was there before it, also when it is run again: then that is the set before its own.
So whatever a run that died has left in the tables is no part of any set, and is written over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.files import Files


@dataclass(frozen=True, slots=True)
class TableVersion:
    """A table at one of its versions.

    Args:
        table: schema and name, such as silver.movies.
        version: the Delta version to read.
        rows: rows of it.
        content: the version in which these rows were written; later ones only say that they still hold.
        files: data files of it.
        definition: digest of what the table was defined as.
    """

    table: str
    version: int
    rows: int
    content: int
    files: int
    definition: str

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> TableVersion:
        """From an entry of a set or a manifest. Raises LakeError when a field is missing."""
        try:
            return cls(**{each.name: entry[each.name] for each in fields(cls)})
        except KeyError as error:
            raise LakeError(f"a table's entry has no {error}: run the stage that wrote it again") from None


Versions = Mapping[str, TableVersion]
"""Versions of tables by their name without the schema."""


@dataclass(frozen=True, slots=True)
class TableSet:
    """The tables of a stage that belong together, and the set before it (None: there was none).

    A restored set holds what `run_id` left; when that run is run again, it starts from here. `published_at` is empty
    for the set before.
    """

    run_id: str
    tables: Versions
    previous: TableSet | None = None
    is_restored: bool = False
    published_at: str = ""


def read_set(files: Files, stage: str) -> TableSet | None:
    """The set that is current; None before the first run."""
    value = files.read_json("control", _name(stage))
    return _parsed(value) if value else None


def set_before(files: Files, stage: str, run_id: str) -> TableSet | None:
    """The set that `run_id` starts from; None when there was none."""
    current = read_set(files, stage)
    is_its_own = current and current.run_id == run_id and not current.is_restored
    return current.previous if current and is_its_own else current


def write_set(
    files: Files,
    stage: str,
    run_id: str,
    tables: Versions,
    previous: TableSet | None,
    *,
    is_restored: bool = False,
) -> None:
    """Make `tables` the current set, with those of the set before that are not among them.

    A run that is done again with less, such as without views, keeps what it wrote the first time.
    """
    current = read_set(files, stage)
    is_again = current and current.run_id == run_id and not (current.is_restored or is_restored)
    own = current.tables if current and is_again else {}
    merged = {**(previous.tables if previous else {}), **own, **tables}
    before = {"run_id": previous.run_id, "tables": entries(previous.tables)} if previous else None
    head: dict[str, Any] = {"version": 1, "stage": stage, "run_id": run_id, "published_at": utc_now()}
    head |= {"is_restored": is_restored}
    files.write_json("control", _name(stage), {**head, "tables": entries(merged), "previous": before})


def entries(tables: Versions) -> dict[str, dict[str, Any]]:
    """Tables as JSON."""
    return {name: asdict(version) for name, version in tables.items()}


def versions(value: Mapping[str, Any]) -> dict[str, TableVersion]:
    """The `tables` of a set or a manifest."""
    return {name: TableVersion.of(entry) for name, entry in value["tables"].items()}


def utc_now() -> str:
    """Now as ISO 8601 with a Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _parsed(value: Mapping[str, Any]) -> TableSet:
    previous = value.get("previous")
    is_restored = bool(value.get("is_restored"))
    before = _parsed(previous) if previous else None
    return TableSet(value["run_id"], versions(value), before, is_restored, value.get("published_at", ""))


def _name(stage: str) -> str:
    return f"tables/{stage}.json"
