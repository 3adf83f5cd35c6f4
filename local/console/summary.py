"""The outcome of a run in numbers, from its status and its lake: `summary.json`, and the table shown at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from local.console.lake import LakeReader

SOURCES = ("tmdb", "discogs")
STAGES = ("ingest", "silver", "gold")
RECORDS = (
    "bronze_tmdb",
    "bronze_discogs",
    "silver_movies",
    "silver_releases",
    "quarantined",
    "candidates",
    "matches",
)
TROUBLES = {
    "http_429": "times 429",
    "retries": "retries",
    "failed_tasks": "failed tasks",
    "dead_letters": "dead letters",
}
Summary = dict[str, Any]
Scores = dict[str, dict[str, float]]
"""Score by dimension by table, 0 to 1."""


def quality_scores(connection_string: str, run_id: str) -> Scores:
    """Return the scores of the tables of a run; {} when the silver job did not come so far."""
    with LakeReader(connection_string) as lake:
        return scores_of(lake.read("metrics", f"{run_id}/quality.json"))


def view_rows(connection_string: str, run_id: str) -> dict[str, int]:
    """Return the rows of each view of a run; {} when the gold job did not come so far or left them out."""
    with LakeReader(connection_string) as lake:
        return views_of(lake.read("control", f"gold/{run_id}.json"))


def scores_of(report: bytes | None) -> Scores:
    """Return the scores in the bytes of a quality.json."""
    tables = json.loads(report or b"{}").get("tables", {})
    return {name: dict(table["scores"]) for name, table in tables.items()}


def views_of(manifest: bytes | None) -> dict[str, int]:
    """Return the rows by view in the bytes of a gold manifest."""
    return dict(json.loads(manifest or b"{}").get("metrics", {}).get("views", {}))


def summarise(
    status: Mapping[str, Any],
    *,
    start_s: float,
    total_s: float,
    dead_letters: int,
    quality: Scores | None = None,
    views: Mapping[str, int] | None = None,
) -> Summary:
    """The summary of an ended run.

    `status` is the answer of `GET /api/runs/{run_id}`; `start_s` is how long the parts took to start,
    `total_s` how long the run took from the refresh to its end, by the caller's clock, `quality` its scores
    (0 to 1) by table and dimension, `views` the rows of each view of gold.
    """
    counts = status.get("counts", {})
    return {
        "run_id": status["run_id"],
        "status": status["state"],
        "reason": status.get("reason"),
        "records": {name: counts.get(name, 0) for name in RECORDS},
        "quality": quality or {},
        "views": dict(views or {}),
        "requests": {source: _progress(status, source, "requests") for source in SOURCES},
        "http_429": _sum(status, "throttled"),
        "retries": _sum(status, "retries"),
        "failed_tasks": _sum(status, "failed"),
        "dead_letters": dead_letters,
        "seconds": {
            **{stage: stage_seconds(status, stage) for stage in STAGES},
            "total": round(total_s, 1),
            "start": round(start_s, 1),
        },
    }


def stage_seconds(status: Mapping[str, Any], stage: str) -> float | None:
    """Seconds between a stage's start and end; None if it has not ended."""
    times = status.get("stages", {}).get(stage) or {}
    if not times.get("started_at") or not times.get("ended_at"):
        return None
    return round((_time(times["ended_at"]) - _time(times["started_at"])).total_seconds(), 1)


def count_dead_letters(queue_stats: Mapping[str, Any]) -> int:
    """Messages that lie in dead-letter queues, from the queue emulator's counts by queue."""
    return sum(int(queue["dead_letter"]) for queue in queue_stats.values())


def write_summary(path: Path, summary: Summary) -> Path:
    """Write the summary as JSON, making its folder; returns `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(summary, indent=2) + "\n")
    return path


def summary_table(summary: Summary) -> Table:
    """The summary for a person: records by layer, requests, time by stage."""
    table = Table(
        title=f"Run {summary['run_id']}: {summary['status']}", title_justify="left", show_header=False
    )
    table.add_column(style="bold")
    table.add_column()
    for name, value in summary_rows(summary):
        table.add_row(name, value)
    return table


def summary_rows(summary: Summary) -> list[tuple[str, str]]:
    """Label and text of each line of the table."""
    records, requests, seconds = summary["records"], summary["requests"], summary["seconds"]
    return [
        ("bronze", f"{records['bronze_tmdb']:,} films, {records['bronze_discogs']:,} releases"),
        ("silver", f"{_silver(records)}, {records['quarantined']:,} quarantined"),
        ("quality", _quality(summary["quality"])),
        ("gold", f"{records['matches']:,} matches of {records['candidates']:,} candidate pairs"),
        ("views", _views(summary["views"])),
        ("requests", f"{requests['tmdb']:,} to TMDB, {requests['discogs']:,} to Discogs"),
        ("trouble", _trouble(summary)),
        ("seconds", ", ".join(f"{stage} {_seconds(seconds[stage])}" for stage in (*STAGES, "total"))),
    ]


def _silver(records: Mapping[str, int]) -> str:
    return f"{records['silver_movies']:,} films, {records['silver_releases']:,} releases"


def _quality(quality: Scores) -> str:
    shown = [f"{table} {_scores(scores)}" for table, scores in quality.items()]
    return "; ".join(shown) or "-"


def _scores(scores: Mapping[str, float]) -> str:
    return ", ".join(f"{dimension} {score:.4g}" for dimension, score in scores.items())


def _views(views: Mapping[str, int]) -> str:
    return f"{len(views)} views, {sum(views.values()):,} rows" if views else "-"


def _trouble(summary: Summary) -> str:
    return ", ".join(f"{summary[key]:,} {name}" for key, name in TROUBLES.items())


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _progress(status: Mapping[str, Any], source: str, name: str) -> int:
    return int(status.get("progress", {}).get(source, {}).get(name, 0))


def _sum(status: Mapping[str, Any], name: str) -> int:
    return sum(_progress(status, source, name) for source in SOURCES)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
