"""Rows of Arrow as the values that documents are made of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.export.values import rows_of, values_of

TIMES = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)
)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
COLUMNS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "bigint": (pa.int64(), INTEGERS),
    "int": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "double": (pa.float64(), st.floats(allow_nan=False)),
    "boolean": (pa.bool_(), st.booleans()),
    "string": (pa.string(), st.text()),
    "large string": (pa.large_string(), st.text()),
    "time": (pa.timestamp("us"), TIMES),
    "strings": (pa.list_(pa.string()), st.lists(st.none() | st.text(), max_size=3)),
    "lists": (pa.list_(pa.list_(pa.int64())), st.lists(st.lists(INTEGERS, max_size=2), max_size=3)),
    "struct": (pa.struct([("a", pa.int64())]), st.fixed_dictionaries({"a": st.none() | INTEGERS})),
}


@pytest.mark.parametrize("name", COLUMNS)
@given(data=st.data())
def test_values_are_those_that_arrow_gives_one_by_one(name: str, data: st.DataObject) -> None:
    """With and without nulls among them, and of a part of an array."""
    kind, strategy = COLUMNS[name]
    wanted = data.draw(st.lists(st.none() | strategy, max_size=6))
    array = pa.array(wanted, kind)
    found = values_of(array)
    assert found == wanted
    assert [type(each) for each in found] == [type(each) for each in wanted]
    assert values_of(array[1:]) == wanted[1:]


def test_a_time_of_a_zone_is_utc() -> None:
    """Also one before 1970."""
    at = datetime(1895, 12, 28, 1, 2, 3, 4_000, UTC)
    found = values_of(pa.array([at, None], pa.timestamp("us", "UTC")))
    assert found == [datetime(1895, 12, 28, 1, 2, 3, 4_000), None]


def test_rows_have_the_columns_in_order() -> None:
    """Also those of an empty batch and of a kind that has no short way."""
    batch = pa.RecordBatch.from_pydict({"b": [1, None], "a": [date(1895, 12, 28), None]})
    found = list(rows_of(batch))
    assert found == [{"b": 1, "a": date(1895, 12, 28)}, {"b": None, "a": None}]
    assert list(found[0]) == ["b", "a"]
    assert list(rows_of(batch[:0])) == []
