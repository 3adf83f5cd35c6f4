"""Sections about franchises: the largest, and their films against films that stand alone."""

from __future__ import annotations

import altair as alt

from spark_jobs.html.look import BLUE, SOFT
from spark_jobs.html.marks import dollars_axis, layered, log_scale, plot, ranked, tips, told_apart, verdicts
from spark_jobs.html.section import Column, Picture, Row, Rows, Section, Table
from spark_jobs.html.wording import count, dollars, named, number, plain, times, years_between

SHOWN, MIN_FRANCHISES = 15, 3
_MONEY = ("revenue", "budget")
_MEASURES = {  # in their order; what their ratio compares
    "revenue": "revenue",
    "budget": "budget",
    "roi": "revenue by budget",
    "popularity": "popularity",
    "rating": "rating",
}


def largest(rows: Rows) -> Section:
    """The franchises of the highest revenue."""
    anchor, title = "collections", "Franchises by revenue"
    if len(rows) < MIN_FRANCHISES:
        return Section(
            anchor, title, f"Fewer than {MIN_FRANCHISES} franchises have a film whose revenue is known."
        )
    first = rows[0]
    reading = (
        f"{named(first['collection'])} took most: {dollars(first['revenue_total'])} with "
        f"{count(first['films'], 'film')} of the catalog."
    )
    note = "Franchises as TMDB files them; only films of this catalog count, and revenue is in dollars of the day."
    told = tips(
        franchise="label:N",
        revenue="revenue_total:Q|$,.3s",
        films="films:Q|,",
        mean_rating="rating_mean:Q|.1f",
    )
    names = told_apart([_short(row["collection"]) for row in rows[:SHOWN]])
    shown = [
        {**row, "label": name, "shown": dollars(row["revenue_total"])}
        for row, name in zip(rows[:SHOWN], names, strict=True)
    ]
    chart = ranked(shown, "revenue_total", dollars_axis("revenue"), told)
    return Section(anchor, title, reading, [chart], _largest_table(rows), note)


def _short(collection: str) -> str:
    """A collection's name without the word that all of them end in."""
    return plain(collection).removesuffix(" Collection")


def _largest_table(rows: Rows) -> Table:
    columns = (
        Column("franchise", lambda row: plain(row["collection"]), False),
        Column("films", lambda row: number(row["films"])),
        Column("revenue", lambda row: dollars(row["revenue_total"])),
        Column("mean revenue", lambda row: dollars(row["revenue_mean"])),
        Column("mean budget", lambda row: dollars(row["budget_mean"])),
        Column("mean ROI", lambda row: number(row["roi_mean"], 2)),
        Column("mean rating", lambda row: number(row["rating_mean"], 1)),
        Column("years", lambda row: years_between(row["first_year"], row["last_year"])),
    )
    return Table(f"the {count(len(rows), 'franchise')} of the highest revenue", rows, columns)


def effect(rows: Rows) -> Section:
    """Franchise against standalone."""
    anchor, title = "franchises", "Franchises against single films"
    compared = [{**row, "name": _MEASURES[row["measure"]]} for row in _ordered(rows) if row["ratio"]]
    if not compared:
        return Section(anchor, title, "There are too few films of franchises, or outside them, to compare.")
    for row in compared:
        row["verdict"] = "clear" if row["ratio_low"] > 1 or row["ratio_high"] < 1 else "could be chance"
    note = (
        "How many times as much a film of a TMDB collection has as one outside: ratio of the geometric means with its "
        "95 % interval (Welch, on the logarithm). Films are not put into franchises by lot: what makes a sequel worth "
        "making also makes it sell."
    )
    return Section(anchor, title, _reading(rows), [_intervals(compared)], _table(_ordered(rows)), note)


def _ordered(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: [*_MEASURES].index(row["measure"]))


def _reading(rows: Rows) -> str:
    found = {row["measure"]: row for row in rows}
    revenue, rating = found.get("revenue", {}), found.get("rating", {})
    if not revenue.get("ratio"):
        return "Too few revenues are known to compare films of franchises with others."
    interval = f"95 % interval {number(revenue['ratio_low'], 1)} to {number(revenue['ratio_high'], 1)}"
    text = f"A film of a franchise typically takes {times(revenue['ratio'])} the revenue of a single film ({interval})"
    difference = rating.get("difference")
    if difference is None:
        return f"{text}."
    if rating["difference_low"] <= 0 <= rating["difference_high"]:
        return f"{text}; their ratings do not clearly differ."
    way = "higher" if difference > 0 else "lower"
    return f"{text}, and its rating is {number(abs(difference), 1)} points {way} on average."


def _intervals(rows: Rows) -> Picture:
    color, shape = verdicts(BLUE)
    y = alt.Y("name:N", title=None, sort=[row["name"] for row in rows])
    x = alt.X(
        "ratio:Q", title="franchise film by single film, times", scale=log_scale(), axis=alt.Axis(format="~r")
    )
    told = tips(measure="name:N", times="ratio:Q|.2f", from_="ratio_low:Q|.2f", to="ratio_high:Q|.2f")
    even = plot([{"ratio": 1.0}]).mark_rule(strokeDash=[5, 4], color=SOFT).encode(x=x)
    line = (
        plot(rows)
        .mark_rule(strokeWidth=2.5)
        .encode(x=alt.X("ratio_low:Q"), x2="ratio_high:Q", y=y, color=color)
    )
    dot = plot(rows).mark_point(size=90, opacity=1).encode(x=x, y=y, color=color, shape=shape, tooltip=told)
    return layered((even, line, dot), 200)


def _table(rows: Rows) -> Table:
    columns = (
        Column("measure", lambda row: row["measure"], False),
        Column("franchise films", lambda row: number(row["franchise_n"])),
        Column("mean", lambda row: _value(row, "franchise_mean")),
        Column("median", lambda row: _value(row, "franchise_median")),
        Column("single films", lambda row: number(row["standalone_n"])),
        Column("mean", lambda row: _value(row, "standalone_mean")),
        Column("median", lambda row: _value(row, "standalone_median")),
        Column("difference of means", lambda row: _value(row, "difference")),
        Column("its 95 % interval", lambda row: _interval(row, "difference")),
        Column("ratio", lambda row: number(row["ratio"], 2)),
        Column("its 95 % interval", lambda row: _interval(row, "ratio")),
    )
    return Table("measures of both kinds", rows, columns)


def _value(row: Row, name: str) -> str:
    return dollars(row[name]) if row["measure"] in _MONEY and "ratio" not in name else number(row[name], 2)


def _interval(row: Row, name: str) -> str:
    return f"{_value(row, f'{name}_low')} to {_value(row, f'{name}_high')}"
