"""The outcome of a run in numbers."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console

from local.console.summary import (
    count_dead_letters,
    scores_of,
    stage_seconds,
    summarise,
    summary_rows,
    summary_table,
    views_of,
    write_summary,
)
from tests.unit.local.console.run_statuses import RUN_ID, completed, status


def test_a_completed_run_is_summed_up() -> None:
    """The summary has the run's counts by layer, its requests, its troubles and its times."""
    scores = {"movies": {"completeness": 0.99}, "releases": {"completeness": 1.0}}
    views = {"kpis": 20, "directors": 300}
    summary = summarise(
        completed(), start_s=6.04, total_s=142.26, dead_letters=0, quality=scores, views=views
    )
    assert summary == {
        "run_id": RUN_ID,
        "status": "completed",
        "reason": None,
        "records": {
            "bronze_tmdb": 3796,
            "bronze_discogs": 1167,
            "silver_movies": 3796,
            "silver_releases": 1167,
            "quarantined": 0,
            "candidates": 9000,
            "matches": 700,
        },
        "quality": scores,
        "views": views,
        "requests": {"tmdb": 4000, "discogs": 13},
        "http_429": 2,
        "retries": 4,
        "failed_tasks": 1,
        "dead_letters": 0,
        "seconds": {"ingest": 100.5, "silver": 18.0, "gold": 20.0, "total": 142.3, "start": 6.0},
    }


def test_scores_are_read_from_the_jobs_report() -> None:
    """Tables and dimensions as the job wrote them, and as a person reads them."""
    scores = {"movies": {"completeness": 0.9512, "accuracy": 1.0}}
    assert (
        scores_of(json.dumps({"tables": {"movies": {"scores": scores["movies"], "rows": 3}}}).encode())
        == scores
    )
    summary = summarise(completed(), start_s=1.0, total_s=2.0, dead_letters=0, quality=scores)
    assert dict(summary_rows(summary))["quality"] == "movies completeness 0.9512, accuracy 1"


def test_views_are_counted_from_the_gold_manifest() -> None:
    """Rows by view as the job wrote them; no manifest is no views."""
    views = {"kpis": 20, "directors": 1_300}
    assert views_of(json.dumps({"metrics": {"views": views}}).encode()) == views
    assert views_of(None) == views_of(b'{"metrics": {}}') == {}
    summary = summarise(completed(), start_s=1.0, total_s=2.0, dead_letters=0, views=views)
    assert dict(summary_rows(summary))["views"] == "2 views, 1,320 rows"


def test_a_run_that_failed_early_is_summed_up_too() -> None:
    """What never happened counts 0, and a stage that did not end has no seconds."""
    summary = summarise(status("failed", reason="TMDB: 401"), start_s=1.0, total_s=2.0, dead_letters=1)
    assert (summary["status"], summary["reason"], summary["dead_letters"]) == ("failed", "TMDB: 401", 1)
    assert set(summary["records"].values()) == {0}
    assert summary["seconds"]["ingest"] is None


def test_seconds_of_a_stage_unknown_to_the_status() -> None:
    """A stage of which the status says nothing has no seconds."""
    assert stage_seconds(status("planning"), "gold") is None


def test_dead_letters_of_all_queues_are_added() -> None:
    """Messages of every dead-letter queue count."""
    stats = {"tmdb-fetch": {"active": 5, "dead_letter": 2}, "run-events": {"dead_letter": 1}}
    assert count_dead_letters(stats) == 3


def test_the_summary_is_written_as_json(tmp_path: Path) -> None:
    """The file holds the summary, in a folder made for it."""
    summary = summarise(completed(), start_s=1.0, total_s=2.0, dead_letters=0)
    path = write_summary(tmp_path / "report" / "summary.json", summary)
    assert json.loads(path.read_text()) == summary


def test_the_table_says_what_a_person_asks() -> None:
    """Records of each layer, requests, troubles and seconds are in the table."""
    console = Console(width=120)
    with console.capture() as captured:
        console.print(summary_table(summarise(completed(), start_s=1.0, total_s=142.3, dead_letters=0)))
    text = captured.get()
    for part in (
        RUN_ID,
        "completed",
        "3,796 films",
        "700 matches of 9,000",
        "4,000 to TMDB",
        "1 failed tasks",
        "total 142.3",
    ):
        assert part in text
