"""The alert rules: pure functions over a few facts.

Critical: a run failed, quality under 0.90, no run completed for 6 hours, a run over its limit of 2 hours, dead letters.
Warning: quality from 0.90 to 0.95, a run from 1 to 2 hours, a volume 3 sigma off the runs before, a column that is
filled 3 sigma less than in the runs before, a run that found a fraction of the catalog, a run that takes over 80 % of
the time between two runs, an export of gold that failed, a lake that holds more than it may.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, stdev
from typing import Literal

from shared.config import Settings
from shared.figures.stored import Measurement
from shared.runs.findings import Export
from shared.runs.state import RunState

Severity = Literal["critical", "warning"]
MIN_RUNS = 5
LEAST_SPREAD = 0.01
RUN_FAILED = "run_failed"
BYTES_A_GB = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """The limits beyond which a rule alerts; `shared.config` has their settings, with defaults."""

    quality_critical: float
    quality_warning: float
    no_run: timedelta
    late_critical: timedelta
    late_warning: timedelta
    volume_sigmas: float
    volume_runs: int
    utilisation: float
    schedule_interval: timedelta
    storage_gb: float

    @classmethod
    def of(cls, config: Settings) -> Thresholds:
        """The thresholds that are set."""
        return cls(
            quality_critical=config.quality_critical,
            quality_warning=config.quality_warning,
            no_run=timedelta(minutes=config.no_run_alert_min),
            late_critical=timedelta(minutes=config.run_limit_min),
            late_warning=timedelta(minutes=config.late_warning_min),
            volume_sigmas=config.volume_sigmas,
            volume_runs=config.volume_runs,
            utilisation=config.utilisation_warning,
            schedule_interval=timedelta(minutes=config.schedule_interval_min),
            storage_gb=config.storage_budget_gb,
        )


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The input of the rules.

    Attributes:
        now: the time, in UTC.
        active: the active run.
        ended: the runs that ended last, oldest first.
        watched_since: when the rules were first evaluated; before, no run could have been missed.
        dead_letters: messages that had to be given up, so far.
        dead_letters_at: when the last of them was found.
        export: what came of the last export to MongoDB; None where gold is not exported.
        stored: what the lake held when it was measured last.
    """

    now: datetime
    active: RunState | None
    ended: Sequence[RunState]
    watched_since: datetime
    dead_letters: int = 0
    dead_letters_at: datetime | None = None
    export: Export | None = None
    stored: Measurement | None = None

    @property
    def last(self) -> RunState | None:
        """The newest run that completed or failed; a cancelled one says nothing."""
        return next((run for run in reversed(self.ended) if run.state != "cancelled"), None)

    @property
    def completed(self) -> list[RunState]:
        """The runs that completed, oldest first."""
        return [run for run in self.ended if run.state == "completed"]


@dataclass(frozen=True)
class Alert:
    """A rule found something wrong.

    Attributes:
        rule: which rule says so; at most one alert a rule is open.
        severity: critical or warning.
        reason: what is wrong, with the figures.
        run_id: the run it is about, if it is about one.
    """

    rule: str
    severity: Severity
    reason: str
    run_id: str | None = None


def run_failed(facts: Facts, _: Thresholds) -> Alert | None:
    """The newest run failed: a job after its retries, too many tasks, a refused token. Over when a run completes."""
    run = facts.last
    if run is None or run.state != "failed":
        return None
    return Alert(RUN_FAILED, "critical", run.reason or "no reason given", run.run_id)


def quality(facts: Facts, thresholds: Thresholds) -> Alert | None:
    """The worst table of the newest judged run is under a threshold; a table's score is its dimensions' mean."""
    judged = [run for run in facts.ended if run.scores]
    if not judged:
        return None
    scores = judged[-1].scores
    table = min(scores, key=scores.__getitem__)
    if scores[table] >= thresholds.quality_warning:
        return None
    severity: Severity = "critical" if scores[table] < thresholds.quality_critical else "warning"
    limit = thresholds.quality_critical if severity == "critical" else thresholds.quality_warning
    reason = f"quality of {table} is {scores[table]:.3f}, under {limit:.2f}"
    return Alert("quality", severity, reason, judged[-1].run_id)


def no_completed_run(facts: Facts, thresholds: Thresholds) -> Alert | None:
    """For too long no run has completed."""
    since = _end_of(facts.completed[-1]) if facts.completed else facts.watched_since
    if facts.now - since <= thresholds.no_run:
        return None
    return Alert("no_completed_run", "critical", f"no run has completed since {since:%Y-%m-%d %H:%M} UTC")


def run_late(facts: Facts, thresholds: Thresholds) -> Alert | None:
    """The active run takes too long."""
    if facts.active is None:
        return None
    age = facts.now - facts.active.created_at
    if age < thresholds.late_warning:
        return None
    severity: Severity = "critical" if age >= thresholds.late_critical else "warning"
    limit = thresholds.late_critical if severity == "critical" else thresholds.late_warning
    reason = f"the run is {facts.active.state} and takes longer than {_minutes(limit)}"
    return Alert("run_late", severity, reason, facts.active.run_id)


def dead_letters(facts: Facts, _: Thresholds) -> Alert | None:
    """Messages had to be given up; over when a run that began afterwards completes."""
    if facts.dead_letters_at is None:
        return None
    if facts.completed and facts.completed[-1].created_at > facts.dead_letters_at:
        return None
    return Alert("dead_letters", "critical", f"{facts.dead_letters} dead letters were found")


