"""`metrics/RUN/quality.json`: everything the checks found in one run, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from spark_jobs.lakehouse.sets import utc_now
from spark_jobs.silver.quality import drift
from spark_jobs.silver.quality.outliers import (
    COLUMNS,
    MIN_FILMS,
    REACH,
    Fences,
)
from spark_jobs.silver.quality.rules import rules_of
from spark_jobs.silver.quality.scores import Gates, TableProfile

Quality = dict[str, Any]


@dataclass(frozen=True, slots=True)
class QualityFindings:
    """What was found before anything is published."""

    profiles: list[TableProfile]
    gates: Gates
    drift: list[drift.SchemaDifference]
    looked_at: dict[str, int]
    fences: Fences

    @property
    def failures(self) -> list[str]:
        """Why the run must stop; empty when it may go on."""
        gone = [
            f"{f.kind}: required field {f.path} is gone ({f.difference})" for f in self.drift if f.is_fatal
        ]
        return [*self.gates.failures(self.profiles), *gone]


def quality_json(
    run_id: str, findings: QualityFindings, aligned: list[dict[str, Any]], film_counts: Mapping[str, int]
) -> Quality:
    """Scores, gates, rules, outliers, moods, drift and alignment of a run."""
    return {
        "version": 1,
        "run_id": run_id,
        "created_at": utc_now(),
        "passed": not findings.failures,
        "failures": findings.failures,
        "gates": findings.gates.as_dict(),
        "tables": {profile.table: _table(profile) for profile in findings.profiles},
        "outliers": {
            "method": f"beyond {REACH:g} interquartile ranges in the film's decade, of {MIN_FILMS} films at least",
            "films": {name: film_counts.get(f"outlier:{name}", 0) for name in COLUMNS},
            "fences": _fences(findings),
        },
        "overview_moods": _named(film_counts, "mood:"),
        "drift": {
            "answers": findings.looked_at,
            "findings": [asdict(each) | {"is_fatal": each.is_fatal} for each in findings.drift],
        },
        "alignment": aligned,
    }


def _table(profile: TableProfile) -> dict[str, Any]:
    rules = [
        {
            **asdict(rule),
            "broken": profile.broken[rule.name],
            "share": round(profile.broken[rule.name] / profile.rows, 6) if profile.rows else 0.0,
        }
        for rule in rules_of(profile.table)
    ]
    return {
        "records": profile.rows,
        "refused": profile.refused,
        "rows": profile.latest,
        "removed_upstream": profile.removed,
        "score": profile.score(),
        "scores": profile.scores(),
        "fill": dict(profile.fill),
        "rules": rules,
    }


def _named(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): n for name, n in counts.items() if name.startswith(prefix)}


def _fences(findings: QualityFindings) -> list[dict[str, Any]]:
    return [
        {"column": name, "decade": decade, "low": low, "high": high}
        for name, by_decade in findings.fences.items()
        for decade, (low, high) in sorted(by_decade.items())
    ]
