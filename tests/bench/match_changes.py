"""The gold job's matching over Delta tables: once with everything, then again after some films changed.

`seconds` is the gold job with `--views none` in a process of its own, its start included; silver is written by this
module as the silver job leaves it, and is not counted.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.match_data import write_catalog

RUNS = ("20261120T063000Z-be21", "20261121T063000Z-be22")
ROOT = Path(__file__).parents[2]
DRIVER_MEMORY = "8g"


def measure_changes(films: int, releases: int, changed: int) -> dict[str, Any]:
    """`full`: figures of a run over everything; `changed`: of one after so many films, strewn over all ids, changed."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder)
        write_catalog(lake / "made", films, releases)
        publish(lake, 0, films)
        full = run_gold_job(lake, RUNS[0], films + releases)
        publish(lake, changed, films)
        return {"full": full, "changed": run_gold_job(lake, RUNS[1], changed)}


def publish(lake: Path, changed: int, films: int) -> None:
    """`publish_silver` in a process of its own."""
    _run("tests.bench.match_changes", str(lake), str(changed), str(films))


def publish_silver(lake: Path, changed: int, films: int) -> None:
    """Silver of the first run, or, with `changed`, of the second: every so many films have another title."""
    from pyspark.sql import functions as F

    from spark_jobs.lakehouse.lake import open_lake
    from spark_jobs.lakehouse.sets import entries, utc_now, write_set
    from spark_jobs.runtime.session import spark_session
    from spark_jobs.schemas.tables import MOVIES, RELEASES

    run_id, addresses = RUNS[bool(changed)], _addresses(lake)
    settings = {"spark.driver.memory": DRIVER_MEMORY, "spark.sql.shuffle.partitions": "32"}
    spark = spark_session("crossfade-bench", **settings)
    target = open_lake(spark, addresses, "silver", run_id)
    fetched_at = F.lit(datetime(2026, 11, 20, tzinfo=UTC))
    is_changed = F.col("film_id") % max(1, films // changed) == 0 if changed else F.lit(False)
    title = F.when(is_changed, F.concat("title", F.lit(" Again"))).otherwise(F.col("title"))
    tables = {}
    for table, name in ((MOVIES, "movies"), (RELEASES, "releases")):
        before = target.version_before(table)
        if changed and table is RELEASES and before:
            tables[table.name] = target.tables.keep(table, before)
            continue
        rows = spark.read.schema(table.columns).parquet(str(lake / "made" / name))
        filled = rows.withColumns({"fetched_at": fetched_at, "source_blob": F.lit("bench")})
        shown = filled.withColumn("title", title) if table is MOVIES else filled
        tables[table.name] = target.tables.replace_all(table, shown, before, shown.count())
    write_set(target.files, "silver", run_id, tables, target.before)
    head = {"version": 1, "stage": "silver", "run_id": run_id, "created_at": utc_now()}
    target.files.write_json("control", f"silver/{run_id}.json", {**head, "tables": entries(tables)})
    spark.stop()


def _addresses(lake: Path) -> Any:
    from spark_jobs.lakehouse.lake import Addresses

    return Addresses(f"{lake.as_uri()}/tables/{{container}}", f"{lake}/{{area}}")


def run_gold_job(lake: Path, run_id: str, records: int) -> dict[str, Any]:
    """Figures of the gold job without views, of a run that brought so many records."""
    addresses = _addresses(lake)
    write_bronze_manifest(lake, run_id, records)
    begun_s, spent_s = time.monotonic(), _children_s()
    _run("spark_jobs.gold", "--run-id", run_id, "--views", "none", *_given(addresses))
    seconds, cpu_s = time.monotonic() - begun_s, _children_s() - spent_s
    metrics = json.loads((lake / f"metrics/{run_id}/gold.json").read_text(encoding="utf-8"))
    counts = {name: metrics["counts"][name] for name in ("candidates", "matches")}
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu_s, 1),
        **counts,
        "steps": metrics["step_seconds"],
    }


def write_bronze_manifest(lake: Path, run_id: str, records: int) -> None:
    """What bronze leaves of a run: the job chooses its session's settings by how many records it brought."""
    from spark_jobs.lakehouse.files import Files

    manifest = {"version": 1, "stage": "bronze", "run_id": run_id, "raw": [{"records": records}]}
    Files(_addresses(lake).files).write_json("control", f"bronze/{run_id}.json", manifest)


def _given(addresses: Any) -> list[str]:
    return ["--tables", addresses.tables, "--files", addresses.files]


def _run(module: str, *arguments: str) -> None:
    submit = f"--driver-memory {DRIVER_MEMORY} pyspark-shell"
    environment = {**os.environ, "PYSPARK_SUBMIT_ARGS": submit}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-4000:]}")


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    publish_silver(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
