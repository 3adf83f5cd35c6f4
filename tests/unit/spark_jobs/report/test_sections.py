"""Sections of the report: what they say of given rows, and what they draw."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spark_jobs.html.marks import log_dollars_axis
from spark_jobs.html.section import Section
from spark_jobs.report.queries import TABLES
from spark_jobs.report.sections import films, franchises, music, network, people, trends
from spark_jobs.report.write import chapters
from spark_jobs.views.catalogue import VIEWS

ISOLATED = "\u2068{}\u2069"


def film(film_id: int, budget: int, revenue: int, is_top: bool = False) -> dict[str, Any]:
    """A film with money."""
    roi = round((revenue - budget) / budget, 4)
    return {
        "film_id": film_id, "title": f"Film {film_id}", "release_year": 2001, "budget": budget, "revenue": revenue,
        "roi": roi, "is_top": is_top,
    }  # fmt: skip


TOTALS = [
    {
        "films": 9, "with_money": 3, "earned_back": 2 / 3, "median_ratio": 2.0, "sound": 3, "sound_below": 1 / 3,
        "sound_median_ratio": 2.0, "rated": 8, "median_rating": 6.4, "rated_middling": 0.75,
    }
]  # fmt: skip


def drawn(section: Section) -> list[dict[str, Any]]:
    """The specs of a section's charts; they are JSON."""
    specs: list[dict[str, Any]] = [chart.to_dict() for chart in section.charts]
    json.dumps(specs, allow_nan=False)
    return specs


def cells(section: Section) -> list[list[str]]:
    """The table of a section as it is shown."""
    assert section.table is not None
    return [
        [column.cell(row).replace("\u00a0", " ") for column in section.table.columns]
        for row in section.table.rows
    ]


def said(section: Section) -> str:
    """The reading of a section, with plain spaces."""
    return section.reading.replace("\u00a0", " ")


def test_every_section_of_nothing_is_a_sentence() -> None:
    """Without any rows each section is left out, says why, and has an anchor of its own."""
    found = [section for chapter in chapters({}) for section in chapter.sections]
    for section in found:
        assert section.reading.endswith(".")
        assert section.is_left_out
    assert len({section.anchor for section in found}) == len(found) == 28


def test_every_view_is_read_by_the_report() -> None:
    """No view is in no section."""
    assert {view.name for view in VIEWS} <= set(TABLES)


def test_money_is_drawn_on_logarithms_and_the_top_listed() -> None:
    """The sentence has the shares of all films; outliers lie on the edge; the table has the top films alone."""
    section = films.money(
        [film(1, 20_000_000, 60_000_000, True), film(2, 50, 100), film(3, 9_000_000, 12)], TOTALS
    )
    assert said(section) == (
        "Of 3 films whose revenue and budget are known, 67 % took at least their budget; the film in the middle took "
        "2.0 times its budget."
    )
    spec = drawn(section)[0]
    scales = [spec["layer"][1]["encoding"][axis]["scale"] for axis in ("x", "y")]
    assert [scale["domain"] for scale in scales] == [[10_000, 20_000_000], [10_000, 60_000_000]]
    assert all(scale["type"] == "log" and scale["clamp"] for scale in scales)
    assert spec["width"] == "container"
    assert cells(section) == [["Film 1", "2001", "$20 M", "$60 M", "2.00"]]


def test_returns_and_ratings_are_binned() -> None:
    """Bars are half a doubling and half a point wide; the ends hold what lies beyond."""
    spreads = [
        {"measure": "ratio", "bin": 2, "films": 4}, {"measure": "ratio", "bin": -12, "films": 1},
        {"measure": "ratio", "bin": 11, "films": 2}, {"measure": "rating", "bin": 13, "films": 8},
    ]  # fmt: skip
    returns, ratings = films.ratios(spreads, TOTALS), films.ratings(spreads, TOTALS)
    assert cells(returns) == [
        ["under 0.022 times", "1"], ["2 to 2.8 times", "4"], ["45 times or more", "2"],
    ]  # fmt: skip
    assert "half took at least 2.0 times their budget, and 33 % took less than it" in said(returns)
    assert cells(ratings) == [["6.5 to 7", "8"]]
    assert "rated 6.4 or better, and 75 % lie between 5.5 and 7.5" in said(ratings)
    assert len(drawn(returns)) == len(drawn(ratings)) == 1


