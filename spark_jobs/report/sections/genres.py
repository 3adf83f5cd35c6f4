"""Sections about genres: how many films each has, what they cost, which go together, and when they come out."""

from __future__ import annotations

from calendar import month_abbr
from collections import Counter

import altair as alt

from spark_jobs.html.look import BLUE, GREY, INK, ORANGE, SOFT
from spark_jobs.html.marks import ROW_PX, dollars_axis, layered, log_scale, plot, ranked, times_axis, tips
from spark_jobs.html.section import Column, Picture, Row, Rows, Section, Table
from spark_jobs.html.wording import count, dollars, number, percent, plain, times
from spark_jobs.report.sections.statistics import of_grouping

MIN_GENRES, MIN_BUDGETS, MIN_PAIRS, PAIRS = 3, 5, 4, 8
MIN_SEASON_FILMS = 60  # films of a genre under which its months are noise
_MONTHS = 12
_USUAL, _EMERGING = "as before", "emerging"


def sizes(rows: Rows) -> Section:
    """Films of each genre."""
    anchor, title = "genre-sizes", "Films of each genre"
    films: Counter[str] = Counter()
    for row in rows:
        films[plain(row["genre"])] += row["films"]
    if len(films) < MIN_GENRES:
        return Section(anchor, title, f"Fewer than {MIN_GENRES} genres have a film.")
    total = sum(films.values())
    found: list[Row] = [
        {"label": name, "films": found, "share": found / total, "shown": f"{found:,}"}
        for name, found in sorted(films.items(), key=lambda item: (-item[1], item[0]))
    ]
    first, last = found[0], found[-1]
    reading = (
        f"{first['label']} has most films ({percent(first['share'])} of all mentions), {last['label']} the fewest "
        f"({percent(last['share'], 1)})."
    )
    columns = (
        Column("genre", lambda row: row["label"], False),
        Column("films", lambda row: number(row["films"])),
        Column("share of mentions", lambda row: percent(row["share"], 1)),
    )
    told = tips(genre="label:N", films="films:Q|,", share_of_mentions="share:Q|.1%")
    chart = ranked(found, "films", alt.Axis(title="films", tickCount=5), told)
    note = "A film counts in each of its genres; films without a year are left out."
    return Section(anchor, title, reading, [chart], Table("every genre", found, columns), note)


def budgets(rows: Rows) -> Section:
    """What films of each genre cost."""
    anchor, title = "budgets", "Budgets by genre"
    known = [row for row in of_grouping(rows, "primary_genre", "budget") if row["n"] >= MIN_BUDGETS]
    if len(known) < MIN_GENRES:
        return Section(
            anchor, title, f"Fewer than {MIN_GENRES} genres have {MIN_BUDGETS} films with a known budget."
        )
    found = sorted(({**row, "label": plain(row["group"])} for row in known), key=lambda row: -row["mean"])
    first, last = found[0], found[-1]
    reading = (
        f"{first['label']} is the most expensive genre ({dollars(first['mean'])} a film on average), "
        f"{last['label']} the cheapest ({dollars(last['mean'])})."
    )
    note = (
        f"By the film's first genre; genres with {MIN_BUDGETS} known budgets or more. Dots are means, rings medians, "
        "lines reach from quartile to quartile. Small films' budgets are unknown more often."
    )
    columns = (
        Column("genre", lambda row: row["label"], False),
        Column("films with budget", lambda row: number(row["n"])),
        Column("mean", lambda row: dollars(row["mean"])),
        Column("lower quartile", lambda row: dollars(row["p25"])),
        Column("median", lambda row: dollars(row["p50"])),
        Column("upper quartile", lambda row: dollars(row["p75"])),
    )
    return Section(
        anchor, title, reading, [_budgets(found)], Table("budgets of each genre", found, columns), note
    )


def _budgets(rows: Rows) -> Picture:
    y = alt.Y(
        "label:N", sort=[row["label"] for row in rows], title=None, axis=alt.Axis(grid=True, domain=False)
    )
    told = tips(genre="label:N", mean="mean:Q|$,.3s", median="p50:Q|$,.3s", films="n:Q|,")
    base = plot(rows).encode(y=y, tooltip=told)
    span = base.mark_rule(color=GREY, strokeWidth=3, opacity=0.6).encode(
        x=alt.X("p25:Q", axis=dollars_axis("budget")), x2="p75:Q"
    )
    median = base.mark_point(filled=False, color=INK, size=50, strokeWidth=1.5).encode(x="p50:Q")
    mean = base.mark_circle(color=BLUE, opacity=1, size=80).encode(x="mean:Q")
    return layered((span, median, mean), len(rows) * ROW_PX)


