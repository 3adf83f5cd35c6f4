"""The gold job: silver `movies` and `releases` to `match_candidates` and `matches`.

Run as `python -m spark_jobs.gold --run-id RUN --lake TEMPLATE`, or as the wheel's entry point `gold`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from spark_jobs.blocking import NAME_CAP, TOKEN_CAP, WORDS_PER_RELEASE
from spark_jobs.evidence import NEAR_MISS
from spark_jobs.jobs import StageRun, arguments, log_to_stderr
from spark_jobs.lakehouse import Lake, LakeError
from spark_jobs.matching import best_matches, match_candidates
from spark_jobs.schemas import MATCHES, MOVIES, RELEASES
from spark_jobs.scoring import Model
from spark_jobs.session import spark_session

SILVER, GOLD = "intermediate", "gold"


def read_manifest(lake: Lake, run_id: str) -> dict[str, Any]:
    """The silver manifest of a run. Raises LakeError when it is not there."""
    manifest = lake.read_json("control", f"silver/{run_id}.json")
    if manifest is None:
        raise LakeError(
            f"no manifest {lake.uri('control', f'silver/{run_id}.json')}: run the silver job first"
        )
    return manifest


def read_table(lake: Lake, manifest: dict[str, Any], name: str, schema: StructType) -> DataFrame:
    """The snapshot of a silver table the manifest names; empty when the run has no such table."""
    entry = manifest["tables"].get(name)
    if entry is None:
        return lake.spark.createDataFrame([], schema)
    return lake.read_snapshot(SILVER, name, entry["snapshot"], schema)


def run_gold(spark: SparkSession, run_id: str, template: str, keep_snapshots: int) -> dict[str, Any]:
    """Do the whole job; returns the manifest it wrote. Safe to run again for the same run.

    Raises LakeError when the silver manifest is missing or unreadable.
    """
    lake, run, model = Lake(spark, template), StageRun("gold", run_id), Model.load()
    manifest = read_manifest(lake, run_id)
    movies = read_table(lake, manifest, "movies", MOVIES)
    releases = read_table(lake, manifest, "releases", RELEASES)
    with run.step("match_candidates"):
        candidates = match_candidates(movies, releases, model)
        run.tables["match_candidates"] = lake.publish(
            GOLD, "match_candidates", run_id, candidates, keep_snapshots
        )
    with run.step("matches"):
        published = lake.read_snapshot(GOLD, "match_candidates", run_id, MATCHES)
        matches = best_matches(published, model.threshold)
        run.tables["matches"] = lake.publish(GOLD, "matches", run_id, matches, keep_snapshots)
    run.counts = {"candidates": run.tables["match_candidates"].rows, "matches": run.tables["matches"].rows}
    run.lineage["inputs"] = {name: entry["snapshot"] for name, entry in manifest["tables"].items()}
    run.lineage["thresholds"] = thresholds(model)
    return run.finish(lake)


def thresholds(model: Model) -> dict[str, float]:
    """Every number that decides what is considered and what is matched."""
    blocking = {"token_cap": TOKEN_CAP, "name_cap": NAME_CAP, "words_per_release": WORDS_PER_RELEASE}
    return {"score": model.threshold, "title_similarity": NEAR_MISS, **blocking}


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point of `python -m spark_jobs.gold` and of the wheel."""
    log_to_stderr()
    given = arguments("gold", argv)
    run_gold(spark_session("crossfade-gold"), given.run_id, given.lake, given.keep_snapshots)


if __name__ == "__main__":
    main()