def test_shares_of_genres_are_of_mentions_in_five_years() -> None:
    """The seventh genre is among the others; periods of few films are left out; the gain is told in points."""
    names = ("Drama", "Comedy", "Action", "War", "Crime", "Music", "Western")
    rows = [{"genre": name, "release_year": year, "films": 10} for name in names for year in (1990, 2003)]
    rows += [
        {"genre": "Comedy", "release_year": 2004, "films": 70},
        {"genre": "War", "release_year": 1950, "films": 29},
    ]
    section = trends.genres(rows)
    shares = {(row["genre"], row["period"]): row["share"] for row in trends.genre_shares(rows)}
    assert shares["Comedy", 2000] == pytest.approx(80 / 140)
    assert shares["other genres", 1990] == pytest.approx(1 / 7)
    assert {period for _, period in shares} == {1990, 2000}
    assert said(section) == (
        "Comedy has the largest share in 2000 to 2004 (57 %); since 1990, Comedy gained most of those shown "
        "(43 percentage points)."
    )
    assert cells(section)[0][0] == "2000 to 2004"
    areas, names_in_areas = drawn(section)[0]["layer"]
    assert areas["encoding"]["color"]["scale"]["domain"][-1] == "other genres"
    assert names_in_areas["mark"]["type"] == "text"
    assert said(trends.genres(rows[:1] * 3 + rows[1:2])).startswith(
        "Drama has the largest share in 1990 to 1994 (100 %)."
    )


@pytest.mark.parametrize(
    ("revenue", "charts", "end"), [(5e9, 2, "took the most ($5 B)."), (None, 1, "no revenue is known.")]
)
def test_years_are_told_with_and_without_revenue(revenue: float | None, charts: int, end: str) -> None:
    """The best years are named; without any revenue that chart is left out."""
    year = {"films_with_revenue": 1, "mean_rating": 6.25, "rolling_releases": 2.0, "rolling_revenue": revenue}
    rows = [{"release_year": at, "releases": at - 1998, "revenue": revenue, **year} for at in (2001, 1999)]
    section = trends.years(rows)
    assert said(section).startswith("Most films of the catalog are of 2001 (3 films)")
    assert said(section).endswith(end)
    assert len(drawn(section)) == charts
    assert cells(section)[0][:2] == ["2001", "3"]


def measured(
    measure: str, ratio: float | None, low: float, high: float, difference: float | None = 0.2
) -> dict[str, Any]:
    """A row of franchise_effect."""
    sides = {f"{who}_{what}": 40 for who in ("franchise", "standalone") for what in ("n", "mean", "median")}
    return {
        "measure": measure, "ratio": ratio, "ratio_low": low, "ratio_high": high, "difference": difference,
        "difference_low": low, "difference_high": high, **sides,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rating", "end"),
    [
        (
            measured("rating", None, 0.1, 0.3),
            "(95 % interval 2.0 to 4.5), and its rating is 0.2 points higher on average.",
        ),
        (
            measured("rating", None, -0.1, 0.3),
            "(95 % interval 2.0 to 4.5); their ratings do not clearly differ.",
        ),
        (measured("rating", None, 0, 0, None), "(95 % interval 2.0 to 4.5)."),
    ],
)
def test_franchises_are_compared_with_intervals(rating: dict[str, Any], end: str) -> None:
    """The ratio of revenue comes with its interval; a difference that may be chance is called none."""
    section = franchises.effect([rating, measured("roi", 0.9, 0.7, 1.2), measured("revenue", 3.0, 2.0, 4.5)])
    assert (
        said(section) == f"A film of a franchise typically takes 3.0 times the revenue of a single film {end}"
    )
    assert [row[0] for row in cells(section)] == ["revenue", "roi", "rating"]
    datasets = drawn(section)[0]["datasets"].values()
    verdicts = {row["name"]: row["verdict"] for rows in datasets for row in rows if "verdict" in row}
    assert verdicts == {"revenue": "clear", "revenue by budget": "could be chance"}


def test_franchises_without_revenue_say_so() -> None:
    """Other measures are still drawn."""
    section = franchises.effect([measured("roi", 2.0, 1.5, 2.5)])
    assert said(section).startswith("Too few revenues are known")
    assert len(drawn(section)) == 1


def ranked(place: int, name: str) -> dict[str, Any]:
    """A row of directors."""
    return {
        "person_id": place, "name": name, "rank": place, "score": 7.5 - place / 10, "rating_mean": 8.0, "films": 4,
        "rated_films": 3, "revenue_total": 10**9, "typical_revenue": 1e8, "roi": 1.5,
        "first_year": 1999, "last_year": 1999 + place, "genres": ["Drama"],
    }  # fmt: skip


def test_namesakes_have_a_line_each() -> None:
    """People of one name are told apart by their place; the first is named with score and plain mean."""
    section = people.ranking(
        "directors", "director", [ranked(1, "Ann Lee"), ranked(2, "Bo"), ranked(3, "Ann Lee")]
    )
    assert said(section) == (
        f"{ISOLATED.format('Ann Lee')} comes first with a score of 7.40 from 3 rated films, whose plain mean is 8.00."
    )
    assert drawn(section)[0]["layer"][0]["encoding"]["y"]["sort"] == [
        "Ann Lee (no. 1)",
        "Bo",
        "Ann Lee (no. 3)",
    ]
    assert cells(section)[2][-2:] == ["1999 to 2002", "Drama"]


