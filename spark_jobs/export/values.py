"""Rows of an Arrow batch as Python values, read a column at a time, which costs a fraction of `to_pylist`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

Values = list[Any]


def rows_of(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """The rows of a batch. Times are UTC without saying so, which is what the driver encodes fastest."""
    names = batch.schema.names
    for row in zip(*map(values_of, batch.columns), strict=True):
        yield dict(zip(names, row, strict=True))


def values_of(array: pa.Array) -> Values:
    """An array's values, None where there is none. Times have to be whole milliseconds, as in `rows.plain_rows`."""
    kind = array.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return _numbers(array)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _objects(array)
    if pa.types.is_timestamp(kind):
        return _objects(array.cast(pa.timestamp("ms")))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _lists(array)
    found: Values = array.to_pylist()
    return found


def _objects(array: pa.Array) -> Values:
    found: Values = array.to_numpy(zero_copy_only=False).astype(object).tolist()
    return found


def _numbers(array: pa.Array) -> Values:
    if array.null_count == len(array):
        return [None] * len(array)
    filled = array.fill_null(pa.scalar(0).cast(array.type)) if array.null_count else array
    found: Values = filled.to_numpy(zero_copy_only=False).tolist()
    for place in np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False)).tolist():
        found[place] = None
    return found


def _lists(array: pa.Array) -> Values:
    flat = values_of(array.flatten())
    found: Values = []
    start = 0
    for length in values_of(array.value_lengths()):
        found.append(None if length is None else flat[start : start + length])
        start += length or 0
    return found
