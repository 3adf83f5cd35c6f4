"""Reads the views of a run and makes the page of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pyspark.sql import DataFrame

from spark_jobs.html.page import javascript, page
from spark_jobs.html.section import Rows, Section
from spark_jobs.lakehouse.lake import Lake
from spark_jobs.lakehouse.sets import Versions
from spark_jobs.report import films, franchises, music, network, people, trends
from spark_jobs.report.queries import QUERIES, TABLES, Query
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.views.catalogue import GOLD

log = logging.getLogger(__name__)
DEFINITIONS = {table.name: table for table in GOLD}
Answers = Mapping[str, Rows]


def report_page(run_id: str, tables: Mapping[str, DataFrame]) -> str:
    """The page of a run as HTML, from its gold tables by name; the page says which views are missing."""
    asked: dict[str, Callable[[], Any]] = {
        name: partial(_rows, query, tables)
        for name, query in QUERIES.items()
        if all(table in tables for table in query.needs)
    }
    answers = run_parallel({"javascript": javascript, **asked})
    script = answers.pop("javascript")
    missing = [name for name in TABLES if name not in tables]
    return page(run_id, sections(answers), answers.get("kpis", []), script, missing)


def _rows(query: Query, tables: Mapping[str, DataFrame]) -> Rows:
    found = query.ask(*(tables[name] for name in query.needs)).collect()
    return [row.asDict(recursive=True) for row in found]


def sections(answers: Answers) -> list[Section]:
    """The parts of the page in their order; a missing answer counts as no rows."""

    def rows(name: str) -> Rows:
        return answers.get(name, [])

    return [
        films.money(rows("money"), rows("totals")),
        trends.genres(rows("genre_years")),
        trends.years(rows("years")),
        films.ratios(rows("spreads"), rows("totals")),
        films.ratings(rows("spreads"), rows("totals")),
        franchises.effect(rows("franchise_effect")),
        people.ranking("directors", "director", rows("directors")),
        people.ranking("composers", "composer", rows("composers")),
        network.communities(rows("network_size"), rows("communities"), rows("best_connected"), rows("links")),
        music.confidence(rows("matches")),
        music.diversity(rows("diverse_films"), rows("diverse_bins"), rows("diversity_effect")),
        music.effects(rows("diversity_effect")),
    ]


def tables_of(lake: Lake, found: Versions) -> dict[str, DataFrame]:
    """The gold tables the report reads, at these versions; what is not among them is left out."""
    for name in TABLES:
        if name not in found:
            log.warning("gold has no %s; the report says so", name)
    return {name: lake.tables.read(DEFINITIONS[name], found[name]) for name in TABLES if name in found}
