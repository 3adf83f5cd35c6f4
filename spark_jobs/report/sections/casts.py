"""A section about casts: whether films with more people in them do better."""

from __future__ import annotations

import altair as alt

from spark_jobs.html.look import BLUE
from spark_jobs.html.marks import dollars_axis, plot, sized, tips
from spark_jobs.html.section import Column, Picture, Row, Rows, Section, Table
from spark_jobs.html.wording import count, dollars, number

MIN_FILMS, MIN_BANDS = 10, 3


def sizes(rows: Rows) -> Section:
    """Cast size against success."""
    anchor, title = "cast-sizes", "Cast size against success"
    placed = [_placed(row) for row in sorted(rows, key=lambda row: int(row["cast_from"]))]
    known = [row for row in placed if row["films_with_revenue"] >= MIN_FILMS]
    if len(known) < MIN_BANDS:
        reason = f"Fewer than {MIN_BANDS} sizes of casts have {MIN_FILMS} films whose revenue is known."
        return Section(anchor, title, reason)
    best = max(known, key=lambda row: row["revenue_median"])
    reading = (
        f"Films with a cast of {best['label']} took most in the middle ({dollars(best['revenue_median'])}, "
        f"{count(best['films_with_revenue'], 'film')} whose revenue is known)."
    )
    note = (
        f"Medians of the bands with {MIN_FILMS} films or more. Large casts go with large budgets, and TMDB lists more "
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
    return Section(anchor, title, reading, [_chart(known)], table, note)


def _placed(row: Row) -> Row:
    first, last = row["cast_from"], row["cast_to"]
    return {**row, "label": f"{first} or more" if last is None else f"{first} to {last}"}


def _chart(rows: Rows) -> Picture:
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
