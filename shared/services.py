"""The services that handlers call: wired here and nowhere else, once a process, each when first asked for."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache

import httpx

from shared.adapters import telemetry
from shared.adapters.connections import Connections, tls_context
from shared.alerting.alerter import Alerter
from shared.alerting.book import NoticeOptions
from shared.alerting.notices import Notifier, channels_of
from shared.alerting.rules import Thresholds
from shared.bulk.film_ids import FilmIds
from shared.config import Settings, settings
from shared.figures.storage import StorageMeter
from shared.ingestion.active_runs import ActiveRuns
from shared.ingestion.failed_tasks import FailedTasks
from shared.ingestion.fetching import Fetcher, FetchOptions
from shared.ingestion.fingerprints import Fingerprints
from shared.ingestion.landing import Lander
from shared.ingestion.outages import Hold
from shared.ingestion.recovery import Recovery
from shared.ingestion.response_cache import LakeCache, NoCache, RedisCache, ResponseCache
from shared.messages.base import Source
from shared.orchestration.dead_letters import DeadLetterDrain
from shared.orchestration.fan_in import FanIn
from shared.orchestration.film_steps import FilmSteps
from shared.orchestration.lifecycle import RunLifecycle
from shared.orchestration.operations import RunOperations
from shared.orchestration.retention import Periods, Retention
from shared.orchestration.stages import Stages, jobs_of
from shared.orchestration.starter import RunStarter
from shared.orchestration.watchdog import Watchdog
from shared.runs.source_watch import SourceWatch
from shared.runs.store import RunStore
from shared.serving.feed.changes import ChangeLog
from shared.serving.health import HealthChecker, probes_of
from shared.serving.lookup.wired import LookupServices
from shared.serving.reviews.desk import ReviewDesk
from shared.serving.reviews.log import ReviewLog
from shared.serving.run_status import RunReader
from shared.sources.lanes import Lane, Lanes, open_lane

EVENTS_HOLD_S = 200.0  # nobody renews the lock of a batch, and it ends after 300 s
FILE_TIMEOUT_S = 60.0  # of a download: between two pieces of it
NOISY_LOGGERS = ("azure", "httpx", "httpcore", "databricks", "stamina", "uamqp")


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
    def failed_tasks(self) -> FailedTasks:
        """Failed tasks and unreadable messages."""
        return FailedTasks(self.lake, now)

    @cached_property
    def lifecycle(self) -> RunLifecycle:
        """Changes the states of runs, and reports them."""
        return RunLifecycle(
            lake=self.lake, runs=self.runs, telemetry=self.telemetry, alerter=self.alerter, now=now
        )

    @cached_property
    def alerter(self) -> Alerter:
        """Alerts and notices."""
        return Alerter(
            lake=self.lake,
            runs=self.runs,
            telemetry=self.telemetry,
            notifier=self.notifier,
            now=now,
            thresholds=Thresholds.of(self.config),
            options=NoticeOptions.of(self.config, self.notifier.channels),
        )

    @cached_property
    def notifier(self) -> Notifier:
        """Slack and the webhook, where they are set."""
        return Notifier(channels_of(self.config, httpx.AsyncClient(verify=tls_context()), now))

    @cached_property
    def retention(self) -> Retention:
        """Removes what is older than its period."""
        return Retention(
            lake=self.lake,
            runs=self.runs,
            telemetry=self.telemetry,
            now=now,
            periods=Periods.of(self.config),
        )

    @cached_property
    def storage_meter(self) -> StorageMeter:
        """Measures what the lake holds."""
        return StorageMeter(lake=self.lake, telemetry=self.telemetry, now=now)

    @cached_property
    def starter(self) -> RunStarter:
        """Begins runs."""
        return RunStarter(
            bus=self.bus,
            runs=self.runs,
            lifecycle=self.lifecycle,
            secrets=self.secrets,
            stages=self.stages,
            film_steps=self.film_steps,
            now=now,
            discogs_type=self.config.discogs_type,
        )

    @cached_property
    def film_steps(self) -> FilmSteps:
        """Plans what bulk runs ask TMDB for."""
        agent = {"User-Agent": self.config.user_agent}
        http = httpx.AsyncClient(timeout=FILE_TIMEOUT_S, headers=agent, verify=tls_context())
        ids = FilmIds(lake=self.lake, http=http, base_url=str(self.config.tmdb_export_url), now=now)
        return FilmSteps(lake=self.lake, film_ids=ids, budget=self.config.bulk_requests)

    @cached_property
    def fetcher(self) -> Fetcher:
        """Works fetch tasks."""
        return Fetcher(
            lanes=self.lanes,
            lander=self.lander,
            bus=self.bus,
            active=ActiveRuns(self.runs, time.monotonic),
            failed_tasks=self.failed_tasks,
            watch=self.source_watch,
            telemetry=self.telemetry,
            options=FetchOptions.of(self.config),
            clock=time.monotonic,
        )

    @cached_property
    def lander(self) -> Lander:
        """Lands tasks."""
        return Lander(
            lake=self.lake,
            bus=self.bus,
            telemetry=self.telemetry,
            response_cache=self.response_cache,
            fingerprints=self.fingerprints,
            attempts=self.config.attempts_in_place,
            release_details=self.config.asks_discogs_records,
        )

    @cached_property
    def lanes(self) -> Lanes:
        """The lanes of this process, shared by all its calls."""
        return Lanes(self.lane, self.config.lanes_per_source)

    def lane(self, source: Source) -> Lane:
        """A new lane of a source."""
        return open_lane(source, self.config, self.secrets, self.telemetry, self.source_watch)

    @cached_property
    def source_watch(self) -> SourceWatch:
        """Writes down what is wrong with a source while it lasts."""
        return SourceWatch(self.lake, now)

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """Recognises answers that have not changed."""
        kept = {source: timedelta(days=days) for source, days in self.config.retention_days.items()}
        return Fingerprints(self.lake, self.runs, kept=kept)

    @cached_property
    def response_cache(self) -> ResponseCache:
        """Answers that are still fresh."""
        fresh_for = timedelta(minutes=self.config.freshness_min)
        if not fresh_for:
            return NoCache()
        if self.redis is not None:
            return RedisCache(self.redis, fresh_for)
        return LakeCache(self.lake, self.runs, now, fresh_for)

    @cached_property
    def fan_in(self) -> FanIn:
        """Counts run events."""
        return FanIn(
            lake=self.lake,
            bus=self.bus,
            runs=self.runs,
            failed_tasks=self.failed_tasks,
            lifecycle=self.lifecycle,
            now=now,
            max_failed_share=self.config.max_failed_share,
            least_catalog_share=self.config.least_catalog_share,
            holds=lambda: Hold(min(self.config.outage_hold_s, EVENTS_HOLD_S), time.monotonic),
        )

    @cached_property
    def stages(self) -> Stages:
        """Starts the Spark jobs and ends runs."""
        return Stages(
            lake=self.lake,
            runs=self.runs,
            databricks=self.databricks,
            lifecycle=self.lifecycle,
            jobs=jobs_of(self.config),
        )

    @cached_property
    def watchdog(self) -> Watchdog:
        """Looks after the active run."""
        return Watchdog(
            bus=self.bus,
            databricks=self.databricks,
            lifecycle=self.lifecycle,
            recovery=self.recovery,
            stages=self.stages,
            starter=self.starter,
            now=now,
            run_limit=timedelta(minutes=self.config.run_limit_min),
            stalled_after=timedelta(minutes=self.config.stalled_after_min),
        )

    @cached_property
    def recovery(self) -> Recovery:
        """Finds tasks that are not done."""
        return Recovery(self.lake, self.runs, self.config.asks_discogs_records)

    @cached_property
    def operations(self) -> RunOperations:
        """Cancels and replays runs."""
        return RunOperations(
            runs=self.runs,
            starter=self.starter,
            stages=self.stages,
            failed_tasks=self.failed_tasks,
            recovery=self.recovery,
            lifecycle=self.lifecycle,
        )

    @cached_property
    def drain(self) -> DeadLetterDrain:
        """Empties the dead-letter queues."""
        return DeadLetterDrain(self.bus, self.runs, self.failed_tasks, self.alerter)

    @cached_property
    def run_reader(self) -> RunReader:
        """Reads runs for HTTP answers."""
        thresholds = Thresholds.of(self.config)
        permitted = self.config.permitted_per_min
        return RunReader(self.lake, self.runs, permitted, now, thresholds.late_critical, thresholds.no_run)

    @cached_property
    def lookup(self) -> LookupServices:
        """Finds films, records and links by id and by word, and counts who asks."""
        return LookupServices(self.lake, self.config, now)

    @cached_property
    def reviews(self) -> ReviewDesk:
        """Hands out pairs to review, and keeps what is said of them."""
        return ReviewDesk(self.lake, ReviewLog(self.lake, now))

    @cached_property
    def change_log(self) -> ChangeLog:
        """What changed in the links, run by run."""
        return ChangeLog(self.lake)

    @cached_property
    def health(self) -> HealthChecker:
        """Checks that everything is there that the app stands on."""
        return HealthChecker(probes_of(self), now, time.monotonic)


@lru_cache(maxsize=1)
def services() -> Services:
    """The process's services."""
    return Services(settings())
