"""Rows to documents, documents to batches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import bson
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.export.documents import BATCH_BYTES, BATCH_DOCUMENTS, Document, Stamp, batches, document

STAMP = Stamp("20261120T063000Z-0001", 7)
READ: bson.CodecOptions[dict[str, Any]] = bson.CodecOptions(tz_aware=True)


def test_a_document_has_its_row_and_where_it_is_from() -> None:
    """`_id` is the key; the fields of the export say run, number and the low bits of the digest."""
    made = document(
        {"film_id": 7, "title": "A", "at": datetime(1895, 12, 28, tzinfo=UTC)}, -1, ("film_id",), STAMP, 9999
    )
    assert made.id == 7
    assert bson.decode(made.data, READ) == {
        "_id": 7,
        "film_id": 7,
        "title": "A",
        "at": datetime(1895, 12, 28, tzinfo=UTC),
        "export_run": STAMP.run,
        "export_number": 7,
        "export_digest": 0xFFFF_FFFF,
    }


def test_a_key_of_several_columns_is_a_document() -> None:
    """In the order of the key, also where a part is null."""
    made = document({"b": None, "a": 1, "c": 2}, 5, ("a", "b"), STAMP, 9999)
    assert list(made.id.items()) == [("a", 1), ("b", None)]


def test_of_one_that_is_too_large_the_key_stays() -> None:
    """It says how many bytes it would have had, and counts like the others."""
    row = {"film_id": 7, "overview": "x" * 1000}
    whole = document(row, 5, ("film_id",), STAMP, 9999)
    made = document(row, 5, ("film_id",), STAMP, len(whole.data) - 1)
    assert document(row, 5, ("film_id",), STAMP, len(whole.data)) == whole
    assert made.too_large_bytes == len(whole.data)
    assert bson.decode(made.data, READ) == {
        "_id": 7,
        "film_id": 7,
        "export_run": STAMP.run,
        "export_number": 7,
        "export_digest": 5,
        "export_too_large_bytes": made.too_large_bytes,
    }


@given(st.lists(st.integers(1, BATCH_BYTES // 3), max_size=30))
def test_batches_are_bounded_and_whole(sizes: list[int]) -> None:
    """All documents, in order, in batches under both limits, none of them empty."""
    blank = bytes(BATCH_BYTES // 3)
    documents = [Document(n, blank[:size]) for n, size in enumerate(sizes)]
    found = list(batches(documents))
    assert [each for batch in found for each in batch] == documents
    assert all(len(batch) > 0 for batch in found)
    assert all(sum(len(each.data) for each in batch) <= BATCH_BYTES for batch in found)


def test_small_documents_go_a_thousand_at_a_time() -> None:
    """The number is what servers take in one request."""
    found = list(batches(Document(n, b"x") for n in range(2_500)))
    assert [len(batch) for batch in found] == [BATCH_DOCUMENTS, BATCH_DOCUMENTS, 500]
