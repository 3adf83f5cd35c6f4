"""Parts that charts share: sizes, axes, tooltips, and drawing without a browser."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import vl_convert

from spark_jobs.html.look import BLUE, CARD, GREY, ORANGE, THEME
from spark_jobs.html.section import Picture, Row, Rows

# d3 writes 1e9 as 1G, which of money nobody says.
_BILLIONS = "replace(replace(datum.label, 'G', 'B'), 'k', 'K')"
HEIGHT = 280


def plot(rows: Iterable[Row]) -> alt.Chart:
    """A chart of rows, which may hold None but no NaN."""
    return alt.Chart(alt.InlineData(values=[_json_ready(row) for row in rows]))


def sized(chart: alt.Chart, height: int = HEIGHT) -> alt.Chart:
    """As wide as the page lets it be, and that many pixels high."""
    return chart.properties(width="container", height=height)


def layered(charts: Sequence[alt.Chart], height: int = HEIGHT) -> alt.LayerChart:
    """Charts over each other, the first at the bottom; sized as `sized`."""
    return alt.LayerChart(layer=[*charts], width="container", height=height)


def as_svg(chart: Picture) -> str:
    """A chart of fixed width as SVG, in the theme of the pages; whoever shows it brings the colours."""
    return str(vl_convert.vegalite_to_svg(chart.to_dict(), config=THEME))


def bars(rows: Iterable[Row], **more: Any) -> alt.Chart:
    """Rectangles that stand on 0: give x, x2 and y; a bar between two values of x would lie on its side."""
    standing = [{**row, "zero": 0} for row in rows]
    chart: alt.Chart = plot(standing).mark_rect(stroke=CARD, strokeWidth=1, **more)
    return chart.encode(y2="zero:Q")


ROW_PX = 22
ROOM = 1.35  # times the longest bar, for the figure at its end on a phone too


def ranked(rows: Iterable[Row], value: str, axis: alt.Axis, told: list[alt.Tooltip]) -> alt.LayerChart:
    """A bar to the right for each row, in their order: `label` names it, `shown` stands at its end."""
    found = [*rows]
    y = alt.Y(
        "label:N", sort=[row["label"] for row in found], title=None, axis=alt.Axis(grid=False, domain=False)
    )
    room = alt.Scale(domain=[0, max(row[value] for row in found) * ROOM], nice=False)
    base = plot(found).encode(y=y, x=alt.X(f"{value}:Q", scale=room, axis=axis), tooltip=told)
    ends = base.mark_text(align="left", dx=5).encode(text="shown:N")
    return layered((base.mark_bar(color=BLUE, opacity=0.85), ends), len(found) * ROW_PX)


def told_apart(names: Sequence[str]) -> list[str]:
    """Labels of rows in their order: what several share gets the place added."""
    return [
        name if names.count(name) == 1 else f"{name} (no. {place})" for place, name in enumerate(names, 1)
    ]


def bars_and_line(rows: Rows, y: alt.Y, rolling: str, told: list[alt.Tooltip]) -> alt.LayerChart:
    """Bars from `at` to `end`, in years, under the line of a rolling mean."""
    x = alt.X("at:Q", title="year", axis=alt.Axis(format="d"), scale=alt.Scale(zero=False, nice=False))
    standing = bars(rows, opacity=0.55).encode(x=x, x2="end:Q", y=y, tooltip=told)
    line = plot(rows).mark_line(color=ORANGE).encode(x=x, y=alt.Y(rolling))
    return layered((standing, line), 180)


def verdicts(clear: str) -> tuple[alt.Color, alt.Shape]:
    """How `verdict`, "clear" or "could be chance", is drawn: in a colour, and in a shape for those who see none."""
    domain = ["clear", "could be chance"]
    color = alt.Color("verdict:N", scale=alt.Scale(domain=domain, range=[clear, GREY]))
    return color, alt.Shape("verdict:N", scale=alt.Scale(domain=domain, range=["circle", "cross"]))


def _json_ready(row: Row) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in row.items()
    }


def dollars_axis(title: str, **more: Any) -> alt.Axis:
    """An axis of US dollars: $10M, $1B."""
    settings = {"format": "$~s", "labelExpr": _BILLIONS, "tickCount": 5, **more}
    return alt.Axis(title=f"{title}, US dollars", **settings)


def log_dollars_axis(title: str, low: float, high: float) -> alt.Axis:
    """A logarithmic axis of US dollars from low to high, with a mark at every power of ten."""
    marks = _marks(low, high)
    return dollars_axis(title, values=marks, tickCount=len(marks))


def _marks(low: float, high: float) -> list[float]:
    """Powers of ten within the bounds; where there are fewer than three, also their double and fivefold."""
    powers = [10.0**power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    within = [mark for mark in powers if low <= mark <= high]
    if len(within) < 3:
        within = [mark * step for mark in powers for step in (1, 2, 5) if low <= mark * step <= high]
    return within


def times_axis() -> alt.Axis:
    """A logarithmic axis of ratios, with marks at 1, 2 and 5 of each power of ten."""
    return alt.Axis(format="~r", values=[step * 10.0**power for power in range(-4, 5) for step in (1, 2, 5)])


def log_scale(**more: Any) -> alt.Scale:
    """A logarithmic scale that ends where the data ends."""
    return alt.Scale(type="log", nice=False, **more)


def tips(**fields: str) -> list[alt.Tooltip]:
    """Tooltip lines: title (underscores as spaces) to shorthand, with a format after '|' where one is needed."""
    return [
        _tip(title.strip("_").replace("_", " "), *field.partition("|")) for title, field in fields.items()
    ]


def _tip(title: str, field: str, _: str, form: str) -> alt.Tooltip:
    return alt.Tooltip(field, title=title, format=form) if form else alt.Tooltip(field, title=title)
