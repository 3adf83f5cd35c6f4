"""Precision against recall of cross-validated data sets, as one SVG file. Plain functions; all text is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from spark_jobs.evaluation.fitting import HeldOut
from spark_jobs.evaluation.judging import precision_recall

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 360, 60, 20, 20, 50
_LOWEST = 0.85  # both axes run from here to 1: below, no curve has anything to say
_TICKS = (0.85, 0.90, 0.95, 1.0)
_STYLE = """svg{color-scheme:light dark;background:#fff}text{font:13px system-ui,sans-serif;fill:#5b6675}
.grid{stroke:#d9dfe7}.axis{font-size:14px}.a{stroke:#2a7de1;fill:#2a7de1}.b{stroke:#d1495b;fill:#d1495b}
.c{stroke:#2e9e6b;fill:#2e9e6b}polyline{fill:none!important;stroke-width:2.5}text.a,text.b,text.c{stroke:none}
@media(prefers-color-scheme:dark){svg{background:#12161c}text{fill:#9aa6b5}.grid{stroke:#313a46}}"""
_CLASSES = "abc"


def svg(judged: Mapping[str, HeldOut]) -> str:
    """The figure: a line a data set, a dot where the threshold puts it, its figures beside its name."""
    lines = [_line(_CLASSES[n % len(_CLASSES)], n, name, one) for n, (name, one) in enumerate(judged.items())]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
        f"<title>Precision by recall, cross-validated</title><style>{_STYLE}</style>"
        f"{''.join(map(_grid, _TICKS))}"
        f'<text class="axis" x="{(_WIDTH + _LEFT) / 2}" y="{_HEIGHT - 10}" text-anchor="middle">recall</text>'
        f'<text class="axis" transform="translate(16 {_HEIGHT / 2}) rotate(-90)" text-anchor="middle">'
        f"precision</text>{''.join(lines)}</svg>\n"
    )


def _line(kind: str, place: int, name: str, judged: HeldOut) -> str:
    curve = precision_recall(judged.scored, judged.quality.links)
    shown = [
        (_x(recall), _y(precision)) for _, precision, recall in curve if min(precision, recall) >= _LOWEST
    ]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shown)
    quality = judged.quality
    said = f"{name}: precision {quality.precision:.3f}, recall {quality.recall:.3f}, F1 {quality.f1:.3f}"
    return (
        f'<polyline class="{kind}" points="{points}"/>'
        f'<circle class="{kind}" cx="{_x(quality.recall):.1f}" cy="{_y(quality.precision):.1f}" r="5"/>'
        f'<text class="{kind}" x="{_LEFT + 16}" y="{_HEIGHT - _BOTTOM - 40 + 20 * place}">{escape(said)}</text>'
    )


def _grid(value: float) -> str:
    x, y = _x(value), _y(value)
    return (
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<line class="grid" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}" x1="{x:.1f}" x2="{x:.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.2f}</text>'
        f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">{value:.2f}</text>'
    )


def _x(value: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (max(value, _LOWEST) - _LOWEST) / (1 - _LOWEST)


def _y(value: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (max(value, _LOWEST) - _LOWEST) / (1 - _LOWEST)
