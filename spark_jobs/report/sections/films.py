"""Sections about single films: revenue against budget, and how returns and ratings are spread."""

from __future__ import annotations

import altair as alt

from spark_jobs.html.look import BLUE, ORANGE, SOFT
from spark_jobs.html.marks import bars, layered, log_dollars_axis, log_scale, plot, sized, tips
from spark_jobs.html.section import Column, Picture, Row, Rows, Section, Table
from spark_jobs.html.wording import count, dollars, number, percent, plain, times, year
from spark_jobs.report.queries import BINS_PER_DOUBLING, DOUBLINGS, RATING_BIN
from spark_jobs.views.measures import MIN_BUDGET, MIN_VOTES

LEAST_SHOWN = 10_000  # US dollars; less is a typing error more often than a film
_MORE, _LESS = "budget or more", "under budget"
_QUARTERS = [4.0**power for power in range(-3, 4)]
_FRACTION = "datum.value < 1 ? '1/' + format(1 / datum.value, 'd') : format(datum.value, 'd')"
_OUTCOME = alt.Scale(domain=[_MORE, _LESS], range=[BLUE, ORANGE])


def money(rows: Rows, totals: Rows) -> Section:
    """Revenue against budget, film by film."""
    anchor, title = "money", "Revenue against budget"
    if not rows or not totals:
        return Section(anchor, title, "No film has both a known revenue and a known budget.")
    of = totals[0]
    reading = (
        f"Of {count(of['with_money'], 'film')} whose revenue and budget are known, {percent(of['earned_back'])} took "
        f"at least their budget; the film in the middle took {times(of['median_ratio'])} its budget."
    )
    points = [{**row, "title": plain(row["title"]), "outcome": _outcome(row)} for row in rows]
    shown = f"{len(rows):,} of them are shown" if len(rows) < of["with_money"] else "all are shown"
    note = (
        f"Each dot is a film, {shown}; both axes are logarithmic; on the dashed line revenue equals budget. Budgets "
        "leave out advertising and cinemas keep a share, so a film above the line may still have lost money; under "
        f"{dollars(LEAST_SHOWN)} a film is drawn at the edge."
    )
    first = [row for row in rows if row["is_top"]]
    return Section(anchor, title, reading, [_scatter(points)], _money_table(first), note, is_wide=True)


def _outcome(row: Row) -> str:
    return _MORE if row["revenue"] >= row["budget"] else _LESS


def _scatter(points: Rows) -> Picture:
    ends = {name: _ends(points, name) for name in ("budget", "revenue")}
    x, y = (
        channel(
            f"{name}:Q",
            scale=log_scale(domain=ends[name], clamp=True),
            axis=log_dollars_axis(name, *ends[name]),
        )
        for channel, name in ((alt.X, "budget"), (alt.Y, "revenue"))
    )
    both = (max(low for low, _ in ends.values()), min(high for _, high in ends.values()))
    even = plot([{"budget": end, "revenue": end} for end in both if both[0] < both[1]])
    line = even.mark_line(strokeDash=[5, 4], strokeWidth=1.2, color=SOFT).encode(x=x, y=y)
    told = tips(
        film="title:N",
        year="release_year:Q",
        budget="budget:Q|$,.3s",
        revenue="revenue:Q|$,.3s",
        ROI="roi:Q|.2f",
    )
    dots = plot(points).mark_circle(size=36, opacity=0.55)
    color = alt.Color("outcome:N", scale=_OUTCOME)
    return layered((line, dots.encode(x=x, y=y, color=color, tooltip=told)), 400)


def _ends(points: Rows, name: str) -> tuple[float, float]:
    """From the least to the most of a column; what is under LEAST_SHOWN is drawn there."""
    values = [point[name] for point in points]
    low = max(LEAST_SHOWN, min(values))
    return low, max(*values, 10 * low)


def _money_table(rows: Rows) -> Table:
    columns = (
        Column("film", lambda row: plain(row["title"]), False, is_film=True),
        Column("year", lambda row: year(row["release_year"])),
        Column("budget", lambda row: dollars(row["budget"])),
        Column("revenue", lambda row: dollars(row["revenue"])),
        Column("ROI", lambda row: number(row["roi"], 2)),
    )
    return Table(f"the {count(len(rows), 'film')} of the highest revenue", rows, columns)


