"""The quality of a run's records: profiles, gates, drift, alignment, outliers, and the report on them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_jobs.runtime.lake import Lake
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.runtime.stage_run import StageRun
from spark_jobs.schemas.silver import decade
from spark_jobs.silver.publishing import write_quarantine
from spark_jobs.silver.quality import alignment, drift
from spark_jobs.silver.quality.findings import QualityFindings, quality_json
from spark_jobs.silver.quality.outliers import COLUMNS, Fences, fences, flags, quartile_columns
from spark_jobs.silver.quality.page import quality_page
from spark_jobs.silver.quality.profile import profile
from spark_jobs.silver.quality.scores import Gates, TableProfile
from spark_jobs.silver.tables import CONTAINER, Ranked

_MOODS = ("positive", "neutral", "negative")


def assess(films: Ranked, releases: Ranked, gates: Gates) -> QualityFindings:
    """Profile the records of both tables; the first Spark job over a table fills its cache."""
    found = run_parallel({"movies": partial(_profile, films), "releases": partial(_profile, releases)})
    counts = {**found["movies"][2], **found["releases"][2]}
    profiles = [found[name][0] for name in ("movies", "releases")]
    return QualityFindings(profiles, gates, drift.compare(counts), drift.answers(counts), found["movies"][1])


def _profile(ranked: Ranked) -> tuple[TableProfile, Fences, drift.Counts]:
    name = ranked.table.name
    if ranked.rows is None:
        return TableProfile.of(name, {}), {}, {}
    if name == "movies":
        found, groups = profile(ranked.rows, name, decade().alias("decade"), *quartile_columns())
        return found, fences(group.asDict() for group in groups), _shapes(ranked.rows)
    found, _ = profile(ranked.rows, name, F.lit(0).alias("all"))
    return found, {}, _shapes(ranked.rows)


def _shapes(rows: DataFrame) -> drift.Counts:
    """How often each path had each type, in the answers whose shape was taken."""
    paths = rows.where("is_new AND shape IS NOT NULL").select("answer_kind", F.inline("shape"))
    counts = paths.groupBy("answer_kind", "path", "type").agg(F.sum("n").alias("n")).collect()
    return {(row["answer_kind"], row["path"], row["type"]): row["n"] for row in counts}


def report(
    lake: Lake, run: StageRun, findings: QualityFindings, films: Ranked, releases: Ranked, keep: int
) -> None:
    """Write quarantine, schema alignment and `metrics/RUN/quality.json` and `.html`; set the manifest's scores."""
    film_rows, release_rows = films.after(lake), releases.after(lake)
    sides = {
        side: ranked.row_count(lake, profile)
        for side, ranked, profile in zip(
            ("film", "release"), (films, releases), findings.profiles, strict=True
        )
    }
    tasks: dict[str, Callable[[], Any]] = {
        "alignment": partial(alignment.measure, film_rows, release_rows, sum(sides.values())),
        "films": partial(_film_counts, film_rows, findings.fences),
        "quarantine": partial(write_quarantine, lake, run.run_id, [films, releases], keep),
    }
    found = run_parallel(tasks)
    run.counts["quarantined"] = sum(table.refused for table in findings.profiles)
    run.counts["removed"] = sum(table.removed for table in findings.profiles)
    aligned = alignment.with_null_shares(found["alignment"], sides)
    _write_alignment(lake, run.run_id, aligned, keep)
    run.metrics["quality"] = {table.table: table.scores() for table in findings.profiles}
    quality = quality_json(run.run_id, findings, aligned, found["films"])
    lake.write_json("metrics", f"{run.run_id}/quality.json", quality)
    lake.write_text("metrics", f"{run.run_id}/quality.html", quality_page(quality))


def _film_counts(films: DataFrame, found: Fences) -> dict[str, int]:
    """Films flagged by column, and moods of the overviews."""
    flagged = films.select("overview_mood", flags(found).alias("outliers"))
    counts = [F.count_if(F.array_contains("outliers", name)).alias(f"outlier:{name}") for name in COLUMNS]
    moods = [F.count_if(F.col("overview_mood") == name).alias(f"mood:{name}") for name in _MOODS]
    row = flagged.agg(*counts, *moods).first()
    return {name: int(value) for name, value in row.asDict().items()} if row else {}


def _write_alignment(lake: Lake, run_id: str, records: list[dict[str, Any]], keep: int) -> None:
    folder = f"{alignment.FOLDER}/snapshot={run_id}"
    lake.write_json(CONTAINER, f"{folder}/schema_alignment.json", {"run_id": run_id, "pairs": records})
    lake.write_text(CONTAINER, f"{folder}/schema_alignment.csv", alignment.as_csv(records))
    lake.prune(CONTAINER, alignment.FOLDER, keep)
