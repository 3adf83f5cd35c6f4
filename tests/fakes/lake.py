"""The lake in memory: write-once blobs, etags, append positions, and faults on demand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

from shared.adapters.lake import Contents, Lake, Versioned
from shared.errors import BlobExists, LakeUnavailable, StaleWrite


class LakeDown(LakeUnavailable):
    """The storage account is out of reach."""

    def __init__(self) -> None:
        super().__init__("the lake is out of reach", "LakeDown")


@dataclass
class _Blob:
    data: bytes
    etag: str
    metadata: dict[str, str] = field(default_factory=dict)
    modified_at: datetime = field(default_factory=lambda: datetime.now(UTC))


class FakeLake(Lake):
    """The lake without a storage account.

    Args:
        is_hierarchical: folders are there in themselves, and stay until they are removed, which takes an empty one.

    Attributes:
        writes_left: writes that still get through; None for no end.
        lost_answers: whether the write that fails for want of `writes_left` was carried out all the same.
        broken: parts of blob names whose writes fail.
        bytes_written: what was written so far, by blob name.
        gone: containers that answer nothing, neither reads nor writes.
    """

    def __init__(self, is_hierarchical: bool = False) -> None:
        self._is_hierarchical = is_hierarchical
        self._folders: set[tuple[str, str]] = set()
        self._blobs: dict[tuple[str, str], _Blob] = {}
        self._etags = count(1)
        self.writes_left: int | None = None
        self.lost_answers = False
        self.broken: set[str] = set()
        self.bytes_written: dict[str, int] = {}
        self.gone: set[str] = set()

    async def create(
        self, container: str, name: str, data: bytes, metadata: Mapping[str, str] | None = None
    ) -> None:
        """Write a blob once."""
        self._check_there(container)
        if (container, name) in self._blobs:
            self._check(name)
            raise BlobExists(f"{container}/{name} is already there")
        self._write(container, name, data, metadata)

    async def put(self, container: str, name: str, data: bytes) -> None:
        """Write a blob, whatever was there."""
        self._write(container, name, data)

    async def read_versioned(
        self, container: str, name: str, offset: int = 0, length: int | None = None
    ) -> Versioned | None:
        """A blob's bytes from `offset` on, at most `length`, and its etag; None when there is no such blob."""
        self._check_there(container)
        blob = self._blobs.get((container, name))
        if blob is None:
            return None
        if offset and offset >= len(blob.data):
            return Versioned(b"", "")
        end = None if length is None else offset + length
        return Versioned(blob.data[offset:end], blob.etag)

    async def replace(self, container: str, name: str, data: bytes, etag: str | None) -> None:
        """Write a blob that is still as it was read."""
        blob = self._blobs.get((container, name))
        if (blob.etag if blob else None) != etag:
            raise StaleWrite(f"{container}/{name} was written by somebody else")
        self._write(container, name, data)

    async def append(self, container: str, name: str, data: bytes, at: int) -> int:
        """Append to a log blob that still ends at `at` bytes."""
        if at == 0 and (container, name) not in self._blobs:
            self._write(container, name, b"")  # the real one takes two requests too, and may die in between
        blob = self._blobs.get((container, name))
        if blob is None or at != len(blob.data):
            raise StaleWrite(f"{container}/{name} was written by somebody else")
        self._write(container, name, blob.data + data, written=len(data))
        return at + len(data)

    async def metadata(self, container: str, name: str) -> Mapping[str, str] | None:
        """A blob's metadata; None when there is no such blob."""
        blob = self._blobs.get((container, name))
        return dict(blob.metadata) if blob else None

    async def modified_at(self, container: str, name: str) -> datetime | None:
        """When a blob was last written; None when there is no such blob."""
        blob = self._blobs.get((container, name))
        return blob.modified_at if blob else None

    async def delete(self, container: str, name: str, etag: str | None = None) -> None:
        """Remove a blob if it is there (and still has this etag)."""
        blob = self._blobs.get((container, name))
        if etag is not None and (blob is None or blob.etag != etag):
            raise StaleWrite(f"{container}/{name} was written by somebody else")
        self._check(name)
        self._blobs.pop((container, name), None)

    async def delete_all(self, container: str, names: Sequence[str]) -> int:
        """Remove blobs; returns how many were removed. The last is removed first: no order is promised."""
        present = [name for name in reversed(names) if (container, name) in self._blobs]
        for name in present:
            await self.delete(container, name)
        empty = [name for name in reversed(names) if self._remove_folder(container, name)]
        return len(present) + len(empty)

    async def names(self, container: str, prefix: str) -> AsyncIterator[str]:
        """Names of the blobs under a prefix, in order."""
        for name in self.blob_names(container, prefix):
            yield name

    async def contents(self, container: str, prefix: str) -> Contents:
        """Everything under a prefix that ends in a slash."""
        folders = [name for name in self.folder_names(container) if f"{name}/".startswith(prefix)]
        return Contents(self.blob_names(container, prefix), folders)

    async def size_bytes(self, container: str, prefix: str) -> int:
        """Bytes of the blobs under a prefix."""
        self._check_there(container)
        return sum(len(self._blobs[container, name].data) for name in self.blob_names(container, prefix))

    async def folders(self, container: str, prefix: str) -> list[str]:
        """Names of the folders directly under a prefix."""
        paths = [*self.blob_names(container), *(f"{name}/" for name in self.folder_names(container))]
        rests = (path[len(prefix) :] for path in paths if path.startswith(prefix))
        return sorted({rest.split("/", 1)[0] for rest in rests if "/" in rest})

    async def close(self) -> None:
        """Nothing to close."""

    def blob_names(self, container: str, prefix: str = "") -> list[str]:
        """Names of the blobs under a prefix, in order, for tests."""
        return sorted(name for where, name in self._blobs if where == container and name.startswith(prefix))

    def folder_names(self, container: str) -> list[str]:
        """Names of the folders that are there in themselves, for tests."""
        return sorted(name for where, name in self._folders if where == container)

    def blob(self, container: str, name: str) -> bytes:
        """A blob that must be there, for tests."""
        return self._blobs[container, name].data

    def age(self, container: str, name: str, since: datetime) -> None:
        """Make a blob look as if it was last written then, for tests."""
        self._blobs[container, name].modified_at = since

    def touch(self, container: str, name: str) -> None:
        """Let somebody else write the same bytes again, for tests."""
        self._blobs[container, name].etag = f"etag-{next(self._etags)}"

    def everything(self) -> bytes:
        """All names, bytes and metadata there are, for tests that look for what must not be there."""
        return b"\n".join(f"{key} {blob.metadata}".encode() + blob.data for key, blob in self._blobs.items())

    def _write(
        self,
        container: str,
        name: str,
        data: bytes,
        metadata: Mapping[str, str] | None = None,
        written: int | None = None,
    ) -> None:
        self._check_there(container)
        try:
            self._check(name)
        except LakeDown:
            if not self.lost_answers:
                raise
            self._keep(container, name, data, metadata)
            raise
        self._keep(container, name, data, metadata)
        size_bytes = len(data) if written is None else written
        self.bytes_written[name] = self.bytes_written.get(name, 0) + size_bytes

    def _keep(self, container: str, name: str, data: bytes, metadata: Mapping[str, str] | None) -> None:
        self._blobs[container, name] = _Blob(data, f"etag-{next(self._etags)}", dict(metadata or {}))
        if self._is_hierarchical:
            parts = name.split("/")[:-1]
            self._folders |= {(container, "/".join(parts[:end])) for end in range(1, len(parts) + 1)}

    def _check_there(self, container: str) -> None:
        if container in self.gone:
            raise LakeDown

    def _remove_folder(self, container: str, name: str) -> bool:
        paths = [*self.blob_names(container), *self.folder_names(container)]
        if (container, name) not in self._folders or any(path.startswith(f"{name}/") for path in paths):
            return False
        self._folders.remove((container, name))
        return True

    def _check(self, name: str) -> None:
        if any(part in name for part in self.broken):
            raise LakeDown
        if self.writes_left is None:
            return
        if self.writes_left <= 0:
            raise LakeDown
        self.writes_left -= 1
