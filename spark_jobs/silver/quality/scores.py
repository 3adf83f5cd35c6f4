"""Scores and gates, from counts. Pure functions, no Spark.

The score of a dimension is the share of a run's records that break none of its rules of severity error or warning;
a record that was refused counts against the dimension of the first rule it broke.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spark_jobs.silver.quality.fill import fill_rates
from spark_jobs.silver.quality.rules import COMPLETENESS, CONSISTENCY, DIMENSIONS, ERROR, INFO, Rule, rules_of

COMPLETENESS_GATE, CONSISTENCY_GATE = 0.95, 0.98
_WORST_RULES = 3


class QualityGateError(RuntimeError):
    """A table is under a gate; the message says which, by how much, because of which rules, and where to read on."""


@dataclass(frozen=True, slots=True)
class TableProfile:
    """Counts of the records a run brought for a table, from one aggregation."""

    table: str
    rows: int
    content: int
    latest: int
    removed: int
    broken: Mapping[str, int]
    failing: Mapping[str, int]
    fill: Mapping[str, float]

    @classmethod
    def of(cls, table: str, counts: Mapping[str, Any]) -> TableProfile:
        """From the columns `profile_columns` names."""
        plain = {name: int(counts.get(name) or 0) for name in ("rows", "content", "latest", "removed")}
        broken = {rule.name: int(counts.get(f"rule:{rule.name}") or 0) for rule in rules_of(table)}
        failing = {name: int(counts.get(f"dimension:{name}") or 0) for name in DIMENSIONS}
        fill = fill_rates(counts, plain["content"])
        return cls(table, **plain, broken=broken, failing=failing, fill=fill)

    @property
    def refused(self) -> int:
        """Rows that go to the quarantine."""
        return sum(self.broken[rule.name] for rule in rules_of(self.table, ERROR))

    def scores(self) -> dict[str, float]:
        """Score of each dimension, 0 to 1; 1 when nothing arrived."""
        return {name: self._score(failing) for name, failing in self.failing.items()}

    def score(self) -> float:
        """Mean of the dimensions."""
        return round(sum(self.scores().values()) / len(DIMENSIONS), 4)

    def _score(self, failing: int) -> float:
        # Rounded down, so that a score shown as 1 is one.
        return int(10_000 * (1 - failing / self.rows)) / 10_000 if self.rows else 1.0

    def worst(self, dimension: str) -> list[tuple[Rule, int]]:
        """Broken rules that count in a dimension, the most broken first."""
        found = [(rule, self.broken[rule.name]) for rule in rules_of(self.table)]
        counted = [f for f in found if f[1] and f[0].dimension == dimension and f[0].severity != INFO]
        return sorted(counted, key=lambda f: -f[1])


@dataclass(frozen=True, slots=True)
class Gates:
    """Scores a table must reach, 0 to 1; a gate of 0 lets every table pass."""

    completeness: float = COMPLETENESS_GATE
    consistency: float = CONSISTENCY_GATE

    def as_dict(self) -> dict[str, float]:
        """Gate by dimension."""
        return {COMPLETENESS: self.completeness, CONSISTENCY: self.consistency}

    def failures(self, profiles: list[TableProfile]) -> list[str]:
        """One sentence for each table and dimension under its gate."""
        return [
            _sentence(profile, dimension, gate)
            for profile in profiles
            for dimension, gate in self.as_dict().items()
            if profile.scores()[dimension] < gate
        ]


def _sentence(profile: TableProfile, dimension: str, gate: float) -> str:
    worst = profile.worst(dimension)[:_WORST_RULES]
    why = ", ".join(f"{count:,} {rule.name} ({rule.reason})" for rule, count in worst)
    score, failing = profile.scores()[dimension], profile.failing[dimension]
    return (
        f"{profile.table}: {dimension} {score:.4f} is under the gate of {gate}: "
        f"{failing:,} of {profile.rows:,} records fail: {why}"
    )
