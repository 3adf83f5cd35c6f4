"""The verbs handlers call, wired once a process, lazily, here and nowhere else."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache

import httpx

from shared.adapters import telemetry
from shared.adapters.connections import Connections
from shared.adapters.outages import Hold
from shared.alerting.alerter import Alerter
from shared.alerting.book import NoticeOptions
from shared.alerting.notices import Notifier, channels_of
from shared.alerting.rules import Thresholds
from shared.config import Settings, settings
from shared.ingestion.active_runs import ActiveRuns
from shared.ingestion.failed_tasks import FailedStore
from shared.ingestion.fetching import Fetcher, FetchOptions
from shared.ingestion.fingerprints import Fingerprints
from shared.ingestion.landing import Lander
from shared.ingestion.recovery import Recovery
from shared.ingestion.response_cache import Holdings, LakeHoldings, NoHoldings, RedisHoldings
from shared.messages.base import Source
from shared.orchestration.dead_letters import DeadLetterDrain
from shared.orchestration.fan_in import ProgressTracker
from shared.orchestration.operations import Operator
from shared.orchestration.outcome import Outcome
from shared.orchestration.reporting import Reporter
from shared.orchestration.retention import Periods, Retention
from shared.orchestration.stages import SparkJob, SparkStage, Stages
from shared.orchestration.starter import Planner
from shared.orchestration.watchdog import Watcher
from shared.runs.store import RunStore
from shared.serving.film_search import FilmSearch
from shared.serving.health import Health
from shared.serving.probes import probes_of
from shared.serving.run_status import Status
from shared.sources.lanes import Lane, Lanes, open_lane

NOISY_LOGGERS = ("azure", "httpx", "httpcore", "databricks", "stamina", "uamqp")


EVENTS_HOLD_S = 200.0  # nobody renews the lock of a batch, and it ends after 300 s


def now() -> datetime:
    """The wall clock, in UTC."""
    return datetime.now(UTC)


class Services(Connections):
    """Everything the handlers need; each part is made when first asked for.

    Args:
        config: the process's settings.
    """

    def __init__(self, config: Settings) -> None:
        super().__init__(config)
        for name in NOISY_LOGGERS:  # at INFO they write whole URLs and headers
            logging.getLogger(name).setLevel(logging.WARNING)
        telemetry.configure(config)

    @cached_property
    def runs(self) -> RunStore:
        """Runs and their states."""
        return RunStore(self.lake, now)

    @cached_property
    def failures(self) -> FailedStore:
        """Failed tasks and unreadable messages."""
        return FailedStore(self.lake, now)

    @cached_property
    def outcome(self) -> Outcome:
        """Changes of state that people hear of."""
        return Outcome(self.runs, self.reporter, self.alerter)

    @cached_property
    def reporter(self) -> Reporter:
        """Events and figures of runs."""
        return Reporter(self.telemetry)

    @cached_property
    def alerter(self) -> Alerter:
        """Alerts and notices."""
        return Alerter(
            self.lake,
            self.runs,
            self.telemetry,
            self.notifier,
            now,
            Thresholds.of(self.config),
            NoticeOptions.of(self.config, self.notifier.channels),
        )

    @cached_property
    def notifier(self) -> Notifier:
        """Slack and the webhook, where they are set."""
        return Notifier(channels_of(self.config, httpx.AsyncClient(), now))

    @cached_property
    def retention(self) -> Retention:
        """Removes what is past its time."""
        return Retention(self.lake, self.runs, self.telemetry, now, Periods.of(self.config))

    @cached_property
    def planner(self) -> Planner:
        """Begins runs."""
        return Planner(
            self.bus, self.runs, self.outcome, self.secrets, now, discogs_type=self.config.discogs_type
        )

    @cached_property
    def fetcher(self) -> Fetcher:
        """Works fetch tasks."""
        config = self.config
        options = FetchOptions(
            config.task_limit_s, config.outage_hold_s, config.max_attempts, config.resend_delay_s
        )
        return Fetcher(
            self.lanes,
            self.lander,
            self.fingerprints,
            self.bus,
            ActiveRuns(self.runs, time.monotonic),
            self.failures,
            self.telemetry,
            options,
            time.monotonic,
        )

    @cached_property
    def lander(self) -> Lander:
        """Lands tasks."""
        return Lander(
            self.lake,
            self.bus,
            self.telemetry,
            self.holdings,
            self.fingerprints,
            self.config.attempts_in_place,
            self.config.discogs_details,
        )

    @cached_property
    def lanes(self) -> Lanes:
        """The lanes of this process, shared by all its calls."""
        return Lanes(self.lane, self.config.lanes_per_source)

    def lane(self, source: Source) -> Lane:
        """A new lane of a source."""
        return open_lane(source, self.config, self.secrets, self.telemetry)

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """Recognises answers that are as they were."""
        return Fingerprints(self.lake, self.runs)

    @cached_property
    def holdings(self) -> Holdings:
        """Answers that are still fresh."""
        fresh_for = timedelta(minutes=self.config.freshness_min)
        if not fresh_for:
            return NoHoldings()
        if self.redis is not None:
            return RedisHoldings(self.redis, fresh_for)
        return LakeHoldings(self.lake, self.runs, now, fresh_for)

    @cached_property
    def progress(self) -> ProgressTracker:
        """Counts run events."""
        return ProgressTracker(
            self.lake,
            self.bus,
            self.runs,
            self.failures,
            self.outcome,
            self.reporter,
            now,
            self.config.max_failed_share,
            lambda: Hold(min(self.config.outage_hold_s, EVENTS_HOLD_S), time.monotonic),
        )

    @cached_property
    def stages(self) -> Stages:
        """Starts the Spark jobs and ends runs."""
        config = self.config
        both = {"lake": config.lake_uri, "keep_snapshots": str(config.keep_snapshots)}
        jobs: dict[SparkStage, SparkJob] = {
            "silver": SparkJob(config.silver_job_id, both),
            "gold": SparkJob(config.gold_job_id, {**both, "views": config.gold_views}),
        }
        return Stages(self.lake, self.runs, self.databricks, self.outcome, self.reporter, now, jobs)

    @cached_property
    def watcher(self) -> Watcher:
        """Looks after the active run."""
        return Watcher(
            self.lake,
            self.runs,
            self.planner,
            self.stages,
            self.databricks,
            self.outcome,
            self.bus,
            self.recovery,
            self.alerter,
            self.reporter,
            now,
            run_limit=timedelta(minutes=self.config.run_limit_min),
            stalled_after=timedelta(minutes=self.config.stalled_after_min),
        )

    @cached_property
    def recovery(self) -> Recovery:
        """Finds tasks that were not done."""
        return Recovery(self.lake, self.runs, self.config.discogs_details)

    @cached_property
    def operator(self) -> Operator:
        """Cancels and replays runs."""
        return Operator(
            self.lake, self.runs, self.planner, self.failures, self.recovery, self.databricks, self.outcome
        )

    @cached_property
    def drain(self) -> DeadLetterDrain:
        """Empties the dead-letter queues."""
        return DeadLetterDrain(self.bus, self.runs, self.failures, self.alerter)

    @cached_property
    def status(self) -> Status:
        """Reads runs for people."""
        permitted_per_min: dict[Source, float] = {
            "tmdb": self.config.tmdb_requests_per_s * 60,
            "discogs": self.config.discogs_requests_per_min,
        }
        return Status(self.lake, self.runs, permitted_per_min, now)

    @cached_property
    def search(self) -> FilmSearch:
        """Finds films and their records."""
        return FilmSearch(self.lake)

    @cached_property
    def health(self) -> Health:
        """Sees whether everything is there that the app stands on."""
        return Health(probes_of(self), now, time.monotonic)


@lru_cache(maxsize=1)
def services() -> Services:
    """The process's services."""
    return Services(settings())
