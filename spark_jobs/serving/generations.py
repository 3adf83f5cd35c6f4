"""Generations of the files that the app answers from, of which a run writes what changed only.

In the area `search`, `snapshot=RUN/FAMILY/BUCKET.gz` holds the lines of a bucket as RUN wrote them, in blocks by key
(`blocks.py`), `snapshot=RUN/manifest.json` names the files of every bucket, also of those that earlier runs wrote, and
`_current.json` names the snapshot to read. A reader who holds a manifest therefore sees one run, whole; the files of
the generation before stay until the next one is there. A bucket is the upper bits of its lines' keys: ids, or CRC-32s.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

from spark_jobs.lakehouse.lake import Lake
from spark_jobs.lakehouse.sets import utc_now
from spark_jobs.runtime.arrow import Batches, without_collector
from spark_jobs.schemas.fields import LONG, STRING
from spark_jobs.serving.blocks import packed

AREA, POINTER, MANIFEST = "search", "_current.json", "manifest.json"
ENTRIES = StructType(
    [
        StructField("family", STRING),
        StructField("key", LONG),
        StructField("place", LONG),
        StructField("line", STRING),
    ]
)
"""Lines by family; `key` says the bucket and the order in it, `place` the order among lines of the same key."""
VERSION = 2
"""Of the files: what another one wrote is not kept."""
LINES_PER_BUCKET = 1_000
WORDS_PER_BUCKET = 6_000
MAX_BUCKETS = 4_096
BUCKETS_PER_TASK, MOST_TASKS = 16, 64
MOST_SNAPSHOTS = 30
"""Snapshots a manifest may name; what still lies in older ones is written anew."""
WORDS = "words"
_WRITTEN = ("family", "bucket", "key", "line")
Manifest = dict[str, Any]
Bucket = tuple[str, int]


def write_generation(lake: Lake, run_id: str, entries: DataFrame, facts: Mapping[str, Any]) -> Manifest:
    """Publish the generation of a run; returns its manifest, with `facts` in it.

    `entries` has the columns of ENTRIES. A run that has published its generation already leaves it alone.
    """
    last = current_manifest(lake)
    if last and last["run_id"] == run_id:
        return last
    kept = lake.staging.keep(entries)
    shifts = _shifts(kept, last)
    placed = kept.withColumn("bucket", _bucket(shifts))
    digests = _digests(placed)
    changed = changed_buckets(digests, shifts, last)
    written = _write(lake, run_id, placed, changed, is_all=len(changed) == len(digests))
    manifest = {
        "version": VERSION,
        "run_id": run_id,
        "published_at": utc_now(),
        "changed": len(changed),
        "families": _families(digests, shifts, written, last),
        **facts,
    }
    lake.files.write_text(AREA, f"snapshot={run_id}/{MANIFEST}", json.dumps(manifest, ensure_ascii=False))
    lake.files.write_json(AREA, POINTER, {"snapshot": run_id, "published_at": manifest["published_at"]})
    _prune(lake, manifest, last)
    return manifest


def current_manifest(lake: Lake) -> Manifest | None:
    """The manifest that readers read now; None before the first, or where an older form of index lies."""
    pointer = lake.files.read_json(AREA, POINTER)
    return lake.files.read_json(AREA, f"snapshot={pointer['snapshot']}/{MANIFEST}") if pointer else None


def shift_of(largest_key: int, lines: int, per_bucket: int) -> int:
    """How many lower bits of a key its bucket leaves out, so that a bucket holds about `per_bucket` lines."""
    buckets = max(1, min(MAX_BUCKETS, lines // per_bucket))
    return max(0, largest_key.bit_length() - (buckets - 1).bit_length())


def changed_buckets(
    digests: Mapping[Bucket, str], shifts: Mapping[str, int], last: Manifest | None
) -> list[Bucket]:
    """Buckets that are not in the last manifest as they are now, and those that lie in a snapshot too old to keep."""
    if last is None:
        return sorted(digests)
    too_old = set(sorted(_snapshots(last))[: -MOST_SNAPSHOTS + 1])
    return [
        bucket
        for bucket in sorted(digests)
        if not (found := _of_last(last, bucket, shifts))
        or found["digest"] != digests[bucket]
        or not too_old.isdisjoint(_snapshots_of(found["files"]))
    ]


def _of_last(last: Manifest, bucket: Bucket, shifts: Mapping[str, int]) -> dict[str, Any] | None:
    family, number = bucket
    found = last["families"].get(family)
    if last["version"] != VERSION or not found or found["shift"] != shifts[family]:
        return None
    entry: dict[str, Any] | None = found["buckets"].get(str(number))
    return entry


def _shifts(entries: DataFrame, last: Manifest | None) -> dict[str, int]:
    """The shift of each family; that of the last manifest while it is about right."""
    sizes = entries.groupBy("family").agg(F.count("*").alias("lines"), F.max("key").alias("largest"))
    found = {}
    for family, lines, largest in sizes.collect():
        per_bucket = WORDS_PER_BUCKET if family == WORDS else LINES_PER_BUCKET
        shift = shift_of(largest, lines, per_bucket)
        before = last["families"].get(family, {}).get("shift") if last else None
        found[family] = before if before is not None and abs(before - shift) < 2 else shift
    return found


def _bucket(shifts: Mapping[str, int]) -> Column:
    of_family = [
        F.when(F.col("family") == family, F.shiftright("key", shift)) for family, shift in shifts.items()
    ]
    return F.coalesce(*of_family, F.lit(0)).cast("int")


def _digests(placed: DataFrame) -> dict[Bucket, str]:
    """A digest of each bucket's lines and of their order."""
    digest = F.concat_ws(
        "-",
        F.hex(F.bit_xor(F.xxhash64("place", "line"))),
        F.hex(F.sum(F.crc32("line"))),
        F.count("*"),
    )
    rows = placed.groupBy("family", "bucket").agg(digest.alias("digest")).collect()
    return {(row["family"], row["bucket"]): row["digest"] for row in rows}


