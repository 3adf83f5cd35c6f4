"""The lake that is purged: a storage account, and the folders of jobs that run on this machine."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from azure.storage.blob.aio import BlobServiceClient

from local.purge.scope import CONTAINERS, CONTROL, METRICS, RAW, SILVER_SET, SILVER_TABLES, WHOLE_AREAS, Scope
from shared.adapters.blobs import BlobLake
from shared.adapters.lake import Contents

ACTIVE = "active.json"


class RunActive(Exception):
    """A run is active: what it lands meanwhile would stay."""


@dataclass(slots=True)
class Found:
    """What a purge removes: blobs by container, and folders and files of this machine."""

    blobs: dict[str, Contents]
    paths: list[Path]

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to remove."""
        return not self.paths and not any(each.blobs for each in self.blobs.values())


async def find(connection: str, folder: Path | None, scope: Scope) -> Found:
    """What there is of a source. Raises RunActive while a run is active."""
    lake = _lake(connection)
    try:
        if await lake.read(CONTROL, ACTIVE) is not None:
            raise RunActive("a run is active: cancel it, or wait for its end")
        blobs = {name: found async for name, found in _blobs(lake, scope)}
    finally:
        await lake.close()
    return Found(blobs, list(_paths(folder, scope)) if folder else [])


async def remove(connection: str, found: Found, scope: Scope) -> None:
    """Remove it. The set of silver comes first: a purge that is cut off leaves nothing that names what is gone."""
    lake = _lake(connection)
    try:
        data = await lake.read(CONTROL, SILVER_SET)
        if data is not None:
            await lake.put(CONTROL, SILVER_SET, scope.silver_set(data))
        for container, contents in found.blobs.items():
            await lake.delete_all(container, contents.blobs)
            for name in sorted(contents.folders, key=lambda each: -each.count("/")):
                await lake.delete_all(container, [name])
    finally:
        await lake.close()
    for path in found.paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _lake(connection: str) -> BlobLake:
    return BlobLake(BlobServiceClient.from_connection_string(connection))


async def _blobs(lake: BlobLake, scope: Scope) -> AsyncIterator[tuple[str, Contents]]:
    for container in reversed(CONTAINERS):  # control first: the set of gold goes before its tables
        own = await lake.contents(container, "")
        yield (
            container,
            Contents(
                [name for name in own.blobs if scope.has(container, name)],
                [name for name in own.folders if scope.has(container, name)],
            ),
        )


def _paths(folder: Path, scope: Scope) -> Iterator[Path]:
    """What jobs on this machine keep: tables, which lie nowhere else, and their copies of the lake's files."""
    tables, files = folder / "tables", folder / "lake"
    wanted = [
        *(tables / SILVER_TABLES / name for name in sorted(scope.tables)),
        tables / "gold",
        files / RAW / scope.source,
        *(files / area for area in WHOLE_AREAS),
        *(
            path
            for area in (METRICS, CONTROL)
            for path in (files / area).rglob("*")
            if scope.has(area, str(path.relative_to(files / area)))
        ),
    ]
    yield from (path for path in wanted if path.exists())
