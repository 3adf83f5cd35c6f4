"""The quality of a run's records: profiles, gates, drift, alignment, outliers, and the report on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.lakehouse.lake import Lake
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.runtime.stage_run import StageRun
from spark_jobs.schemas.tables import QUARANTINE
from spark_jobs.silver.publishing import write_quarantine
from spark_jobs.silver.quality import alignment, drift
from spark_jobs.silver.quality.findings import QualityFindings, quality_json
from spark_jobs.silver.quality.outliers import COLUMNS, Fences, fences, flags, quartiles
from spark_jobs.silver.quality.page import quality_page
from spark_jobs.silver.quality.profile import profile
from spark_jobs.silver.quality.scores import Gates, TableProfile
from spark_jobs.silver.tables import Ranked

_MOODS = ("positive", "neutral", "negative")


def assess(lake: Lake, films: Ranked, releases: Ranked, gates: Gates) -> QualityFindings:
    """Profile what the run brought for both tables, and find the fences of all films."""
    tasks: dict[str, Callable[[], Any]] = {
        "movies": partial(_profile, films),
        "releases": partial(_profile, releases),
        "film_shapes": partial(_shapes, films),
        "release_shapes": partial(_shapes, releases),
        "fences": lambda: fences(quartiles(films.after(lake)) if films.rows is not None else []),
    }
    found = run_parallel(tasks)
    counts = {**found["film_shapes"], **found["release_shapes"]}
    profiles = [found[name] for name in ("movies", "releases")]
    return QualityFindings(profiles, gates, drift.compare(counts), drift.answers(counts), found["fences"])


def _profile(ranked: Ranked) -> TableProfile:
    name, held = ranked.table.name, ranked.before.rows if ranked.before else 0
    return TableProfile.of(name, {}) if ranked.rows is None else profile(ranked.rows, name, held)


def _shapes(ranked: Ranked) -> drift.Counts:
    """How often each path had each type, in the answers whose shape was taken."""
    if ranked.rows is None:
        return {}
    paths = ranked.rows.where("is_new AND shape IS NOT NULL").select("answer_kind", F.inline("shape"))
    counts = paths.groupBy("answer_kind", "path", "type").agg(F.sum("n").alias("n")).collect()
    return {(row["answer_kind"], row["path"], row["type"]): row["n"] for row in counts}


def report(lake: Lake, run: StageRun, findings: QualityFindings, films: Ranked, releases: Ranked) -> None:
    """Write quarantine, schema alignment and `metrics/RUN/quality.json` and `.html`; set the manifest's scores."""
    film_rows, release_rows = films.after(lake), releases.after(lake)
    tables = zip(("film", "release"), (films, releases), findings.profiles, strict=True)
    sides = {side: row_count(ranked, profile) for side, ranked, profile in tables}
    tasks: dict[str, Callable[[], Any]] = {
        "alignment": partial(alignment.measure, film_rows, release_rows, sum(sides.values())),
        "films": partial(_film_counts, film_rows, findings.fences),
    }
    run.counts["quarantined"] = sum(table.refused for table in findings.profiles)
    if run.counts["quarantined"] or lake.version_before(QUARANTINE) is None:
        tasks["quarantine"] = partial(write_quarantine, lake, run.run_id, [films, releases])
    found = run_parallel(tasks)
    if quarantine := found.get("quarantine", lake.version_before(QUARANTINE)):
        run.tables["quarantine"] = quarantine
    run.counts["removed"] = sum(table.removed for table in findings.profiles)
    aligned = alignment.with_null_shares(found["alignment"], sides)
    _write_alignment(lake, run.run_id, aligned)
    run.metrics["quality"] = {table.table: table.scores() for table in findings.profiles}
    quality = quality_json(run.run_id, findings, aligned, found["films"])
    lake.files.write_json("metrics", f"{run.run_id}/quality.json", quality)
    lake.files.write_text("metrics", f"{run.run_id}/quality.html", quality_page(quality))


def row_count(ranked: Ranked, profile: TableProfile) -> int:
    """How many rows a table has after this run."""
    if ranked.rows is not None:
        return profile.latest
    return ranked.before.rows if ranked.before else 0


def _film_counts(films: DataFrame, found: Fences) -> dict[str, int]:
    """Films flagged by column, and moods of the overviews."""
    flagged = films.select("overview_mood", flags(found).alias("outliers"))
    counts = [F.count_if(F.array_contains("outliers", name)).alias(f"outlier:{name}") for name in COLUMNS]
    moods = [F.count_if(F.col("overview_mood") == name).alias(f"mood:{name}") for name in _MOODS]
    row = flagged.agg(*counts, *moods).first()
    return {name: int(value) for name, value in row.asDict().items()} if row else {}


def _write_alignment(lake: Lake, run_id: str, records: list[dict[str, Any]]) -> None:
    pairs = {"run_id": run_id, "pairs": records}
    lake.files.write_json("metrics", f"{run_id}/schema_alignment.json", pairs)
    lake.files.write_text("metrics", f"{run_id}/schema_alignment.csv", alignment.as_csv(records))
