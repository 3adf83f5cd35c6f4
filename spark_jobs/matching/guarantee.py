"""The probability from which on matches are published: those of held-out records show the precision asked for.

A module of its own, for the tasks that score need no statistics, and those take a second to import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import beta

from spark_jobs.matching.model import HeldOutStep

MIN_PRECISION = 0.99  # what published matches must be right in, unless a run asks for another share
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Guarantee:
    """From which probability on matches are published, and what share of all held-out matches that leaves.

    `threshold` is None when the held-out records show no such precision at any probability: then none are published.
    """

    min_precision: float
    threshold: float | None
    coverage: float
    least_precision: float


def guarantee(steps: Sequence[HeldOutStep], min_precision: float) -> Guarantee:
    """The lowest probability whose held-out matches, and those of every higher one, show the precision asked for.

    Tested from the highest down to the first that fails, so that the bound holds though many are tried (fixed sequence
    testing: Angelopoulos et al. 2021, "Learn then test"). Raises ValueError for a share that is not within 0 and 1.
    """
    if not 0 < min_precision < 1:
        raise ValueError(f"min_precision is {min_precision}: give a share between 0 and 1, such as 0.99")
    found: HeldOutStep | None = None
    for step in sorted(steps, key=lambda step: -step.threshold):
        if step.matches and least_precision(step) < min_precision:
            if found is None and _could_not_show(step.matches, min_precision):
                continue
            break
        found = step if step.matches else found
    if found is None:
        return Guarantee(min_precision, None, 0.0, 0.0)
    coverage = found.matches / max(step.matches for step in steps)
    return Guarantee(min_precision, found.threshold, round(coverage, 4), round(least_precision(found), 4))


def _could_not_show(matches: int, min_precision: float) -> bool:
    """Whether so few matches could not show the precision even if all were right: no test is made of them."""
    return least_precision(HeldOutStep(0.0, matches, matches)) < min_precision


def least_precision(step: HeldOutStep) -> float:
    """Lower 95 % bound of the precision (Clopper, Pearson 1934); 0 without matches."""
    if not step.right:
        return 0.0
    return float(beta.ppf(1 - CONFIDENCE, step.right, step.matches - step.right + 1))
