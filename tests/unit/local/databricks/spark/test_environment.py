"""What jobs and their Spark are given."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from local.databricks.spark.environment import JobEnvironment
from local.databricks.spark.program import SparkProgram, client_variables

JOBS = JobEnvironment(
    python=Path("/venv/bin/python"),
    packages=Path("/packages"),
    connect=Path("/connect"),
    withheld=("STORE",),
)
SPARK = SparkProgram(Path("/java"), Path("/pyspark"), (Path("/jars/a.jar"), Path("/jars/b.jar")), "2g")


def test_a_job_gets_what_it_needs_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interpreter and import path are set, Connect's packages first; token and storage connection are withheld."""
    monkeypatch.setenv("STORE", "secret")
    monkeypatch.setenv("DATABRICKS_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "/more")
    variables = JOBS.variables()
    assert "secret" not in variables.values()
    assert variables["PYTHONPATH"] == os.pathsep.join(["/connect", "/packages", "/more"])
    assert variables["PYSPARK_PYTHON"] == "/venv/bin/python"


def test_no_spark_of_the_caller_reaches_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the shell says of another Spark counts for none of ours."""
    for name in ("SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED", "PYSPARK_SUBMIT_ARGS"):
        monkeypatch.setenv(name, "another")
    assert "another" not in JOBS.variables().values()


def test_more_options_of_the_jvm_come_after_the_servers_own() -> None:
    """All in one setting, for Spark takes one."""
    command = replace(SPARK, java_options="-Dx=1").command(1, Path("/warehouse"), Path("/events"))
    (said,) = [part for part in command if part.startswith("spark.driver.extraJavaOptions=")]
    assert said.startswith("spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 ")
    assert said.endswith(" -Dx=1")


def test_a_client_is_told_where_the_server_is() -> None:
    """Address, mode and token, by environment alone; no proxy of the environment stands in between."""
    assert client_variables(4711, "t") == {
        "SPARK_REMOTE": "sc://localhost:4711",
        "SPARK_CONNECT_MODE_ENABLED": "1",
        "SPARK_CONNECT_AUTHENTICATE_TOKEN": "t",
        "no_grpc_proxy": "localhost",
    }


def test_the_server_listens_on_this_machine_with_delta_and_no_secret_in_sight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Port, memory, jars and warehouse stand on the command line, which anybody may read; the token does not."""
    monkeypatch.setenv("APPLICATIONINSIGHTS_CONNECTION_STRING", "InstrumentationKey=secret")
    command = SPARK.command(4711, Path("/work/warehouse"), Path("/work/events"))
    assert command[0] == "/pyspark/bin/spark-submit"
    settings = dict(part.split("=", 1) for part in command if part.startswith("spark.") and "=" in part)
    assert settings["spark.connect.grpc.binding.address"] == "127.0.0.1"
    assert settings["spark.connect.grpc.binding.port"] == "4711"
    assert settings["spark.sql.warehouse.dir"] == "/work/warehouse"
    assert settings["spark.eventLog.dir"] == "file:///work/events"
    assert settings["spark.sql.extensions"] == "io.delta.sql.DeltaSparkSessionExtension"
    assert command[command.index("--driver-class-path") + 1] == "/jars/a.jar:/jars/b.jar"
    assert command[command.index("--driver-memory") + 1] == "2g"
    variables = SPARK.variables(JOBS.variables(), Path("/scratch"), "hidden")
    assert "hidden" not in " ".join(command)
    assert "InstrumentationKey=secret" not in variables.values()
    assert (variables["JAVA_HOME"], variables["SPARK_HOME"]) == ("/java", "/pyspark")
    assert (variables["SPARK_LOCAL_IP"], variables["SPARK_LOCAL_DIRS"]) == ("127.0.0.1", "/scratch")
    assert "hidden" in variables.values()
    workers, *others = variables["PYTHONPATH"].split(os.pathsep)
    module = settings["spark.python.daemon.module"]
    assert (Path(workers) / f"{module}.py").is_file()
    assert os.pathsep.join(others) == JOBS.variables()["PYTHONPATH"]
