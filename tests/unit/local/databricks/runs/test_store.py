"""The record of runs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from local.databricks.runs.records import Phase, Result
from local.databricks.runs.store import RunStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    """An empty store whose clock ticks with every question."""
    ticks = count(1)
    opened = RunStore(tmp_path / "runs.sqlite", lambda: next(ticks))
    yield opened
    opened.close()


def test_a_token_names_one_run_for_ever(tmp_path: Path, store: RunStore) -> None:
    """The same token gives the same run, also after it ended and from another process."""
    first = store.submit(1, {"run_id": "A"}, "token")
    store.update_run(first.run_id, phase=Phase.TERMINATED, result=Result.SUCCESS)
    other = RunStore(tmp_path / "runs.sqlite", lambda: 99)
    again = other.submit(1, {"run_id": "B"}, "token")
    other.close()
    assert again.run_id == first.run_id
    assert again.parameters == {"run_id": "A"}
    assert len(store.runs()) == 1


def test_runs_without_token_are_never_the_same(store: RunStore) -> None:
    """Without a token every request starts a run."""
    assert store.submit(1, {}, None).run_id != store.submit(1, {}, None).run_id


def test_a_second_run_of_a_job_queues(store: RunStore) -> None:
    """While a run of the job is open the next one is QUEUED; a run of another job only waits."""
    first = store.submit(1, {}, None)
    phases = [store.submit(1, {}, None).phase, store.submit(2, {}, None).phase]
    assert (first.phase, phases) == (Phase.PENDING, [Phase.QUEUED, Phase.PENDING])


def test_open_runs_are_in_the_order_they_came(store: RunStore) -> None:
    """Ended runs are left out; the oldest open one is first."""
    runs = [store.submit(job, {}, None) for job in (1, 2, 3)]
    store.update_run(runs[1].run_id, phase=Phase.INTERNAL_ERROR)
    assert [run.run_id for run in store.open_runs()] == [runs[0].run_id, runs[2].run_id]
    assert [run.run_id for run in store.runs()] == [run.run_id for run in reversed(runs)]


def test_attempts_are_numbered_within_their_run(store: RunStore) -> None:
    """The attempts of a run have ids of their own, next to the run's."""
    run = store.submit(1, {}, None)
    first, second = store.begin_attempt(run.run_id), store.begin_attempt(run.run_id)
    assert (first.task_run_id, second.task_run_id) == (run.run_id + 1, run.run_id + 2)
    changed = store.update_attempt(first, pid=17, birth="boot/5", phase=Phase.RUNNING)
    assert store.attempts(run.run_id) == [changed, second]


def test_unknown_things_are_errors(store: RunStore) -> None:
    """A run that is not there and a column that does not exist are told."""
    with pytest.raises(KeyError):
        store.run(1000)
    with pytest.raises(ValueError, match="unknown columns"):
        store.update_run(1000, fase="X")
