"""What a job's output is, and in which order readers get to see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.databricks.lake.areas import CONTROL, FEED, METRICS, RAW, REPORT, SEARCH, Area
from local.databricks.lake.mirror import Mirror
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

ORDER: list[Name] = [
    (SEARCH, "snapshot=R2/bucket=0/part-0.gz"),
    (SEARCH, "_current.json"),
    (REPORT, "R2/index.html"),
    (METRICS, "R2/silver.json"),
    (CONTROL, "tables/silver.json"),
    (CONTROL, "silver/R2.json"),
    (FEED, "generations/00000002/links.parquet"),
    (FEED, "next.json"),
    (FEED, "films/tmdb/603.json"),
    (FEED, "index.json"),
]
"""One of each kind, in the order in which they have to appear."""


class RecordingStorage:
    """Remembers what was done to it, in order."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, str]] = []

    async def upload(self, container: str, name: str, source: Path) -> str:
        """Remember an upload."""
        self.done.append(("upload", container, name))
        return f"etag-{len(self.done)}"

    async def delete(self, container: str, name: str) -> None:
        """Remember a delete."""
        self.done.append(("delete", container, name))


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    """Empty areas with their index."""
    index = MirrorIndex(tmp_path / "files.sqlite")
    yield Mirror(tmp_path / "lake", index)
    index.close()


