"""Blobs and files of a lake, counted by what they belong to (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

RUN = re.compile(r"(?<!\d)\d{8}T\d{6}Z-\w+")
"""The id of a run, wherever it stands in a name."""


@dataclass(frozen=True)
class Entry:
    """A blob or file: its container, its name there, its size."""

    container: str
    name: str
    size_bytes: int


@dataclass(frozen=True)
class Group:
    """What belongs together: `kind` is table, run or other; `name` says which."""

    container: str
    kind: str
    name: str
    count: int
    size_bytes: int


def grouped(entries: Iterable[Entry]) -> list[Group]:
    """Entries counted by container and by the table or run they belong to."""
    counts: dict[tuple[str, str, str], tuple[int, int]] = {}
    for entry in entries:
        key = (entry.container, *_belongs_to(entry.name))
        count, size_bytes = counts.get(key, (0, 0))
        counts[key] = (count + 1, size_bytes + entry.size_bytes)
    return [Group(*key, *counts[key]) for key in sorted(counts)]


def _belongs_to(name: str) -> tuple[str, str]:
    """Kind and name of the group: `tables/movies/...` is a table, a name with a run's id is of that run."""
    first, _, rest = name.partition("/")
    if first == "tables" and "/" in rest:
        return "table", rest.partition("/")[0]
    found = RUN.search(name)
    return ("run", found[0]) if found else ("other", first)


def size_text(size_bytes: float) -> str:
    """1234567 as 1.2 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} B" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} TB"
