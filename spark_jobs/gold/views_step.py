"""The analytical step of the gold job: every view, the report on them, and the files that the app answers from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from pyspark.sql import DataFrame

from spark_jobs.gold.gold_run import GoldRun
from spark_jobs.gold.serving_step import publish_serving
from spark_jobs.report.write import report_page
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.schemas.tables import CAST_CREDITS, CREW_CREDITS, MOVIES, RELEASES, REVIEWS
from spark_jobs.views.catalogue import VIEWS
from spark_jobs.views.films.history import TABLE as FILM_HISTORY
from spark_jobs.views.films.history import film_history
from spark_jobs.views.view import Inputs, View


def publish_views(job: GoldRun, matched: DataFrame) -> None:
    """Publish `film_history` and all views of published `matches`, then the page `RUN/index.html` of the report."""
    inputs = _inputs(job, matched)
    built: dict[str, Any] = {view.name: partial(_publish, job, view, inputs) for view in VIEWS}
    tables = run_parallel(built)
    job.run.metrics["views"] = {view.name: job.rows(view.table) for view in VIEWS}
    tables |= {"matches": matched}
    run_parallel(
        {
            "report": partial(_write_report, job, tables),
            "serving": partial(publish_serving, job, tables),
        }
    )


def _inputs(job: GoldRun, matched: DataFrame) -> Inputs:
    movies = job.silver(MOVIES)
    history = film_history(job.lake.read_before(FILM_HISTORY), movies, job.as_of)
    return Inputs(
        as_of=job.as_of,
        movies=movies,
        cast_credits=job.of_living_films(CAST_CREDITS),
        crew_credits=job.of_living_films(CREW_CREDITS),
        reviews=job.of_living_films(REVIEWS),
        releases=job.silver(RELEASES),
        matches=matched,
        film_history=job.publish(FILM_HISTORY, history),
        keep=job.lake.staging.keep,
    )


def _publish(job: GoldRun, view: View, inputs: Inputs) -> DataFrame:
    return job.publish(view.table, view.build(inputs))


def _write_report(job: GoldRun, tables: Mapping[str, DataFrame]) -> None:
    with job.run.step("report"):
        page = report_page(job.run.run_id, tables, job.run.metrics.get("known_links"))
        job.lake.files.write_text("report", f"{job.run.run_id}/index.html", page)
