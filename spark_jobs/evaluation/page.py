"""The evaluation as one HTML page that opens offline: figures, charts, and the worst errors with their evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spark_jobs.evaluation import charts
from spark_jobs.evaluation.judging import (
    LinkQuality,
    Links,
    Mistake,
    Scored,
    calibration_error,
    precision_recall,
)
from spark_jobs.html.page import render
from spark_jobs.html.section import Column, Rows, Section, Table, Tile
from spark_jobs.html.wording import number

_WORST = 40
_SHOWN = ("artist", "release_title", "film_id", "film_title", "film_year", "true_film_id", "reason")


def write_report(
    folder: Path,
    quality: LinkQuality,
    rows: Sequence[Mapping[str, Any]],
    links: Links,
    mistakes: Sequence[Mistake],
    threshold: float,
) -> Path:
    """Write `folder`/index.html and return its path. `rows` are the likeliest film of each record."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    scored = [(float(row["score"]), links.get(row["release_id"]) == row["film_id"]) for row in rows]
    path.write_text(page(quality, scored, mistakes, threshold), encoding="utf-8")
    return path


def page(quality: LinkQuality, scored: Scored, mistakes: Sequence[Mistake], threshold: float) -> str:
    """The page's HTML; `scored` are (probability, truth) of each record's likeliest film."""
    return render(
        "evaluation/page.html.j2",
        quality=quality,
        threshold=threshold,
        figures=_tiles(quality, scored),
        sections=_sections(quality, scored, threshold),
        count=len(mistakes),
        mistakes=[_mistake(row) for row in mistakes[:_WORST]],
    )


def _tiles(quality: LinkQuality, scored: Scored) -> list[Tile]:
    values = {
        "precision": quality.precision,
        "recall": quality.recall,
        "F1": quality.f1,
        "calibration error": calibration_error(scored),
    }
    return [Tile(name, number(value, 4)) for name, value in values.items()]


def _sections(quality: LinkQuality, scored: Scored, threshold: float) -> list[Section]:
    curve, bins = precision_recall(scored, quality.links), charts.probability_bins(scored)
    return [
        Section(
            "curve",
            "Precision and recall",
            f"Both at every threshold; the dot is the model's threshold of {threshold:g}.",
            [charts.curve_chart(curve, quality)],
        ),
        Section(
            "probability",
            "How sure the matcher is",
            "Records by the probability of their likeliest film.",
            [charts.probability_chart(bins)],
            _bins_table(bins),
        ),
        Section(
            "calibration",
            "Calibration",
            "On the dashed line, a probability means what it says.",
            [charts.calibration_chart(scored)],
        ),
    ]


def _bins_table(bins: Rows) -> Table:
    columns = (
        Column("probability", lambda row: f"{row['low']:.2f} to {row['high']:.2f}", False),
        Column("true", lambda row: number(row["true"])),
        Column("false", lambda row: number(row["false"])),
    )
    return Table("records in each bar", bins, columns)


def _mistake(row: Mistake) -> Mistake:
    """A mistake with all fields the page shows, its evidence the weightiest first."""
    weights = sorted((row.get("contributions") or {}).items(), key=lambda item: -abs(item[1]))
    named = [(name.replace("_", " "), weight) for name, weight in weights]
    return dict.fromkeys(_SHOWN) | row | {"weights": named}
