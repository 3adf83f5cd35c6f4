"""Starting a job's process so that it can always be found again."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.databricks.processes.sessions import birth_of
from local.databricks.processes.start import GATE, outcome_unless, start_job


async def test_a_job_starts_after_its_process_is_recorded(tmp_path: Path) -> None:
    """The process is known before the job begins, and its output is in files."""
    seen: list[tuple[int, str]] = []

    def record(pid: int, birth: str) -> None:
        assert (tmp_path / "stdout").read_text() == ""
        seen.append((pid, birth))

    command = [sys.executable, "-c", "import os,sys;print(os.getpid(),os.getsid(0));sys.exit(3)"]
    job = await start_job(command, os.environ, tmp_path, record)
    assert await job.wait() == 3
    assert (tmp_path / "stdout").read_text().split() == [str(seen[0][0])] * 2


async def test_a_job_that_could_not_be_recorded_does_not_start(tmp_path: Path) -> None:
    """When recording fails the process has ended before the error is raised, and never became the job."""

    def fail(pid: int, _: str) -> None:
        raise OSError(f"disk full, {pid}")

    with pytest.raises(OSError, match="disk full") as caught:
        await start_job([sys.executable, "-c", "print('started')"], os.environ, tmp_path, fail)
    pid = int(str(caught.value).split()[-1])
    assert birth_of(pid) is None
    assert (tmp_path / "stdout").read_text() == ""


def test_a_process_whose_server_died_never_becomes_the_job() -> None:
    """A closed pipe instead of the go-ahead ends the process."""
    gate = [sys.executable, "-I", "-S", "-c", GATE, sys.executable, "-c", "print('started')"]
    answer = subprocess.run(gate, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert (answer.returncode, answer.stdout) == (75, b"")


async def test_work_gives_way_to_an_ending_and_cleans_up_first() -> None:
    """The outcome if the work is done; else the error, once the work has put its things away."""
    tidied: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tidied.append("tidied")

    gone = LookupError("gone")
    assert await outcome_unless(asyncio.Event().wait(), gone, asyncio.sleep(0, "done")) == "done"
    with pytest.raises(LookupError, match="gone"):
        await outcome_unless(asyncio.sleep(0), gone, work())
    assert tidied == ["tidied"]
