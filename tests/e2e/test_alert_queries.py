"""The alerts of Azure Monitor and the queries of the workbook, run over what a run left in Application Insights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from local.insights.tables import Row, rows_of
from local.stack import Stack
from tests.e2e.conftest import Run
from tests.e2e.support.running import await_that
from tests.judges.kql.engine import INFRASTRUCTURE, alert_rules, ask

RULES = alert_rules()
QUERIES = {path.stem: path.read_text() for path in (INFRASTRUCTURE / "queries").glob("*.kql")}


@dataclass(frozen=True)
class Left:
    """What a run sent, from its beginning until all of it was there."""

    run_id: str
    tables: Mapping[str, list[Row]]
    now: datetime

    def fired(self, after: timedelta = timedelta(0)) -> set[str]:
        """The alerts that fire."""
        return {name for name, rule in RULES.items() if rule.finds(self.tables, self.now + after)}


@pytest.fixture(scope="module")
def left(stack: Stack, quiet: Run) -> Left:
    """What the undisturbed run left; the length of the run is the last that it tells."""
    began = datetime.fromisoformat(quiet.status["created_at"])
    ended = datetime.fromisoformat(quiet.status["ended_at"])
    await_that(lambda: bool(told_after(stack, ended)), "the length of the run", limit_s=90.0)
    now = told_after(stack, ended)[0]
    return Left(quiet.run_id, tables_of(stack, began, now), now)


def tables_of(stack: Stack, since: datetime, until: datetime) -> dict[str, list[Row]]:
    """The tables with what was sent between two times."""
    answer = httpx.get(f"{stack.parts['insights'].url}/_items", params={"limit": "10000"}).raise_for_status()
    tables = rows_of(answer.json()["items"])
    return {
        name: [row for row in rows if since <= row["timestamp"] <= until] for name, rows in tables.items()
    }


def told_after(stack: Stack, ended: datetime) -> list[datetime]:
    """When lengths of whole runs were sent, after a run had ended."""
    rows = tables_of(stack, ended, datetime.now(UTC))["customMetrics"]
    about = {"name": "crossfade.stage_duration", "customDimensions": {"stage": "run"}}
    return [row["timestamp"] for row in rows if about.items() <= row.items()]


def test_a_healthy_run_raises_no_alert(left: Left) -> None:
    """Right after it, no rule finds anything; seven hours later, that nothing has completed since."""
    assert left.fired() == set()
    assert left.fired(after=timedelta(hours=7)) == {"no-completed-run"}


def test_what_a_run_sends_reaches_the_tables(left: Left) -> None:
    """Events, metrics and spans are rows of the tables the queries ask; a healthy run has no exceptions."""
    kinds = {
        name: {row["itemType"] for row in rows} for name, rows in left.tables.items() if name != "traces"
    }
    assert kinds == {
        "customEvents": {"customEvent"},
        "customMetrics": {"customMetric"},
        "requests": {"request"},
        "dependencies": {"dependency"},
        "exceptions": set(),
    }


def test_a_score_is_sent_once(left: Left) -> None:
    """Long after silver, nothing repeats what it found: the next run's scores will stand alone."""
    scores = [
        row["customDimensions"] for row in left.tables["customMetrics"] if row["name"] == "crossfade.quality"
    ]
    sent = Counter((score["table"], score["dimension"]) for score in scores)
    assert sent and set(sent.values()) == {1}


@pytest.mark.parametrize("query", sorted(QUERIES))
def test_the_workbook_shows_the_run(left: Left, query: str) -> None:
    """Every panel has something to show, except what a healthy run and an afternoon lack: failures, alerts, nights."""
    has_something = query not in ("alert-record", "failures", "storage")
    assert bool(ask(QUERIES[query], left.tables, left.now)) == has_something


def test_the_run_is_listed_as_completed(left: Left) -> None:
    """The panel of runs names it, with its state."""
    states = {row["run_id"]: row["state"] for row in ask(QUERIES["runs"], left.tables, left.now)}
    assert states[left.run_id] == "Completed"
