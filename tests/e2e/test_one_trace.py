"""A run is one trace in Application Insights, from the refresh to both Spark jobs."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import httpx

from local.stack import Stack
from tests.e2e.conftest import Run
from tests.e2e.support.running import await_that

HANDLERS = {
    *("plan_on_request", "fetch_tmdb", "fetch_discogs", "track_progress"),
    *("start_silver", "start_gold", "finish_run"),
}
JOBS = {"silver_job", "gold_job"}
STEPS = {"publish", "match_candidates"}
EVENTS = ["RunPlanning", "RunIngesting", "RunSilver", "RunGold", "RunCompleted"]
METRICS = {
    *("crossfade.requests", "crossfade.rate_used", "crossfade.lane_wait", "crossfade.queue_age"),
    *("crossfade.tasks_outstanding", "crossfade.landed_bytes", "crossfade.records", "crossfade.quality"),
    *("crossfade.matches", "crossfade.stage_duration"),
}


def items(stack: Stack, base_type: str) -> list[dict[str, Any]]:
    """Everything of a kind that has arrived so far."""
    query = {"type": base_type, "limit": "10000"}
    answer = httpx.get(f"{stack.parts['insights'].url}/_items", params=query).raise_for_status()
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def spans_of(stack: Stack, run_id: str) -> list[dict[str, Any]]:
    """The spans of the trace that the run's silver job belongs to, of whatever process."""
    spans = items(stack, "RequestData") + items(stack, "RemoteDependencyData")
    traces = {
        span["tags"]["ai.operation.id"]
        for span in spans
        if span["data"]["baseData"]["name"] in JOBS
        and span["data"]["baseData"]["properties"]["run_id"] == run_id
    }
    return [span for span in spans if span["tags"]["ai.operation.id"] in traces]


def names(spans: list[dict[str, Any]]) -> Counter[str]:
    return Counter(span["data"]["baseData"]["name"] for span in spans)


def test_a_run_is_one_connected_trace(stack: Stack, quiet: Run) -> None:
    """Refresh, workers, fan-in, stage starts and both jobs with their steps are spans of one tree with one root."""
    wanted = HANDLERS | JOBS | STEPS
    await_that(lambda: wanted <= set(names(spans_of(stack, quiet.run_id))), f"spans of {sorted(wanted)}")
    spans = spans_of(stack, quiet.run_id)
    assert len({span["tags"]["ai.operation.id"] for span in spans}) == 1
    ids = {span["data"]["baseData"]["id"] for span in spans}
    roots = [span for span in spans if span["tags"].get("ai.operation.parentId") not in ids]
    assert set(names(roots)) == {"plan_on_request"} and len(roots) == 1
    assert all(span["data"]["baseData"]["success"] for span in spans)


def test_each_change_of_state_is_an_event(stack: Stack, quiet: Run) -> None:
    """The states a run went through, in order, and the result of both Databricks runs."""

    def told() -> list[dict[str, Any]]:
        found = [item["data"]["baseData"] for item in items(stack, "EventData")]
        return [event for event in found if event["properties"].get("run_id") == quiet.run_id]

    await_that(lambda: "RunCompleted" in {event["name"] for event in told()}, "the event of the run's end")
    events = told()
    assert list(dict.fromkeys(event["name"] for event in events if event["name"] in EVENTS)) == EVENTS
    results = [event["properties"] for event in events if event["name"] == "DatabricksRunEnded"]
    assert [(found["stage"], found["result"]) for found in results] == [
        ("silver", "SUCCESS"),
        ("gold", "SUCCESS"),
    ]


def test_each_fact_is_one_item(stack: Stack, quiet: Run) -> None:
    """No log line, event or exception arrives twice, and no event is a log line as well."""

    def told() -> list[str]:
        events = [item["data"]["baseData"] for item in items(stack, "EventData")]
        return [event["name"] for event in events if event["properties"].get("run_id") == quiet.run_id]

    await_that(lambda: "RunCompleted" in told(), "the event of the run's end")
    events, lines, exceptions = (items(stack, f"{kind}Data") for kind in ("Event", "Message", "Exception"))
    facts = Counter(
        json.dumps([item["time"], item["tags"], item["data"]]) for item in events + lines + exceptions
    )
    assert set(facts.values()) == {1}
    spans = Counter(item["tags"].get("ai.operation.parentId") for item in exceptions)
    assert set(spans.values()) <= {1}
    named = tuple({item["data"]["baseData"]["name"] for item in events})
    assert not [item for item in lines if item["data"]["baseData"]["message"].startswith(named)]


def test_the_figures_of_a_run_arrive(stack: Stack, quiet: Run) -> None:
    """Metrics of lanes, queues, layers, quality and stages are there once the reader has sent them."""

    def arrived() -> set[str]:
        return {item["data"]["baseData"]["metrics"][0]["name"] for item in items(stack, "MetricData")}

    await_that(lambda: arrived() >= METRICS, f"metrics {sorted(METRICS)}", limit_s=90.0)
