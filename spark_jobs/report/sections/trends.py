"""Sections about time: shares of the genres, and films and revenue by year."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate

import altair as alt

from spark_jobs.html.look import CARD, CATEGORIES, GREY
from spark_jobs.html.marks import bars_and_line, dollars_axis, layered, plot, tips
from spark_jobs.html.section import Column, Picture, Row, Rows, Section, Table
from spark_jobs.html.wording import count, dollars, number, percent, plain, year

PERIOD_YEARS = 5
MIN_PERIOD_FILMS = 30  # genre mentions under which a period's shares are noise
MIN_LABELLED = 0.05  # a smaller area has no room for a name
_OTHERS = "other genres"


def genres(rows: Rows) -> Section:
    """Shares of the genres over time."""
    anchor, title = "genres", "Genres over time"
    shares = genre_shares(rows)
    if not shares:
        return Section(anchor, title, f"No {PERIOD_YEARS} years have {MIN_PERIOD_FILMS} films with a genre.")
    note = (
        f"Shares of genre mentions in {PERIOD_YEARS} years (a film counts in each of its genres), periods of "
        f"{MIN_PERIOD_FILMS} mentions or more; the genres with most films, all others as one. The last "
        "period may be incomplete."
    )
    names = [*dict.fromkeys(row["genre"] for row in shares)]
    columns = (
        Column("years", lambda row: row["years"], False),
        *map(_share_column, names),
    )
    table = Table("share of each genre by period", _by_period(shares), columns)
    return Section(anchor, title, _genres_reading(shares), [_areas(shares, names)], table, note)


def genre_shares(rows: Rows) -> Rows:
    """One row a period and shown genre: its share of the period's genre mentions, the largest genre first."""
    films: Counter[tuple[int, str]] = Counter()
    for row in rows:
        films[row["release_year"] // PERIOD_YEARS * PERIOD_YEARS, plain(row["genre"])] += row["films"]
    totals: Counter[int] = Counter()
    sizes: Counter[str] = Counter()
    for (period, genre), found in films.items():
        totals[period] += found
        sizes[genre] += found
    shown = [
        name for name, _ in sorted(sizes.items(), key=lambda item: (-item[1], item[0]))[: len(CATEGORIES) - 1]
    ]
    periods = sorted(period for period, total in totals.items() if total >= MIN_PERIOD_FILMS)
    rest = [_OTHERS] if len(sizes) > len(shown) else []
    return [
        {
            "period": period,
            "years": f"{period} to {period + PERIOD_YEARS - 1}",
            "genre": genre,
            "share": share,
        }
        for genre in [*shown, *rest]
        for period in periods
        for share in [_share(films, period, genre, shown) / totals[period]]
    ]


def _share(films: Counter[tuple[int, str]], period: int, genre: str, shown: list[str]) -> int:
    if genre != _OTHERS:
        return films[period, genre]
    return sum(found for (when, name), found in films.items() if when == period and name not in shown)


def _share_column(genre: str) -> Column:
    return Column(genre, lambda row: percent(row[genre], 1))


def _genres_reading(shares: Rows) -> str:
    named = [row for row in shares if row["genre"] != _OTHERS]
    first, last = min(row["period"] for row in named), max(row["period"] for row in named)
    now = {row["genre"]: row for row in named if row["period"] == last}
    top = max(now.values(), key=lambda row: row["share"])
    lead = f"{top['genre']} has the largest share in {top['years']} ({percent(top['share'])})"
    if first == last:
        return f"{lead}."
    gains = {
        row["genre"]: now[row["genre"]]["share"] - row["share"] for row in named if row["period"] == first
    }
    most = max(gains, key=lambda genre: abs(gains[genre]))
    way = "gained" if gains[most] > 0 else "lost"
    points = number(abs(gains[most]) * 100)
    return f"{lead}; since {first}, {most} {way} most of those shown ({points} percentage points)."


def _areas(shares: Rows, names: list[str]) -> Picture:
    colors = [GREY if name == _OTHERS else color for name, color in zip(names, CATEGORIES, strict=False)]
    told = tips(genre="genre:N", years="years:N", share="share:Q|.1%")
    order = {name: place for place, name in enumerate(names)}
    chart = plot([{**row, "place": order[row["genre"]]} for row in shares]).mark_area(
        stroke="var(--card)", strokeWidth=1, opacity=0.9
    )
    x = alt.X(
        "period:Q",
        title=f"first of {PERIOD_YEARS} years",
        axis=alt.Axis(format="d"),
        scale=alt.Scale(nice=False, zero=False),
    )
    y = alt.Y(
        "share:Q",
        title="share of genre mentions",
        axis=alt.Axis(format="%"),
        scale=alt.Scale(domain=[0, 1]),
    )
    color = alt.Color("genre:N", sort=names, scale=alt.Scale(domain=names, range=colors))
    areas = chart.encode(x=x, y=y, color=color, order=alt.Order("place:Q"), tooltip=told)
    text = plot(_labels(shares)).mark_text(align="right", dx=-5, color=CARD, fontWeight="bold")
    return layered((areas, text.encode(x=x, y="middle:Q", text="genre:N")), 320)


def _labels(shares: Rows) -> list[Row]:
    """Where in the last period's stack the name of a genre has room, for those who see no colours."""
    last = max(row["period"] for row in shares)
    stack = [row for row in shares if row["period"] == last]
    ends = [*accumulate(row["share"] for row in stack)]
    return [
        {**row, "middle": end - row["share"] / 2}
        for row, end in zip(stack, ends, strict=True)
        if row["share"] >= MIN_LABELLED
    ]


def _by_period(shares: Rows) -> Rows:
    periods: dict[int, dict[str, str | float]] = {}
    for row in shares:
        periods.setdefault(row["period"], {"years": row["years"]})[row["genre"]] = row["share"]
    return [periods[period] for period in sorted(periods, reverse=True)]


def years(rows: Rows) -> Section:
    """Films and their revenue, year by year."""
    anchor, title = "years", "Films and revenue by year"
    ordered = sorted(rows, key=lambda row: int(row["release_year"]))
    if not ordered:
        return Section(anchor, title, "No film has a release date.")
    charts = [_releases(ordered)]
    if any(row["revenue"] for row in ordered):
        charts.append(_revenue(ordered))
    columns = (
        Column("year", lambda row: year(row["release_year"]), False),
        Column("films", lambda row: number(row["releases"])),
        Column("revenue", lambda row: dollars(row["revenue"])),
        Column("films with revenue", lambda row: number(row["films_with_revenue"])),
        Column("mean rating", lambda row: number(row["mean_rating"], 1)),
    )
    note = (
        "Bars are years, the line is the mean of three. Revenue is in dollars of the day, of the films whose "
        "revenue is known; the last years may still be incomplete."
    )
    return Section(
        anchor,
        title,
        _years_reading(ordered),
        charts,
        Table("every year, the last first", ordered[::-1], columns),
        note,
    )


def _years_reading(rows: Rows) -> str:
    most = max(rows, key=lambda row: row["releases"])
    text = f"Most films of the catalog are of {most['release_year']} ({count(most['releases'], 'film')})"
    earners = [row for row in rows if row["revenue"]]
    if not earners:
        return f"{text}; no revenue is known."
    best = max(earners, key=lambda row: row["revenue"])
    return f"{text}, and those of {best['release_year']} took the most ({dollars(best['revenue'])})."


def _releases(rows: Rows) -> Picture:
    y = alt.Y("releases:Q", title="films")
    return bars_and_line(
        _placed(rows), y, "rolling_releases:Q", tips(year="release_year:Q", films="releases:Q|,")
    )


def _revenue(rows: Rows) -> Picture:
    y = alt.Y("revenue:Q", axis=dollars_axis("revenue"))
    told = tips(year="release_year:Q", revenue="revenue:Q|$,.3s", of_films="films_with_revenue:Q|,")
    return bars_and_line(_placed(rows), y, "rolling_revenue:Q", told)


def _placed(rows: Rows) -> list[Row]:
    """Years with their place on the axis."""
    return [{**row, "at": row["release_year"], "end": row["release_year"] + 1} for row in rows]
