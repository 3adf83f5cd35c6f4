"""Sections that rank people: directors and composers."""

from __future__ import annotations

import altair as alt

from spark_jobs.html.look import BLUE, GREY
from spark_jobs.html.marks import layered, plot, tips
from spark_jobs.html.section import Column, Picture, Row, Rows, Section, Table
from spark_jobs.html.wording import count, dollars, named, number, plain, year

SHOWN = 15
_ROW_PX = 22
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


def _distinct(rows: Rows) -> list[Row]:
    """Rows with a label each of its own: namesakes get their place added."""
    labels = [plain(row["name"]) for row in rows]
    return [
        {**row, "label": label if labels.count(label) == 1 else f"{label} (no. {place})"}
        for place, (row, label) in enumerate(zip(rows, labels, strict=True), 1)
    ]


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
    return layered((gap, mean, score), max(3, len(rows)) * _ROW_PX)


def _table(anchor: str, rows: Rows) -> Table:
    columns = (
        Column("name", lambda row: plain(row["name"]), False),
        Column("rank", lambda row: number(row["rank"])),
        Column("score", lambda row: number(row["score"], 2)),
        Column("plain mean", lambda row: number(row["rating_mean"], 2)),
        Column("rated films", lambda row: number(row["rated_films"])),
        Column("films", lambda row: number(row["films"])),
        Column("revenue", lambda row: dollars(row["revenue_total"])),
        Column("ROI", lambda row: number(row["roi"], 2)),
        Column("years", _years, True),
        Column("genres", lambda row: ", ".join(map(plain, row["genres"] or [])), False),
    )
    return Table(f"the first {len(rows)} {anchor}", rows, columns)


def _years(row: Row) -> str:
    first, last = year(row["first_year"]), year(row["last_year"])
    return first if first == last else f"{first} to {last}"