def ratios(spreads: Rows, totals: Rows) -> Section:
    """How returns are spread: films by revenue in multiples of budget."""
    anchor, title = "roi", "How returns are spread"
    bins = [_ratio_bin(row) for row in _of(spreads, "ratio")]
    if not bins or not totals:
        return Section(
            anchor, title, f"No film with a budget from {dollars(MIN_BUDGET)} has a known revenue."
        )
    of = totals[0]
    reading = (
        f"Of {count(of['sound'], 'film')} with budgets from {dollars(MIN_BUDGET)}, half took at least "
        f"{times(of['sound_median_ratio'])} their budget, and {percent(of['sound_below'])} took less than it."
    )
    note = (
        "ROI is revenue by budget, minus 1: 0 where both are the same. Each bar is half a doubling wide; the bars at "
        "the ends also hold what lies beyond."
    )
    x = alt.X(
        "low:Q",
        title="revenue, in times the budget",
        scale=log_scale(base=2),
        axis=alt.Axis(values=_QUARTERS, tickCount=len(_QUARTERS), labelExpr=_FRACTION, labelOverlap=False),
    )
    told = tips(revenue_by_budget="label:N", films="films:Q|,")
    chart = bars(bins).encode(
        x=x,
        x2="high:Q",
        y=alt.Y("films:Q", title="films"),
        color=alt.Color("outcome:N", scale=_OUTCOME),
        tooltip=told,
    )
    return Section(anchor, title, reading, [sized(chart)], _bins_table("revenue by budget", bins), note)


def _ratio_bin(row: Row) -> Row:
    low, high = (2 ** ((row["bin"] + step) / BINS_PER_DOUBLING) for step in (0, 1))
    end = DOUBLINGS * BINS_PER_DOUBLING
    label = f"{low:.2g} to {high:.2g} times"
    if row["bin"] == -end:
        label = f"under {high:.2g} times"
    if row["bin"] == end - 1:
        label = f"{low:.2g} times or more"
    return {
        "low": low,
        "high": high,
        "label": label,
        "films": row["films"],
        "outcome": _MORE if low >= 1 else _LESS,
    }


def ratings(spreads: Rows, totals: Rows) -> Section:
    """How ratings are spread."""
    anchor, title = "ratings", "How ratings are spread"
    bins = [_rating_bin(row) for row in _of(spreads, "rating")]
    if not bins or not totals:
        return Section(anchor, title, f"No film has {MIN_VOTES} votes or more.")
    of = totals[0]
    reading = (
        f"Half of {count(of['rated'], 'film')} with {MIN_VOTES} votes or more are rated "
        f"{number(of['median_rating'], 1)} or better, and {percent(of['rated_middling'])} lie between 5.5 and 7.5."
    )
    told = tips(rating="label:N", films="films:Q|,")
    x = alt.X("low:Q", title="mean rating, 0 to 10", scale=alt.Scale(domain=[0, 10]))
    chart = bars(bins).encode(x=x, x2="high:Q", y=alt.Y("films:Q", title="films"), tooltip=told)
    note = f"Ratings are TMDB users' mean votes; films of fewer than {MIN_VOTES} votes are left out."
    return Section(anchor, title, reading, [sized(chart)], _bins_table("rating", bins), note)


def _rating_bin(row: Row) -> Row:
    low, high = ((row["bin"] + step) * RATING_BIN for step in (0, 1))
    return {"low": low, "high": high, "label": f"{low:g} to {high:g}", "films": row["films"]}


def _of(spreads: Rows, measure: str) -> Rows:
    return sorted((row for row in spreads if row["measure"] == measure), key=lambda row: row["bin"])


def _bins_table(head: str, bins: Rows) -> Table:
    columns = (
        Column(head, lambda row: row["label"], False),
        Column("films", lambda row: number(row["films"])),
    )
    return Table("films in each bar", bins, columns)
