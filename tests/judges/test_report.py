"""The table of the judges, from the reports of tests."""

from __future__ import annotations

import pytest

from .report import CHECKS, JUDGE, table, verdicts


def report(
    when: str, outcome: str, judge: str | None = "parser", checks: list[int] | None = None, reason: str = ""
) -> pytest.TestReport:
    """A report as pytest makes it of one phase of a test."""
    properties: list[tuple[str, object]] = [] if judge is None else [(JUDGE, [judge, "1.0"])]
    if checks:
        properties.append((CHECKS, checks))
    longrepr = ("file", 1, f"Skipped: {reason}") if outcome == "skipped" else None
    return pytest.TestReport(
        nodeid="x", location=("x", 1, "x"), keywords={}, outcome=outcome, longrepr=longrepr, when=when,
        user_properties=properties,
    )  # fmt: skip


def lines(*reports: object) -> list[list[str]]:
    """The cells of the table that these reports make."""
    return [line.split() for line in table(verdicts(reports))][1:]


def test_each_test_is_a_check() -> None:
    """Tests of one judge are one line: how many, and how many of them passed."""
    passed = [report("setup", "passed"), report("call", "passed"), report("teardown", "passed")]
    assert lines(*passed, *passed, report("setup", "passed"), report("call", "failed")) == [
        ["parser", "1.0", "3", "2"]
    ]


def test_a_test_may_be_many_checks() -> None:
    """A test that says how many checks it made counts as so many; a failed one has at least one wrong."""
    assert lines(report("call", "passed", checks=[34, 34])) == [["parser", "1.0", "34", "34"]]
    assert lines(report("call", "failed", checks=[34, 33])) == [["parser", "1.0", "34", "33"]]
    assert lines(report("call", "failed", checks=[34, 34])) == [["parser", "1.0", "34", "33"]]


def test_a_failed_fixture_is_a_wrong_check() -> None:
    """A judge whose fixture fails is not right, and not silent."""
    assert lines(report("setup", "failed")) == [["parser", "1.0", "1", "0"]]


def test_why_a_judge_could_not_run_is_said_once() -> None:
    """A judge that was skipped says why, however many tests it has; others keep their own lines."""
    skipped = report("setup", "skipped", judge="engine", reason="no engine here")
    assert lines(skipped, skipped, report("call", "passed")) == [
        ["engine", "1.0", "-", "-", "could", "not", "run:", "no", "engine", "here"],
        ["parser", "1.0", "1", "1"],
    ]


def test_other_tests_and_what_is_no_report_are_left_out() -> None:
    """Tests without a judge, and items that were deselected, are no lines."""
    assert lines(report("call", "passed", judge=None), object()) == []
