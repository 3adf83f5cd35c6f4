"""Makes the lake's directory on disk equal to the blobs a job needs, downloading only what changed."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from local.databricks.lake.mirror_index import IndexEntry, MirrorIndex
from local.databricks.lake.scope import CONTAINERS, ContainerScope
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
    """The directory `root/{container}/{blob name}` and its index."""

    def __init__(self, root: Path, index: MirrorIndex) -> None:
        self.root = root
        self.index = index
        for container in CONTAINERS:
            (root / container).mkdir(parents=True, exist_ok=True)

    @property
    def template(self) -> str:
        """The lake's URI with `{container}` in it, as the jobs' `--lake` takes it."""
        return f"{self.root.resolve().as_uri()}/{{container}}"

    def file_of(self, container: str, name: str) -> Path:
        """Where a blob lies on disk. Raises ValueError for a name that leads out of the container."""
        if ".." in PurePosixPath(name).parts or name.startswith("/"):
            raise ValueError(f"blob name {name!r} in {container} cannot be a file name")
        return self.root / container / name

    async def sync(self, storage: Storage, scope: ContainerScope) -> Mirrored:
        """Make one container's directory equal to the blobs of its scope."""
        container = scope.container
        wanted = {blob.name: blob for blob in await _listed(storage, scope)}
        index = self.index.entries(container)
        removed = self._remove_unwanted(container, wanted.keys(), index.keys())
        stale = [blob for blob in wanted.values() if not self._is_current(container, blob, index)]
        for start in range(0, len(stale), _BATCH):
            await self._download(storage, container, stale[start : start + _BATCH])
        done = Mirrored(len(stale), removed, len(wanted) - len(stale))
        logger.info(
            "staged %s: %s new, %s gone, %s kept", container, done.downloaded, done.removed, done.kept
        )
        return done

    def _is_current(self, container: str, blob: RemoteBlob, index: dict[str, IndexEntry]) -> bool:
        entry = index.get(blob.name)
        if entry is None or (entry.etag, entry.size_bytes) != (blob.etag, blob.size_bytes):
            return False
        return entry.matches(self.file_of(container, blob.name))

    def _remove_unwanted(self, container: str, wanted: Iterable[str], indexed: Iterable[str]) -> int:
        keep = set(wanted)
        gone = [name for name in files_below(self.root / container) if not _is_kept(name, keep)]
        for name in gone:
            (self.root / container / name).unlink()
        _remove_empty_directories(self.root / container)
        self.index.drop(container, set(indexed) - keep)
        return len(gone)

    async def _download(self, storage: Storage, container: str, blobs: Iterable[RemoteBlob]) -> None:
        async def fetch(blob: RemoteBlob) -> tuple[str, IndexEntry] | None:
            return await self._fetch(storage, container, blob.name)

        entries = await map_bounded(fetch, blobs, _CONCURRENCY)
        self.index.put(container, [entry for entry in entries if entry])

    async def _fetch(self, storage: Storage, container: str, name: str) -> tuple[str, IndexEntry] | None:
        file = self.file_of(container, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        checksum_of(file).unlink(missing_ok=True)
        etag = await storage.download(container, name, file)
        if etag is None:
            file.unlink(missing_ok=True)
            return None
        return name, IndexEntry.of(file, etag)


def checksum_of(file: Path) -> Path:
    """The checksum Hadoop keeps beside a local file; it refuses a file whose checksum is an older one."""
    return file.with_name(f".{file.name}.crc")


def files_below(directory: Path) -> Iterator[str]:
    """Names of all files below a directory, relative to it, with forward slashes."""
    for folder, _, names in os.walk(directory):
        for name in names:
            yield (Path(folder) / name).relative_to(directory).as_posix()


async def _listed(storage: Storage, scope: ContainerScope) -> list[RemoteBlob]:
    found: list[RemoteBlob] = []
    for prefix in scope.prefixes:
        found += [blob async for blob in storage.list(scope.container, prefix)]
    return [blob for blob in found if scope.includes(blob.name)]


def _is_kept(name: str, keep: set[str]) -> bool:
    path = PurePosixPath(name)
    if path.name.startswith(".") and path.name.endswith(".crc"):
        return str(path.with_name(path.name[1:-4])) in keep
    return name in keep


def _remove_empty_directories(root: Path) -> None:
    for folder, _, _ in os.walk(root, topdown=False):
        path = Path(folder)
        if path != root and not any(path.iterdir()):
            path.rmdir()
