"""The Spark session of a job: Databricks' own, that of a Spark Connect server, or a small local one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from spark_jobs.runtime.class_archive import sharing_options
from spark_jobs.runtime.delta_jars import delta_jars
from spark_jobs.runtime.java import java_home

TIME_ZONE = "spark.sql.session.timeZone"
"""The one setting that results depend on, and that every compute takes."""
_RUNTIME = {
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # Small blobs: count little for opening one, so that many share a task.
    "spark.sql.files.openCostInBytes": "65536",
    # A last task of 128 MB would keep one core busy alone for half a minute.
    "spark.sql.files.maxPartitionBytes": "33554432",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "2000",
}
DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # Tables have thousands of files at most: with the defaults (50 and 10,000) small ones take four times as long.
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
    # On a local disk Delta's default starts `readlink` many times a commit, as Hadoop looks at what it renames.
    # This one looks whether the entry is there and renames, too, and starts nothing; no other file system takes it.
    "spark.delta.logStore.file.impl": "io.delta.storage.LocalLogStore",
}
_LOCAL = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "4g",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "8",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    "spark.log.level": "WARN",
    "spark.python.daemon.module": "plain_daemon",
}
_WORKERS = Path(__file__).parent / "workers"
_JAVA_OPTIONS = "spark.driver.extraJavaOptions"
# The second compiler costs a processor minute and more: that much a run of a minute or two does not win back.
# With one compiler the code cache is 48 MB by default, which the plans of all views fill: then nothing compiles.
_ONE_COMPILER = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m"
# A heap, and a space for classes, that grow from next to nothing are collected ten times as often.
_ROOM = "-XX:MetaspaceSize=256m -XX:InitialRAMPercentage=6 -XX:NewRatio=1"
QUICK_COMPILER = {_JAVA_OPTIONS: _ONE_COMPILER}
"""For sessions of a minute or two."""
# For sessions of seconds, which spend more on compiling and scheduling than on rows.
SHORT_LIVED = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.coalescePartitions.enabled": "false",  # one partition would leave cores idle in Python
    # Expressions are interpreted: compiling them costs more than a few thousand rows give back.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    _JAVA_OPTIONS: f"{_ONE_COMPILER} -XX:+UseSerialGC {_ROOM}",
}


def spark_session(name: str, **settings: str) -> SparkSession:
    """The session for job `name`; `settings` (dots written as they are) override the local defaults.

    A server has its static settings already: of `settings` it hears those of SQL.

    On Databricks the compute decides. With SPARK_REMOTE in the environment it is one of that Spark Connect server.
    Elsewhere a local master with one thread a core is started, on the Java that `spark_jobs.runtime.java` finds, with
    Python workers on the running interpreter.

    Raises:
        JavaNotFound: Spark has to be started here, and there is no Java that it runs on.
        JarsNotFound: Spark has to be started here, and Delta Lake's jars are not there.
    """
    builder = SparkSession.builder
    if "DATABRICKS_RUNTIME_VERSION" in os.environ:
        session = builder.getOrCreate()
        session.conf.set(TIME_ZONE, "UTC")  # serverless compute takes no other
        return session
    options = {**_RUNTIME, TIME_ZONE: "UTC"}
    if remote := os.environ.get("SPARK_REMOTE"):
        builder = builder.remote(remote)
        options |= {key: value for key, value in settings.items() if key.startswith("spark.sql.")}
    else:
        home = java_home()
        _prepare_environment(home)
        builder = builder.appName(name).master("local[*]")
        jars = {"spark.driver.extraClassPath": os.pathsep.join(map(str, delta_jars()))}
        java = {_JAVA_OPTIONS: f"{settings.get(_JAVA_OPTIONS, '')} {sharing_options(home)}".strip()}
        options |= {**_LOCAL, **DELTA, **jars, **settings, **java}
    for key, value in options.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _prepare_environment(home: Path) -> None:
    """Spark finds its Java; Python workers run this interpreter and find this package, wherever it was started."""
    os.environ["JAVA_HOME"] = str(home)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    own = [str(_WORKERS), str(Path(__file__).parents[2])]
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path not in own]
    os.environ["PYTHONPATH"] = os.pathsep.join([*own, *paths])
