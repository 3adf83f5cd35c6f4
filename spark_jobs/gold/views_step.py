"""The analytical step of the gold job: every view, the report on them, and the search index."""

from __future__ import annotations

from functools import partial
from typing import Any

from pyspark.sql import DataFrame

from spark_jobs.gold.gold_run import GOLD, GoldRun
from spark_jobs.gold.search_index import write_search_index
from spark_jobs.report.write import report_page
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.schemas.silver import CAST_CREDITS, CREW_CREDITS, MOVIES, RELEASES, REVIEWS
from spark_jobs.views.catalogue import VIEWS
from spark_jobs.views.films.history import FILM_HISTORY, film_history
from spark_jobs.views.view import Inputs, View


def publish_views(job: GoldRun, matched: DataFrame) -> None:
    """Publish `film_history` and all views of published `matches`, then `gold/report/RUN/index.html`."""
    inputs = _inputs(job, matched)
    built: dict[str, Any] = {view.name: partial(_publish, job, view, inputs) for view in VIEWS}
    index = partial(_write_search_index, job, matched, inputs.movies)
    tables = run_parallel(built | {"search": index})
    job.run.metrics["views"] = {view.name: job.rows(view.name) for view in VIEWS}
    tables |= {"matches": matched}
    with job.run.step("report"):
        page = report_page(job.run.run_id, tables)
        job.lake.write_text(GOLD, f"report/{job.run.run_id}/index.html", page)


def _inputs(job: GoldRun, matched: DataFrame) -> Inputs:
    movies = job.silver("movies", MOVIES)
    before = job.lake.read_before(GOLD, "film_history", job.run.run_id, FILM_HISTORY)
    history = film_history(before, movies, job.as_of)
    return Inputs(
        as_of=job.as_of,
        movies=movies,
        cast_credits=job.of_living_films("cast_credits", CAST_CREDITS),
        crew_credits=job.of_living_films("crew_credits", CREW_CREDITS),
        reviews=job.of_living_films("reviews", REVIEWS),
        releases=job.silver("releases", RELEASES),
        matches=matched,
        film_history=job.publish("film_history", history, FILM_HISTORY),
    )


def _publish(job: GoldRun, view: View, inputs: Inputs) -> DataFrame:
    return job.publish(view.name, view.build(inputs), view.schema)


def _write_search_index(job: GoldRun, matched: DataFrame, movies: DataFrame) -> None:
    with job.run.step("search"):
        write_search_index(
            job.lake, job.run.run_id, matched, movies, job.rows("match_films"), job.keep_snapshots
        )
