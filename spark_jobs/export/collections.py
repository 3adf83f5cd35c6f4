"""What a collection is. Workers import this with each task, so it imports no view."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from pyspark.sql.types import StructType

from spark_jobs.lakehouse.definition import TableDefinition

BOOK = "exports"
"""The collection that says what was exported; none of ours is called so."""
RUN, NUMBER, CHECKSUM, TOO_LARGE = "export_run", "export_number", "export_digest", "export_too_large_bytes"
"""Fields that say which export wrote a document, and of what; no table has such a column."""
DIGEST = "_digest"
"""The column with the digest of a row."""
LOW_BITS = 0xFFFF_FFFF
"""Of a digest documents hold 32 bits, so that those of two billion documents can be added up."""
_FORM = 1  # of documents: one more whenever `rows` or `documents` make something else of the same row

Index = tuple[str, ...]
"""Fields in order; a minus before one that is sorted downwards."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of MongoDB, and the table it is made of.

    Args:
        name: its name there.
        table: whose rows become documents, without those that have a `removed_at`.
        key: columns whose values together occur once; `_id` is made of them.
        indexes: what it is looked up and sorted by.
        left_out: columns that documents do not have: they say something new each run, or of the lake only.
    """

    name: str
    table: TableDefinition
    key: tuple[str, ...]
    indexes: tuple[Index, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def columns(self) -> StructType:
        """The columns that become fields."""
        return StructType([each for each in self.table.columns if each.name not in self.left_out])

    @property
    def shape(self) -> str:
        """Twelve hex digits that change with what a row becomes."""
        made = [_FORM, self.key, self.columns.json()]
        return hashlib.sha256(json.dumps(made).encode()).hexdigest()[:12]


def index_fields(index: Index) -> list[tuple[str, int]]:
    """The fields of an index with 1 or -1, as MongoDB takes them."""
    return [(name.removeprefix("-"), -1 if name.startswith("-") else 1) for name in index]


def index_name(index: Index) -> str:
    """Its name there, as MongoDB itself would give it."""
    return "_".join(f"{name}_{way}" for name, way in index_fields(index))
