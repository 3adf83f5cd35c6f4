"""`metrics/RUN/quality.html`: the quality of a run for a person, as one page without a script."""

from __future__ import annotations

from spark_jobs.html.page import render
from spark_jobs.silver.quality.findings import Quality

_POOR_UNDER, _GOOD_FROM = 0.9, 0.98


def quality_page(quality: Quality) -> str:
    """The page of a run's quality.json (findings.quality_json)."""
    return render("silver/quality/page.html.j2", quality=quality, tone=_tone)


def _tone(score: float, gate: float | None) -> str:
    """The class of a score's bar: 'bad', 'poor' or '' for a good one."""
    is_under = gate is not None and score < gate
    return "bad" if is_under or score < _POOR_UNDER else "poor" if score < _GOOD_FROM else ""