def volume(facts: Facts, thresholds: Thresholds) -> Alert | None:
    """A source brought far more or fewer records than in the runs before.

    Compared are runs of the same mode and sources that replay nothing, at least 5 of them. A spread under 1 % of the
    mean counts as 1 %, so that a catalog that hardly moves does not alert on a handful of records.
    """
    if not facts.completed:
        return None
    newest = facts.completed[-1]
    before = [run for run in facts.completed[:-1] if _is_like(run, newest)][-thresholds.volume_runs :]
    if newest.replays or len(before) < MIN_RUNS:
        return None
    off = [
        found
        for source in newest.sources
        if (found := _deviation(f"bronze_{source}", newest, before, thresholds.volume_sigmas))
    ]
    return Alert("volume", "warning", "; ".join(off), newest.run_id) if off else None


def fill_rate(facts: Facts, thresholds: Thresholds) -> Alert | None:
    """A column of the newest completed run has far fewer values than in the runs before.

    Scores do not see that: a value that is missing breaks no rule. Compared are the same runs as for the volume, and
    a spread under 1 % counts as 1 %. More values than before are no alert.
    """
    if not facts.completed:
        return None
    newest = facts.completed[-1]
    before = [run for run in facts.completed[:-1] if _is_like(run, newest)][-thresholds.volume_runs :]
    fallen = [
        text
        for table, rates in newest.fill.items()
        for column, rate in rates.items()
        if (text := _fallen(table, column, rate, before, thresholds.volume_sigmas))
    ]
    return Alert("fill_rate", "warning", "; ".join(fallen), newest.run_id) if fallen else None


def little_found(facts: Facts, _: Thresholds) -> Alert | None:
    """The newest completed run found nothing, or a fraction of the one before; changes are not read from it."""
    if not facts.completed or facts.completed[-1].doubt is None:
        return None
    run = facts.completed[-1]
    return Alert("little_found", "warning", f"{run.doubt}; changes are read from the run before", run.run_id)


def utilisation(facts: Facts, thresholds: Thresholds) -> Alert | None:
    """The newest completed run took most of the time there is between two scheduled runs."""
    if not facts.completed:
        return None
    run = facts.completed[-1]
    share = (_end_of(run) - run.created_at) / thresholds.schedule_interval
    if share <= thresholds.utilisation:
        return None
    reason = f"the run took {share:.0%} of the {_minutes(thresholds.schedule_interval)} between two runs"
    return Alert("utilisation", "warning", reason, run.run_id)


def export_failed(facts: Facts, _: Thresholds) -> Alert | None:
    """The last export of gold to MongoDB failed: the server was away, or holds something else. Over with a good one."""
    if facts.export is None or facts.export.state != "failed":
        return None
    return Alert("export_failed", "warning", facts.export.reason, facts.export.run_id)


def storage(facts: Facts, thresholds: Thresholds) -> Alert | None:
    """The lake holds more than is planned for. Over with a night under it, or a larger STORAGE_BUDGET_GB."""
    if facts.stored is None or not thresholds.storage_gb:
        return None
    held_gb = facts.stored.total_bytes / BYTES_A_GB
    if held_gb <= thresholds.storage_gb:
        return None
    area = max(facts.stored.areas, key=facts.stored.areas.__getitem__)
    reason = f"the lake holds {held_gb:,.0f} GB, over {thresholds.storage_gb:,g}; most of it is {area}"
    return Alert("storage", "warning", reason)


RULES: tuple[Callable[[Facts, Thresholds], Alert | None], ...] = (
    run_failed,
    quality,
    no_completed_run,
    run_late,
    dead_letters,
    volume,
    fill_rate,
    little_found,
    utilisation,
    export_failed,
    storage,
)


def evaluate(facts: Facts, thresholds: Thresholds) -> list[Alert]:
    """Everything that is wrong now, one alert a rule at most."""
    return [alert for rule in RULES if (alert := rule(facts, thresholds))]


def _end_of(run: RunState) -> datetime:
    return run.ended_at or run.updated_at


def _minutes(length: timedelta) -> str:
    return f"{length.total_seconds() / 60:g} minutes"


def _is_like(run: RunState, newest: RunState) -> bool:
    """Whether two runs ought to bring as much; bulk runs need not: one in a month has a dump."""
    if newest.mode == "bulk":
        return False
    return not run.replays and (run.mode, run.sources) == (newest.mode, newest.sources)


def _deviation(name: str, newest: RunState, before: Sequence[RunState], sigmas: float) -> str | None:
    """The text of an alert about a count that is too far off; None when it is not."""
    counts = [run.counts.get(name, 0) for run in before]
    mean = fmean(counts)
    spread = max(stdev(counts), LEAST_SPREAD * mean, 1.0)
    count = newest.counts.get(name, 0)
    distance = abs(count - mean) / spread
    if distance <= sigmas:
        return None
    return f"{name} is {count:,}, {distance:.1f} sigma off the mean of {mean:,.0f}"


def _fallen(table: str, column: str, rate: float, before: Sequence[RunState], sigmas: float) -> str | None:
    """The text of an alert about a fill rate that fell too far; None when it did not, or too few runs know it."""
    rates = [run.fill[table][column] for run in before if column in run.fill.get(table, {})]
    if len(rates) < MIN_RUNS:
        return None
    mean = fmean(rates)
    distance = (mean - rate) / max(stdev(rates), LEAST_SPREAD)
    if distance <= sigmas:
        return None
    return f"{table}.{column} is filled in {rate:.1%}, {distance:.1f} sigma under the mean of {mean:.1%}"
