"""Small deterministic draws: one reused generator, seeded anew for every record and purpose."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A generator that answers the same for the same (seed, index, purpose), in whatever order it is asked."""

    def __init__(self, seed: int, index: int, purpose: int) -> None:
        self.random = random.Random((seed * 1_000_003 + index) * 64 + purpose).random  # noqa: S311 - no secret

    def below(self, bound: int) -> int:
        """Return an integer in [0, bound)."""
        return int(self.random() * bound)

    def between(self, low: int, high: int) -> int:
        """Return an integer in [low, high]."""
        return low + int(self.random() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[int(self.random() * len(choices))]

    def sample(self, choices: Sequence[T], count: int) -> list[T]:
        """Return `count` neighbours in the circle of choices: distinct while count <= len(choices)."""
        start = int(self.random() * len(choices))
        step = len(choices)
        return [choices[(start + place) % step] for place in range(count)]

    def chance(self, share: float) -> bool:
        """Return True in `share` of all draws."""
        return self.random() < share
