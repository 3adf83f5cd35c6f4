"""What the judges said: a line each, with `make judges` and at the end of `make test`.

A judge is software that nobody here wrote (an SDK, a parser, an engine), run against a part of Crossfade. Each
seam has a folder beside this file. A test becomes a check of a judge by its mark:

    pytestmark = pytest.mark.judge("@azure/service-bus", "7.9.5")

A test that passed is one check that is right. A test that makes many checks says so before it asserts:

    count_checks(record_property, checks=34, right=33)

Where a judge cannot run, its test or fixture calls `pytest.skip` with the reason: that is what its line says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

JUDGE, CHECKS = "judge", "judge_checks"
HEADER = ("judge", "version", "checks", "right", "")


@dataclass
class Verdict:
    """What one judge said in all its tests."""

    name: str
    version: str
    checks: int = 0
    right: int = 0
    reasons: set[str] = field(default_factory=set)

    @property
    def row(self) -> tuple[str, ...]:
        """The cells of its line."""
        reason = "; ".join(sorted(self.reasons))
        if self.checks == 0:
            return (self.name, self.version, "-", "-", f"could not run: {reason}")
        return (self.name, self.version, str(self.checks), str(self.right), reason)


def count_checks(record_property: Callable[[str, object], None], *, checks: int, right: int) -> None:
    """Say that a test makes many checks; called before it asserts that all are right."""
    record_property(CHECKS, [checks, right])


def mark_reports(items: Iterable[pytest.Item]) -> None:
    """Write the judge of each test into its reports, which travel to where the table is printed."""
    for item in items:
        mark = item.get_closest_marker("judge")
        if mark is not None:
            name, version = mark.args
            item.user_properties.append((JUDGE, [name, version]))


def verdicts(reports: Iterable[Any]) -> list[Verdict]:
    """The verdicts in test reports, in the order of their first report."""
    found: dict[tuple[str, str], Verdict] = {}
    for report in reports:
        properties = dict(report.user_properties) if isinstance(report, pytest.TestReport) else {}
        if JUDGE in properties:
            name, version = properties[JUDGE]
            _add(found.setdefault((name, version), Verdict(name, version)), report, properties)
    return list(found.values())


def table(found: Iterable[Verdict]) -> Iterator[str]:
    """The lines of the table."""
    rows = [HEADER, *(verdict.row for verdict in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _add(verdict: Verdict, report: pytest.TestReport, properties: Mapping[str, Any]) -> None:
    if report.skipped:
        verdict.reasons.add(_reason(report))
    elif report.when == "call" or report.failed:
        checks, right = properties.get(CHECKS, [1, 1 if report.passed else 0])
        verdict.checks += checks
        verdict.right += min(right, checks if report.passed else checks - 1)


def _reason(report: pytest.TestReport) -> str:
    """Why a test was skipped: the third part of pytest's (path, line, reason)."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(text).removeprefix("Skipped: ")
