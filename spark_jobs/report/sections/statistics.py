"""Sections about figures: which go together, how each is spread, and how that changed over the decades."""

from __future__ import annotations

import altair as alt

from spark_jobs.html.look import BLUE, GREY, INK, ORANGE
from spark_jobs.html.marks import layered, log_dollars_axis, log_scale, plot, times_axis, tips
from spark_jobs.html.section import Column, Picture, Row, Rows, Section, Table
from spark_jobs.html.wording import count, dollars, number

MIN_FILMS = 30
MIN_DECADES = 2
_NAMES = {  # measures in the order they are drawn
    "budget": "budget",
    "revenue": "revenue",
    "profit": "profit",
    "roi": "ROI",
    "vote_count": "votes",
    "popularity": "popularity",
    "rating": "rating",
    "runtime_min": "minutes",
    "overview_sentiment": "mood of the plot",
}
_MONEY = ("budget", "revenue", "profit")
_OF_MONEY = {*_MONEY, "roi"}
_PERCENTILES = (5, 25, 50, 75, 95)


def correlations(rows: Rows) -> Section:
    """Which figures of films go together."""
    anchor, title = "correlations", "Which figures go together"
    known = [row for row in rows if row["n"] >= MIN_FILMS and row["spearman"] is not None]
    if not known:
        return Section(anchor, title, f"No two figures are both known of {MIN_FILMS} films.")
    independent = [row for row in known if not {row["measure_a"], row["measure_b"]} <= _OF_MONEY]
    strongest = max(independent or known, key=lambda row: abs(row["spearman"]))
    one, other = (_NAMES[strongest[side]] for side in ("measure_a", "measure_b"))
    way = "together" if strongest["spearman"] > 0 else "against each other"
    reading = (
        f"Of figures that are not made of each other, {one} and {other} go {way} most closely (rank correlation "
        f"{number(strongest['spearman'], 2)}, {count(strongest['n'], 'film')})."
    )
    note = (
        f"Spearman's rank correlation of the films with both figures known, {MIN_FILMS} or more: 1 is the same order, "
        "-1 the opposite, 0 none. Profit and ROI are made of budget and revenue, so they go with these by construction."
    )
    ordered = sorted(known, key=lambda row: -abs(row["spearman"]))
    columns = (
        Column("one", lambda row: _NAMES[row["measure_a"]], False),
        Column("other", lambda row: _NAMES[row["measure_b"]], False),
        Column("films", lambda row: number(row["n"])),
        Column("Spearman's rho", lambda row: number(row["spearman"], 2)),
        Column("Pearson's r", lambda row: number(row["pearson"], 2)),
    )
    table = Table("every pair, the closest first", ordered, columns)
    return Section(anchor, title, reading, [_heat(known)], table, note)


def _heat(rows: Rows) -> Picture:
    order = [*_NAMES]
    cells = [_cell(row, order) for row in rows]
    names = [*_NAMES.values()]
    x = alt.X(
        "one:N",
        sort=names,
        title=None,
        axis=alt.Axis(labelAngle=-45, labelOverlap=False, domain=False, ticks=False),
    )
    y = alt.Y("other:N", sort=names, title=None, axis=alt.Axis(domain=False, ticks=False))
    told = tips(figures="pair:N", Spearman="spearman:Q|.2f", Pearson="pearson:Q|.2f", films="n:Q|,")
    base = plot(cells).encode(x=x, y=y, tooltip=told)
    ways = alt.Scale(domain=["together", "against"], range=[BLUE, ORANGE])
    squares = base.mark_rect().encode(
        color=alt.Color("way:N", legend=None, scale=ways),
        opacity=alt.Opacity("strength:Q", legend=None, scale=alt.Scale(domain=[0, 1], range=[0.04, 0.75])),
    )
    text = base.mark_text(fontSize=11).encode(text="shown:N")
    return layered((squares, text), 36 * len(names))


def _cell(row: Row, order: list[str]) -> Row:
    """A pair below the diagonal: the measure that is drawn first lies on the x axis."""
    one, other = sorted((row["measure_a"], row["measure_b"]), key=order.index)
    found = row["spearman"]
    return {
        **row,
        "one": _NAMES[one],
        "other": _NAMES[other],
        "pair": f"{_NAMES[one]}, {_NAMES[other]}",
        "shown": f"{round(found, 2) or 0.0:.2f}".replace(
            "0.", "."
        ),  # a cell of a phone has room for three characters
        "strength": abs(found),
        "way": "together" if found > 0 else "against",
    }


def of_grouping(rows: Rows, grouping: str, measure: str) -> list[Row]:
    """Rows of `distributions` of a measure, a group each, by the group's name."""
    found = (row for row in rows if (row["grouping"], row["measure"]) == (grouping, measure) and row["n"])
    return sorted(found, key=lambda row: str(row["group"]))


