"""Reviews for tests, and what the gold job leaves for the app."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from shared.adapters.lake import GOLD
from shared.serving.reviews.desk import POINTER
from shared.serving.reviews.models import Review, ReviewBody
from tests.fakes.lake import FakeLake

RUN = "20261120T063000Z-0001"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def said(film_id: int, release_id: int, verdict: str, reviewer: str = "ana", **more: Any) -> ReviewBody:
    """A body of `POST /api/reviews`; its id is made of what it says."""
    made = {"review_id": f"{film_id}-{release_id}-{verdict}-{reviewer}", "why": "", "shown": {"run_id": RUN}}
    return ReviewBody.model_validate(
        {
            "film_id": film_id,
            "release_id": release_id,
            "verdict": verdict,
            "reviewer": reviewer,
            **made,
            **more,
        }
    )


def item(film_id: int, release_id: int, **more: Any) -> dict[str, Any]:
    """An item of the queue."""
    sides = {"film": {"film_id": film_id, "title": "Far Astray"}, "record": {"release_id": release_id}}
    return {**sides, "probability": 0.5, "margin": 0.1, "reason": "title exact", **more}


async def leave(
    lake: FakeLake,
    items: Sequence[dict[str, Any]] = (),
    reviews: Sequence[Review] = (),
    read_to: tuple[int, int] = (1, 0),
) -> None:
    """Leave a queue and reviews by film, in one bucket, as the gold job does."""
    folder = f"search/reviews/snapshot={RUN}"
    await lake.put(GOLD, f"{folder}/queue.jsonl", "\n".join(map(json.dumps, items)).encode())
    lines = "\n".join(f"{review.film_id}\t{review.model_dump_json()}" for review in reviews)
    await lake.put(GOLD, f"{folder}/bucket=0/part.txt.gz", gzip.compress(lines.encode()))
    pointer = {"snapshot": RUN, "queue": f"{folder}/queue.jsonl", "by_film": folder, "buckets": 1}
    log = {
        "log": {"part": read_to[0], "bytes": read_to[1]},
        "published_at": f"2026-11-20T07:00:{len(items):02}Z",
    }
    last = {"last_at": reviews[-1].reviewed_at.isoformat() if reviews else None}
    await lake.put_json(GOLD, POINTER, pointer | log | last)
