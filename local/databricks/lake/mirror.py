"""Makes the areas' folders on disk equal to the blobs a job needs, downloading only what changed."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from local.databricks.lake.areas import AREAS, Area, Scope
from local.databricks.lake.mirror_index import IndexEntry, MirrorIndex
from local.databricks.lake.storage import RemoteBlob, Storage, map_bounded

_CONCURRENCY = 24
_BATCH = 500

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mirrored:
    """What one synchronisation did, in blobs."""

    downloaded: int = 0
    removed: int = 0
    kept: int = 0


class Mirror:
    """The files `root/{area}/{name}` and their index."""

    def __init__(self, root: Path, index: MirrorIndex) -> None:
        self.root = root
        self.index = index
        for area in AREAS:
            (root / area).mkdir(parents=True, exist_ok=True)

    def file_of(self, area: Area, name: str) -> Path:
        """Where a file of an area lies. Raises ValueError for a name that leads out of the area."""
        if ".." in PurePosixPath(name).parts or name.startswith("/"):
            raise ValueError(f"blob name {name!r} of {area.name} cannot be a file name")
        return self.root / area.name / name

    async def sync(self, storage: Storage, scope: Scope) -> Mirrored:
        """Make one area's folder equal to the blobs of its scope."""
        area = scope.area
        wanted = {blob.name: blob for blob in await _listed(storage, scope)}
        index = self.index.entries(area.name)
        removed = self._remove_unwanted(area, wanted.keys(), index.keys())
        stale = [blob for blob in wanted.values() if not self._is_current(area, blob, index)]
        for start in range(0, len(stale), _BATCH):
            await self._download(storage, area, stale[start : start + _BATCH])
        done = Mirrored(len(stale), removed, len(wanted) - len(stale))
        logger.info(
            "staged %s: %s new, %s gone, %s kept", area.name, done.downloaded, done.removed, done.kept
        )
        return done

    def _is_current(self, area: Area, blob: RemoteBlob, index: dict[str, IndexEntry]) -> bool:
        entry = index.get(blob.name)
        if entry is None or (entry.etag, entry.size_bytes) != (blob.etag, blob.size_bytes):
            return False
        return entry.matches(self.file_of(area, blob.name))

    def _remove_unwanted(self, area: Area, wanted: Iterable[str], indexed: Iterable[str]) -> int:
        keep, folder = set(wanted), self.root / area.name
        gone = [name for name in files_below(folder) if name not in keep]
        for name in gone:
            (folder / name).unlink()
        _remove_empty_directories(folder)
        self.index.drop(area.name, set(indexed) - keep)
        return len(gone)

    async def _download(self, storage: Storage, area: Area, blobs: Iterable[RemoteBlob]) -> None:
        async def fetch(blob: RemoteBlob) -> tuple[str, IndexEntry] | None:
            return await self._fetch(storage, area, blob.name)

        entries = await map_bounded(fetch, blobs, _CONCURRENCY)
        self.index.put(area.name, [entry for entry in entries if entry])

    async def _fetch(self, storage: Storage, area: Area, name: str) -> tuple[str, IndexEntry] | None:
        file = self.file_of(area, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        etag = await storage.download(area.container, area.prefix + name, file)
        if etag is None:
            file.unlink(missing_ok=True)
            return None
        return name, IndexEntry.of(file, etag)


def files_below(directory: Path) -> Iterator[str]:
    """Names of all files below a directory, relative to it, with forward slashes."""
    for folder, _, names in os.walk(directory):
        for name in names:
            yield (Path(folder) / name).relative_to(directory).as_posix()


async def _listed(storage: Storage, scope: Scope) -> list[RemoteBlob]:
    """The blobs of a scope, by their names within the area."""
    area, found = scope.area, []
    for prefix in scope.prefixes:
        async for blob in storage.list(area.container, area.prefix + prefix):
            name = blob.name.removeprefix(area.prefix)
            if scope.includes(name):
                found.append(RemoteBlob(name, blob.etag, blob.size_bytes))
    return found


def _remove_empty_directories(root: Path) -> None:
    for folder, _, _ in os.walk(root, topdown=False):
        path = Path(folder)
        if path != root and not any(path.iterdir()):
            path.rmdir()
