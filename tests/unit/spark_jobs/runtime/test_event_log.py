"""Figures of a job from Spark's event log."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.errors import PySparkException

from spark_jobs.runtime.event_log import open_event_log, work_of

MINE, OTHER = "aaaa-1", "bbbb-2"
APPLICATION = "local-1"


def job(session: str, *stages: int) -> str:
    """A job of a session's operation begins."""
    tags = f"SparkConnect_OperationTag_User_me_Session_{session}_Operation_c1"
    return line(
        "JobStart", **{"Job ID": 1, "Stage IDs": list(stages), "Properties": {"spark.job.tags": tags}}
    )


def task(stage: int, reason: str = "Success", *, has_metrics: bool = True, **more: int) -> str:
    """A task of a stage ends."""
    metrics = {
        "Executor Run Time": 2000, "JVM GC Time": 500, "Disk Bytes Spilled": 10, "Peak Execution Memory": 64,
        "Shuffle Write Metrics": {"Shuffle Bytes Written": 7}, **more,
    }  # fmt: skip
    fields = {"Stage ID": stage, "Task End Reason": {"Reason": reason}, "Task Info": {}}
    return line("TaskEnd", **fields, **({"Task Metrics": metrics} if has_metrics else {}))


def line(kind: str, **fields: Any) -> str:
    text = json.dumps({"Event": f"SparkListener{kind}", **fields}, separators=(",", ":"))
    return f"{text}\n"


def test_what_a_session_did_is_added_up() -> None:
    """Only stages of its own jobs count; a task that failed counts as one, one that was killed as ended."""
    heap = {"Stage ID": 1, "Stage Attempt ID": 0, "Executor Metrics": {"JVMHeapMemory": 4096}}
    lines = [
        line("LogStart", Version="4.1.0"),
        job(MINE, 1, 2),
        job(OTHER, 3),
        task(1),
        task(2, "ExceptionFailure", **{"Peak Execution Memory": 128}),
        task(2, "TaskKilled", has_metrics=False),
        task(3),
        line("StageExecutorMetrics", **heap),
    ]
    assert work_of(lines, MINE).as_dict() == {
        "tasks": 3,
        "failed_tasks": 1,
        "run_s": 4.0,
        "gc_s": 1.0,
        "spilled_bytes": 20,
        "shuffled_bytes": 14,
        "peak_task_bytes": 128,
        "peak_heap_bytes": 4096,
    }
    assert work_of(lines, None).tasks == 4


def test_a_line_that_is_half_written_waits() -> None:
    """The log goes on while it is read."""
    assert work_of([job(MINE, 1), task(1), task(1)[:40]], MINE).tasks == 1


class Session:
    """A session that tells these settings; it refuses to tell others, as serverless compute does."""

    session_id = MINE

    def __init__(self, **settings: str) -> None:
        self._settings = settings
        self.conf = SimpleNamespace(get=self._get)

    def _get(self, name: str, default: str) -> str:
        if name not in self._settings:
            raise PySparkException(f"[CONFIG_NOT_AVAILABLE] {name}")
        return self._settings[name]


def session(folder: Path) -> Any:
    settings = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.as_uri(),
        "spark.app.id": APPLICATION,
    }
    return Session(**settings)


def test_a_job_counts_from_where_it_began(tmp_path: Path) -> None:
    """What was logged before is another job's; the log may roll on to new files, the tenth after the ninth."""
    rolled = tmp_path / "a b" / f"eventlog_v2_{APPLICATION}"
    rolled.mkdir(parents=True)
    (rolled / f"events_9_{APPLICATION}").write_text(job(MINE, 1) + task(1))
    opened = open_event_log(session(tmp_path / "a b"))
    assert opened is not None
    with (rolled / f"events_9_{APPLICATION}").open("a") as file:
        file.write(job(MINE, 2) + task(2))
    (rolled / f"events_10_{APPLICATION}").write_text(task(2) + task(1))
    work = opened.work()
    assert work is not None
    assert work["tasks"] == 2


def test_a_log_in_one_file_does_too(tmp_path: Path) -> None:
    """Where rolling is off."""
    (tmp_path / f"{APPLICATION}.inprogress").write_text(job(MINE, 1))
    opened = open_event_log(session(tmp_path))
    assert opened is not None
    with (tmp_path / f"{APPLICATION}.inprogress").open("a") as file:
        file.write(job(MINE, 2) + task(2))
    assert (opened.work() or {})["tasks"] == 1


@pytest.mark.parametrize("address", ["", "dbfs:/cluster-logs", "abfss://logs@lake.dfs.core.windows.net/x"])
def test_where_no_file_can_be_read_there_are_no_figures(address: str) -> None:
    """Serverless compute tells nothing, and a log elsewhere is not looked for."""
    assert open_event_log(Session()) is None  # type: ignore[arg-type]
    settings = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": address, "spark.app.id": "x"}
    assert open_event_log(Session(**settings)) is None  # type: ignore[arg-type]


def test_a_log_that_is_gone_costs_no_job(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be read is no figure: a warning, and None."""
    path = tmp_path / APPLICATION
    path.write_text(job(MINE, 1))
    opened = open_event_log(session(tmp_path))
    assert opened is not None
    with path.open("a") as file:
        file.write(line("TaskEnd", **{"Stage ID": 1, "Task End Reason": {}}) + job(MINE, 1))
        file.write('{"Event":"SparkListenerTaskEnd",' + "\n")
    assert opened.work() is None
    assert "cannot be read" in caplog.text
