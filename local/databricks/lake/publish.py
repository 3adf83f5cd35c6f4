"""Uploads the files a job wrote, in an order in which every reader sees whole things at every moment.

1. data of the search index and of reviews for the app, and lines of a dump, which no pointer and no manifest names yet
2. deletes of files an earlier, broken-off publication left in the same snapshot of the index
3. their pointers, `_current.json` and `reviews/_current.json`
4. deletes of pruned snapshots, which the pointer names no more
5. reports, then metrics
6. `control/tables/`, the current versions of a stage's tables
7. all other manifests, which start the next stage
8. the feed, in the order in which the job wrote it: whole files, what was begun, files of films and records and the
   changes, the index, and then deletes of old generations and changes

Only files of search snapshots, generations and changes are ever deleted; pointers, reports, metrics and manifests
never. Tables are not published: they lie on disk, each version whole by itself.

What is new is found by comparing the files with the mirror's index, so a publication that was cut off
goes on where it stopped when it is started again.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

from local.databricks.lake.areas import CONTROL, FEED, METRICS, RAW, REPORT, SEARCH, Area
from local.databricks.lake.mirror import Mirror, files_below
from local.databricks.lake.mirror_index import IndexEntry
from local.databricks.lake.storage import Storage, map_bounded

POINTER = "_current.json"
_WRITTEN = (RAW, SEARCH, REPORT, METRICS, CONTROL, FEED)
_CURRENT_TABLES = "tables/"
_LANDED = "discogs/dump/"  # of the raw area: all else there is the app's
_CONCURRENCY = 8
_SNAPSHOT = re.compile(r"(reviews/)?snapshot=[^/]+/")
_GENERATIONS, _CHANGES, _BEGUN, _INDEX = "generations/", "changes/", "next.json", "index.json"

logger = logging.getLogger(__name__)

Name = tuple[Area, str]
"""An area and the name of a file in it."""


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
    data = _of(changes.written, SEARCH, lambda name: not _is_pointer(name))
    written = {_snapshot_of(name) for name in data}
    pruned = _of(changes.removed, SEARCH)
    return [
        Step(uploads=[*_of(changes.written, RAW), *data]),
        Step(deletes=[name for name in pruned if _snapshot_of(name) in written]),
        Step(uploads=_of(changes.written, SEARCH, _is_pointer)),
        Step(deletes=[name for name in pruned if _snapshot_of(name) not in written]),
        Step(uploads=_of(changes.written, REPORT)),
        Step(uploads=_of(changes.written, METRICS)),
        Step(uploads=_of(changes.written, CONTROL, lambda name: name.startswith(_CURRENT_TABLES))),
        Step(uploads=_of(changes.written, CONTROL, lambda name: not name.startswith(_CURRENT_TABLES))),
        *_plan_feed(changes),
    ]


def _plan_feed(changes: Changes) -> list[Step]:
    pointers = (_BEGUN, _INDEX)
    found = changes.written
    return [
        Step(uploads=_of(found, FEED, lambda name: name.startswith(_GENERATIONS))),
        Step(uploads=_of(found, FEED, lambda name: name == _BEGUN)),
        Step(
            uploads=_of(found, FEED, lambda name: name not in pointers and not name.startswith(_GENERATIONS))
        ),
        Step(uploads=_of(found, FEED, lambda name: name == _INDEX)),
        Step(deletes=_of(changes.removed, FEED)),
    ]


def plan_failure(changes: Changes) -> list[Step]:
    """The steps after a failed job: the metrics that explain it, and nothing a reader could take for a result."""
    return [Step(uploads=_of(changes.written, METRICS))]


def find_changes(mirror: Mirror) -> Changes:
    """What differs on disk from the blobs as they were staged or last published."""
    changes = Changes()
    for area in _WRITTEN:
        index = mirror.index.entries(area.name)
        for name in filter(partial(is_output, area), files_below(mirror.root / area.name)):
            entry = index.pop(name, None)
            if entry is None or not entry.matches(mirror.file_of(area, name)):
                changes.written.append((area, name))
        gone = [(area, name) for name in index if not mirror.file_of(area, name).exists()]
        changes.removed.extend(name for name in gone if _is_deleted(name))
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


def is_output(area: Area, name: str) -> bool:
    """Whether a file of an area is a job's output."""
    return is_published(name) and (area != RAW or name.startswith(_LANDED))


def is_published(name: str) -> bool:
    """Whether a file is output: hidden files, checksums and Spark's `_temporary` folders are not."""
    return not any(part.startswith((".", "_temporary")) for part in PurePosixPath(name).parts)


async def _upload(storage: Storage, mirror: Mirror, names: list[Name]) -> None:
    async def upload(found: Name) -> None:
        area, name = found
        file = mirror.file_of(area, name)
        before = IndexEntry.of(file, "")
        etag = await storage.upload(area.container, area.prefix + name, file)
        mirror.index.put(area.name, [(name, IndexEntry(etag, before.size_bytes, before.mtime_ns))])

    await map_bounded(upload, names, _CONCURRENCY)


async def _delete(storage: Storage, mirror: Mirror, names: list[Name]) -> None:
    async def delete(found: Name) -> None:
        area, name = found
        await storage.delete(area.container, area.prefix + name)
        mirror.index.drop(area.name, [name])

    await map_bounded(delete, names, _CONCURRENCY)


def _is_pointer(name: str) -> bool:
    return PurePosixPath(name).name == POINTER


def _snapshot_of(found: Name) -> str | None:
    """The snapshot folder that a file of the search index lies in, None for any other file."""
    match = _SNAPSHOT.match(found[1])
    return match.group() if match and found[0] == SEARCH else None


def _is_deleted(found: Name) -> bool:
    """Whether a file that a job removed is removed from the storage as well."""
    is_old_feed = found[0] == FEED and found[1].startswith((_GENERATIONS, _CHANGES))
    return is_old_feed or _snapshot_of(found) is not None


def _of(names: list[Name], area: Area, accept: Callable[[str], bool] = lambda _: True) -> list[Name]:
    return [(own, name) for own, name in names if own == area and accept(name)]
