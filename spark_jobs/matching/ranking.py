"""Scores, margins and ranks of a record's candidate pairs. Plain functions on Arrow tables, no Spark."""

from __future__ import annotations

from itertools import pairwise
from math import exp

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.runtime.arrow import Places

Values = npt.NDArray[np.float64]


def ranked(pairs: pa.Table) -> pa.Table:
    """Rows of PAIR with score, margin and rank; all pairs of a version group are there.

    The probability of 'no film' is part of the sum (model.py). Versions of one work decide together: what speaks most
    for a film among them counts for each, but for a version that came out before the film.
    Sums run in one order, so that the same pairs give the same bits whichever way they came.
    """
    shared, films = shared_log_odds(pairs), np.asarray(pairs["film_id"])
    order = np.lexsort((films, -shared, np.asarray(pairs["release_id"])))
    rows, strength = pairs.take(pa.array(order)), [exp(value) for value in shared[order].tolist()]
    ends = _ends(np.asarray(rows["release_id"]))
    scores, starts = np.empty(len(order)), [0, *ends.tolist()]
    for start, end in pairwise(starts):
        total = 1.0
        for each in reversed(strength[start:end]):
            total += each
        scores[start:end] = [each / total for each in strength[start:end]]
    return _with_places(rows, scores, ends)


def _ends(ids: Places) -> Places:
    """Where the rows of each record end; rows are sorted by it."""
    return np.append(np.flatnonzero(np.diff(ids)) + 1, len(ids)) if len(ids) else np.zeros(0, np.int64)


def _with_places(rows: pa.Table, scores: Values, ends: Places) -> pa.Table:
    """Rows with score, margin to the next and rank; rows of a record are sorted."""
    following = np.append(scores[1:], 0.0)[: len(scores)]
    following[ends - 1] = 0.0
    sizes = np.diff(ends, prepend=0)
    ranks = np.arange(len(scores)) - np.repeat(ends - sizes, sizes) + 1
    added = {"score": scores, "margin": scores - following, "rank": ranks.astype(np.int32)}
    for name, values in added.items():
        rows = rows.append_column(name, pa.array(values))
    return rows


def shared_log_odds(pairs: pa.Table) -> Values:
    """The highest log-odds of the record's versions for the film; its own where it is older than the film."""
    own = np.asarray(pairs["log_odds"])
    is_older = np.asarray(pc.is_valid(pc.map_lookup(pairs["contributions"], "year_before", "first")))
    groups = _codes(pairs)
    highest = np.full(int(groups.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(highest, groups[~is_older], own[~is_older])
    return np.where(is_older, own, highest[groups])


def _codes(pairs: pa.Table) -> Places:
    """A number for each version group and film."""
    groups = np.asarray(pairs["version_group"].combine_chunks().dictionary_encode().indices).astype(np.int64)
    _, films = np.unique(np.asarray(pairs["film_id"]), return_inverse=True)
    found: Places = np.unique(groups * (int(films.max(initial=0)) + 1) + films, return_inverse=True)[1]
    return found
