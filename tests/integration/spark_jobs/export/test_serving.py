"""The ten questions of docs/serving.md: each finds what it should, by an index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.cursor import Cursor

from spark_jobs.export.declared import COLLECTIONS
from spark_jobs.export.job import Request, indexes
from spark_jobs.export.mongo.address import MongoAddress
from spark_jobs.export.mongo.server import Documents
from tests.integration.spark_jobs.export.conftest import Server

PAGE = Path(__file__).parents[4] / "docs" / "serving.md"
QUESTIONS = dict(
    re.findall(r"^### (\d+\. .*?)\n\n```python\n(.*?)\n```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
)
LATE, EARLY = datetime(2003, 5, 7, tzinfo=UTC), datetime(1999, 3, 30, tzinfo=UTC)
# What lies in the database, and which of it each question finds, in order.
HELD: dict[str, list[dict[str, Any]]] = {
    "films": [
        {"_id": 1, "release_year": 1999, "revenue": 5, "genres": ["Drama"], "popularity": 2.0},
        {"_id": 2, "release_year": 1999, "revenue": 9, "genres": ["War", "Drama"], "popularity": 7.0},
        {"_id": 3, "release_year": 2003, "collection": "The Matrix Collection", "release_date": LATE},
        {"_id": 4, "release_year": 2003, "collection": "The Matrix Collection", "release_date": EARLY},
    ],
    "links": [
        {"_id": 249504, "film_id": 603, "probability": 0.8},
        {"_id": 8, "film_id": 603, "probability": 0.9},
        {"_id": 9, "film_id": 604, "probability": 1.0},
    ],
    "actor_edges": [
        {"_id": 1, "person_a": 6384, "person_b": 9000, "films": 2},
        {"_id": 2, "person_a": 5, "person_b": 6384, "films": 4},
        {"_id": 3, "person_a": 5, "person_b": 9000, "films": 8},
    ],
    "trending": [
        {"_id": 1, "window_days": 7, "trend_score": 1.0},
        {"_id": 2, "window_days": 7, "trend_score": 4.0},
        {"_id": 3, "window_days": 30, "trend_score": 9.0},
    ],
    "releases": [
        {"_id": 1, "labels": ["Milan", "Silva"], "year": 2001},
        {"_id": 2, "labels": ["Milan"], "year": 1991},
        {"_id": 3, "labels": ["Silva"], "year": 1990},
    ],
    "directors": [{"_id": 1, "rank": 2}, {"_id": 2, "rank": 1}],
    "actor_nodes": [{"_id": 1, "name": "Keanu Reeves"}, {"_id": 2, "name": "Nobody"}],
}
FOUND = {
    1: [2, 1],
    2: [8, 249504],
    3: [249504],
    4: [2, 1],
    5: [2, 1],
    6: [2, 1],
    7: [4, 3],
    8: [2, 1],
    9: [2, 1],
}
FOUND |= {10: [1]}


@pytest.fixture
def asked(
    request: pytest.FixtureRequest, address: MongoAddress, documents: Documents
) -> Cursor[dict[str, Any]]:
    """The cursor of a question, over a database with the declared indexes."""
    indexes(address, Request())
    for name, held in HELD.items():
        documents[name].insert_many(held)
    cursor: Cursor[dict[str, Any]] = eval(QUESTIONS[request.param], {"db": documents})  # noqa: S307 - our own page
    return cursor


def test_there_are_ten_questions() -> None:
    """Numbered as they stand."""
    assert [int(title.partition(".")[0]) for title in QUESTIONS] == list(FOUND) == list(range(1, 11))


@pytest.mark.parametrize(
    ("asked", "number"), [(title, n) for n, title in enumerate(QUESTIONS, 1)], indirect=["asked"]
)
def test_each_question_is_answered_by_an_index(
    server: Server, asked: Cursor[dict[str, Any]], number: int
) -> None:
    """It finds what it asks for, in order; where the server explains itself, it scans and sorts nothing."""
    collection, spec, order = asked.collection.name, dict(asked._spec), list((asked._ordering or {}).items())
    explained = asked.clone().explain() if server.can_explain else None
    assert [each["_id"] for each in asked] == FOUND[number]
    declared = next(each for each in COLLECTIONS if each.name == collection).indexes
    for branch in spec.get("$or", [spec]):
        assert set(branch) == {"_id"} or any(_covers(index, set(branch), order) for index in declared)
    if explained is not None:
        stages = set(_stages(explained["queryPlanner"]["winningPlan"]))
        assert stages & {"IXSCAN", "IDHACK", "EXPRESS_IXSCAN", "EXPRESS_CLUSTERED_IXSCAN"}
        assert not stages & {"COLLSCAN", "SORT"}


def _covers(index: tuple[str, ...], equal: set[str], order: list[tuple[str, int]]) -> bool:
    """Whether an index begins with what is looked up, and goes on as it is sorted."""
    names = [name.removeprefix("-") for name in index]
    ways = [-1 if name.startswith("-") else 1 for name in index]
    rest = list(zip(names, ways, strict=True))[len(equal) :]
    return set(names[: len(equal)]) == equal and rest[: len(order)] == order


def _stages(plan: Any) -> Iterator[str]:
    """Every stage of a plan."""
    if isinstance(plan, dict):
        if isinstance(plan.get("stage"), str):
            yield plan["stage"]
        for value in plan.values():
            yield from _stages(value)
    if isinstance(plan, list):
        for value in plan:
            yield from _stages(value)


def test_the_page_lists_every_collection_and_index() -> None:
    """As they are declared."""
    page = PAGE.read_text()
    for each in COLLECTIONS:
        key = ", ".join(f"`{name}`" for name in each.key)
        declared = "; ".join(f"`{', '.join(index)}`" for index in each.indexes)
        assert f"| `{each.name}` | {each.table.full_name} | {key} | {declared} |" in page
