"""The blobs of this machine's lake, as any reader sees them."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient


class LakeReader:
    """Reads from the storage of a connection string. Use as a context manager."""

    def __init__(self, connection_string: str) -> None:
        self._service = BlobServiceClient.from_connection_string(connection_string)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._service.close()

    def read(self, container: str, name: str) -> bytes | None:
        """Return a blob's content, None if there is none."""
        try:
            return self._service.get_blob_client(container, name).download_blob().readall()
        except ResourceNotFoundError:
            return None
