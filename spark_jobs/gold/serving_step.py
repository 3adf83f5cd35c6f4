"""The serving step of the gold job: lookups by id, the views and the words of the search, as files the app reads."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame

from spark_jobs.gold.gold_run import GoldRun
from spark_jobs.schemas.tables import CANDIDATES, MOVIES, RELEASES, UNMATCHED_FILMS, UNMATCHED_RELEASES
from spark_jobs.serving.generations import write_generation
from spark_jobs.serving.lookups import Published, links_of, lookup_entries
from spark_jobs.serving.tables import described, view_entries
from spark_jobs.serving.words import documents_of_films, documents_of_records, word_entries
from spark_jobs.views.catalogue import VIEWS
from spark_jobs.views.films.history import TABLE as FILM_HISTORY


def publish_serving(job: GoldRun, tables: Mapping[str, DataFrame]) -> None:
    """Publish the generation of a run; `tables` are its matches and views by name."""
    with job.run.step("serving"):
        published = Published(
            movies=job.silver(MOVIES),
            releases=job.silver(RELEASES),
            candidates=job.published(CANDIDATES),
            matches=tables["matches"],
            unmatched_films=job.published(UNMATCHED_FILMS),
            unmatched_releases=job.published(UNMATCHED_RELEASES),
            film_history=job.published(FILM_HISTORY),
            trending=tables["trending"],
        )
        counts = {view.name: job.rows(view.table) for view in VIEWS}
        views = [view_entries(view, tables[view.name], counts[view.name]) for view in VIEWS]
        facts = {"views": {view.name: described(view, counts[view.name]) for view in VIEWS}}
        movies = job.silver_tables.get(MOVIES.name)
        documents = (movies.rows if movies else 0) + job.rows(UNMATCHED_RELEASES)
        write_serving(job, published, views, facts, documents)


def write_serving(
    job: GoldRun,
    tables: Published,
    views: list[DataFrame],
    facts: Mapping[str, object],
    documents: int | None = None,
) -> None:
    """Write all families and tell how many buckets changed; `documents` are films and records of no film, if known."""
    staging = job.lake.staging
    links = staging.keep(links_of(tables))
    films = documents_of_films(tables.matches, tables.movies, tables.unmatched_films)
    records = documents_of_records(tables.unmatched_releases, tables.releases)
    words, common = word_entries(films.unionByName(records), staging, documents)
    entries = reduce(DataFrame.unionByName, [lookup_entries(tables, links), words, *views])
    manifest = write_generation(job.lake, job.run.run_id, entries, {"common": common, **facts})
    job.run.metrics["serving"] = {"changed_buckets": manifest["changed"]}
