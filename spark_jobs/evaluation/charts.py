"""Small charts as inline SVG, drawn with the page's own colours. Plain functions; all text is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 480, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 12, 12, 42
Point = tuple[float, float]


def line_chart(
    points: Sequence[Point], labels: tuple[str, str], low: Point, marked: Point | None = None
) -> str:
    """A line through points with x and y in [low, 1]; `marked` is drawn as a dot. `labels` name the axes."""
    path = " ".join(f"{_x(x, low[0]):.1f},{_y(y, low[1]):.1f}" for x, y in points)
    line = f'<polyline class="line" points="{path}"/>'
    dots = "" if len(points) > 40 else "".join(_dot(x, y, low, "point") for x, y in points)
    return _frame(line + dots + (_dot(*marked, low, "mark") if marked else ""), labels, low)


def diagonal_chart(points: Sequence[Point], labels: tuple[str, str]) -> str:
    """Points against the diagonal, both axes 0 to 1."""
    zero = (0.0, 0.0)
    (left, base), (right, top) = ((_x(end, 0), _y(end, 0)) for end in (0, 1))
    diagonal = f'<line class="guide" x1="{left:.1f}" y1="{base:.1f}" x2="{right:.1f}" y2="{top:.1f}"/>'
    return _frame(diagonal + "".join(_dot(x, y, zero, "mark") for x, y in points), labels, zero)


def stacked_bars(true: Sequence[int], false: Sequence[int], labels: tuple[str, str]) -> str:
    """Bars over equal steps of 0 to 1 on a square-root scale: `true` below, `false` on top of it."""
    top = max((one + other for one, other in zip(true, false, strict=True)), default=0) or 1
    step = (WIDTH - _LEFT - _RIGHT) / max(len(true), 1)
    bars = []
    for number, (right, wrong) in enumerate(zip(true, false, strict=True)):
        whole, lower = _y(((right + wrong) / top) ** 0.5, 0), _y((right / top) ** 0.5, 0)
        left, base = _LEFT + number * step + 1, _y(0, 0)
        ends = f"{number / len(true):.2f} to {(number + 1) / len(true):.2f}"
        title = f"<title>{ends}: {right} true, {wrong} false</title>"
        bars.append(f"<g>{title}{_bar(left, lower, step - 2, base - lower, 'true')}")
        bars.append(f"{_bar(left, whole, step - 2, lower - whole, 'false')}</g>")
    return _frame("".join(bars), labels, (0.0, 0.0), [f"{round(top * share**2)}" for share in (0, 0.5, 1)])


def _bar(left: float, top: float, width: float, height: float, kind: str) -> str:
    return f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{max(height, 0):.1f}"/>'


def _dot(x: float, y: float, low: Point, kind: str) -> str:
    title = f"<title>{x:.3f}, {y:.3f}</title>"
    return f'<circle class="{kind}" cx="{_x(x, low[0]):.1f}" cy="{_y(y, low[1]):.1f}" r="4">{title}</circle>'


def _x(value: float, low: float) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * (value - low) / (1 - low)


def _y(value: float, low: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * (value - low) / (1 - low)


def _frame(content: str, labels: tuple[str, str], low: Point, heights: Sequence[str] = ()) -> str:
    """Axes with three marks each around the content."""
    marks = [(low[0] + (1 - low[0]) * share, low[1] + (1 - low[1]) * share) for share in (0, 0.5, 1)]
    shown = heights or [f"{y:.3g}" for _, y in marks]
    ticks = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{_y(y, low[1]):.1f}" y2="{_y(y, low[1]):.1f}"/>'
        f'<text x="{_LEFT - 6}" y="{_y(y, low[1]) + 4:.1f}" text-anchor="end">{escape(height)}</text>'
        f'<text x="{_x(x, low[0]):.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="middle">{x:.3g}</text>'
        for (x, y), height in zip(marks, shown, strict=True)
    )
    along, up = map(escape, labels)
    names = (
        f'<text x="{(WIDTH + _LEFT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{along}</text>'
        f'<text transform="translate(12 {(HEIGHT - _BOTTOM) / 2}) rotate(-90)" text-anchor="middle">{up}</text>'
    )
    aria = f"{up} by {along}"
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{aria}">{ticks}{content}{names}</svg>'
