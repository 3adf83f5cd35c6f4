"""A server that starts on the directory of one that died goes on where that stood."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local.databricks.runs.records import Phase, RunRecord
from local.databricks.runs.store import RunStore
from local.machine.servers import free_port
from tests.integration.local.databricks.server import DEPLOYER, Lake, prepare, server


def died_in(place: Path, job: str, prepare_run: Callable[[RunStore, RunRecord], None]) -> int:
    """A directory as a killed server leaves it, with one run; returns the run's id."""
    ids = prepare(place)
    store = RunStore(place / "work" / "runs.sqlite", lambda: time.time_ns() // 1_000_000)
    parameters = {"run_id": "R1", "catalog": "c", "tables": "abfss://elsewhere", "files": "/elsewhere"}
    run = store.submit(ids.get(job, 999), parameters, None, DEPLOYER)
    store.update_run(run.run_id, started_ms=1, phase=Phase.RUNNING)
    prepare_run(store, run)
    store.close()
    return run.run_id


def outcome(place: Path, lake: Lake, run_id: int) -> list[str]:
    """Codes of the run's attempts, after a new server has brought it to its end."""
    with server(place, lake, free_port()) as jobs:
        run = jobs.ended(run_id).as_dict()
    return [task["status"]["termination_details"]["code"] for task in run["tasks"]]


def test_a_publication_is_finished(tmp_path: Path, lake: Lake) -> None:
    """A job that had succeeded is not run again: what it wrote is published."""

    def publishing(store: RunStore, run: RunRecord) -> None:
        attempt = store.begin_attempt(run.run_id)
        store.update_attempt(attempt, phase=Phase.PUBLISHING)

    run_id = died_in(tmp_path, "failing", publishing)
    pointer = tmp_path / "work/lake/search/_current.json"
    pointer.parent.mkdir(parents=True)
    pointer.write_text("{}")
    assert outcome(tmp_path, lake, run_id) == ["SUCCESS"]
    assert lake.names("gold") == ["search/_current.json"]


@pytest.mark.parametrize("staging", [True, False])
def test_a_run_that_had_not_begun_begins(tmp_path: Path, lake: Lake, staging: bool) -> None:
    """A crash before the job's start costs no attempt."""

    def nothing(store: RunStore, run: RunRecord) -> None:
        if staging:
            store.begin_attempt(run.run_id)

    assert outcome(tmp_path, lake, died_in(tmp_path, "silver", nothing)) == ["SUCCESS"]


def test_a_cancel_that_was_asked_for_is_carried_out(tmp_path: Path, lake: Lake) -> None:
    """A run that was being canceled when the server died does not start again."""

    def canceled(store: RunStore, run: RunRecord) -> None:
        store.update_run(run.run_id, is_cancel_requested=True)
        store.begin_attempt(run.run_id)

    assert outcome(tmp_path, lake, died_in(tmp_path, "silver", canceled)) == ["USER_CANCELED"]
    assert lake.names("control") == []


def test_an_ended_attempt_ends_its_run(tmp_path: Path, lake: Lake) -> None:
    """A crash between the end of the attempt and that of the run repeats nothing."""

    def ended(store: RunStore, run: RunRecord) -> None:
        attempt = store.begin_attempt(run.run_id)
        store.update_attempt(attempt, phase=Phase.TERMINATED, result="SUCCESS", code="SUCCESS")

    assert outcome(tmp_path, lake, died_in(tmp_path, "silver", ended)) == ["SUCCESS"]
    assert lake.names("control") == []


def test_a_run_of_a_job_that_is_gone_fails(tmp_path: Path, lake: Lake) -> None:
    """A run whose definition was removed is over, with the reason."""
    run_id = died_in(tmp_path, "removed", lambda store, run: None)
    with server(tmp_path, lake, free_port()) as jobs:
        run = jobs.ended(run_id).as_dict()
    assert run["status"]["termination_details"]["code"] == "RESOURCE_NOT_FOUND"
