"""Functions over Arrow batches as PySpark's mapInArrow takes them, and batches of plain Python values."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Batches = Iterable[pa.RecordBatch]
BatchFunction = Callable[[Batches], Iterator[pa.RecordBatch]]
Places = npt.NDArray[np.int64]


def without_collector(work: BatchFunction) -> BatchFunction:
    """The same function with Python's cyclic garbage collector switched off.

    Rows are plain values without cycles: the collector frees nothing, and walking them took a third of the time.
    """

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        gc.disable()
        try:
            yield from work(batches)
        finally:
            gc.enable()

    return run


def record_batch(rows: Sequence[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """A batch of rows of plain values, a struct as a tuple of its fields' values.

    A column that a row does not name is null there. Raises ArrowInvalid or ArrowTypeError on a value of another type.
    """
    columns = [array([row.get(field.name) for row in rows], field.type) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Values of one column; those of nested types are laid out field by field, which is many times faster."""
    if pa.types.is_list(kind):
        ends = accumulate((len(value or ()) for value in values), initial=0)
        lists = pa.ListArray.from_arrays(
            pa.array(ends, pa.int32()),
            array(list(chain.from_iterable(value or () for value in values)), kind.value_type),
            type=kind,
            mask=pa.array([value is None for value in values], pa.bool_()),
        )
        return lists
    if pa.types.is_struct(kind):
        fields = list(kind)
        nothing = (None,) * len(fields)
        columns = list(zip(*(value or nothing for value in values), strict=True)) or [()] * len(fields)
        arrays = [array(column, field.type) for column, field in zip(columns, fields, strict=True)]
        mask = pa.array([value is None for value in values], pa.bool_())
        return pa.StructArray.from_arrays(arrays, fields=fields, mask=mask)
    return pa.array(values, kind)


def offsets(places: npt.NDArray[np.int64], count: int) -> pa.Array:
    """Where each of `count` lists begins and the last ends, in values that stand in order of `places`, their lists."""
    ends = np.cumsum(np.bincount(places, minlength=count))
    return pa.array(np.concatenate([[0], ends]), pa.int32())


def rows(table: pa.Table | pa.RecordBatch) -> list[dict[str, Any]]:
    """Rows of plain values, as `to_pylist` has them, several times faster."""
    names = table.schema.names
    columns = [values(table.column(name)) for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def values(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """Plain values of a column; texts and lists are not unpacked one by one."""
    if isinstance(column, pa.ChunkedArray):
        return list(chain.from_iterable(map(values, column.chunks)))
    if pa.types.is_string(column.type):
        found: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
        return found
    if pa.types.is_list(column.type):
        items, start = values(column.flatten()), 0
        lists: list[Any] = []
        for size in column.value_lengths().fill_null(-1).to_numpy().tolist():
            lists.append(None if size < 0 else items[start : start + size])
            start += max(size, 0)
        return lists
    if column.null_count == 0 and (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        found = column.to_numpy().tolist()
        return found
    return column.to_pylist()  # type: ignore[no-any-return]
