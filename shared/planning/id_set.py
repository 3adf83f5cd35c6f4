"""A set of catalog ids that can hold a whole catalog: bit by bit, a million in less than a megabyte. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

BITS = 4096


class IdSet:
    """Distinct ids, counted."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self._blocks: dict[int, int] = {}
        self._count = 0
        self.add(ids)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        for block, bits in sorted(self._blocks.items()):
            left = bits
            while left:
                lowest = left & -left
                yield block * BITS + lowest.bit_length() - 1
                left ^= lowest

    def __contains__(self, one: int) -> bool:
        block, place = divmod(one, BITS)
        return bool(self._blocks.get(block, 0) >> place & 1)

    def add(self, ids: Iterable[int]) -> int:
        """Add ids; returns how many of them are new."""
        before = self._count
        for one in ids:
            block, place = divmod(one, BITS)
            bits = self._blocks.get(block, 0)
            if not bits >> place & 1:
                self._blocks[block] = bits | 1 << place
                self._count += 1
        return self._count - before

    def union(self, other: IdSet) -> IdSet:
        """What is in either."""
        blocks = self._blocks.keys() | other._blocks.keys()
        return _of({n: self._blocks.get(n, 0) | other._blocks.get(n, 0) for n in blocks})

    def without(self, other: IdSet) -> IdSet:
        """What is in this one only."""
        return _of({n: bits & ~other._blocks.get(n, 0) for n, bits in self._blocks.items()})

    def to_json(self) -> str:
        """This set as compact JSON."""
        return json.dumps({str(n): f"{bits:x}" for n, bits in sorted(self._blocks.items())})

    @classmethod
    def from_json(cls, text: str | bytes) -> IdSet:
        """The set that `to_json` wrote."""
        return _of({int(n): int(bits, 16) for n, bits in json.loads(text).items()})


def _of(blocks: dict[int, int]) -> IdSet:
    found = IdSet()
    found._blocks = {n: bits for n, bits in blocks.items() if bits}
    found._count = sum(bits.bit_count() for bits in found._blocks.values())
    return found
