"""Charts of an evaluation: precision by recall, how sure the matcher is, and whether its probabilities hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt

from spark_jobs.evaluation.fitting import HeldOut
from spark_jobs.evaluation.judging import Curve, LinkQuality, Scored, precision_recall, reliability
from spark_jobs.html.look import BLUE, CARD, COLOURS, ORANGE, SOFT
from spark_jobs.html.marks import as_svg, plot
from spark_jobs.html.section import Picture, Row, Rows

BINS = 20
_WIDTH, _HEIGHT = 460, 260
_FIGURE_WIDTH, _FIGURE_HEIGHT = 720, 360
_LOWEST = 0.85  # the figure's axes run from here to 1: below, no curve has anything to say
_KINDS = alt.Scale(domain=["true", "false"], range=[BLUE, ORANGE])


def curve_chart(curve: Curve, quality: LinkQuality) -> Picture:
    """Precision by recall at every threshold; the dot is where the model's threshold puts them."""
    lowest = min((precision for _, precision, _ in curve), default=0.0)
    x, y = _axis(alt.X, "recall", 0.0), _axis(alt.Y, "precision", min(0.9, int(lowest * 20) / 20))
    line = plot(_rows(curve)).mark_line().encode(x=x, y=y, order="place:Q")
    dot = plot([_at(quality)]).mark_point(size=90, color=ORANGE, opacity=1).encode(x=x, y=y)
    return _sized((line, dot))


def probability_bins(scored: Scored) -> Rows:
    """How many likeliest films are true and false in each of BINS equal steps of probability."""
    counts = [{True: 0, False: 0} for _ in range(BINS)]
    for score, is_true in scored:
        counts[min(int(score * BINS), BINS - 1)][is_true] += 1
    return [
        {"low": n / BINS, "high": (n + 1) / BINS, "true": each[True], "false": each[False]}
        for n, each in enumerate(counts)
    ]


def probability_chart(bins: Rows) -> Picture:
    """Records by the probability of their likeliest film, true ones below false ones, on a square-root scale."""
    parts = [_part(row, kind) for row in bins for kind in ("true", "false") if row[kind]]
    chart: alt.Chart = (
        plot(parts)
        .mark_rect(stroke=CARD)
        .encode(
            x=alt.X("low:Q", title="probability", scale=alt.Scale(domain=[0, 1])),
            x2="high:Q",
            y=alt.Y("from:Q", title="records (square-root scale)", scale=alt.Scale(type="sqrt")),
            y2="to:Q",
            color=alt.Color("kind:N", scale=_KINDS),
        )
        .properties(width=_WIDTH, height=_HEIGHT)
    )
    return chart


def _part(row: Row, kind: str) -> Row:
    below = row["true"] if kind == "false" else 0
    return {"low": row["low"], "high": row["high"], "kind": kind, "from": below, "to": below + row[kind]}


def calibration_chart(scored: Scored) -> Picture:
    """The share of records that are true by the probability they were given, against the diagonal."""
    x, y = _axis(alt.X, "probability", 0.0), _axis(alt.Y, "share that is true", 0.0)
    ends = plot([{"probability": end, "share that is true": end} for end in (0, 1)])
    found = [
        {"probability": mean, "share that is true": share, "records": records}
        for mean, share, records in reliability(scored)
    ]
    line = ends.mark_line(strokeDash=[5, 4], strokeWidth=1.2, color=SOFT).encode(x=x, y=y)
    dots = plot(found).mark_point(size=70, opacity=1).encode(x=x, y=y)
    return _sized((line, dots))


def precision_recall_figure(judged: Mapping[str, HeldOut]) -> str:
    """Precision by recall of cross-validated data sets as an SVG file: a line, a dot and the figures of each."""
    curves, dots = [], []
    for name, each in judged.items():
        told = _told(name, each.quality)
        curve = precision_recall(each.scored, each.quality.links)
        shown = [point for point in curve if min(point[1:]) >= _LOWEST]
        curves += [{"data": told, **row} for row in _rows(shown)]
        dots.append({"data": told, **_at(each.quality)})
    x, y = _axis(alt.X, "recall", _LOWEST), _axis(alt.Y, "precision", _LOWEST)
    color = alt.Color(
        "data:N", sort=[row["data"] for row in dots], legend=alt.Legend(columns=1, labelLimit=_FIGURE_WIDTH)
    )
    line = plot(curves).mark_line(strokeWidth=2.5).encode(x=x, y=y, color=color, order="place:Q")
    dot = plot(dots).mark_point(size=90, opacity=1).encode(x=x, y=y, color=color)
    drawn = as_svg(_sized((line, dot), _FIGURE_WIDTH, _FIGURE_HEIGHT))
    return drawn.replace(">", f"><style>{COLOURS}svg{{background:var(--ground)}}</style>", 1) + "\n"


def _told(name: str, quality: LinkQuality) -> str:
    return f"{name}: precision {quality.precision:.3f}, recall {quality.recall:.3f}, F1 {quality.f1:.3f}"


def _sized(layers: Sequence[alt.Chart], width: int = _WIDTH, height: int = _HEIGHT) -> Picture:
    return alt.LayerChart(layer=[*layers], width=width, height=height)


def _axis(channel: type[alt.X] | type[alt.Y], name: str, low: float) -> alt.X | alt.Y:
    scale = alt.Scale(domain=[low, 1], nice=False, clamp=True)
    return channel(f"{name}:Q", scale=scale, axis=alt.Axis(format=".2~f", tickCount=5))


def _rows(curve: Curve) -> Rows:
    """Points of a curve; a line runs through them in their `place`."""
    return [
        {"place": place, "precision": precision, "recall": recall}
        for place, (_, precision, recall) in enumerate(curve)
    ]


def _at(quality: LinkQuality) -> Row:
    return {"precision": quality.precision, "recall": quality.recall}
