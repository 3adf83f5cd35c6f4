"""Which invented films change on which day: a share of the catalog every day, the same for the same seed."""

from __future__ import annotations

import numpy as np

from local.catalog.columns import Indexes

ONE_IN = 150
_MIX = np.uint64(0x9E3779B97F4A7C15)


def changed_on(day: int, count: int, seed: int) -> Indexes:
    """Return the indexes, ascending, of about one in ONE_IN of `count` films."""
    mixed = np.arange(count, dtype=np.uint64) + np.uint64(day) * np.uint64(1_000_003) + np.uint64(seed)
    for shift in (30, 27):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * _MIX
    return np.nonzero((mixed >> np.uint64(33)) % np.uint64(ONE_IN) == 0)[0]
