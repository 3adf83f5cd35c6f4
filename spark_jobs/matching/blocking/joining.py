"""Lines, joins and groups on Arrow columns. Pure functions, no Spark."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.runtime.arrow import Places, offsets

Flags = npt.NDArray[np.bool_]


def column(table: pa.Table, name: str) -> pa.Array:
    """A column in one piece."""
    return table.column(name).combine_chunks()


def lines(texts: pa.Array) -> tuple[pa.Array, Places]:
    """Lines of texts, and the place of the text each is of; an empty text has none."""
    lists = pc.split_pattern(texts, "\n")
    found, places = pc.list_flatten(lists), pc.list_parent_indices(lists)
    is_filled = pc.not_equal(found, "")
    return found.filter(is_filled), np.asarray(places.filter(is_filled)).astype(np.int64)


def joined(left: pa.Array, right: pa.Array) -> tuple[Places, Places]:
    """Places of equal texts on the left and on the right, pair by pair."""
    ours, theirs, size = codes(left, right)
    counts = np.bincount(theirs, minlength=size)
    order, starts, found = np.argsort(theirs, kind="stable"), np.cumsum(counts) - counts, counts[ours]
    before = np.cumsum(found) - found
    within = np.arange(int(found.sum())) - np.repeat(before, found)
    return np.repeat(np.arange(len(ours)), found), order[np.repeat(starts[ours], found) + within]


def codes(left: pa.Array, right: pa.Array) -> tuple[Places, Places, int]:
    """Numbers for the texts of two columns, equal where texts are, and how many there are."""
    encoded = pa.concat_arrays([left, right]).dictionary_encode()
    found = np.asarray(encoded.indices).astype(np.int64)
    return found[: len(left)], found[len(left) :], len(encoded.dictionary)


def is_first(*columns: pa.Array) -> Flags:
    """Whether a row of sorted columns is another than the row before."""
    found = np.ones(len(columns[0]), bool)
    if len(found) > 1:
        same = [np.asarray(pc.equal(each[1:], each[:-1])) for each in columns]
        found[1:] = ~np.logical_and.reduce(same)
    return found


def gathered(places: Places, values: pa.Array, count: int) -> pa.Array:
    """Lists of `values`, one for each of `count` places; `places` are sorted."""
    return pa.ListArray.from_arrays(offsets(places, count), values)
