"""Every metric the function app sends: name, kind, unit and meaning; `docs/telemetry.md` lists the same.

A counter adds up, a gauge holds the last value, a histogram keeps count, sum, least and most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True)
class Metric:
    """What a metric is.

    Attributes:
        kind: how its values are put together.
        unit: as UCUM writes it; 1 for counts and shares.
        attributes: what its values are told apart by.
        meaning: what one value says.
    """

    kind: Kind
    unit: str
    attributes: tuple[str, ...]
    meaning: str


METRICS: Mapping[str, Metric] = {
    "crossfade.requests": Metric(
        "counter",
        "1",
        ("source", "status"),
        "Requests sent; status is the HTTP status, timeout or unreachable",
    ),
    "crossfade.retries": Metric("counter", "1", ("source",), "Requests that failed and may be sent again"),
    "crossfade.throttled": Metric("counter", "1", ("source",), "Answers with status 429"),
    "crossfade.rate_used": Metric(
        "gauge", "1", ("source",), "Requests of the last 60 seconds, as a share of the lane's limit"
    ),
    "crossfade.lane_wait": Metric("histogram", "s", ("source",), "Wait of one request for its slot"),
    "crossfade.tasks": Metric(
        "counter", "1", ("source", "outcome"), "Tasks worked: landed, failed, or sent again (retried)"
    ),
    "crossfade.tasks_outstanding": Metric(
        "gauge", "1", (), "Tasks of the active run that are known and not done"
    ),
    "crossfade.queue_age": Metric(
        "histogram", "s", ("queue",), "Age of a task, or of a batch's oldest event, when it is taken"
    ),
    "crossfade.landed_pages": Metric("counter", "1", ("source", "kind"), "Raw blobs landed, one a task"),
    "crossfade.landed_records": Metric("counter", "1", ("source", "kind"), "Records landed"),
    "crossfade.landed_bytes": Metric("counter", "By", ("source", "kind"), "Bytes of raw blobs, compressed"),
    "crossfade.records": Metric(
        "gauge", "1", ("layer", "table"), "Records of a run by layer: bronze, silver, gold"
    ),
    "crossfade.completeness": Metric(
        "gauge", "1", ("source",), "Records found, as a share of those the source reports, 0 to 1"
    ),
    "crossfade.missing_records": Metric(
        "gauge", "1", ("source", "reason"), "Records reported and not found, by reason"
    ),
    "crossfade.quality": Metric("gauge", "1", ("table", "dimension"), "Quality score, 0 to 1"),
    "crossfade.matches": Metric("gauge", "1", ("band",), "Matches by band: strong, probable, possible"),
    "crossfade.stage_duration": Metric(
        "histogram", "s", ("stage",), "Duration of a stage: ingest, silver, gold, and run for all of it"
    ),
    "crossfade.latency": Metric(
        "histogram",
        "s",
        ("part",),
        "Where the time of a run went: plan, ingest, silver_trigger, silver, gold_trigger, gold, finish",
    ),
    "crossfade.cache_hits": Metric(
        "gauge", "1", ("source",), "Share of a run's answers that were fresh enough not to be asked again"
    ),
    "crossfade.spark_gc": Metric(
        "gauge", "s", ("stage",), "Garbage collection within a job's tasks, those side by side added up"
    ),
    "crossfade.spark_failed_tasks": Metric("gauge", "1", ("stage",), "Tasks of a job that failed"),
    "crossfade.spark_spilled": Metric(
        "gauge", "By", ("stage",), "Bytes a job wrote to disk for want of memory"
    ),
    "crossfade.spark_peak_memory": Metric(
        "gauge", "By", ("stage",), "Most heap of the JVM, or memory of one task, while a job ran"
    ),
    "crossfade.run_cost": Metric(
        "gauge", "USD", ("service",), "US dollars a run cost by the model of docs/cost.md"
    ),
    "crossfade.stored": Metric(
        "gauge",
        "By",
        ("area",),
        "Bytes in the lake, measured once a night: raw, control, metrics, gold_files, silver_tables, gold_tables",
    ),
    "crossfade.alert_duration": Metric(
        "histogram", "s", ("rule", "severity"), "How long an alert was open, when it is over"
    ),
    "crossfade.removed": Metric("counter", "1", ("area",), "Blobs removed because they were past their time"),
}
