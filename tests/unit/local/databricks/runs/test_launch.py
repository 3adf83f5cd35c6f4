"""Starting a job's process so that it can always be found again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.databricks.runs.launch import GATE, SparkEnvironment, start_job
from local.databricks.runs.processes import birth_of

SPARK = SparkEnvironment(
    python=Path("/venv/bin/python"),
    package="spark_jobs",
    source=Path("/source"),
    java_home=Path("/java"),
    driver_memory="2g",
    withheld=("STORE",),
)


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


def test_a_job_gets_what_it_needs_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interpreter, Java, import path and memory are set; token and storage connection are withheld."""
    monkeypatch.setenv("STORE", "secret")
    monkeypatch.setenv("DATABRICKS_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "/more")
    variables = SPARK.variables(Path("/spark"))
    assert "secret" not in variables.values()
    assert variables["PYTHONPATH"] == f"/source{os.pathsep}/more"
    assert variables["JAVA_HOME"] == "/java"
    assert variables["PYSPARK_PYTHON"] == "/venv/bin/python"
    assert variables["SPARK_LOCAL_IP"] == "127.0.0.1"
    assert "--driver-memory 2g" in variables["PYSPARK_SUBMIT_ARGS"]
    assert SPARK.command("silver", ["--x"]) == ["/venv/bin/python", "-m", "spark_jobs.silver", "--x"]
