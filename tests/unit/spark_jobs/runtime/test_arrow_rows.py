"""Rows of plain values as Arrow batches."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.runtime.arrow import record_batch
from spark_jobs.runtime.arrow import rows as plain_rows

ITEM = pa.struct([("name", pa.string()), ("n", pa.int64()), ("parts", pa.list_(pa.string()))])
SCHEMA = pa.schema([("id", pa.int64()), ("items", pa.list_(ITEM)), ("one", ITEM)])
ITEMS = st.tuples(
    st.none() | st.text(st.characters(codec="utf-8")),
    st.none() | st.integers(0, 9),
    st.none() | st.lists(st.none() | st.just("x"), max_size=3),
)
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers(0, 9),
        "items": st.none() | st.lists(st.none() | ITEMS),
        "one": st.none() | ITEMS,
    },
)


def as_struct(item: tuple[Any, ...] | None) -> dict[str, Any] | None:
    """An item as Arrow shows it."""
    return None if item is None else dict(zip(("name", "n", "parts"), item, strict=True))


@given(st.lists(ROWS, max_size=5))
def test_rows_come_back(rows: list[dict[str, Any]]) -> None:
    """Nested, absent and empty values are what they were."""
    found = record_batch(rows, SCHEMA).to_pylist()
    expected = [
        {
            "id": row.get("id"),
            "items": None if row.get("items") is None else [as_struct(each) for each in row["items"]],
            "one": as_struct(row.get("one")),
        }
        for row in rows
    ]
    assert found == expected


def test_a_value_of_another_type_is_an_error() -> None:
    """Nothing is cast in silence."""
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        record_batch([{"id": "7"}], SCHEMA)


@given(st.lists(ROWS, max_size=5), st.integers(0, 2))
def test_plain_rows_are_what_arrow_says(rows: list[dict[str, Any]], start: int) -> None:
    """Also of a batch that begins within another, and of columns in pieces."""
    batch = record_batch(rows, SCHEMA).slice(start)
    table = pa.Table.from_batches([batch, batch])
    assert plain_rows(batch) == batch.to_pylist()
    assert plain_rows(table) == table.to_pylist()