def put(mirror: Mirror, area: Area, name: str, *, staged: bool = False) -> Path:
    """Write a file, as staged from a blob or as written by a job."""
    file = mirror.file_of(area, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(name)
    if staged:
        mirror.index.put(area.name, [(name, IndexEntry.of(file, "etag"))])
    return file


async def published(mirror: Mirror) -> list[tuple[str, str, str]]:
    """What publishing the changes does to the storage."""
    storage = RecordingStorage()
    await publish(cast(Storage, storage), mirror, plan_success(find_changes(mirror)))
    return storage.done


async def test_the_feed_loses_old_generations_and_changes_after_its_index(mirror: Mirror) -> None:
    """Files of films stay, whatever became of them on disk; what the index names no more goes last."""
    for name in ("generations/00000001/links.parquet", "changes/R0.jsonl", "films/tmdb/1.json"):
        put(mirror, FEED, name, staged=True).unlink()
    put(mirror, FEED, "index.json")
    done = await published(mirror)
    assert done[0] == ("upload", "feed", "index.json")
    assert sorted(done[1:]) == [
        ("delete", "feed", "changes/R0.jsonl"),
        ("delete", "feed", "generations/00000001/links.parquet"),
    ]


@given(st.permutations(ORDER), st.integers(0, len(ORDER)))
def test_data_comes_before_pointers_and_manifests_come_last(names: list[Name], count: int) -> None:
    """Whatever a job wrote: index, its pointer, report, metrics, versions of tables, manifest, feed; none is lost."""
    written = names[:count]
    uploads = [name for step in plan_success(Changes(written=written)) for name in step.uploads]
    assert uploads == [name for name in ORDER if name in written]


@given(st.permutations(ORDER))
def test_a_failed_job_publishes_metrics_only(written: list[Name]) -> None:
    """After a failure no index, pointer or manifest changes."""
    steps = plan_failure(Changes(written=written, removed=[(SEARCH, "snapshot=R1/a")]))
    assert [name for step in steps for name in step.uploads] == [(METRICS, "R2/silver.json")]
    assert not any(step.deletes for step in steps)


async def test_a_pruned_snapshot_goes_after_the_pointer_moved(mirror: Mirror) -> None:
    """Data of a pruned snapshot is deleted only when the pointer names the new one; blobs have their area's prefix."""
    put(mirror, SEARCH, "snapshot=R1/part-0.gz", staged=True).unlink()
    put(mirror, SEARCH, "_current.json")
    put(mirror, SEARCH, "snapshot=R2/part-0.gz")
    assert await published(mirror) == [
        ("upload", "gold", "search/snapshot=R2/part-0.gz"),
        ("upload", "gold", "search/_current.json"),
        ("delete", "gold", "search/snapshot=R1/part-0.gz"),
    ]


async def test_reviews_for_the_app_follow_the_same_order(mirror: Mirror) -> None:
    """Queue and reviews by film are there before their pointer names them, and go after it names others."""
    put(mirror, SEARCH, "reviews/snapshot=R1/queue.jsonl", staged=True).unlink()
    put(mirror, SEARCH, "reviews/_current.json")
    put(mirror, SEARCH, "reviews/snapshot=R2/queue.jsonl")
    assert await published(mirror) == [
        ("upload", "gold", "search/reviews/snapshot=R2/queue.jsonl"),
        ("upload", "gold", "search/reviews/_current.json"),
        ("delete", "gold", "search/reviews/snapshot=R1/queue.jsonl"),
    ]


async def test_leftovers_in_the_new_snapshot_go_before_the_pointer_moves(mirror: Mirror) -> None:
    """Files of an earlier, broken-off publication of the same snapshot never count as its data."""
    put(mirror, SEARCH, "snapshot=R2/part-old.gz", staged=True).unlink()
    put(mirror, SEARCH, "snapshot=R2/part-new.gz")
    put(mirror, SEARCH, "_current.json")
    assert [name.rpartition("/")[2] for _, _, name in await published(mirror)] == [
        "part-new.gz",
        "part-old.gz",
        "_current.json",
    ]


async def test_publishing_again_does_nothing(mirror: Mirror) -> None:
    """What was published is not published again, so a publication can be resumed."""
    put(mirror, SEARCH, "snapshot=R2/part-0.gz")
    put(mirror, CONTROL, "gold/R2.json")
    assert len(await published(mirror)) == 2
    assert await published(mirror) == []


def test_only_changed_files_are_output(mirror: Mirror) -> None:
    """Staged files that the job left alone are not published, those it rewrote are."""
    put(mirror, SEARCH, "snapshot=R1/part-0.gz", staged=True)
    put(mirror, SEARCH, "_current.json", staged=True).write_text("something longer than before")
    assert find_changes(mirror).written == [(SEARCH, "_current.json")]


def test_nothing_but_snapshots_of_the_index_is_ever_deleted(mirror: Mirror) -> None:
    """Losing a file that belongs to no search snapshot deletes no blob."""
    for area, name in [
        (RAW, "tmdb/details/snapshot=R1/a.jsonl.gz"),
        (CONTROL, "bronze/R1.json"),
        (METRICS, "snapshot=R1/silver.json"),
        (REPORT, "snapshot=R1/index.html"),
        (SEARCH, "_current.json"),
    ]:
        put(mirror, area, name, staged=True).unlink()
    assert find_changes(mirror) == Changes()


def test_raw_answers_and_inner_state_are_no_output(mirror: Mirror) -> None:
    """What a job writes there stays on this machine."""
    put(mirror, RAW, "a.gz")
    put(mirror, Area("state", "gold", "state/"), "films/part-0.parquet")
    assert find_changes(mirror) == Changes()


def test_lines_of_a_dump_go_before_the_manifest_that_names_them(mirror: Mirror) -> None:
    """They are the one thing of the raw area that a job writes."""
    put(mirror, RAW, "discogs/dump/ingest_date=2026-11-01/run_id=R/00000.jsonl.gz")
    put(mirror, CONTROL, "bulk/R.json")
    steps = [step.uploads for step in plan_success(find_changes(mirror)) if step.uploads]
    assert [[area for area, _ in uploads] for uploads in steps] == [[RAW], [CONTROL]]


def test_scratch_files_are_no_output() -> None:
    """Checksums, hidden files and Spark's temporary folders stay on this machine."""
    assert not is_published("snapshot=R2/.part-0.gz.crc")
    assert not is_published("snapshot=R2/_temporary/0/part-0.gz")
    assert not is_published(".tmp/part-0.gz")
    assert is_published("_current.json")


def test_a_blob_name_cannot_leave_its_area(mirror: Mirror) -> None:
    """Names with `..` or from the root are refused."""
    for name in ("../x", "a/../../x", "/etc/passwd"):
        with pytest.raises(ValueError, match="cannot be a file name"):
            mirror.file_of(RAW, name)
