"""The lake as the jobs see it: small JSON files, and tables made of snapshots behind a pointer.

A table is `{container}/{table}/snapshot=RUN/part-*.parquet`; `{table}/_current.json` names the snapshot readers
use and is written last, so a job that dies leaves the old table whole. Everything goes through Hadoop's FileSystem,
so `file:` and `abfss:` lakes behave alike.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

log = logging.getLogger(__name__)
POINTER = "_current.json"
_SNAPSHOT = "snapshot="
_FILE_STATUS = re.compile(r"path=[^;]*/([^;/]+); isDirectory=false; length=(\d+)")


class LakeError(RuntimeError):
    """Something the lake must hold is missing or cannot be read; the message names it and what to do."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Content of `_current.json`. `path` is relative to the container; `previous` is the snapshot before."""

    snapshot: str
    path: str
    rows: int
    published_at: str
    previous: str | None = None


def utc_now() -> str:
    """Now as ISO 8601 with a Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Lake:
    """A lake behind a URI template such as `file:///data/lake/{container}`.

    Raises ValueError when the template lacks `{container}`.
    """

    def __init__(self, spark: SparkSession, template: str) -> None:
        if "{container}" not in template:
            raise ValueError(
                f"--lake {template!r} has no {{container}} in it, as in file:///data/lake/{{container}}"
            )
        self.spark = spark
        self.template = template.rstrip("/")

    def uri(self, container: str, name: str = "") -> str:
        """Absolute URI of a container or of something in it."""
        root = self.template.replace("{container}", container)
        return f"{root}/{name}" if name else root

    def read_json(self, container: str, name: str) -> dict[str, Any] | None:
        """A small JSON file, or None when it is not there. Raises LakeError when it is not a JSON object."""
        path, fs = self._open(container, name)
        if not fs.exists(path):
            return None
        stream = fs.open(path)
        try:
            text = bytes(self._jvm.org.apache.commons.io.IOUtils.toByteArray(stream)).decode()
            value = json.loads(text)
        except ValueError as error:
            raise LakeError(f"{self.uri(container, name)} is not JSON ({error}): write it again") from error
        finally:
            stream.close()
        if not isinstance(value, dict):
            raise LakeError(f"{self.uri(container, name)} holds no JSON object: write it again")
        return value

    def write_json(self, container: str, name: str, value: Mapping[str, Any]) -> None:
        """Write a small JSON file whole."""
        self.write_text(container, name, json.dumps(value, indent=1, ensure_ascii=False))

    def write_text(self, container: str, name: str, text: str) -> None:
        """Write a small file whole; on a local disk by rename, so no reader sees half of it."""
        path, fs = self._open(container, name)
        is_local = fs.getUri().getScheme() == "file"
        target = path.suffix(".tmp") if is_local else path
        stream = fs.create(target, True)
        try:
            stream.write(bytearray(text, "utf-8", "replace"))
        finally:
            stream.close()
        if is_local and not fs.rename(target, path):
            raise LakeError(
                f"could not rename {target.toString()} to {path.getName()}: check the permissions of the lake"
            )

    def pointer(self, container: str, table: str) -> Pointer | None:
        """What a table's pointer names, or None when the table was never published."""
        value = self.read_json(container, f"{table}/{POINTER}")
        if value is None:
            return None
        known: dict[str, Any] = {key: value.get(key) for key in Pointer.__slots__}
        return Pointer(**known)

    def read_snapshot(self, container: str, table: str, snapshot: str, schema: StructType) -> DataFrame:
        """One snapshot of a table, read with its explicit schema."""
        return self.spark.read.schema(schema).parquet(self.uri(container, f"{table}/{_SNAPSHOT}{snapshot}"))

    def snapshot_before(self, container: str, table: str, run_id: str) -> str | None:
        """The snapshot a table had before `run_id` published; None when there was none."""
        pointer = self.pointer(container, table)
        if pointer is None:
            return None
        return pointer.previous if pointer.snapshot == run_id else pointer.snapshot

    def read_before(self, container: str, table: str, run_id: str, schema: StructType) -> DataFrame:
        """The table as it was before `run_id` published; empty when there was none.

        A rerun thus starts from what its first attempt started from and ends the same.
        """
        snapshot = self.snapshot_before(container, table, run_id)
        if not snapshot:
            return self.spark.createDataFrame([], schema)
        return self.read_snapshot(container, table, snapshot, schema)

    def publish(self, container: str, table: str, run_id: str, rows: DataFrame, keep: int) -> Pointer:
        """Write snapshot `run_id`, then the pointer, then remove snapshots beyond the newest `keep`.

        A snapshot this run has published already is left alone: readers may be in it, and it would come out the same.
        """
        before = self.pointer(container, table)
        if before and before.snapshot == run_id:
            log.info("table %s: snapshot %s is published already", table, run_id)
            return before
        path = self.write_snapshot(container, table, run_id, rows)
        count = self.read_snapshot(container, table, run_id, rows.schema).count()
        pointer = Pointer(run_id, path, count, utc_now(), before.snapshot if before else None)
        self.write_json(container, f"{table}/{POINTER}", asdict(pointer))
        log.info("table %s: snapshot %s published with %s rows", table, run_id, count)
        self.prune(container, table, keep)
        return pointer

    def write_snapshot(self, container: str, table: str, run_id: str, rows: DataFrame) -> str:
        """Write rows as snapshot `run_id`, replacing what a failed attempt left; returns the relative path."""
        path = f"{table}/{_SNAPSHOT}{run_id}"
        rows.write.mode("overwrite").parquet(self.uri(container, path))
        return path

    def prune(self, container: str, table: str, keep: int) -> list[str]:
        """Remove all but the newest `keep` snapshots, never the current one; returns the removed ones."""
        pointer = self.pointer(container, table)
        snapshots = sorted(self._snapshots(container, table), reverse=True)
        doomed = [s for s in snapshots[max(keep, 1) :] if pointer is None or s != pointer.snapshot]
        for snapshot in doomed:
            path, fs = self._open(container, f"{table}/{_SNAPSHOT}{snapshot}")
            fs.delete(path, True)
            log.info("table %s: snapshot %s removed", table, snapshot)
        return doomed

    def blob_sizes(self, container: str, prefix: str) -> dict[str, int]:
        """Sizes in bytes of the files right under a prefix, by name from the container on; {} when it is not there."""
        path, fs = self._open(container, prefix.rstrip("/"))
        if not fs.exists(path):
            return {}
        # One call for the whole listing: a call a file takes half a minute for 50,000 of them.
        listing = self._jvm.org.apache.commons.lang3.ArrayUtils.toString(fs.listStatus(path))
        return {f"{prefix.rstrip('/')}/{name}": int(size) for name, size in _FILE_STATUS.findall(listing)}

    def _snapshots(self, container: str, table: str) -> list[str]:
        path, fs = self._open(container, table)
        names = [s.getPath().getName() for s in fs.listStatus(path)] if fs.exists(path) else []
        return [name.removeprefix(_SNAPSHOT) for name in names if name.startswith(_SNAPSHOT)]

    @property
    def _jvm(self) -> Any:
        return self.spark._jvm  # the only door to Hadoop's FileSystem from Python

    def _open(self, container: str, name: str) -> tuple[Any, Any]:
        """Hadoop Path and FileSystem of a name.

        On a local disk checksum side files are switched off (object stores have none), and the raw file system is used,
        whose rename replaces its target in one step.
        """
        path = self._jvm.org.apache.hadoop.fs.Path(self.uri(container, name))
        fs = path.getFileSystem(self.spark.sparkContext._jsc.hadoopConfiguration())
        fs.setWriteChecksum(False)
        return path, fs.getRaw() if fs.getUri().getScheme() == "file" else fs
