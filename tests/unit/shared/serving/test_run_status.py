"""One run whole: what it found, where it came from, and the reports and alerts beside it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.adapters.lake import CONTROL, GOLD, METRICS
from shared.errors import ReportNotFound, RunNotFound
from shared.planning.roots import RunRequest
from shared.serving.run_answers import RunPage
from tests.fakes import CrossfadeApp
from tests.unit.shared.orchestration.test_stages import publish

TABLE = {"records": 30, "refused": 1, "rows": 29, "score": 0.98, "scores": {"accuracy": 0.97}, "rules": []}
QUALITY = {"version": 1, "passed": True, "failures": [], "tables": {"movies": TABLE}, "drift": {}}
MATCHING = {
    "mode": "full", "films": 30, "releases": 20, "matches": 12, "ambiguous": 1, "match_rate": 0.6,
    "bands": {"strong": 9, "probable": 2, "possible": 1}, "films_with_a_match": 10, "candidates": 99,
    "score_histogram": [{"from": 0.95, "to": 1.0, "pairs": 9, "best": 9}], "lineage": {"matcher": "m"},
}  # fmt: skip


async def completed(quality: Any = QUALITY) -> tuple[CrossfadeApp, str]:
    """A run that went through all stages, and what its jobs wrote."""
    app = CrossfadeApp()
    run_id = (await app.services.starter.begin(RunRequest(), "test")).run_id
    await app.drain_queues()
    await app.lake.put_json(METRICS, f"{run_id}/quality.json", quality)
    await app.lake.put_json(METRICS, f"{run_id}/matching.json", MATCHING)
    stages = app.services.stages
    await stages.start_silver(run_id)
    await publish(app, run_id, "silver")
    await stages.start_gold(run_id)
    await publish(app, run_id, "gold")
    await stages.finish(run_id)
    return app, run_id


async def test_a_run_tells_what_was_found_and_where_it_came_from() -> None:
    """Quality, bands, job links and seconds, and the way from raw folders to gold tables."""
    app, run_id = await completed()
    run = await app.services.run_reader.run(run_id)
    assert run.quality is not None and run.quality.tables["movies"].score == 0.98
    assert run.matching is not None and run.matching.bands["strong"] == 9
    assert json.loads(run.model_dump_json(by_alias=True))["matching"]["score_histogram"][0]["from"] == 0.95
    assert (run.scores, run.bands) == ({"movies": 0.97}, MATCHING["bands"])
    assert run.stages["silver"].url and run.stages["gold"].seconds is not None
    assert {piece.source for piece in run.lineage.raw} == {"tmdb", "discogs"}
    assert set(run.lineage.manifests) == {"bronze", "silver", "gold"}
    assert run.progress["tmdb"].rate_used is not None and run.progress["tmdb"].seconds_left == 0


async def test_a_document_of_another_version_hides_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be shown is left out, with a line in the log."""
    app, run_id = await completed(quality={"version": 9})
    run = await app.services.run_reader.run(run_id)
    assert run.quality is None and run.matching is not None
    assert "cannot be shown" in caplog.text


async def test_reports_are_told_and_read_where_there_are_some() -> None:
    """A run names its reports; one that is not there, and one of no run, are told apart."""
    app, run_id = await completed()
    assert (await app.services.run_reader.run(run_id)).reports == ()
    await app.lake.put(METRICS, f"{run_id}/quality.html", b"<p>silver")
    await app.lake.put(GOLD, f"report/{run_id}/index.html", b"<p>gold")
    assert (await app.services.run_reader.run(run_id)).reports == ("silver", "gold")
    assert await app.services.run_reader.report(run_id, "gold") == b"<p>gold"
    other = (await app.services.starter.begin(RunRequest(), "test")).run_id
    with pytest.raises(ReportNotFound, match="no silver report"):
        await app.services.run_reader.report(other, "silver")
    with pytest.raises(RunNotFound):
        await app.services.run_reader.report("nope", "silver")


async def test_open_alerts_are_listed_critical_ones_first() -> None:
    """As the book has them; none without a book."""
    app = CrossfadeApp()
    assert (await app.services.run_reader.alerts()).alerts == ()
    opened = {"reason": "r", "opened_at": "2026-11-20T06:30:00Z", "is_told": True}
    book = {
        "watched_since": "2026-11-20T06:00:00Z",
        "open": {
            "volume": {"rule": "volume", "severity": "warning", **opened},
            "quality": {"rule": "quality", "severity": "critical", **opened},
        },
    }
    await app.lake.put_json(CONTROL, "alerts.json", book)
    assert [alert.rule for alert in (await app.services.run_reader.alerts()).alerts] == ["quality", "volume"]


async def test_the_objective_stands_beside_the_alerts() -> None:
    """A scheduled run that failed is a run that was not kept."""
    app = CrossfadeApp()
    run = await app.services.starter.begin(RunRequest(), "timer")
    await app.services.lifecycle.fail(run.run_id, "no reason")
    found = (await app.services.run_reader.alerts()).objective
    assert (found.target, found.runs, found.kept, found.is_fresh) == (0.995, 1, 0, False)


async def test_a_page_leaves_out_what_has_no_state() -> None:
    """A folder left of a run that was removed hides no other run, on its page or the next."""
    app = CrossfadeApp()
    run_id = (await app.services.starter.begin(RunRequest(), "test")).run_id
    left_over = "20200101T000000Z-0000"
    await app.lake.put(CONTROL, f"runs/{left_over}/journal/000001.json", b"{}")
    assert await app.services.runs.run_ids() == [run_id, left_over]
    assert [run.run_id for run in (await app.services.run_reader.runs(5, None)).runs] == [run_id]
    first = await app.services.run_reader.runs(1, None)
    assert first.next == run_id
    assert await app.services.run_reader.runs(1, first.next) == RunPage(runs=(), next=None)
