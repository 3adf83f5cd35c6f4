"""Sections of the views that were in no chart: what they say of given rows, and when they are left out."""

from __future__ import annotations

from typing import Any

import pytest

from spark_jobs.html.section import Section
from spark_jobs.report.sections import (
    franchises,
    genres,
    months,
    network,
    people,
    standings,
    statistics,
)
from tests.unit.spark_jobs.report.test_sections import cells, drawn, said

Rows = list[dict[str, Any]]


def values(section: Section, name: str, chart: int = 0) -> list[Any]:
    """What the rows behind a chart have in a field."""
    return [row[name] for rows in drawn(section)[chart]["datasets"].values() for row in rows if name in row]


def correlation(one: str, other: str, rho: float | None, n: int = 40) -> dict[str, Any]:
    """A row of correlations."""
    return {"measure_a": one, "measure_b": other, "n": n, "pearson": rho, "spearman": rho}


def test_correlations_name_figures_that_are_not_made_of_each_other() -> None:
    """Profit goes with revenue by construction; few films say nothing; a cell has its sign in its figure."""
    rows = [
        correlation("revenue", "profit", 0.92), correlation("revenue", "vote_count", 0.56),
        correlation("rating", "popularity", -0.08), correlation("rating", "runtime_min", 0.99, n=29),
    ]  # fmt: skip
    section = statistics.correlations(rows)
    assert "votes" in said(section) and "revenue" in said(section) and "0.56, 40 films" in said(section)
    assert values(section, "shown") == [".92", ".56", "-.08"]
    assert [row[0] for row in cells(section)] == ["revenue", "revenue", "rating"]
    assert statistics.correlations(rows[3:]).is_left_out


def distribution(measure: str, grouping: str, group: str, p50: float, n: int = 40) -> dict[str, Any]:
    """A row of distributions."""
    spread = {f"p{p}": p50 * factor for p, factor in ((5, 0.1), (25, 0.5), (50, 1), (75, 2), (95, 10))}
    return {"measure": measure, "grouping": grouping, "group": group, "n": n, "mean": p50 * 2, **spread}


def test_spreads_are_told_by_the_film_in_the_middle() -> None:
    """A profit below nothing is in the table alone; decades of few films are left out."""
    rows = [distribution("rating", "overall", "all", 6.0), distribution("profit", "overall", "all", -2e6)]
    section = statistics.spread(rows)
    assert said(section).startswith("Rating is spread most: one film in twenty has over 10 times the rating")
    assert values(section, "name") == ["rating"]
    assert [row[0] for row in cells(section)] == ["profit", "rating"]
    decades = [distribution("budget", "decade", at, value) for at, value in (("1990", 2e7), ("2000", 4e7))]
    section = statistics.by_decade([*decades, distribution("rating", "decade", "1990", 6.0)])
    assert said(section) == "The middle budget went from $20 M in the 1990s to $40 M in the 2000s."
    assert section.note.endswith("Too little is known of revenue, rating, minutes.")
    assert statistics.by_decade([decades[0], distribution("budget", "decade", "2000", 4e7, n=29)]).is_left_out


def test_genres_are_counted_priced_and_paired() -> None:
    """The largest and the smallest genre, the most expensive one, and the pair that meets most."""
    films = [
        {"genre": name, "release_year": year, "films": n}
        for name, n in (("War", 1), ("Drama", 6), ("Music", 3))
        for year in (1990, 2000)
    ]
    assert said(genres.sizes(films)) == (
        "Drama has most films (60 % of all mentions), War the fewest (10.0 %)."
    )
    budgets = [
        distribution("budget", "primary_genre", name, at)
        for name, at in (("War", 1e7), ("Drama", 3e7), ("Music", 2e7))
    ]
    assert said(genres.budgets(budgets)).startswith(
        "Drama is the most expensive genre ($60 M a film on average), War"
    )
    assert genres.budgets(budgets[:2]).is_left_out
    pair = {"films": 9, "recent_films": 5, "recent_lift": 1.0, "earlier_lift": 1.0}
    pairs = [
        {"genre": f"A{n}", "other_genre": "B", "lift": 2.0**-n, "is_emerging": n == 1, **pair}
        for n in range(20)
    ]
    section = genres.pairs(pairs)
    assert said(section).startswith("A0 and B meet most above chance: 1.0 times as often")
    assert "1 pair meets more often in the last years" in said(section)
    assert len(values(section, "trend")) == 16
    assert len(cells(section)) == 20