def actor(person_id: int, community: int, partners: int) -> dict[str, Any]:
    """A well connected actor."""
    return {
        "person_id": person_id, "community": community, "name": f"Actor {person_id}", "degree": partners,
        "weighted_degree": partners, "films": 2,
    }  # fmt: skip


def test_communities_are_laid_out_apart() -> None:
    """Each actor has a place of its own, near those of the community; lines know whether they cross."""
    actors = [actor(n, 1 + n // 4, 10 - n) for n in range(8)]
    placed = network.layout(actors)
    assert len({(round(row["x"], 3), round(row["y"], 3)) for row in placed}) == 8
    assert {round(row["x"]) for row in placed if row["community"] == 2} == {1}
    lines = network.lines(
        placed, [{"person_a": a, "person_b": b, "films": 1} for a, b in ((0, 1), (0, 4), (0, 99))]
    )
    assert [line["group"] for line in lines] == ["community 1", "several"]
    size = [{"people": 9, "with_partners": 8, "communities": 2, "pairs": 3}]
    groups = [{"community": n, "people": 4, "around": f"Actor {n}"} for n in (1, 2)]
    section = network.communities(size, groups, actors, [{"person_a": 0, "person_b": 1, "films": 1}])
    assert said(section) == (
        "8 actors who played with others fall into 2 communities; the largest has 4 people around "
        f"{ISOLATED.format('Actor 1')}."
    )
    assert cells(section)[0] == ["1", "4", "Actor 0", "10", "2"]
    assert len(drawn(section)) == 1


def test_matches_are_counted_by_band() -> None:
    """Shares of strong and of ambiguous matches, bands in their order."""
    rows = [
        {"band": "possible", "bin": 20, "matches": 1, "ambiguous": 1},
        {"band": "strong", "bin": 38, "matches": 4, "ambiguous": 0},
        {"band": "strong", "bin": 39, "matches": 5, "ambiguous": 0},
    ]
    section = music.confidence(rows)
    assert said(section) == "90 % of 10 matches are strong, and 10 % have a second film nearly as likely."
    assert cells(section) == [["strong", "9", "90.0 %", "0"], ["possible", "1", "10.0 %", "1"]]
    bars = [row for rows in drawn(section)[0]["datasets"].values() for row in rows]
    assert [(round(bar["low"], 3), round(bar["high"], 3)) for bar in bars] == [
        (0.5, 0.525),
        (0.95, 0.975),
        (0.975, 1.0),
    ]


def effect(outcome: str, model: str, low: float | None, text: str = "A reading.") -> dict[str, Any]:
    """A row of diversity_effect."""
    high = None if low is None else low + 0.2
    figures = {"estimate": None if low is None else low + 0.1, "low": low, "high": high, "p": low and 0.5}
    return {"outcome": outcome, "model": model, "scale": "x", "n": 40, "reading": text, **figures}


def test_diversity_is_read_from_the_effects() -> None:
    """The sentence is the effect's own; medians of few films are in the table alone."""
    points = [
        {"film_title": "A", "film_year": 1, "effective_styles": 1.0, "release_count": 1, "popularity": 2.0}
    ]
    bins = [{"bin": n, "films": 4 + n, "at": 1.2, "low": 1.0, "median": 2.0, "high": 3.0} for n in (10, 0)]
    section = music.diversity(points, bins, [effect("popularity", "spearman", 0.1)])
    assert said(section) == "A reading."
    assert [row[:2] for row in cells(section)] == [["1 to under 1.5", "4"], ["6 or more", "14"]]
    assert "was not computed" in music.diversity(points, bins, []).reading


def test_effects_are_drawn_where_there_are_figures() -> None:
    """An interval that holds zero could be chance; without any figure there is a table and no chart."""
    rows = [
        effect("rating", "spearman", 0.1),
        effect("popularity", "spearman", -0.1),
        effect("popularity", "controlled", None),
    ]
    section = music.effects(rows)
    verdicts = {
        r["name"]: r["verdict"]
        for rows in drawn(section)[0]["datasets"].values()
        for r in rows
        if "verdict" in r
    }
    assert verdicts == {"popularity": "could be chance", "rating": "clear"}
    assert cells(section)[-1][:3] == ["rating", "spearman", "40"]
    assert not music.effects(rows[2:]).charts


@pytest.mark.parametrize(("low", "high"), [(12_000, 3e9), (1.1e6, 9e6), (10_000, 100_000)])
def test_an_axis_of_money_has_marks_within_its_ends(low: float, high: float) -> None:
    """At least two marks, none outside, all powers of ten where these suffice."""
    marks = log_dollars_axis("budget", low, high).to_dict()["values"]
    assert len(marks) >= 2
    assert all(low <= mark <= high for mark in marks)
