"""What a job's output is, and in which order readers get to see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.databricks.lake.mirror import Mirror, checksum_of
from local.databricks.lake.mirror_index import IndexEntry, MirrorIndex
from local.databricks.lake.publish import (
    Changes,
    Name,
    find_changes,
    is_published,
    plan_failure,
    plan_success,
    publish,
)
from local.databricks.lake.storage import Storage

SNAPSHOT = "movies/snapshot=R2"
KINDS = st.sampled_from(
    [
        ("intermediate", f"{SNAPSHOT}/part-0.parquet"),
        ("gold", "matches/snapshot=R2/part-0.parquet"),
        ("intermediate", "movies/_current.json"),
        ("gold", "matches/_current.json"),
        ("metrics", "R2/silver.json"),
        ("control", "silver/R2.json"),
    ]
)


class RecordingStorage:
    """Remembers what was done to it, in order."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Name]] = []

    async def upload(self, container: str, name: str, source: Path) -> str:
        """Remember an upload."""
        self.done.append(("upload", (container, name)))
        return f"etag-{len(self.done)}"

    async def delete(self, container: str, name: str) -> None:
        """Remember a delete."""
        self.done.append(("delete", (container, name)))


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    """An empty directory with its index."""
    index = MirrorIndex(tmp_path / "lake.sqlite")
    yield Mirror(tmp_path / "lake", index)
    index.close()


def put(mirror: Mirror, container: str, name: str, *, staged: bool = False) -> Path:
    """Write a file, as staged from a blob or as written by a job."""
    file = mirror.file_of(container, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(name)
    if staged:
        mirror.index.put(container, [(name, IndexEntry.of(file, "etag"))])
    return file


def rank(name: Name) -> int:
    """When a blob may appear: data 0, pointer 1, metrics 2, control 3."""
    container, path = name
    if container in ("intermediate", "gold"):
        return 1 if path.endswith("_current.json") else 0
    return {"metrics": 2, "control": 3}[container]


@given(st.lists(KINDS, unique=True))
def test_data_comes_before_pointers_and_manifests_come_last(written: list[Name]) -> None:
    """Whatever a job wrote: data, then pointers, then metrics, then control; and nothing is left out."""
    uploads = [name for step in plan_success(Changes(written=written)) for name in step.uploads]
    assert sorted(uploads) == sorted(written)
    assert [rank(name) for name in uploads] == sorted(rank(name) for name in written)


@given(st.lists(KINDS, unique=True))
def test_a_failed_job_publishes_metrics_only(written: list[Name]) -> None:
    """After a failure no table, pointer or manifest changes."""
    steps = plan_failure(Changes(written=written, removed=[("gold", "matches/snapshot=R1/a")]))
    assert all(container == "metrics" for step in steps for container, _ in step.uploads)
    assert not any(step.deletes for step in steps)


def test_a_failed_job_shows_what_was_refused() -> None:
    """Quarantine and validation go up before the metrics that speak of them; no table does."""
    evidence = [
        ("intermediate", f"{name}/snapshot=R2/a") for name in ("quarantine", "validation/schema_alignment")
    ]
    written = [*evidence, ("intermediate", f"{SNAPSHOT}/part-0.parquet"), ("metrics", "R2/quality.html")]
    first, last = plan_failure(Changes(written=written))
    assert first.uploads == evidence
    assert last.uploads == [("metrics", "R2/quality.html")]


async def test_a_pruned_snapshot_goes_after_the_pointer_moved(mirror: Mirror) -> None:
    """Data of a pruned snapshot is deleted only when the pointer names the new one."""
    put(mirror, "intermediate", "movies/snapshot=R1/part-0.parquet", staged=True).unlink()
    put(mirror, "intermediate", "movies/_current.json")
    put(mirror, "intermediate", f"{SNAPSHOT}/part-0.parquet")
    storage = RecordingStorage()
    await publish(cast(Storage, storage), mirror, plan_success(find_changes(mirror)))
    assert storage.done == [
        ("upload", ("intermediate", f"{SNAPSHOT}/part-0.parquet")),
        ("upload", ("intermediate", "movies/_current.json")),
        ("delete", ("intermediate", "movies/snapshot=R1/part-0.parquet")),
    ]


async def test_leftovers_in_the_new_snapshot_go_before_the_pointer_moves(mirror: Mirror) -> None:
    """Files of an earlier, broken-off publication of the same snapshot never count as its data."""
    put(mirror, "gold", "matches/snapshot=R2/part-old.parquet", staged=True).unlink()
    put(mirror, "gold", "matches/snapshot=R2/part-new.parquet")
    put(mirror, "gold", "matches/_current.json")
    storage = RecordingStorage()
    await publish(cast(Storage, storage), mirror, plan_success(find_changes(mirror)))
    assert [path.rpartition("/")[2] for _, (_, path) in storage.done] == [
        "part-new.parquet",
        "part-old.parquet",
        "_current.json",
    ]


async def test_publishing_again_does_nothing(mirror: Mirror) -> None:
    """What was published is not published again, so a publication can be resumed."""
    put(mirror, "gold", "matches/snapshot=R2/part-0.parquet")
    put(mirror, "control", "gold/R2.json")
    storage = RecordingStorage()
    for _ in range(2):
        await publish(cast(Storage, storage), mirror, plan_success(find_changes(mirror)))
    assert len(storage.done) == 2


def test_only_changed_files_are_output(mirror: Mirror) -> None:
    """Staged files that the job left alone are not published, those it rewrote are."""
    put(mirror, "intermediate", "movies/snapshot=R1/part-0.parquet", staged=True)
    put(mirror, "intermediate", "movies/_current.json", staged=True).write_text(
        "something longer than before"
    )
    assert find_changes(mirror).written == [("intermediate", "movies/_current.json")]


def test_raw_blobs_manifests_and_pointers_are_never_deleted(mirror: Mirror) -> None:
    """Losing a file that belongs to no table snapshot deletes no blob."""
    for container, name in [
        ("raw", "tmdb/details/snapshot=R1/a.jsonl.gz"),
        ("control", "bronze/R1.json"),
        ("metrics", "R1/silver.json"),
        ("gold", "matches/_current.json"),
    ]:
        put(mirror, container, name, staged=True).unlink()
    assert find_changes(mirror) == Changes()


def test_scratch_files_are_no_output() -> None:
    """Checksums, hidden files and Spark's temporary folders stay on this machine; _SUCCESS is published."""
    assert not is_published("movies/snapshot=R2/.part-0.parquet.crc")
    assert not is_published("movies/snapshot=R2/_temporary/0/part-0.parquet")
    assert not is_published(".tmp/part-0.parquet")
    assert is_published("movies/snapshot=R2/_SUCCESS")
    assert is_published("movies/_current.json")


def test_a_blob_name_cannot_leave_the_lake(mirror: Mirror) -> None:
    """Names with `..` or from the root are refused."""
    for name in ("../x", "a/../../x", "/etc/passwd"):
        with pytest.raises(ValueError, match="cannot be a file name"):
            mirror.file_of("raw", name)
    assert checksum_of(Path("a/b.json")) == Path("a/.b.json.crc")
