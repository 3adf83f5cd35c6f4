"""`index.json` of the feed: which generation counts, what it holds, and what changed run by run.

It is written last. `next.json` is written before the first file of films or records is touched: it names the list of
what a generation means to leave, so that the next one knows what a killed one may have written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from spark_jobs.html.notices import LICENCE, NOTICES
from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.sets import TableVersion, Versions, entries, utc_now

AREA = "feed"
INDEX, NEXT = "index.json", "next.json"
GENERATIONS, CHANGES = "generations", "changes"
KEPT_GENERATIONS = 3
"""Generations whose whole files stay: somebody may still copy them."""
KEPT_CHANGES = 200
"""Runs whose changes stay."""


@dataclass(frozen=True, slots=True)
class File:
    """A whole file that a generation wrote."""

    name: str
    path: str
    bytes: int
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What a run changed: the file with a line a change. `path` is null where nothing changed."""

    run: str
    generation: int
    path: str | None
    lines: int = 0
    bytes: int = 0
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """The content of `index.json`; `tables` and `matcher` are what the feed was made of and by."""

    generation: int
    run: str
    form: int
    counts: Mapping[str, int]
    files: Sequence[File]
    changes: Sequence[Changes]
    tables: Versions
    matcher: str | None
    published_at: str = field(default_factory=utc_now)

    def file(self, name: str) -> File:
        """A whole file by its name. Raises LakeError when the index has none."""
        for each in self.files:
            if each.name == name:
                return each
        raise LakeError(f"the feed's {INDEX} names no {name}: write the feed anew (--full)")

    def to_json(self) -> dict[str, Any]:
        """As it is written, with the licence and the sources' notices."""
        tables = {"tables": entries(self.tables)}
        told = {name: value for name, value in asdict(self).items() if name != "tables"}
        return {"version": 1, **told, **tables, "licence": LICENCE, "notices": NOTICES}


def read_index(files: Files) -> Index | None:
    """The index that is there; None before the first feed. Raises LakeError when it is damaged."""
    value = files.read_json(AREA, INDEX)
    if value is None:
        return None
    try:
        names = ("generation", "run", "form", "counts", "matcher", "published_at")
        return Index(
            **{name: value[name] for name in names},
            files=[File(**each) for each in value["files"]],
            changes=[Changes(**each) for each in value["changes"]],
            tables={name: TableVersion.of(each) for name, each in value["tables"].items()},
        )
    except (KeyError, TypeError) as error:
        raise LakeError(
            f"{files.path(AREA, INDEX)} is damaged ({error}): remove it, and the feed begins anew"
        ) from error


def write_index(files: Files, index: Index) -> None:
    """Make a generation the one that counts."""
    files.write_json(AREA, INDEX, index.to_json())


def begun(files: Files) -> int:
    """The newest generation that was begun; 0 when none was."""
    value = files.read_json(AREA, NEXT)
    return int(value["generation"]) if value else 0


def begin(files: Files, generation: int, run: str) -> None:
    """Say that the files of films and records are about to be written as the list of `generation` says."""
    files.write_json(AREA, NEXT, {"version": 1, "generation": generation, "run": run, "begun_at": utc_now()})


def folder(generation: int) -> str:
    """Where a generation's whole files are."""
    return f"{GENERATIONS}/{generation:08d}"


def changes_name(run: str, before: Sequence[Changes], generation: int) -> str:
    """The file of a run's changes; a run that is done again adds another."""
    is_again = any(each.run == run for each in before)
    return f"{CHANGES}/{run}-{generation}.jsonl" if is_again else f"{CHANGES}/{run}.jsonl"


def forget_old(files: Files, index: Index) -> None:
    """Remove whole files of old generations, and changes of old runs."""
    for name in files.folders(AREA, GENERATIONS)[:-KEPT_GENERATIONS]:
        if name != folder(index.generation).rpartition("/")[2]:
            files.remove(AREA, f"{GENERATIONS}/{name}")
    named = {each.path for each in index.changes}
    for name in files.sizes(AREA, CHANGES):
        if name not in named:
            files.remove_file(AREA, name)
