"""The tables of a stack by schema and name, such as silver.movies, as its runs published them."""

from __future__ import annotations

from collections.abc import Iterable

from deltalake import DeltaTable

from local.console.lake import LakeReader
from local.console.tables import PublishedTable, tables_in
from local.stack import Stack

STAGES = ("silver", "gold")


def current_tables(stack: Stack) -> dict[str, PublishedTable]:
    """The tables that are current."""
    return _named(stack, (f"tables/{stage}.json" for stage in STAGES))


def tables_of(stack: Stack, run_id: str) -> dict[str, PublishedTable]:
    """The tables that a run published."""
    return _named(stack, (f"{stage}/{run_id}.json" for stage in STAGES))


def opened(stack: Stack, published: PublishedTable) -> DeltaTable:
    """A table at its version, read from the stack's disk with delta-rs."""
    return published.open(stack.wiring.tables)


def _named(stack: Stack, documents: Iterable[str]) -> dict[str, PublishedTable]:
    with LakeReader(stack.wiring.lake) as lake:
        found = [tables_in(lake.read("control", name)) for name in documents]
    return {published.table: published for tables in found for published in tables.values()}
