"""What Spark counts while a job runs: tasks, failures, garbage collection, spills and memory, from its event log.

A job is a client and cannot ask Spark; it reads the log's file, where the session names one that can be reached as a
plain path: on one machine, and on a cluster whose `spark.eventLog.dir` is a volume. Serverless compute has none; there
`system.query.history` has the like (docs/operations.md). The log of a Spark Connect server is of all its clients, so
what counts is what this session's operations did, from the moment the log was opened.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

log = logging.getLogger(__name__)
_EVENTS = ("SparkListenerJobStart", "SparkListenerTaskEnd", "SparkListenerStageExecutorMetrics")
_HEADS = tuple(f'{{"Event":"{name}"' for name in _EVENTS)
MS = 1000


@dataclass(slots=True)
class SparkWork:
    """What a session did.

    Attributes:
        tasks: tasks that ended, failed ones too.
        run_s: seconds of all tasks, those side by side added up.
        gc_s: seconds of garbage collection within tasks; a pause counts for each task it held up.
        spilled_bytes: written to disk for want of memory.
        peak_task_bytes: most memory of one task for sorts, joins and groups.
        peak_heap_bytes: most heap of the JVM, where Spark looked at it; else 0.
    """

    tasks: int = 0
    failed_tasks: int = 0
    run_s: float = 0.0
    gc_s: float = 0.0
    spilled_bytes: int = 0
    shuffled_bytes: int = 0
    peak_task_bytes: int = 0
    peak_heap_bytes: int = 0
    _stages: set[int] = field(default_factory=set, repr=False)

    def add(self, event: Mapping[str, Any], session_id: str | None) -> None:
        """Count an event; without a session all of them count."""
        kind = event["Event"]
        if kind == "SparkListenerJobStart":
            tags = (event.get("Properties") or {}).get("spark.job.tags", "")
            if session_id is None or session_id in tags:
                self._stages.update(event["Stage IDs"])
        elif event["Stage ID"] not in self._stages:
            return
        elif kind == "SparkListenerTaskEnd":
            self._add_task(event)
        else:
            self._see_heap(event.get("Executor Metrics"))

    def as_dict(self) -> dict[str, Any]:
        """The figures, for metrics."""
        figures = asdict(self)
        del figures["_stages"]
        return {
            name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()
        }

    def _add_task(self, event: Mapping[str, Any]) -> None:
        self.tasks += 1
        self.failed_tasks += event["Task End Reason"]["Reason"] not in ("Success", "TaskKilled")
        self._see_heap(event.get("Task Executor Metrics"))
        metrics = event.get("Task Metrics")
        if metrics is None:  # of a task that never ran
            return
        self.run_s += metrics["Executor Run Time"] / MS
        self.gc_s += metrics["JVM GC Time"] / MS
        self.spilled_bytes += metrics["Disk Bytes Spilled"]
        self.shuffled_bytes += (metrics.get("Shuffle Write Metrics") or {}).get("Shuffle Bytes Written", 0)
        self.peak_task_bytes = max(self.peak_task_bytes, metrics["Peak Execution Memory"])

    def _see_heap(self, metrics: Mapping[str, int] | None) -> None:
        self.peak_heap_bytes = max(self.peak_heap_bytes, (metrics or {}).get("JVMHeapMemory", 0))


def work_of(lines: Iterable[str], session_id: str | None) -> SparkWork:
    """What the lines of a log say of a session. Pure."""
    work = SparkWork()
    for line in lines:
        if line.startswith(_HEADS) and line.endswith("\n"):  # the last line may be half written
            work.add(json.loads(line), session_id)
    return work


@dataclass(frozen=True, slots=True)
class EventLog:
    """The log of a running application: its files, the size of each when it was opened, and whose events count."""

    pattern: str
    folder: Path
    session_id: str | None
    begins: Mapping[Path, int]

    def work(self) -> dict[str, Any] | None:
        """What was done since it was opened; None where it can be read no longer."""
        try:
            return work_of(self._lines(), self.session_id).as_dict()
        except (OSError, ValueError, KeyError) as error:  # figures are not worth a job
            log.warning("the event log in %s cannot be read: %s", self.folder, type(error).__name__)
            return None

    def _lines(self) -> Iterator[str]:
        for path in _in_order(self.folder, self.pattern):
            with path.open("rb") as file:
                file.seek(self.begins.get(path, 0))
                for line in file:
                    yield line.decode()


def open_event_log(spark: SparkSession) -> EventLog | None:
    """The log of the application a session belongs to, from now on; None where there is none that can be read."""
    setting = _settings_of(spark)
    address = urlsplit(setting("spark.eventLog.dir"))
    if setting("spark.eventLog.enabled") != "true" or address.scheme not in ("", "file"):
        return None
    application = setting("spark.app.id")
    folder, pattern = Path(unquote(address.path)) / f"eventlog_v2_{application}", "events_*"
    if not folder.is_dir():
        folder, pattern = folder.parent, f"{application}*"
    files = {path: path.stat().st_size for path in _in_order(folder, pattern)}
    return EventLog(pattern, folder, getattr(spark, "session_id", None), files) if files else None


def _in_order(folder: Path, pattern: str) -> list[Path]:
    """Rolled files are numbered: events_1_APPLICATION, events_2_APPLICATION."""
    found = [path for path in folder.glob(pattern) if path.is_file()]
    return sorted(found, key=lambda path: (len(path.name), path.name))


def _settings_of(spark: SparkSession) -> Callable[[str], str]:
    def setting(name: str) -> str:
        try:
            return str(spark.conf.get(name, ""))
        except PySparkException:  # serverless compute tells few of its settings
            return ""

    return setting
