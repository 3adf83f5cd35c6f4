"""Sections about months: the last years month by month, and which months of the calendar are good to release in."""

from __future__ import annotations

from calendar import month_abbr, month_name

import altair as alt

from spark_jobs.html.look import BLUE, INK, SOFT
from spark_jobs.html.marks import bars_and_line, dollars_axis, layered, plot, tips
from spark_jobs.html.section import Column, Picture, Row, Rows, Section, Table
from spark_jobs.html.wording import count, dollars, number

MIN_MONTHS, MIN_WINDOW_FILMS = 12, 120
_MONTHS = 12


def by_month(rows: Rows) -> Section:
    """Films and revenue of the last years, month by month."""
    anchor, title = "months", "Films and revenue by month"
    if len(rows) < MIN_MONTHS:
        return Section(
            anchor, title, f"Fewer than {MIN_MONTHS} months have a film whose whole date is known."
        )
    ordered = [
        _placed(row) for row in sorted(rows, key=lambda row: (row["release_year"], row["release_month"]))
    ]
    charts = [_films(ordered)]
    if any(row["revenue"] for row in ordered):
        charts.append(_revenue(ordered))
    columns = (
        Column("month", lambda row: row["label"], False),
        Column("films", lambda row: number(row["releases"])),
        Column("revenue", lambda row: dollars(row["revenue"])),
        Column("films with revenue", lambda row: number(row["films_with_revenue"])),
        Column("mean rating", lambda row: number(row["mean_rating"], 1)),
    )
    note = (
        "Bars are months, the line is the mean of twelve. Only films whose whole release date is known count; the last "
        "months may hold films that are only planned."
    )
    table = Table(f"the last {count(len(ordered), 'month')} with films", ordered[::-1], columns)
    return Section(anchor, title, _months_reading(ordered), charts, table, note)


def _placed(row: Row) -> Row:
    """A month with its place on the axis of years, and its name."""
    at = row["release_year"] + (row["release_month"] - 1) / _MONTHS
    label = f"{month_abbr[row['release_month']]} {row['release_year']}"
    return {**row, "at": at, "end": at + 1 / _MONTHS, "label": label}


def _months_reading(rows: Rows) -> str:
    first, last = rows[0]["label"], rows[-1]["label"]
    most = max(rows, key=lambda row: row["releases"])
    text = f"From {first} to {last} most films came in {most['label']} ({count(most['releases'], 'film')})"
    earners = [row for row in rows if row["revenue"]]
    if not earners:
        return f"{text}; no revenue is known."
    best = max(earners, key=lambda row: row["revenue"])
    return f"{text}, and those of {best['label']} took the most ({dollars(best['revenue'])})."


def _films(rows: Rows) -> Picture:
    told = tips(month="label:N", films="releases:Q|,")
    return bars_and_line(rows, alt.Y("releases:Q", title="films"), "rolling_releases:Q", told)


def _revenue(rows: Rows) -> Picture:
    told = tips(month="label:N", revenue="revenue:Q|$,.3s", of_films="films_with_revenue:Q|,")
    return bars_and_line(rows, alt.Y("revenue:Q", axis=dollars_axis("revenue")), "rolling_revenue:Q", told)


def windows(rows: Rows) -> Section:
    """How the months of the calendar differ."""
    anchor, title = "windows", "Good months to release in"
    known = [row for row in rows if row["revenue_index"] is not None]
    if sum(row["releases"] for row in rows) < MIN_WINDOW_FILMS or len(known) < _MONTHS:
        return Section(
            anchor,
            title,
            f"Fewer than {MIN_WINDOW_FILMS} films of past years have a whole date, or a month has no known revenue.",
        )
    ordered = sorted(rows, key=lambda row: int(row["release_month"]))
    best, worst = (pick(known, key=lambda row: row["revenue_index"]) for pick in (max, min))
    reading = (
        f"Films of {month_name[best['release_month']]} took {number(best['revenue_index'], 1)} times the revenue of an "
        f"average month, those of {month_name[worst['release_month']]} {number(worst['revenue_index'], 1)} times."
    )
    note = (
        "All years before the run's own together. Bars are revenue and rings are films, both against an average month, "
        "which is the dashed line: a bar over its ring is a month whose films took more than usual each."
    )
    columns = (
        Column("month", lambda row: month_name[row["release_month"]], False),
        Column("films", lambda row: number(row["releases"])),
        Column("films, of average", lambda row: number(row["releases_index"], 2)),
        Column("revenue", lambda row: dollars(row["revenue"])),
        Column("revenue, of average", lambda row: number(row["revenue_index"], 2)),
        Column("mean revenue a film", lambda row: dollars(row["mean_film_revenue"])),
        Column("of average", lambda row: number(row["film_revenue_index"], 2)),
    )
    return Section(
        anchor,
        title,
        reading,
        [_windows(ordered)],
        Table("every month of the calendar", ordered, columns),
        note,
    )


def _windows(rows: Rows) -> Picture:
    named = [{**row, "month": month_abbr[row["release_month"]]} for row in rows]
    x = alt.X("month:N", sort=[row["month"] for row in named], title=None, axis=alt.Axis(labelAngle=0))
    y = alt.Y("revenue_index:Q", title="of an average month, times")
    told = tips(
        month="month:N",
        revenue="revenue_index:Q|.2f",
        films="releases_index:Q|.2f",
        revenue_a_film="film_revenue_index:Q|.2f",
    )
    base = plot(named).encode(x=x, tooltip=told)
    even = plot([{"revenue_index": 1.0}]).mark_rule(strokeDash=[5, 4], color=SOFT).encode(y=y)
    revenue = base.mark_bar(color=BLUE, opacity=0.85).encode(y=y)
    films = base.mark_point(filled=False, color=INK, size=70, strokeWidth=2).encode(y="releases_index:Q")
    return layered((revenue, even, films))