def test_a_season_is_against_the_average_month_of_the_genre() -> None:
    """A genre of few films has no season; a month without a film is 0."""
    rows = [{"genre": "War", "release_month": month, "films": 20} for month in (1, 6, 12)]
    rows.append({"genre": "Music", "release_month": 1, "films": 59})
    found = {(row["genre"], row["month"]): row["index"] for row in genres.genre_seasons(rows)}
    assert len(found) == 12
    assert (found["War", "Jun"], found["War", "Feb"]) == (4.0, 0.0)


def test_months_have_their_place_within_the_year() -> None:
    """The best months are named; under twelve there is nothing to see."""
    rows = [
        {
            "release_year": 2000 + n // 12, "release_month": 1 + n % 12, "releases": n, "films_with_revenue": 1,
            "revenue": 10**9 - n, "mean_rating": 6.0, "rolling_releases": 1.0, "rolling_revenue": 1.0,
        }
        for n in range(14)
    ]  # fmt: skip
    section = months.by_month(rows[::-1])
    assert said(section).startswith("From Jan 2000 to Feb 2001 most films came in Feb 2001 (13 films)")
    assert said(section).endswith("those of Jan 2000 took the most ($1 B).")
    assert values(section, "at")[:2] == [2000.0, pytest.approx(2000 + 1 / 12)]
    assert months.by_month(rows[:11]).is_left_out


def test_release_windows_want_whole_years() -> None:
    """The best and the worst month by revenue; without films enough, or revenue of a month, nothing is said."""
    rows = [
        {
            "release_month": n, "releases": 10, "revenue": n, "revenue_index": n / 6, "releases_index": 1.0,
            "mean_film_revenue": 1.0, "film_revenue_index": 1.0,
        }
        for n in range(1, 13)
    ]  # fmt: skip
    assert said(months.windows(rows)) == (
        "Films of December took 2.0 times the revenue of an average month, those of January 0.2 times."
    )
    assert months.windows([{**row, "releases": 9} for row in rows]).is_left_out
    assert months.windows([{**rows[0], "revenue_index": None}, *rows[1:]]).is_left_out


def risen(place: int, days: int = 7) -> dict[str, Any]:
    """A row of trending."""
    return {
        "film_id": place, "title": f"Film {place}", "window_days": days, "place": place, "trend_score": 50.0 - place,
        "popularity_then": 1.0, "popularity": 9.0, "velocity": 1.0, "rating_momentum": None,
    }  # fmt: skip


def test_films_on_the_rise_need_history() -> None:
    """Windows with history are drawn and the others named; without any it says what is missing."""
    section = standings.rising([risen(place) for place in range(5, 0, -1)])
    assert "Over 7 days \u2068Film 1\u2069 rose most: from a popularity of 1.0 to 9.0." in said(section)
    assert section.note.endswith("Left out for want of history: 30 and 90 days.")
    assert len(drawn(section)) == 1
    missing = standings.rising([risen(place) for place in range(1, 5)])
    assert missing.is_left_out
    assert (
        said(missing)
        == "Fewer than 5 films were seen at both ends of 7, 30 and 90 days: too few runs lie behind."
    )


def listed(measure: str, best: int, worst: int) -> Rows:
    """Ends of best_and_worst: as many films from either end, by value."""
    ends = [("best", n, 100 - n) for n in range(best)] + [("worst", n, n) for n in range(worst)]
    return [
        {
            "measure": measure, "list": end, "place": place + 1, "film_id": value, "title": f"Film {value}",
            "release_year": 2000, "value": float(value),
        }
        for end, place, value in ends
    ]  # fmt: skip


