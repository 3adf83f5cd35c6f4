"""The lake of this machine as any reader sees it: a blob, and a table through its pointer."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq
from azure.core.exceptions import ResourceNotFoundError
from azure.storage.blob import BlobServiceClient

Row = Mapping[str, Any]


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

    def rows(self, container: str, table: str, columns: Sequence[str]) -> list[Row]:
        """Return the rows of a table's current snapshot; none if it was never published, None for a missing column."""
        pointer = self.read(container, f"{table}/_current.json")
        if pointer is None:
            return []
        client = self._service.get_container_client(container)
        names = client.list_blob_names(name_starts_with=f"{json.loads(pointer)['path']}/")
        parts = [client.download_blob(name).readall() for name in names if name.endswith(".parquet")]
        return [row for part in parts for row in _rows(part, columns)]


def _rows(parquet: bytes, columns: Sequence[str]) -> list[dict[str, Any]]:
    table: pa.Table = pq.read_table(io.BytesIO(parquet))
    present = [name for name in columns if name in table.column_names]
    nothing = dict.fromkeys(columns)
    return [nothing | row for row in table.select(present).to_pylist()]
