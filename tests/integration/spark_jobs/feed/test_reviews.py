"""Links that a review dropped, added or moved say so, also those of other versions of the record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_jobs.feed.job import Request, publish
from tests.integration.spark_jobs.builders.exported import (
    FETCHED,
    FIRST,
    SECOND,
    ExportLake,
    Rows,
    film,
    match,
    release,
)
from tests.integration.spark_jobs.feed.conftest import at, reader

pytestmark = pytest.mark.slow

GROUPS = {10: "a", 11: "a", 12: "b", 13: "c", 14: "d", 15: "e"}
Why = dict[int, tuple[str, list[str]]]


def review(film_id: int, release_id: int, verdict: str, *, stands: bool = True) -> dict[str, Any]:
    """A row of gold.match_reviews."""
    said = {"film_id": film_id, "release_id": release_id, "verdict": verdict, "reviewer": "r", "why": ""}
    name = f"{film_id}-{release_id}-{verdict}"
    return said | {"review_id": name, "reviewed_at": FETCHED, "shown": "{}", "stands": stands}


def pairs(films: dict[int, int], **more: Any) -> list[dict[str, Any]]:
    """Rows of gold.matches: the film of each record."""
    made = {"matcher": "m", "decided_by": "matcher"} | more
    return [match(key, film_id, 1, version_group=GROUPS[key], **made) for key, film_id in films.items()]


CANDIDATES = [{**row, "margin": 0.1} for row in pairs({10: 1, 11: 1, 12: 2, 13: 3, 14: 1, 15: 2})]
FIRST_ROWS: Rows = {
    "movies": [film(n, f"Film {n}") for n in (1, 2, 3)],
    "releases": [release(n) for n in GROUPS],
    "match_candidates": CANDIDATES,
    "matches": pairs({10: 1, 11: 1, 12: 2, 15: 2}),
    "match_reviews": [review(3, 13, "no"), review(2, 15, "skip", stands=False)],
}
# A no drops 10 and with it 11, another version; one no is taken back, so 13 returns; a yes adds 14; 12 moves
# because of a no; 15, of which nothing new was said, is scored otherwise.
SECOND_ROWS: Rows = {
    "matches": [
        *pairs({12: 3, 13: 3}),
        *pairs({14: 1}, decided_by="review"),
        *pairs({15: 2}, probability=0.7),
    ],
    "match_reviews": [
        review(1, 10, "no"),
        review(3, 13, "no", stands=False),
        review(1, 14, "yes"),
        review(2, 12, "no"),
        review(2, 15, "skip", stands=False),
    ],
}


@pytest.fixture(scope="module")
def why(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Why:
    """What the second run changed, and why, by record."""
    root: Path = tmp_path_factory.mktemp("reviewed")
    lake = ExportLake(spark, root)
    for run, rows in ((FIRST, FIRST_ROWS), (SECOND, SECOND_ROWS)):
        publish(spark, at(lake.publish(run, rows), root), Request())
    return {each["release_id"]: (each["change"], each["why"]) for each in reader(root).changes(SECOND)}


@pytest.mark.parametrize(
    ("release_id", "change"),
    [(10, "dropped"), (11, "dropped"), (12, "moved"), (13, "added"), (14, "added")],
    ids=["no", "no to another version", "no to the film before", "no taken back", "yes"],
)
def test_what_a_review_decided_says_so(why: Why, release_id: int, change: str) -> None:
    """Whether it was said of the record or of another version of it."""
    assert why[release_id] == (change, ["review"])


def test_a_skip_decides_nothing(why: Why) -> None:
    """The change has another reason."""
    assert why[15] == ("scored", ["rivals"])
