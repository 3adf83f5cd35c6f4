"""What a month of runs uses: requests, seconds, messages, gigabytes. Pure; prices are elsewhere.

How long a source is read follows from the pacer's own spacing (`shared.sources.pacing`) and from how the planner
splits lists (`shared.planning`); what cannot be derived is an assumption, each with its unit in its name and where it
comes from.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import ceil
from typing import Any

from shared.config import Settings
from shared.figures.cost import ASSUMPTIONS, KB_A_GB
from shared.messages.tasks import MAX_IDS_PER_TASK
from shared.sources.limits import DISCOGS_PAGE_SIZE, MAX_RESULTS, TMDB_PAGE_SIZE
from shared.sources.pacing import LaneLimit

HOURS_A_MONTH = 730
DAYS_A_MONTH = HOURS_A_MONTH / 24
MINUTES_A_MONTH = HOURS_A_MONTH * 60
SPLIT_SHARE = 1.03
"""Requests for a list over the caps, as a share of its pages: what `python -m tests.bench.plan` stays under."""


@dataclass(frozen=True)
class Stage:
    """What a stage is made of: `infrastructure/main.bicepparam` and `infrastructure/databricks.yml` say the same."""

    machine: str
    dbu_a_machine: float
    workers: float
    redundancy: str
    soft_delete_days: int
    has_nat_gateway: bool


STAGES = {
    "dev": Stage("d4ds_v5", 1.0, 1, "lrs", 7, False),
    "test": Stage("d4ds_v5", 1.0, 1, "lrs", 7, False),
    "prod": Stage("d8ds_v5", 2.0, 1, "zrs", 30, True),
}


@dataclass(frozen=True)
class Load:
    """What is asked of the pipeline: full runs of a catalog, so many a day, on serverless compute or on clusters."""

    runs_per_day: float
    films: int
    releases: int
    stage: str = "prod"
    is_private: bool = False
    has_mongo: bool = False
    is_classic: bool = False

    @property
    def has_nat_gateway(self) -> bool:
        """Whether there is a way out to pay for: that of a network of your own, or of clusters without addresses."""
        return self.is_private or (self.is_classic and STAGES[self.stage].has_nat_gateway)

    @property
    def runs_a_month(self) -> float:
        """Runs in 730 hours."""
        return self.runs_per_day * DAYS_A_MONTH

    @property
    def records(self) -> int:
        """Films and releases."""
        return self.films + self.releases


@dataclass(frozen=True)
class Assumptions:
    """What is not derived; values and where they come from are in `shared/figures/assumptions.json`."""

    collections_per_film: float
    raw_kb_per_film: float
    raw_kb_per_release: float
    table_kb_per_record: float
    start_s: float
    serverless_dbu_an_hour: float
    silver_base_s: float
    silver_ms_per_record: float
    gold_base_s: float
    gold_ms_per_record: float
    instance_gb: float
    watch_s: float
    drain_s: float
    dashboard_hours: float
    operations_per_message: float
    idle_operations_a_minute: float
    lake_calls_per_task: float
    spark_calls_per_run: float
    idle_writes_a_minute: float
    idle_reads_a_minute: float
    telemetry_kb_per_call: float
    telemetry_kb_per_run: float
    vault_calls_per_run: float
    rules_5min: int
    rules_15min: int
    private_endpoints: int
    raw_hot_days: int


def assumptions() -> Assumptions:
    """The assumptions that come with the project."""
    return Assumptions(**{name: entry["value"] for name, entry in assumed().items()})


def assumed() -> dict[str, dict[str, Any]]:
    """Value and reason of each assumption, by name."""
    entries: dict[str, dict[str, Any]] = json.loads(ASSUMPTIONS.read_text(encoding="utf-8"))
    return entries


@dataclass(frozen=True)
class RunTime:
    """Requests and seconds of one run; both sources are read at the same time."""

    tmdb_requests: int
    discogs_requests: int
    tmdb_s: float
    discogs_s: float
    silver_s: float
    gold_s: float
    start_s: float

    @property
    def ingest_s(self) -> float:
        """Seconds until both sources are read."""
        return max(self.tmdb_s, self.discogs_s)

    @property
    def total_s(self) -> float:
        """Seconds of the whole run, with two starts of the jobs' compute."""
        return self.ingest_s + self.silver_s + self.gold_s + 2 * self.start_s


def run_time(load: Load, given: Assumptions) -> RunTime:
    """How long one full run takes at the sources' limits."""
    tmdb, discogs = tmdb_requests(load.films, given), discogs_requests(load.releases)
    config = Settings.model_construct()
    return RunTime(
        tmdb_requests=tmdb,
        discogs_requests=discogs,
        tmdb_s=tmdb * LaneLimit.of(config.tmdb_requests_per_s * 60).interval_s,
        discogs_s=discogs * LaneLimit.of(config.discogs_requests_per_min).interval_s,
        silver_s=given.silver_base_s + given.silver_ms_per_record * load.records / 1000,
        gold_s=given.gold_base_s + given.gold_ms_per_record * load.records / 1000,
        start_s=given.start_s,
    )


def tmdb_requests(films: int, given: Assumptions) -> int:
    """List pages of 20, one request a film, one a collection."""
    return ceil(films / TMDB_PAGE_SIZE) + films + round(films * given.collections_per_film)


def discogs_requests(releases: int) -> int:
    """Pages of 100; over 10,000 results a few more, for slices that end with part of a page."""
    pages = ceil(releases / DISCOGS_PAGE_SIZE)
    return max(1, pages) if releases <= MAX_RESULTS else ceil(SPLIT_SHARE * pages)


def tasks(load: Load, time: RunTime) -> int:
    """Messages to the fetch queues: list pages, films by 20, collections, search pages."""
    lists = ceil(load.films / TMDB_PAGE_SIZE) + ceil(load.films / MAX_IDS_PER_TASK)
    collections = time.tmdb_requests - load.films - ceil(load.films / TMDB_PAGE_SIZE)
    return lists + collections + time.discogs_requests


def raw_gb(load: Load, given: Assumptions) -> float:
    """Gigabytes one run lands."""
    return sum(raw_gb_of(load, given).values())


def raw_gb_of(load: Load, given: Assumptions) -> dict[str, float]:
    """Gigabytes one run lands, by source."""
    return {
        "tmdb": load.films * given.raw_kb_per_film / KB_A_GB,
        "discogs": load.releases * given.raw_kb_per_release / KB_A_GB,
    }
