"""The accepted items, one a line in `items.jsonl`, with running counts."""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from local.insights.envelopes import Item, base_type_of, name_of

FILE_NAME = "items.jsonl"
_NAMED = {"EventData": "events", "RequestData": "requests", "MetricData": "metrics"}


class ItemStore:
    """Items in a directory. What an earlier server left there is kept and counted."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME
        directory.mkdir(parents=True, exist_ok=True)
        _drop_torn_line(self._path)
        self._types: Counter[str] = Counter()
        self._names = {kind: Counter[str]() for kind in _NAMED.values()}
        for item in self._read():
            self._count(item)
        self._file = self._path.open("a", encoding="utf-8")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def append(self, items: Iterable[Item]) -> None:
        """Write items through to the file, all of them or, if the process dies, a whole number of them."""
        for item in items:
            self._file.write(json.dumps(item, separators=(",", ":"), ensure_ascii=False) + "\n")
            self._count(item)
        self._file.flush()

    def find(self, base_type: str | None, name: str | None, limit: int) -> list[Item]:
        """The newest items with this base type and name (None: any), oldest of them first."""
        found = (
            item
            for item in self._read()
            if base_type in (None, base_type_of(item)) and name in (None, name_of(item))
        )
        return list(deque(found, maxlen=limit))

    def summary(self) -> dict[str, object]:
        """Counts: of all items, by base type, and by name for events, requests and metrics."""
        names = {kind: dict(counts) for kind, counts in self._names.items()}
        return {"items": self._types.total(), "types": dict(self._types), **names}

    def _count(self, item: Item) -> None:
        kind = base_type_of(item)
        self._types[kind] += 1
        if kind in _NAMED:
            self._names[_NAMED[kind]][name_of(item)] += 1

    def _read(self) -> Iterator[Item]:
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


def _drop_torn_line(path: Path) -> None:
    """Cut off a last line that a killed server did not finish."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