def test_the_best_stand_over_the_worst() -> None:
    """Both ends in one order from the highest value down; where they would meet, the measure is left out."""
    section = standings.extremes([*listed("profit", 20, 20), *listed("rating", 2, 2)])
    assert values(section, "value") == [float(n) for n in (*range(100, 92, -1), *range(7, -1, -1))]
    assert "Film 100\u2069 comes first ($100) and \u2068Film 0\u2069 last ($0)" in said(section)
    assert len(drawn(section)) == 1
    assert standings.extremes(listed("profit", 2, 3)).is_left_out


def test_long_titles_are_cut_and_told_apart() -> None:
    """Beside a bar a title is cut; two films of one label get their places."""
    titles = ["A" * 40, "Same", "Same"]
    found = standings.labelled([{"title": title} for title in titles])
    assert [row["label"] for row in found] == ["A" * 33 + "…", "Same (no. 2)", "Same (no. 3)"]
    assert found[0]["film"] == "A" * 40


def test_franchises_and_studios_stand_by_revenue() -> None:
    """The first is named with its sum; under three there is no list."""
    money = {"films": 3, "revenue_total": 10**9, "revenue_mean": 1e8, "budget_mean": None, "roi_mean": 1.0}
    rows = [
        {
            "collection": f"{name} Collection",
            **money,
            "rating_mean": 7.0,
            "first_year": 1999,
            "last_year": 2003,
        }
        for name in ("Far", "Near", "Far")
    ]
    section = franchises.largest(rows)
    assert said(section) == "\u2068Far Collection\u2069 took most: $1 B with 3 films of the catalog."
    assert values(section, "label") == ["Far (no. 1)", "Near", "Far (no. 3)"]
    assert cells(section)[0][-1] == "1999 to 2003"
    assert franchises.largest(rows[:2]).is_left_out
    studio = {
        "films_with_revenue": 2, "typical_revenue": 5e6, "rank": 1, "score": 6.5, "rating_mean": 6.6, "rated_films": 3,
        "films": 3, "roi": 1.0, "genres": [], "first_year": 1999, "last_year": 1999, "revenue_total": 10**9,
    }  # fmt: skip
    section = people.studios([{"name": name, **studio} for name in "ABC"])
    assert said(section).startswith("\u2068A\u2069 took most ($1 B with 2 films whose revenue is known)")
    assert people.studios([]).is_left_out


def test_the_network_by_decade_wants_three_of_them() -> None:
    """The decade of most actors is named; two points are no trend."""
    rows = [
        {
            "decade": decade, "nodes": decade - 1900, "new_actors": 5, "edges": 9, "mean_degree": 2.5, "density": 0.1,
            "largest_component_share": 0.5,
        }
        for decade in (2000, 1980, 1990)
    ]  # fmt: skip
    section = network.decades(rows)
    assert (
        said(section)
        == "Most actors are of the 2000s (100, who had 2.5 partners each); 50 % of them hang together."
    )
    assert values(section, "label")[:3] == ["1980s", "1990s", "2000s"]
    assert network.decades(rows[:2]).is_left_out


def test_the_size_of_casts_wants_three_bands() -> None:
    """The band of the highest middle is named; bands of few films are in the table alone; the last one has no end."""
    rows = [
        {
            "cast_from": low, "cast_to": high, "films": 30, "films_with_revenue": known, "revenue_median": middle,
            "budget_median": 1e6, "roi_median": None, "rating_mean": 6.5, "popularity_median": 2.0,
        }
        for low, high, known, middle in ((50, None, 12, 9e7), (1, 4, 10, 2e6), (5, 9, 9, 8e8), (10, 14, 20, 3e7))
    ]  # fmt: skip
    section = people.cast_sizes(rows)
    assert said(section) == (
        "Films with a cast of 50 or more took most in the middle ($90 M, 12 films whose revenue is known)."
    )
    assert values(section, "label") == ["1 to 4", "10 to 14", "50 or more"]
    assert [row[0] for row in cells(section)] == ["1 to 4", "5 to 9", "10 to 14", "50 or more"]
    assert people.cast_sizes(rows[:3]).is_left_out