def pairs(rows: Rows) -> Section:
    """Which genres go together."""
    anchor, title = "genre-pairs", "Genres that go together"
    if len(rows) < MIN_PAIRS:
        return Section(anchor, title, f"Fewer than {MIN_PAIRS} pairs of genres share films enough.")
    ordered = [_pair(row) for row in sorted(rows, key=lambda row: (-row["lift"], row["genre"]))]
    first, emerging = ordered[0], [row for row in ordered if row["is_emerging"]]
    reading = (
        f"{first['label']} meet most above chance: {times(first['lift'])} as often as if genres fell together by lot. "
        f"{count(len(emerging), 'pair meets', 'pairs meet')} more often in the last years than before."
    )
    shown = ordered if len(ordered) <= 2 * PAIRS else [*ordered[:PAIRS], *ordered[-PAIRS:]]
    note = (
        "Lift: how often two genres meet in a film by how often they would by chance, the dashed line at 1. "
        f"The {len(shown)} pairs shown are the ends of the list; triangles have begun to meet more often."
    )
    columns = (
        Column("genres", lambda row: row["label"], False),
        Column("films", lambda row: number(row["films"])),
        Column("lift", lambda row: number(row["lift"], 2)),
        Column("films lately", lambda row: number(row["recent_films"])),
        Column("lift lately", lambda row: number(row["recent_lift"], 2)),
        Column("lift before", lambda row: number(row["earlier_lift"], 2)),
        Column("", lambda row: row["trend"], False),
    )
    table = Table(f"{count(len(ordered), 'pair')} of genres", ordered, columns)
    return Section(anchor, title, reading, [_pairs(shown)], table, note)


def _pair(row: Row) -> Row:
    label = f"{plain(row['genre'])} and {plain(row['other_genre'])}"
    return {**row, "label": label, "trend": _EMERGING if row["is_emerging"] else _USUAL}


def _pairs(rows: Rows) -> Picture:
    y = alt.Y(
        "label:N", sort=[row["label"] for row in rows], title=None, axis=alt.Axis(grid=True, domain=False)
    )
    x = alt.X("lift:Q", title="lift, times chance", scale=log_scale(), axis=times_axis())
    kinds = [_USUAL, _EMERGING]
    told = tips(genres="label:N", lift="lift:Q|.2f", films="films:Q|,", lift_lately="recent_lift:Q|.2f")
    even = plot([{"lift": 1.0}]).mark_rule(strokeDash=[5, 4], color=SOFT).encode(x=x)
    dots = plot(rows).mark_point(size=80, opacity=1).encode(
        x=x,
        y=y,
        color=alt.Color("trend:N", scale=alt.Scale(domain=kinds, range=[BLUE, ORANGE])),
        shape=alt.Shape("trend:N", scale=alt.Scale(domain=kinds, range=["circle", "triangle-up"])),
        tooltip=told,
    )  # fmt: skip
    return layered((even, dots), len(rows) * ROW_PX)


def seasons(rows: Rows) -> Section:
    """When films of each genre come out."""
    anchor, title = "seasons", "Seasons of the genres"
    found = genre_seasons(rows)
    if not found:
        return Section(
            anchor, title, f"No genre has {MIN_SEASON_FILMS} films whose whole release date is known."
        )
    most = max(found, key=lambda row: row["index"])
    reading = (
        f"The strongest season is that of {most['genre']} in {most['month']}: {times(most['index'])} as many films as "
        "in an average month."
    )
    note = (
        f"Films of a month by those of an average month of the genre: 1 is no season, darker is further from it. "
        f"Genres with {MIN_SEASON_FILMS} films or more whose whole date is known."
    )
    columns = (
        Column("genre", lambda row: row["genre"], False),
        *[_month_column(month_abbr[month]) for month in range(1, _MONTHS + 1)],
    )
    by_genre: dict[str, dict[str, str | float]] = {}
    for row in found:
        by_genre.setdefault(row["genre"], {"genre": row["genre"]})[row["month"]] = row["index"]
    table = Table("every genre and month", [*by_genre.values()], columns)
    return Section(anchor, title, reading, [_heat(found)], table, note, is_wide=True)


def genre_seasons(rows: Rows) -> list[Row]:
    """One row a month and genre of enough films: its films by those of an average month, the largest genre first."""
    films = {(plain(row["genre"]), row["release_month"]): row["films"] for row in rows}
    totals: Counter[str] = Counter()
    for (genre, _), found in films.items():
        totals[genre] += found
    return [
        {
            "genre": genre,
            "month": month_abbr[month],
            "films": films.get((genre, month), 0),
            "index": films.get((genre, month), 0) * _MONTHS / total,
        }
        for genre, total in sorted(totals.items(), key=lambda item: (-item[1], item[0]))
        if total >= MIN_SEASON_FILMS
        for month in range(1, _MONTHS + 1)
    ]


def _month_column(month: str) -> Column:
    return Column(month, lambda row: number(row[month], 2))


def _heat(rows: Rows) -> Picture:
    names = [*dict.fromkeys(row["genre"] for row in rows)]
    shaded = [
        {**row, "away": min(1.0, abs(row["index"] - 1)), "side": "more" if row["index"] > 1 else "fewer"}
        for row in rows
    ]
    months = [*month_abbr][1:]
    x = alt.X("month:N", sort=months, title=None, axis=alt.Axis(labelAngle=0, domain=False, ticks=False))
    y = alt.Y("genre:N", sort=names, title=None, axis=alt.Axis(domain=False, ticks=False))
    told = tips(genre="genre:N", month="month:N", of_average="index:Q|.2f", films="films:Q|,")
    base = plot(shaded).encode(x=x, y=y, tooltip=told)
    cells = base.mark_rect().encode(
        color=alt.Color(
            "side:N", legend=None, scale=alt.Scale(domain=["more", "fewer"], range=[BLUE, ORANGE])
        ),
        opacity=alt.Opacity("away:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.04, 0.75])),
    )
    text = base.mark_text(fontSize=11).encode(text=alt.Text("index:Q", format=".1f"))
    return layered((cells, text), len(names) * ROW_PX)
