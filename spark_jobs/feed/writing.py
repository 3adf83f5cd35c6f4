"""What runs on the executors: the whole files by one task, row by row, and the files of films and records by all.

Each file is written whole, once: volumes know no rename, no link and no append.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame

from spark_jobs.feed.changes import change
from spark_jobs.feed.index import File
from spark_jobs.feed.versions import written

AT_ONCE = 16
"""Files of films and records that a task writes side by side: each is a request on a volume."""
_FILE = "name string, path string, bytes bigint, sha256 string, rows bigint"
_COUNTS = "files bigint, bytes bigint"
_LIST_SEPARATOR = "|"
Writer = Callable[[IO[bytes], pa.Schema], "Rows"]


class Counted(io.RawIOBase):
    """A file that counts and hashes what is written to it."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._hash = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        """It is written to."""
        return True

    def write(self, data: Any) -> int:
        """Write, count and hash."""
        self._file.write(data)
        self._hash.update(data)
        self.size += memoryview(data).nbytes
        return memoryview(data).nbytes

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._file.close()
        super().close()

    @property
    def sha256(self) -> str:
        """Of all that was written."""
        return self._hash.hexdigest()


class Rows:
    """A kind of whole file: takes batches, one after another."""

    def take(self, batch: pa.RecordBatch) -> int:
        """Write the rows of a batch; returns how many lines or rows that made."""
        raise NotImplementedError

    def end(self) -> None:
        """Write what is left."""


class ParquetRows(Rows):
    """One Parquet file."""

    def __init__(self, file: IO[bytes], schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(file, schema, compression="zstd")

    def take(self, batch: pa.RecordBatch) -> int:
        """A row group of a batch."""
        self._writer.write_batch(batch)
        return int(batch.num_rows)

    def end(self) -> None:
        """The footer."""
        self._writer.close()


class GzipLines(Rows):
    """Text lines, gzipped; the same rows make the same bytes."""

    def __init__(self, file: IO[bytes], head: str, line: Callable[[dict[str, Any]], str]) -> None:
        self._gzip = gzip.GzipFile(fileobj=file, mode="wb", mtime=0, filename="")
        self._gzip.write(head.encode())
        self._line = line

    def take(self, batch: pa.RecordBatch) -> int:
        """A line a row."""
        self._gzip.write("".join(map(self._line, batch.to_pylist())).encode())
        return int(batch.num_rows)

    def end(self) -> None:
        """The end of the archive."""
        self._gzip.close()


class ChangeLines(Rows):
    """A line of JSON a change, of rows of `causes.with_reasons`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def take(self, batch: pa.RecordBatch) -> int:
        """Those rows that are a change."""
        lines = [_change_line(row) for row in batch.to_pylist()]
        self._file.write("".join(lines).encode())
        return len([line for line in lines if line])

    def end(self) -> None:
        """Nothing is left."""


def _json_line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def _csv_line(row: Mapping[str, Any]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(
        _LIST_SEPARATOR.join(value) if isinstance(value, list) else value for value in row.values()
    )
    return out.getvalue()


def _change_line(row: Mapping[str, Any]) -> str:
    old, new = (json.loads(row[name]) if row[name] else None for name in ("old", "new"))
    found = change(row["release_id"], old, new, row["why"])
    return _json_line(found) if found else ""


def _csv_rows(file: IO[bytes], schema: pa.Schema) -> Rows:
    return GzipLines(file, ",".join(schema.names) + "\n", _csv_line)


def _jsonl_rows(file: IO[bytes], schema: pa.Schema) -> Rows:
    return GzipLines(file, "", _json_line)


def _change_rows(file: IO[bytes], schema: pa.Schema) -> Rows:
    return ChangeLines(file)


KINDS: Mapping[str, Writer] = {
    ".parquet": ParquetRows,
    ".csv.gz": _csv_rows,
    ".jsonl.gz": _jsonl_rows,
    ".jsonl": _change_rows,
}


def write_whole(rows: DataFrame, order: str, root: str, paths: Mapping[str, str]) -> list[File]:
    """Write rows in order into one file of each kind, all by one task that holds a batch at a time.

    `paths` are the files below `root` by their names, whose endings say of what kind they are.
    """
    schema = rows.sparkSession.createDataFrame([], rows.schema).toArrow().schema
    ordered = rows.repartition(1).sortWithinPartitions(order)

    def work(found: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield _whole(found, schema, Path(root), paths)

    return [File(**row.asDict()) for row in ordered.mapInArrow(work, _FILE).collect()]


def _whole(
    found: Iterable[pa.RecordBatch], schema: pa.Schema, root: Path, paths: Mapping[str, str]
) -> pa.RecordBatch:
    with ExitStack() as stack:
        files = {name: stack.enter_context(Counted(root / path)) for name, path in paths.items()}
        writers = {name: _kind(name)(file, schema) for name, file in files.items()}  # type: ignore[arg-type]
        rows = dict.fromkeys(paths, 0)
        for batch in found:
            same = pa.RecordBatch.from_arrays(batch.columns, schema=schema)
            for name, writer in writers.items():
                rows[name] += writer.take(same)
        for writer in writers.values():
            writer.end()
    told = [
        {"name": name, "path": paths[name], "bytes": file.size, "sha256": file.sha256, "rows": rows[name]}
        for name, file in files.items()
    ]
    return pa.RecordBatch.from_pylist(told)


def _kind(name: str) -> Writer:
    return KINDS[name[name.index(".") :]]


def write_documents(rows: DataFrame, root: str, generation: int, run: str, current: int) -> tuple[int, int]:
    """Write the files of `path` and `body`; returns how many, and their bytes."""

    def one(row: Mapping[str, Any]) -> int:
        return _document(Path(root, row["path"]), row["body"], generation, run, current)

    def work(found: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        files, size = 0, 0
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for batch in found:
                sizes = list(pool.map(one, batch.to_pylist()))
                files, size = files + len(sizes), size + sum(sizes)
        yield pa.RecordBatch.from_pydict({"files": [files], "bytes": [size]})

    done = rows.select("path", "body").mapInArrow(work, _COUNTS).collect()
    return sum(row.files for row in done), sum(row.bytes for row in done)


def _document(path: Path, body: str | None, generation: int, run: str, current: int) -> int:
    data = written(_text(path), body, generation, run, current).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
    return len(data)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