def _write(
    lake: Lake, run_id: str, placed: DataFrame, changed: Sequence[Bucket], *, is_all: bool
) -> dict[Bucket, list[str]]:
    """Write the buckets that changed, one file each; returns their names in the area."""
    if not changed:
        return {}
    folder = f"snapshot={run_id}"
    if not is_all:
        wanted = lake.spark.createDataFrame(list(changed), "family string, bucket int")
        placed = placed.join(F.broadcast(wanted), ["family", "bucket"], "left_semi")
    tasks = min(MOST_TASKS, -(-len(changed) // BUCKETS_PER_TASK))
    shuffled = placed.repartition(tasks, "family", "bucket")
    ordered = shuffled.sortWithinPartitions("family", "bucket", "key", "place", "line")
    root = lake.files.path(AREA, folder)

    def work(found: Batches) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"files": [write_buckets(found, Path(root))]})

    ordered.select(*_WRITTEN).mapInArrow(without_collector(work), "files bigint").collect()
    return {bucket: [f"{folder}/{file_of(bucket)}"] for bucket in changed}


def file_of(bucket: Bucket) -> str:
    """The file of a bucket in a snapshot."""
    family, number = bucket
    return f"{family}/{number}.gz"


def write_buckets(found: Batches, folder: Path) -> int:
    """Write the rows of _WRITTEN, in order, one file a bucket; returns how many files."""
    rows = (row for batch in found for row in zip(*(column.to_pylist() for column in batch), strict=True))
    files = 0
    for bucket, lines in groupby(rows, key=itemgetter(0, 1)):
        path = folder / file_of(bucket)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(packed((key, line) for _, _, key, line in lines))
        files += 1
    return files


def _families(
    digests: Mapping[Bucket, str],
    shifts: Mapping[str, int],
    written: Mapping[Bucket, list[str]],
    last: Manifest | None,
) -> dict[str, Any]:
    families: dict[str, Any] = {family: {"shift": shift, "buckets": {}} for family, shift in shifts.items()}
    for bucket, digest in sorted(digests.items()):
        before = _of_last(last, bucket, shifts) if last else None
        files = written[bucket] if bucket in written or before is None else before["files"]
        families[bucket[0]]["buckets"][str(bucket[1])] = {"digest": digest, "files": files}
    return families


def _prune(lake: Lake, manifest: Manifest, last: Manifest | None) -> None:
    """Remove the snapshots that neither this generation nor the one before needs; the area holds other things too."""
    needed = {one["run_id"] for one in (manifest, last) if one} | _snapshots(manifest)
    needed |= _snapshots(last) if last else set()
    for folder in lake.files.folders(AREA, ""):
        if folder.startswith("snapshot=") and folder.removeprefix("snapshot=") not in needed:
            lake.files.remove(AREA, folder)


def _snapshots(manifest: Manifest) -> set[str]:
    """Runs in whose snapshots the files of a generation lie."""
    buckets = (bucket for family in manifest["families"].values() for bucket in family["buckets"].values())
    return {run for bucket in buckets for run in _snapshots_of(bucket["files"])}


def _snapshots_of(files: Iterable[str]) -> set[str]:
    return {file.partition("/")[0].removeprefix("snapshot=") for file in files}
