"""Which buckets are written: those that are not as the last generation has them, and those that lie too far back."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.serving.generations import MAX_BUCKETS, MOST_SNAPSHOTS, VERSION, changed_buckets, shift_of
from spark_jobs.serving.tables import ROWS_SERVED, described, order_of
from spark_jobs.views.catalogue import VIEWS

RUN = "20261120T063000Z-0001"


def manifest(
    digests: dict[tuple[str, int], str], run_of: dict[tuple[str, int], str] | None = None
) -> dict[str, Any]:
    """A manifest of families of shift 3."""
    families: dict[str, Any] = {}
    for (family, bucket), digest in digests.items():
        run = (run_of or {}).get((family, bucket), RUN)
        entry = {"digest": digest, "files": [f"snapshot={run}/{family}/{bucket}.gz"]}
        families.setdefault(family, {"shift": 3, "buckets": {}})["buckets"][str(bucket)] = entry
    return {"version": VERSION, "run_id": RUN, "families": families}


@given(st.integers(0, 2**40), st.integers(0, 10**8), st.integers(1, 10_000))
def test_keys_fall_into_few_enough_buckets(largest: int, lines: int, per_bucket: int) -> None:
    """Never more than there may be, and of a family that fits into one bucket just one."""
    shift = shift_of(largest, lines, per_bucket)
    assert (largest >> shift) < 2 * MAX_BUCKETS
    if lines <= per_bucket:
        assert largest >> shift == 0


def test_what_is_the_same_is_left_alone() -> None:
    """Only new and changed buckets are written; without a last generation all are."""
    before = {("films", 0): "a", ("films", 1): "b", ("words", 0): "c"}
    now = {("films", 0): "a", ("films", 1): "x", ("films", 2): "n", ("words", 0): "c"}
    shifts = {"films": 3, "words": 3}
    assert changed_buckets(now, shifts, manifest(before)) == [("films", 1), ("films", 2)]
    assert changed_buckets(now, shifts, None) == sorted(now)


def test_a_family_that_is_cut_anew_is_written_anew() -> None:
    """Buckets of another shift hold other lines, whatever their digests are."""
    now = {("films", 0): "a"}
    assert changed_buckets(now, {"films": 4}, manifest(now)) == [("films", 0)]


def test_files_of_another_form_are_written_anew() -> None:
    """What they hold is the same, how they hold it is not."""
    now = {("films", 0): "a"}
    assert changed_buckets(now, {"films": 3}, manifest(now)) == []
    assert changed_buckets(now, {"films": 3}, {**manifest(now), "version": VERSION - 1}) == [("films", 0)]


def test_what_lies_too_far_back_is_written_anew() -> None:
    """So that no more snapshots stay than there may be."""
    digests = {("films", n): str(n) for n in range(MOST_SNAPSHOTS + 2)}
    runs = {bucket: f"202611{n:02}T063000Z-0001" for n, bucket in enumerate(digests)}
    changed = changed_buckets(digests, {"films": 3}, manifest(digests, runs))
    assert changed == [("films", 0), ("films", 1), ("films", 2)]


def test_every_view_is_served_in_an_order_of_its_own_columns() -> None:
    """Its key is the end of it, so that the order is certain; and what the app is told of it is all there."""
    for view in VIEWS:
        names = set(view.schema.fieldNames())
        order = [name.removeprefix("-") for name in order_of(view)]
        assert set(order) <= names and set(view.key) <= set(order)
        about = described(view, ROWS_SERVED + 1)
        assert {column["name"] for column in about["columns"]} == names
        assert all(column["about"] for column in about["columns"])
