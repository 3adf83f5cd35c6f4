"""Reads the views of a run and makes the page of them."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from pyspark.sql import DataFrame

from spark_jobs.html.page import javascript, page
from spark_jobs.html.section import Chapter, Row, Rows
from spark_jobs.lakehouse.lake import Lake
from spark_jobs.lakehouse.sets import Versions
from spark_jobs.report.queries import QUERIES, TABLES, Query
from spark_jobs.report.sections import (
    films,
    franchises,
    genres,
    months,
    music,
    network,
    people,
    standings,
    statistics,
    trends,
)
from spark_jobs.runtime.parallel import run_parallel
from spark_jobs.views.catalogue import GOLD

log = logging.getLogger(__name__)
DEFINITIONS = {table.name: table for table in GOLD}
Answers = Mapping[str, Rows]


def report_page(run_id: str, tables: Mapping[str, DataFrame], known: Row | None = None) -> str:
    """The page of a run as HTML, from its gold tables by name; the page says which views are missing.

    `known` says how well matches agree with links known from elsewhere, where some are known.
    """
    asked: dict[str, Callable[[], Any]] = {
        name: partial(_rows, query, tables)
        for name, query in QUERIES.items()
        if all(table in tables for table in query.needs)
    }
    answers = run_parallel({"javascript": javascript, **asked})
    script = answers.pop("javascript")
    answers["known"] = [known] if known else []
    missing = [name for name in TABLES if name not in tables]
    return page(run_id, chapters(answers), answers.get("kpis", []), script, missing)


def _rows(query: Query, tables: Mapping[str, DataFrame]) -> Rows:
    found = query.ask(*(tables[name] for name in query.needs)).collect()
    return [row.asDict(recursive=True) for row in found]


def chapters(answers: Answers) -> list[Chapter]:
    """The parts of the page in their order; a missing answer counts as no rows."""
    rows = defaultdict[str, Rows](list, answers)
    return [chapter(rows) for chapter in (_money, _genres, _calendar, _attention, _people, _figures, _music)]


def _money(rows: Answers) -> Chapter:
    parts = [
        films.money(rows["money"], rows["totals"]),
        films.ratios(rows["spreads"], rows["totals"]),
        franchises.largest(rows["franchises"]),
        people.studios(rows["studios"]),
        franchises.effect(rows["franchise_effect"]),
        standings.extremes(rows["best_and_worst"]),
    ]
    return Chapter("part-money", "Money", parts)


def _genres(rows: Answers) -> Chapter:
    parts = [
        genres.sizes(rows["genre_years"]),
        trends.genres(rows["genre_years"]),
        genres.budgets(rows["distributions"]),
        genres.pairs(rows["genre_pairs"]),
        genres.seasons(rows["genre_seasons"]),
    ]
    return Chapter("part-genres", "Genres", parts)


def _calendar(rows: Answers) -> Chapter:
    parts = [trends.years(rows["years"]), months.by_month(rows["months"]), months.windows(rows["windows"])]
    return Chapter("part-calendar", "Years and months", parts)


def _attention(rows: Answers) -> Chapter:
    parts = [
        standings.most_voted(rows["most_voted"]),
        films.ratings(rows["spreads"], rows["totals"]),
        standings.rising(rows["rising"]),
    ]
    return Chapter("part-attention", "Votes and attention", parts)


def _people(rows: Answers) -> Chapter:
    parts = [
        people.ranking("directors", "director", rows["directors"]),
        people.ranking("composers", "composer", rows["composers"]),
        network.communities(rows["network_size"], rows["communities"], rows["best_connected"], rows["links"]),
        network.decades(rows["decades"]),
        people.cast_sizes(rows["cast_sizes"]),
    ]
    return Chapter("part-people", "People", parts)


def _figures(rows: Answers) -> Chapter:
    parts = [
        statistics.correlations(rows["correlations"]),
        statistics.spread(rows["distributions"]),
        statistics.by_decade(rows["distributions"]),
    ]
    return Chapter("part-figures", "How figures go together", parts)


def _music(rows: Answers) -> Chapter:
    parts = [
        music.confidence(rows["matches"]),
        music.diversity(rows["diverse_films"], rows["diverse_bins"], rows["diversity_effect"]),
        music.effects(rows["diversity_effect"]),
        *([music.known(rows["known"][0])] if rows["known"] else []),
    ]
    return Chapter("part-music", "Soundtracks", parts)


def tables_of(lake: Lake, found: Versions) -> dict[str, DataFrame]:
    """The gold tables the report reads, at these versions; what is not among them is left out."""
    for name in TABLES:
        if name not in found:
            log.warning("gold has no %s; the report says so", name)
    return {name: lake.tables.read(DEFINITIONS[name], found[name]) for name in TABLES if name in found}
