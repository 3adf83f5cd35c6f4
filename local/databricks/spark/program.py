"""How a Spark Connect server is started on this machine: its command line, its settings, its environment."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOST = "localhost"
"""The name that a client must use: only to this one it sends a token without TLS."""

_WORKERS = Path(__file__).parents[3] / "spark_jobs" / "runtime" / "workers"
"""Where `plain_daemon` lies, which makes Python tasks cheaper; the jobs' own sessions start it too."""
_SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
_TELEMETRY = "APPLICATIONINSIGHTS_CONNECTION_STRING"
_SETTINGS = {
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    # Jobs read what Spark counted while they ran; figures of the JVM's memory with each stage.
    "spark.eventLog.enabled": "true",
    "spark.eventLog.compress": "false",
    "spark.eventLog.rolling.enabled": "true",
    "spark.eventLog.rolling.maxFileSize": "16m",
    "spark.eventLog.logStageExecutorMetrics": "true",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "WARN",
    "spark.python.daemon.module": "plain_daemon",
    "spark.sql.shuffle.partitions": "8",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # Without these two a command on a small table takes four times as long.
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
    # The default starts `readlink` many times a commit; this store, for local disks only, looks and renames likewise.
    "spark.delta.logStore.file.impl": "io.delta.storage.LocalLogStore",
}
# Runs of one machine are small: with the slow compiler they take more than twice the processor time (425 seconds to
# 183 for silver and gold of 5,000 records). The plans of all views fill the default code cache; then nothing
# compiles any more. A server without memory is better gone: the next attempt gets a new one.
_JAVA_OPTIONS = (
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m -XX:+ExitOnOutOfMemoryError "
    # A heap, and a space for classes, that grow from next to nothing are collected ten times as often.
    "-XX:MetaspaceSize=256m -XX:InitialRAMPercentage=6 -XX:NewRatio=1"
)


@dataclass(frozen=True)
class SparkProgram:
    """Where Java, pyspark and Delta's jars lie; `driver_memory` is in Spark's notation ("4g").

    `java_options` are more of the JVM's, such as those that use or record an archive of its classes.
    """

    java_home: Path
    spark_home: Path
    jars: tuple[Path, ...]
    driver_memory: str = "4g"
    java_options: str = ""

    def command(self, port: int, warehouse: Path, events: Path) -> list[str]:
        """The command line of a server on a port of 127.0.0.1.

        Tables without a path go to `warehouse`, the event log to `events`, a folder that is there.
        """
        own = {
            "spark.driver.extraJavaOptions": f"{_JAVA_OPTIONS} {self.java_options}".strip(),
            "spark.connect.grpc.binding.port": str(port),
            "spark.sql.warehouse.dir": str(warehouse),
            "spark.eventLog.dir": events.resolve().as_uri(),
        }
        settings = [
            part for name, value in {**_SETTINGS, **own}.items() for part in ("--conf", f"{name}={value}")
        ]
        return [
            str(self.spark_home / "bin" / "spark-submit"), "--class", _SERVER, "--master", "local[*]",
            "--driver-memory", self.driver_memory, "--driver-class-path", os.pathsep.join(map(str, self.jars)),
            *settings, "spark-internal",
        ]  # fmt: skip

    def variables(self, jobs: Mapping[str, str], scratch: Path, token: str) -> dict[str, str]:
        """The server's environment, out of that of jobs; Spark's own temporary files go to `scratch`."""
        path = os.pathsep.join(filter(None, (str(_WORKERS), jobs.get("PYTHONPATH"))))
        return {
            **{name: value for name, value in jobs.items() if name != _TELEMETRY},
            "PYTHONPATH": path,
            "JAVA_HOME": str(self.java_home),
            "SPARK_HOME": str(self.spark_home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(scratch),
            "SPARK_CONNECT_AUTHENTICATE_TOKEN": token,
        }


def spark_home() -> Path:
    """Where pyspark lies. Raises ModuleNotFoundError, saying what to do."""
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pyspark is not installed: run python -m local.setup run")
    return Path(spec.origin).parent


def client_variables(port: int, token: str) -> dict[str, str]:
    """What makes a process a client of the server on this port."""
    return {
        "SPARK_REMOTE": f"sc://{HOST}:{port}",
        "SPARK_CONNECT_MODE_ENABLED": "1",
        "SPARK_CONNECT_AUTHENTICATE_TOKEN": token,
        "no_grpc_proxy": HOST,  # gRPC would ask the environment's proxy for this machine
    }
