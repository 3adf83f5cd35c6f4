"""Sections about who makes films: directors, composers and studios, ranked, and how large casts are."""

from __future__ import annotations

import altair as alt

from spark_jobs.html.look import BLUE, GREY
from spark_jobs.html.marks import ROW_PX, dollars_axis, layered, plot, ranked, sized, tips, told_apart
from spark_jobs.html.section import Column, Picture, Row, Rows, Section, Table
from spark_jobs.html.wording import count, dollars, named, number, plain, years_between

SHOWN = 15
MIN_STUDIOS = 3
MIN_KNOWN, MIN_BANDS = 10, 3
_SCORE, _MEAN = "score", "plain mean"


def ranking(anchor: str, one: str, rows: Rows) -> Section:
    """The best of a craft by rating, small numbers of films drawn to the middle."""
    title = f"{anchor.capitalize()} by rating"
    if not rows:
        return Section(anchor, title, f"No {one} has a film with enough votes.")
    first = rows[0]
    reading = (
        f"{named(first['name'])} comes first with a score of {number(first['score'], 2)} from "
        f"{count(first['rated_films'], 'rated film')}, whose plain mean is {number(first['rating_mean'], 2)}."
    )
    note = (
        "The score is the mean rating drawn towards that of all films, the more the fewer films there are, so that one "
        "hit does not lead the list; the grey ring is the plain mean, and larger dots stand for more films."
    )
    return Section(anchor, title, reading, [_dots(_distinct(rows[:SHOWN]))], _table(anchor, rows), note)


def studios(rows: Rows) -> Section:
    """The studios of the highest revenue."""
    anchor, title = "studios", "Studios by revenue"
    if len(rows) < MIN_STUDIOS:
        return Section(anchor, title, f"Fewer than {MIN_STUDIOS} studios have a film whose revenue is known.")
    first = rows[0]
    reading = (
        f"{named(first['name'])} took most ({dollars(first['revenue_total'])} with "
        f"{count(first['films_with_revenue'], 'film')} whose revenue is known); its typical film took "
        f"{dollars(first['typical_revenue'])}."
    )
    note = (
        "A film counts in full for each of its studios, so the bars add up to more than all revenue. Typical revenue "
        "is the geometric mean, drawn to that of all studios the fewer films there are."
    )
    told = tips(
        studio="label:N",
        revenue="revenue_total:Q|$,.3s",
        films="films:Q|,",
        ROI="roi:Q|.2f",
        score="score:Q|.2f",
    )
    shown = [{**row, "shown": dollars(row["revenue_total"])} for row in _distinct(rows[:SHOWN])]
    chart = ranked(shown, "revenue_total", dollars_axis("revenue"), told)
    return Section(anchor, title, reading, [chart], _table(anchor, rows), note)


def _distinct(rows: Rows) -> list[Row]:
    """Rows with a label each of its own: namesakes get their place added."""
    labels = told_apart([plain(row["name"]) for row in rows])
    return [{**row, "label": label} for row, label in zip(rows, labels, strict=True)]


def _dots(rows: list[Row]) -> Picture:
    order = [row["label"] for row in rows]
    y = alt.Y(
        "label:N",
        sort=order,
        title=None,
        axis=alt.Axis(grid=True, ticks=False, domain=False, labelOverlap=False),
    )
    scale = alt.Scale(zero=False, nice=True)
    told = tips(
        name="label:N",
        score="score:Q|.2f",
        plain_mean="rating_mean:Q|.2f",
        rated_films="rated_films:Q",
        films="films:Q",
    )
    base = plot(rows).encode(y=y, tooltip=told)
    gap = base.mark_rule(color=GREY, opacity=0.6).encode(x=alt.X("score:Q", scale=scale), x2="rating_mean:Q")
    mean = base.mark_point(filled=False, color=GREY, size=50, strokeWidth=1.5).encode(
        x=alt.X("rating_mean:Q")
    )
    score = base.mark_circle(color=BLUE, opacity=1).encode(
        x=alt.X("score:Q", title="rating, points of 10", scale=scale),
        size=alt.Size("rated_films:Q", legend=None, scale=alt.Scale(range=[50, 220], zero=False)),
    )
    return layered((gap, mean, score), max(3, len(rows)) * ROW_PX)


def _table(anchor: str, rows: Rows) -> Table:
    columns = (
        Column("name", lambda row: plain(row["name"]), False),
        Column("rank", lambda row: number(row["rank"])),
        Column("score", lambda row: number(row["score"], 2)),
        Column("plain mean", lambda row: number(row["rating_mean"], 2)),
        Column("rated films", lambda row: number(row["rated_films"])),
        Column("films", lambda row: number(row["films"])),
        Column("revenue", lambda row: dollars(row["revenue_total"])),
        Column("typical revenue", lambda row: dollars(row["typical_revenue"])),
        Column("ROI", lambda row: number(row["roi"], 2)),
        Column("years", lambda row: years_between(row["first_year"], row["last_year"])),
        Column("genres", lambda row: ", ".join(map(plain, row["genres"] or [])), False),
    )
    return Table(f"the first {len(rows)} {anchor}", rows, columns)


def cast_sizes(rows: Rows) -> Section:
    """Cast size against success."""
    anchor, title = "cast-sizes", "Cast size against success"
    placed = [_cast(row) for row in sorted(rows, key=lambda row: int(row["cast_from"]))]
    known = [row for row in placed if row["films_with_revenue"] >= MIN_KNOWN]
    if len(known) < MIN_BANDS:
        reason = f"Fewer than {MIN_BANDS} sizes of casts have {MIN_KNOWN} films whose revenue is known."
        return Section(anchor, title, reason)
    best = max(known, key=lambda row: row["revenue_median"])
    reading = (
        f"Films with a cast of {best['label']} took most in the middle ({dollars(best['revenue_median'])}, "
        f"{count(best['films_with_revenue'], 'film')} whose revenue is known)."
    )
    note = (
        f"Medians of the bands with {MIN_KNOWN} films or more. Large casts go with large budgets, and TMDB lists more "
        "people of films that many looked up: this describes and explains nothing."
    )
    columns = (
        Column("cast", lambda row: row["label"], False),
        Column("films", lambda row: number(row["films"])),
        Column("with revenue", lambda row: number(row["films_with_revenue"])),
        Column("median revenue", lambda row: dollars(row["revenue_median"])),
        Column("median budget", lambda row: dollars(row["budget_median"])),
        Column("median ROI", lambda row: number(row["roi_median"], 2)),
        Column("mean rating", lambda row: number(row["rating_mean"], 1)),
        Column("median popularity", lambda row: number(row["popularity_median"], 1)),
    )
    table = Table("every size of cast", placed, columns)
    return Section(anchor, title, reading, [_cast_bars(known)], table, note)


def _cast(row: Row) -> Row:
    first, last = row["cast_from"], row["cast_to"]
    return {**row, "label": f"{first} or more" if last is None else f"{first} to {last}"}


def _cast_bars(rows: Rows) -> Picture:
    order = [row["label"] for row in rows]
    x = alt.X("label:N", sort=order, title="people in the cast", axis=alt.Axis(labelAngle=0))
    y = alt.Y("revenue_median:Q", axis=dollars_axis("median revenue"))
    told = tips(
        cast="label:N",
        films="films_with_revenue:Q|,",
        median_revenue="revenue_median:Q|$,.0f",
        median_budget="budget_median:Q|$,.0f",
        mean_rating="rating_mean:Q|.1f",
    )
    return sized(plot(rows).mark_bar(color=BLUE, opacity=0.85).encode(x=x, y=y, tooltip=told), 220)
