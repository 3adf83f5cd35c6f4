"""The evaluation as one HTML page that opens offline: figures, charts, and the worst errors with their evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from spark_jobs.evaluation import charts
from spark_jobs.evaluation.judging import (
    Links,
    Mistake,
    Quality,
    calibration_error,
    precision_recall,
    reliability,
)

_BINS = 20
_WORST = 40
_STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#fff;--card:#f4f6f9;--rule:#d9dfe7;
--good:#2a7de1;--bad:#d1495b}
@media(prefers-color-scheme:dark){:root{--ink:#e7ebf1;--soft:#9aa6b5;--paper:#12161c;--card:#1b212a;
--rule:#313a46;--good:#6aaeff;--bad:#ff8090}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:68rem;padding:1.2rem;
font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
h1{font-size:1.6rem;margin:.2rem 0}h2{font-size:1.15rem;margin:2rem 0 .5rem}p{color:var(--soft);margin:.3rem 0 1rem}
dl,.charts{display:grid;gap:.8rem;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));margin:0}
.charts{grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr))}
dl div,figure,article{background:var(--card);
border:1px solid var(--rule);border-radius:.6rem;padding:.7rem .9rem;margin:0}
dt{color:var(--soft);font-size:.85rem}dd{margin:0;font-size:1.35rem;font-variant-numeric:tabular-nums}
figcaption{font-size:.85rem;color:var(--soft)}svg{width:100%;height:auto;display:block}
svg text{fill:var(--soft);font-size:12px}.grid{stroke:var(--rule)}.guide{stroke:var(--soft);stroke-dasharray:4 4}
.line{fill:none;stroke:var(--good);stroke-width:2.5}.point,.true{fill:var(--good)}.mark,.false{fill:var(--bad)}

article{margin:.6rem 0;overflow-wrap:anywhere}article h3{font-size:1rem;margin:0}article p{margin:.2rem 0}
.tag{color:var(--bad);font-weight:600}
ul{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem;margin:.4rem 0 0;padding:0}
li{border:1px solid var(--rule);border-radius:1rem;padding:0 .55rem;font-size:.8rem;font-variant-numeric:tabular-nums}
li.for{border-color:var(--good)}li.against{border-color:var(--bad)}
"""


def write_report(
    folder: Path,
    quality: Quality,
    rows: Sequence[Mapping[str, Any]],
    links: Links,
    mistakes: Sequence[Mistake],
    threshold: float,
) -> Path:
    """Write `folder`/index.html and return its path. `rows` are the likeliest film of each record."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    path.write_text(page(quality, rows, links, mistakes, threshold), encoding="utf-8")
    return path


def page(
    quality: Quality,
    rows: Sequence[Mapping[str, Any]],
    links: Links,
    mistakes: Sequence[Mistake],
    threshold: float,
) -> str:
    """The page's HTML."""
    scored = [(float(row["score"]), links.get(row["release_id"]) == row["film_id"]) for row in rows]
    shown = mistakes[:_WORST]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Crossfade: matcher evaluation</title><style>{_STYLE}</style></head><body>"
        "<h1>How well records find their films</h1>"
        f"<p>{quality.predicted} matches at a probability of {threshold:g} or more, "
        f"against {quality.links} known links.</p>"
        f"{_figures(quality, scored)}<h2>Charts</h2>{_charts(quality, scored, threshold)}"
        f"<h2>Errors</h2><p>{len(mistakes)} in all, {len(shown)} shown: false matches, then missed links, "
        "the most confident first. Each mark is what a piece of evidence adds to the log-odds.</p>"
        f"{''.join(map(_mistake, shown))}</body></html>\n"
    )


def _figures(quality: Quality, scored: Sequence[tuple[float, bool]]) -> str:
    values = {
        "precision": f"{quality.precision:.4f}",
        "recall": f"{quality.recall:.4f}",
        "F1": f"{quality.f1:.4f}",
        "calibration error": f"{calibration_error(scored):.4f}",
    }
    return (
        f"<dl>{''.join(f'<div><dt>{name}</dt><dd>{value}</dd></div>' for name, value in values.items())}</dl>"
    )


def _charts(quality: Quality, scored: Sequence[tuple[float, bool]], threshold: float) -> str:
    curve = [(recall, precision) for _, precision, recall in precision_recall(scored, quality.links)]
    lowest = min((precision for _, precision in curve), default=0.0)
    low = (0.0, max(0.0, min(0.9, int(lowest * 20) / 20)))
    bins: dict[bool, list[int]] = {True: [0] * _BINS, False: [0] * _BINS}
    for score, is_true in scored:
        bins[is_true][min(int(score * _BINS), _BINS - 1)] += 1
    trusted = [(mean, share) for mean, share, _ in reliability(scored)]
    drawn = (
        (
            charts.line_chart(curve, ("recall", "precision"), low, (quality.recall, quality.precision)),
            f"Precision and recall at every threshold; the dot is {threshold:g}",
        ),
        (
            charts.stacked_bars(bins[True], bins[False], ("probability", "records (square-root scale)")),
            "Probability of each record's likeliest film: true (blue), false (red)",
        ),
        (
            charts.diagonal_chart(trusted, ("probability", "share that is true")),
            "Calibration: on the line, a probability means what it says",
        ),
    )
    figures = (f"<figure>{svg}<figcaption>{escape(text)}</figcaption></figure>" for svg, text in drawn)
    return f'<div class="charts">{"".join(figures)}</div>'


def _mistake(row: Mistake) -> str:
    record = " - ".join(str(row[name]) for name in ("artist", "release_title") if row.get(name))
    year = f" ({row['film_year']})" if row.get("film_year") else ""
    film = f"{row['film_title']}{year}, film {row['film_id']}" if row.get("film_title") else "no candidate"
    truth = f"film {row['true_film_id']}" if row.get("true_film_id") else "no film"
    weights = sorted((row.get("contributions") or {}).items(), key=lambda item: -abs(item[1]))
    marks = "".join(
        f'<li class="{"for" if weight > 0 else "against"}">{escape(name.replace("_", " "))} {weight:+.1f}</li>'
        for name, weight in weights
    )
    return (
        f'<article><h3><span class="tag">{escape(row["error"])}</span> {escape(record or "a record")} '
        f"<small>release {row['release_id']}</small></h3>"
        f"<p>Likeliest: {escape(film)}, probability {row['score']:.3f}. True: {escape(truth)}.</p>"
        f"<p>{escape(str(row.get('reason') or ''))}</p><ul>{marks}</ul></article>"
    )