def spread(rows: Rows) -> Section:
    """How every figure is spread over all films."""
    anchor, title = "spread", "How figures are spread"
    found = {row["measure"]: row for row in rows if row["grouping"] == "overall" and row["n"] >= MIN_FILMS}
    known = [found[name] for name in _NAMES if name in found]
    if not known:
        return Section(anchor, title, f"No figure is known of {MIN_FILMS} films.")
    skewed = [{**row, **_relative(row)} for row in known if row["p5"] > 0]
    reading = f"{count(len(known), 'figure is', 'figures are')} known of {MIN_FILMS} films or more."
    if skewed:
        most = max(skewed, key=lambda row: row["times_p95"])
        reading = (
            f"{_NAMES[most['measure']].capitalize()} is spread most: one film in twenty has over "
            f"{number(most['times_p95'])} times the {_NAMES[most['measure']]} of the film in the middle."
        )
    note = (
        "Each figure against that of the film in the middle, on a logarithmic scale. Thick lines hold half of the "
        "films, thin ones nine in ten; figures that are mostly zero or below are in the table alone."
    )
    columns = (
        Column("figure", lambda row: _NAMES[row["measure"]], False),
        Column("films", lambda row: number(row["n"])),
        _value_column("mean", "mean"),
        *[_value_column(f"{p} %", f"p{p}") for p in _PERCENTILES],
    )
    charts = [_relatives(skewed)] if skewed else []
    return Section(anchor, title, reading, charts, Table("every figure of all films", known, columns), note)


def _relative(row: Row) -> Row:
    return {f"times_p{p}": row[f"p{p}"] / row["p50"] for p in _PERCENTILES}


def _value_column(head: str, name: str) -> Column:
    def cell(row: Row) -> str:
        value = row[name]
        return dollars(value) if row["measure"] in _MONEY else number(value, 2 if abs(value) < 100 else 0)

    return Column(head, cell)


def _relatives(rows: Rows) -> Picture:
    named = [{**row, "name": _NAMES[row["measure"]]} for row in rows]
    y = alt.Y(
        "name:N", sort=[row["name"] for row in named], title=None, axis=alt.Axis(grid=True, domain=False)
    )
    x = alt.X("times_p5:Q", title="by the film in the middle, times", scale=log_scale(), axis=times_axis())
    told = tips(figure="name:N", lower="times_p25:Q|.2f", upper="times_p75:Q|.2f", films="n:Q|,")
    base = plot(named).encode(y=y, tooltip=told)
    return layered(_spans(base, x, "times_p"), max(3, len(named)) * 30)


def _spans(base: alt.Chart, x: alt.X, prefix: str) -> tuple[alt.Chart, ...]:
    thin = base.mark_rule(color=GREY, strokeWidth=1.5).encode(x=x, x2=f"{prefix}95:Q")
    thick = base.mark_rule(color=BLUE, strokeWidth=6).encode(x=f"{prefix}25:Q", x2=f"{prefix}75:Q")
    middle = base.mark_point(color=INK, shape="diamond", size=70, opacity=1).encode(x=f"{prefix}50:Q")
    return thin, thick, middle


def by_decade(rows: Rows) -> Section:
    """How figures changed over the decades."""
    anchor, title = "by-decade", "Figures by decade"
    drawn = {
        name: [row for row in of_grouping(rows, "decade", name) if row["n"] >= MIN_FILMS]
        for name in _BY_DECADE
    }
    shown = {name: found for name, found in drawn.items() if len(found) >= MIN_DECADES}
    if not shown:
        return Section(
            anchor, title, f"Fewer than {MIN_DECADES} decades have {MIN_FILMS} films whose figures are known."
        )
    name, found = next(iter(shown.items()))
    first, last = found[0], found[-1]
    say = dollars if name in _MONEY else lambda value: number(value, 1)
    reading = (
        f"The middle {_NAMES[name]} went from {say(first['p50'])} in the {first['group']}s to {say(last['p50'])} in "
        f"the {last['group']}s."
    )
    left = [_NAMES[name] for name in _BY_DECADE if name not in shown]
    note = (
        "Diamonds are medians, thick lines hold half of the films, thin ones nine in ten. Decades of "
        f"{MIN_FILMS} known figures or more; dollars are of the day."
    )
    if left:
        note += f" Too little is known of {', '.join(left)}."
    columns = (
        Column("figure", lambda row: _NAMES[row["measure"]], False),
        Column("decade", lambda row: f"{row['group']}s", False),
        Column("films", lambda row: number(row["n"])),
        *[_value_column(f"{p} %", f"p{p}") for p in _PERCENTILES],
    )
    table = Table("figures of each decade", [row for found in shown.values() for row in found], columns)
    return Section(
        anchor, title, reading, [_decades(name, found) for name, found in shown.items()], table, note
    )


_BY_DECADE = ("budget", "revenue", "rating", "runtime_min")


def _decades(name: str, rows: Rows) -> Picture:
    axis, scale = alt.Axis(title=_NAMES[name], tickCount=5), alt.Scale(zero=False)
    if name in _MONEY and min(row["p5"] for row in rows) > 0:
        ends = min(row["p5"] for row in rows), max(row["p95"] for row in rows)
        axis, scale = log_dollars_axis(name, *ends), log_scale()
    named = [{**row, "decade": f"{row['group']}s"} for row in rows]
    x = alt.X("decade:N", title=None, axis=alt.Axis(labelAngle=0))
    told = tips(decade="decade:N", median="p50:Q|,.3s", lower="p25:Q|,.3s", upper="p75:Q|,.3s", films="n:Q|,")
    base = plot(named).encode(x=x, tooltip=told)
    y = alt.Y("p5:Q", axis=axis, scale=scale)
    thin = base.mark_rule(color=GREY, strokeWidth=1.5).encode(y=y, y2="p95:Q")
    thick = base.mark_rule(color=BLUE, strokeWidth=6).encode(y="p25:Q", y2="p75:Q")
    middle = base.mark_point(color=INK, shape="diamond", size=70, opacity=1).encode(y="p50:Q")
    return layered((thin, thick, middle), 160)
