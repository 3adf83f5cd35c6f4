"""What a view is: a gold table computed from silver and from the matches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, wraps
from threading import Lock
from typing import NamedTuple, TypeVar

from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

from spark_jobs.lakehouse.definition import TableDefinition


@dataclass(frozen=True, slots=True)
class Inputs:
    """What views read; each frame has the columns of its table in docs/tables.md.

    Args:
        as_of: time of the run, UTC; views look back from here and ask no clock.
        film_history: one row a film and day on which its figures changed (`spark_jobs.views.films.history`).
        keep: works a frame out once for all that are made of it (`spark_jobs.lakehouse.staging`).
    """

    as_of: datetime
    movies: DataFrame
    cast_credits: DataFrame
    crew_credits: DataFrame
    reviews: DataFrame
    releases: DataFrame
    matches: DataFrame
    film_history: DataFrame
    keep: Callable[[DataFrame], DataFrame]


Made = TypeVar("Made")


def once(make: Callable[[Inputs], Made]) -> Callable[[Inputs], Made]:
    """The same function, worked out once for the same inputs; views built side by side wait for it."""
    known, lock = lru_cache(maxsize=1)(make), Lock()

    @wraps(make)
    def get(inputs: Inputs) -> Made:
        with lock:
            return known(inputs)

    return get


class View(NamedTuple):
    """A view: its table's name, what one row is, its schema, and how it is made.

    `build` returns a frame of exactly the columns of `schema`; it runs on empty inputs too and collects nothing that
    grows with the catalog, save where its docstring states a size guard. `key` names the columns whose values together
    occur once. `indexes` are what it is looked up and sorted by where applications read it: columns in order, `-`
    before one that is sorted downwards.
    """

    name: str
    row: str
    schema: StructType
    build: Callable[[Inputs], DataFrame]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def table(self) -> TableDefinition:
        """The table it is published as."""
        return TableDefinition("gold", self.name, self.row, self.schema, has_change_feed=True)
