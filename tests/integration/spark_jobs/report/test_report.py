"""The report of a small gold: hostile titles, missing views, and how it looks to a browser."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from pyspark.sql import DataFrame, SparkSession

from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.lake import open_lake
from spark_jobs.report.__main__ import main
from spark_jobs.report.queries import SAMPLE, TOP, best_connected, money, spreads
from spark_jobs.report.write import DEFINITIONS, report_page
from spark_jobs.runtime.stage_run import StageRun
from spark_jobs.schemas.gold import MATCHES
from spark_jobs.views.films.by_time import MONTHLY_TRENDS, RELEASE_WINDOWS, YEARLY_TRENDS
from spark_jobs.views.films.franchises import FRANCHISES
from spark_jobs.views.films.genre_pairs import GENRE_PAIRS
from spark_jobs.views.films.genre_trends import GENRE_TRENDS, GENRE_YEARS
from spark_jobs.views.films.performance import BEST_AND_WORST, MOVIE_PERFORMANCE
from spark_jobs.views.films.trending import TRENDING
from spark_jobs.views.kpis import KPIS
from spark_jobs.views.music import diversity as soundtrack_diversity
from spark_jobs.views.music import diversity_effect
from spark_jobs.views.people import actor_network, rankings
from spark_jobs.views.people.cast_sizes import CAST_SIZES
from spark_jobs.views.statistics.correlations import CORRELATIONS
from spark_jobs.views.statistics.distributions import DISTRIBUTIONS
from tests.integration.spark_jobs.builders.bronze_files import Bronze
from tests.integration.spark_jobs.builders.view_inputs import frame

RUN = "20261120T063000Z-7f3a"
HOSTILE = (
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "\u202e\u05e9\u05dc\u05d5\u05dd \u2067 \"quoted\" & 'single'",
)
SECTIONS = 28
DRAWN = (
    SECTIONS - 2
)  # the views of two are missing: franchises against single films, and what goes with diversity
CHARTS = DRAWN + 5  # two of years, months, decades of actors, extremes, and figures by decade
NARROW, WIDE = 390, 1280


def titled(n: int) -> str:
    """A title, hostile for the first few."""
    return HOSTILE[n] if n < len(HOSTILE) else f"Film {n}"


@pytest.fixture(scope="module")
def tables(spark: SparkSession) -> dict[str, DataFrame]:
    """Gold tables of forty films, all but those of franchises and of diversity's effect."""
    films = [
        {
            "film_id": n, "title": titled(n), "release_year": 1980 + n, "budget": 10**7 + n,
            "revenue": 10**6 * (n + 1) ** 2,
            "roi": (n + 1) ** 2 / 10 - 1, "rating": 5 + n / 10, "vote_count": 100, "popularity": 1.0 + n,
        }
        for n in range(40)
    ]  # fmt: skip
    genres = [{"genre": titled(n % 4), "release_year": 1980 + n, "films": 20} for n in range(40)]
    known = {"revenue": 10**9, "films_with_revenue": 5, "rolling_releases": 3.0, "rolling_revenue": 1e9}
    years = [{"release_year": 1980 + n, "releases": n, **known} for n in range(40)]
    person = {
        "films": 3,
        "rated_films": 3,
        "rating_mean": 7.0,
        "genres": ["Drama"],
        "first_year": 1980,
        "last_year": 1999,
    }
    people = [
        {"person_id": n, "name": titled(n), "rank": n + 1, "score": 7 - n / 10, **person} for n in range(20)
    ]
    nodes = [
        {
            "person_id": n,
            "name": titled(n),
            "films": 2,
            "degree": 1,
            "weighted_degree": 40 - n,
            "community": 1 + n // 5,
        }
        for n in range(40)
    ]
    edges = [{"person_a": n, "person_b": n + 1, "films": 1} for n in range(39)]
    matches = [
        {"film_id": n, "release_id": n, "probability": 0.5 + n / 80, "band": "strong", "is_ambiguous": False}
        for n in range(40)
    ]
    diverse = [
        {
            "film_id": n,
            "film_title": titled(n),
            "effective_styles": 1 + n / 8,
            "release_count": 1,
            "popularity": 1.0 + n,
        }
        for n in range(40)
    ]
    listed = [
        {
            "measure": measure, "list": end, "place": n, "film_id": n + 40 * (end == "worst"), "title": titled(n - 1),
            "release_year": 1990, "value": (1.0 if end == "best" else -1.0) * n,
        }
        for measure in ("profit", "rating") for end in ("best", "worst") for n in range(1, 9)
    ]  # fmt: skip
    rising = [
        {
            "film_id": n, "title": titled(n), "window_days": 7, "popularity_then": 1.0, "popularity": 2.0 + n,
            "trend_score": 10.0 + n, "velocity": 0.1, "rating_momentum": 0.0,
        }
        for n in range(40)
    ]  # fmt: skip
    known_money = {"films_with_revenue": 2, "typical_revenue": 1e6}
    earners = [{"films": 2, "revenue_total": 10**9 - n} for n in range(40)]
    pairs = [
        {
            "genre": titled(n), "other_genre": "War", "films": 9, "lift": 0.5 + n, "recent_films": 2,
            "recent_lift": 1.0, "earlier_films": 7, "earlier_lift": 1.0, "is_emerging": n == 0,
        }
        for n in range(20)
    ]  # fmt: skip
    spread = {"n": 40, "mean": 5.0, "p5": 1.0, "p25": 3.0, "p50": 5.0, "p75": 7.0, "p95": 9.0}
    groups = [
        ("overall", "all"),
        ("decade", "1990"),
        ("decade", "2000"),
        *[("primary_genre", titled(n)) for n in range(4)],
    ]
    distributions = [
        {"grouping": grouping, "group": group, "measure": measure, **spread}
        for grouping, group in groups for measure in ("budget", "rating")
    ]  # fmt: skip
    both = {"grouping": "overall", "group": "all", "n": 40, "pearson": 0.5, "spearman": -0.25}
    months = [
        {"release_year": 2000 + n // 12, "release_month": 1 + n % 12, "releases": n, **known}
        for n in range(36)
    ]
    windows = [
        {"release_month": n, "releases": 20, "revenue_index": n / 6, "releases_index": 1.0}
        for n in range(1, 13)
    ]
    seasons = [
        {"genre": titled(n % 4), "release_year": 1990, "release_month": 1 + n % 12, "films": 20}
        for n in range(48)
    ]
    decades = [
        {
            "decade": decade,
            "nodes": 9,
            "edges": 9,
            "mean_degree": 2.0,
            "largest_component_share": 0.5,
            "new_actors": 4,
        }
        for decade in (1990, 2000, 2010)
    ]
    kpis = [{"place": 1, "name": "films", "value": 40.0, "unit": "films", "what": "Films."}]
    rows: dict[str, tuple[Any, list[dict[str, Any]]]] = {
        "movie_performance": (MOVIE_PERFORMANCE, films),
        "genre_years": (GENRE_YEARS, genres),
        "yearly_trends": (YEARLY_TRENDS, years),
        "directors": (rankings.DIRECTORS, people),
        "composers": (rankings.COMPOSERS, people),
        "actor_nodes": (actor_network.NODES, nodes),
        "actor_edges": (actor_network.EDGES, edges),
        "matches": (MATCHES, matches),
        "soundtrack_diversity": (soundtrack_diversity.SCHEMA, diverse),
        "best_and_worst": (BEST_AND_WORST, listed),
        "trending": (TRENDING, rising),
        "franchises": (FRANCHISES, [{"collection": titled(n), **row} for n, row in enumerate(earners)]),
        "studios": (
            rankings.STUDIOS,
            [{"name": titled(n), **row, **known_money} for n, row in enumerate(earners)],
        ),
        "genre_pairs": (GENRE_PAIRS, pairs),
        "genre_trends": (GENRE_TRENDS, seasons),
        "distributions": (DISTRIBUTIONS, distributions),
        "correlations": (CORRELATIONS, [{**both, "measure_a": "budget", "measure_b": "rating"}]),
        "monthly_trends": (MONTHLY_TRENDS, months),
        "release_windows": (RELEASE_WINDOWS, windows),
        "actor_network_decades": (actor_network.DECADES, decades),
        "cast_sizes": (
            CAST_SIZES,
            [
                {
                    "cast_from": n,
                    "cast_to": n + 4,
                    "films": 20,
                    "films_with_revenue": 10 + n,
                    "revenue_median": 1e6 * n,
                }
                for n in (1, 5, 10)
            ],
        ),
        "kpis": (KPIS, kpis),
    }
    return {name: frame(spark, schema, found).coalesce(1) for name, (schema, found) in rows.items()}


@pytest.fixture(scope="module")
def path(tables: dict[str, DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of those tables."""
    found = tmp_path_factory.mktemp("report") / "index.html"
    found.write_text(report_page(RUN, tables), encoding="utf-8")
    return found


def test_the_page_holds_all_sections_and_is_small(path: Path) -> None:
    """What can be drawn is; what cannot is left out with the reason, a missing view among it; under 3 MB."""
    text = path.read_text(encoding="utf-8")
    assert text.count("<section ") == DRAWN
    assert text.count("</b> is left out: ") == SECTIONS - DRAWN
    assert "There are too few films of franchises" in text
    assert "Not in this gold, so told as if empty: diversity_effect, franchise_effect." in text
    assert "Of 40 films whose revenue and budget are known, 92\u00a0% took at least their budget" in text
    assert f"run {RUN}" in text
    assert len(text.encode()) < 3_000_000


def test_what_a_query_brings_back_is_bounded(tables: dict[str, DataFrame]) -> None:
    """A thousand times the films bring no more than a sample and the top of them."""
    films = tables["movie_performance"].crossJoin(tables["movie_performance"].sparkSession.range(1000))
    many = films.withColumn("film_id", films["film_id"] + 1000 * films["id"])
    assert money(many).count() == SAMPLE + TOP
    bins = spreads(tables["movie_performance"].limit(3)).collect()
    assert {(row["measure"], row["bin"], row["films"]) for row in bins} == {
        ("ratio", -7, 1), ("ratio", -3, 1), ("ratio", -1, 1), ("rating", 10, 3),
    }  # fmt: skip
    named = best_connected(tables["actor_nodes"]).collect()
    assert len(named) == 30
    assert [row["person_id"] for row in named if row["community"] == 1] == [0, 1, 2, 3, 4]


def test_a_gold_of_nothing_has_a_page(spark: SparkSession, tables: dict[str, DataFrame]) -> None:
    """Empty tables and no tables make a sentence for each section."""
    empty = {name: rows.limit(0) for name, rows in tables.items()}
    empty["diversity_effect"] = frame(spark, diversity_effect.SCHEMA, [])
    for given in (empty, {}):
        text = report_page(RUN, given)
        assert text.count("</b> is left out: ") == SECTIONS
        assert "data-spec" not in text.split("<script>")[0]


def test_the_command_reads_the_current_tables_or_those_of_a_run(
    spark: SparkSession, tables: dict[str, DataFrame], tmp_path: Path
) -> None:
    """Either way the page holds what is published; without any it says in one line what to do."""
    addresses = Bronze(tmp_path).addresses
    given = ["--tables", addresses.tables, "--files", addresses.files]
    for options in ([], ["--run-id", RUN]):
        with pytest.raises((SystemExit, LakeError), match="run the gold job first"):
            main([*given, "--out", str(tmp_path), *options])
    lake, run = open_lake(spark, addresses, "gold", RUN), StageRun("gold", RUN)
    run.tables["kpis"] = lake.tables.replace_all(DEFINITIONS["kpis"], tables["kpis"], None)
    run.finish(lake)
    for options in ([], ["--run-id", RUN]):
        main([*given, "--out", str(tmp_path / "new" / "report"), *options])
        assert "<dd>40</dd>" in (tmp_path / "new" / "report" / "index.html").read_text(encoding="utf-8")


def complaints(page: Page, path: Path) -> list[str]:
    """Opens the page; what the browser complained of, and what it asked for from elsewhere."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text))
    page.on("request", lambda asked: found.append(asked.url) if asked.url != path.as_uri() else None)
    page.goto(path.as_uri())
    expect(page.locator(".chart svg")).to_have_count(CHARTS, timeout=60_000)
    return found


def test_a_browser_draws_every_chart_and_runs_no_title(path: Path) -> None:
    """At both widths: all charts, nothing fetched, no error, nothing wider than the window, no script of a title."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no Chromium on this machine: on Debian, apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for width in (NARROW, WIDE):
            page = browser.new_page(viewport={"width": width, "height": 900})
            assert complaints(page, path) == []
            assert page.title() == f"Films and their music: run {RUN}"
            assert page.evaluate("document.documentElement.scrollWidth") == width
        page.locator("#network .mark-symbol path").first.hover(force=True)
        assert (
            page.locator("#vg-tooltip-element").inner_text().count("script") == 0 or page.title() != "owned"
        )
        browser.close()


def test_a_part_of_a_report_becomes_a_picture(path: Path, tmp_path: Path) -> None:
    """The documents' pictures are made by a command."""
    if shutil.which("chromium") is None:
        pytest.skip("no Chromium on this machine: on Debian, apt install chromium")
    picture = tmp_path / "money.png"
    command = [sys.executable, "-m", "local.screenshot", "--page", str(path), "--out", str(picture)]
    subprocess.run([*command, "--part", "money"], check=True)
    assert picture.read_bytes().startswith(b"\x89PNG")
