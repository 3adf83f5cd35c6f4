"""What reviews cost the gold job: a run that finds nothing new, and one that finds one more review.

Measured as in `tests.bench.match_changes`, over one catalog: first a run that reads all reviews, then these two.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.match_changes import RUNS, publish, run_gold_job
from tests.bench.match_data import write_catalog

AGAIN, ONE_MORE = "20261122T063000Z-be23", "20261123T063000Z-be24"
PER_PART = 15_000  # lines of a part of the log, about 4 MB


def measure_reviews(films: int, releases: int, reviews: int) -> dict[str, Any]:
    """Figures of the first run with so many reviews, of one without anything new, and of one with one review more."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder)
        write_catalog(lake / "made", films, releases)
        publish(lake, 0, films)
        for start in range(0, reviews, PER_PART):
            _append(lake, start, min(reviews, start + PER_PART), films, releases)
        first = run_gold_job(lake, RUNS[0], films + releases)
        found = {}
        for run_id in (AGAIN, ONE_MORE):
            silver = lake / "control/silver"
            shutil.copy(silver / f"{RUNS[0]}.json", silver / f"{run_id}.json")
            if run_id == ONE_MORE:
                _append(lake, reviews, reviews + 1, films, releases)
            found[run_id] = run_gold_job(lake, run_id, records=0)
        cost = round(found[ONE_MORE]["seconds"] - found[AGAIN]["seconds"], 1)
        return {
            "with_reviews": {**first, "reviews": reviews},
            "nothing_new": found[AGAIN],
            "one_more": found[ONE_MORE],
            "a_review_costs_s": cost,
        }


def _append(lake: Path, start: int, end: int, films: int, releases: int) -> None:
    part = lake / f"control/reviews/log/{start // PER_PART + 1:06}.jsonl"
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("a", encoding="utf-8") as lines:
        for n in range(start, end):
            lines.write(f"{json.dumps(_review(n, films, releases))}\n")


def _review(n: int, films: int, releases: int) -> dict[str, Any]:
    """A yes to every fourth pair, a no to the others; four people."""
    return {
        "version": 1,
        "review_id": f"bench-{n:08}",
        "film_id": 1 + n * 7 % films,
        "release_id": 1 + n % releases,
        "verdict": "no" if n % 4 else "yes",
        "reviewer": f"reviewer {n % 4}",
        "why": "",
        "reviewed_at": f"2026-11-{1 + n // 86_400:02}T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z",
        "shown": {"run_id": RUNS[0], "probability": 0.5, "margin": 0.1, "reason": "title exact, composer"},
    }
