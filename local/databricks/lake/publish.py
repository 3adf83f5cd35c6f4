"""Uploads what a job wrote, in an order in which every reader sees whole tables at every moment.

1. data files, which no pointer names yet
2. deletes of files an earlier, broken-off publication left in the same snapshots
3. `_current.json` pointers
4. deletes of pruned snapshots, which no pointer names any more
5. metrics
6. control manifests, which start the next stage

Only files of snapshots are ever deleted; pointers, metrics and manifests never.

What is new is found by comparing the files with the mirror's index, so a publication that was cut off
goes on where it stopped when it is started again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from local.databricks.lake.mirror import Mirror, files_below
from local.databricks.lake.mirror_index import IndexEntry
from local.databricks.lake.storage import Storage, map_bounded

POINTER = "_current.json"
_TABLES = ("intermediate", "gold")
_WRITTEN = (*_TABLES, "metrics", "control")
_EVIDENCE = ("quarantine/", "validation/")  # tables without a pointer: what was refused, and why
_CONCURRENCY = 8
_SNAPSHOT = re.compile(r"(?:.*/)?snapshot=[^/]+/")

logger = logging.getLogger(__name__)

Name = tuple[str, str]
"""A container and a blob name in it."""


@dataclass(frozen=True)
class Changes:
    """What a job wrote and what it removed."""

    written: list[Name] = field(default_factory=list)
    removed: list[Name] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    """Uploads or deletes that may happen in any order among themselves."""

    uploads: list[Name] = field(default_factory=list)
    deletes: list[Name] = field(default_factory=list)


def plan_success(changes: Changes) -> list[Step]:
    """The steps that publish a successful job's output, in order."""
    tables = [name for name in changes.written if name[0] in _TABLES]
    data = [name for name in tables if not _is_pointer(name)]
    written = {_snapshot_of(name) for name in data}
    return [
        Step(uploads=data),
        Step(deletes=[name for name in changes.removed if _snapshot_of(name) in written]),
        Step(uploads=[name for name in tables if _is_pointer(name)]),
        Step(deletes=[name for name in changes.removed if _snapshot_of(name) not in written]),
        Step(uploads=_of(changes.written, "metrics")),
        Step(uploads=_of(changes.written, "control")),
    ]


def plan_failure(changes: Changes) -> list[Step]:
    """The steps after a failed job: the metrics that explain it, and nothing a reader could take for a result."""
    evidence = [
        name for name in changes.written if name[0] == "intermediate" and name[1].startswith(_EVIDENCE)
    ]
    return [Step(uploads=evidence), Step(uploads=_of(changes.written, "metrics"))]


def find_changes(mirror: Mirror) -> Changes:
    """What differs on disk from the blobs as they were staged or last published."""
    changes = Changes()
    for container in _WRITTEN:
        index = mirror.index.entries(container)
        for name in filter(is_published, files_below(mirror.root / container)):
            entry = index.pop(name, None)
            if entry is None or not entry.matches(mirror.file_of(container, name)):
                changes.written.append((container, name))
        changes.removed.extend(name for name in _gone(mirror, container, index) if _snapshot_of(name))
    return changes


async def publish(storage: Storage, mirror: Mirror, steps: Iterable[Step]) -> int:
    """Carry out the steps one after another and return the number of blobs touched."""
    touched = 0
    for step in steps:
        await _upload(storage, mirror, step.uploads)
        await _delete(storage, mirror, step.deletes)
        touched += len(step.uploads) + len(step.deletes)
    logger.info("published %s blobs", touched)
    return touched


def is_published(name: str) -> bool:
    """Whether a file is output: hidden files, checksums and Spark's `_temporary` folders are not."""
    parts = PurePosixPath(name).parts
    return not any(part.startswith((".", "_temporary", "_spark_metadata")) for part in parts)


async def _upload(storage: Storage, mirror: Mirror, names: list[Name]) -> None:
    async def upload(name: Name) -> None:
        file = mirror.file_of(*name)
        entry = IndexEntry.of(file, "")
        etag = await storage.upload(*name, file)
        mirror.index.put(name[0], [(name[1], IndexEntry(etag, entry.size_bytes, entry.mtime_ns))])

    await map_bounded(upload, names, _CONCURRENCY)


async def _delete(storage: Storage, mirror: Mirror, names: list[Name]) -> None:
    async def delete(name: Name) -> None:
        await storage.delete(*name)
        mirror.index.drop(name[0], [name[1]])

    await map_bounded(delete, names, _CONCURRENCY)


def _gone(mirror: Mirror, container: str, names: Iterable[str]) -> list[Name]:
    return [(container, name) for name in names if not mirror.file_of(container, name).exists()]


def _snapshot_of(name: Name) -> Name | None:
    """The snapshot folder a table's file lies in, None for a file outside of snapshots."""
    match = _SNAPSHOT.match(name[1])
    return (name[0], match.group()) if match and name[0] in _TABLES else None


def _is_pointer(name: Name) -> bool:
    return PurePosixPath(name[1]).name == POINTER


def _of(names: list[Name], container: str) -> list[Name]:
    return [name for name in names if name[0] == container]
