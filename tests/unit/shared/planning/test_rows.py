"""Rows that no task can be made from: passed over and counted, and nothing else of their page is lost."""

from __future__ import annotations

from typing import Any

import pytest

from shared.messages.tasks import (
    ChangesParams,
    CollectionParams,
    DetailsParams,
    DiscoverParams,
    FetchTask,
    ReleaseParams,
    SearchParams,
    TaskParams,
)
from shared.planning.expansion import expand
from shared.planning.followers import Expansion
from tests.fakes.simulated import TODAY

ODD = [
    {"id": None},
    {"id": "7003"},
    {"id": 0},
    {"id": -1},
    {"id": 1.5},
    {"id": True},
    {"id": 2**63},
    {},
    None,
    7,
    [],
]
TOTALS = {"total_results": 41, "total_pages": 3, "pagination": {"items": 201}}


def follow(params: TaskParams, *bodies: dict[str, Any]) -> Expansion:
    return expand(FetchTask.create("run", TODAY, params), bodies, TODAY, details=True)


@pytest.mark.parametrize("row", ODD, ids=repr)
@pytest.mark.parametrize("page", [1, 2])
def test_an_odd_row_of_a_film_list_costs_only_itself(row: object, page: int) -> None:
    """Its neighbours are asked for, and so are the other pages."""
    params = DiscoverParams(page=page)
    found = follow(params, {"results": [{"id": 7001}, row, {"id": 7002}], **TOTALS})
    assert (found.ids, found.passed_over) == ((7001, 7002), 1)
    assert DetailsParams(film_ids=(7001, 7002)) in found.children
    assert len(found.children) == (3 if page == 1 else 1)


@pytest.mark.parametrize("row", ODD, ids=repr)
def test_an_odd_row_of_changes_costs_only_itself(row: object) -> None:
    """A null in the list of changes leaves every other film and page of the window."""
    params = ChangesParams(since=TODAY, until=TODAY)
    found = follow(
        params, {"results": [{"id": 7001, "adult": False}, row, {"id": 9, "adult": True}], **TOTALS}
    )
    assert (found.record_ids, found.passed_over) == ((7001,), 1)
    assert set(found.children) == {params.model_copy(update={"page": page}) for page in (2, 3)}


@pytest.mark.parametrize("row", ODD, ids=repr)
def test_an_odd_row_of_a_search_costs_only_itself(row: object) -> None:
    """Releases beside it count, and their details follow."""
    found = follow(SearchParams(page=2), {"results": [{"id": 5}, row], **TOTALS})
    assert (found.ids, found.records, found.passed_over) == ((5,), 1, 1)
    assert found.children == (ReleaseParams(release_id=5),)


@pytest.mark.parametrize(("of_type", "other"), [("release", "master"), ("master", "release")])
def test_a_row_of_another_type_is_not_asked_for_by_its_number(of_type: Any, other: str) -> None:
    """A master's id is that of another release too, so a list of releases passes masters over, and the reverse."""
    rows = [{"id": 5, "type": of_type}, {"id": 6, "type": other}, {"id": 7, "type": None}, {"id": 8}]
    found = follow(SearchParams(type=of_type, page=2), {"results": rows, **TOTALS})
    assert (found.ids, found.passed_over, len(found.children)) == ((5, 7, 8), 1, 3)


@pytest.mark.parametrize("collection", [{}, {"id": None}, {"id": "x"}, {"id": 0}, "Saga", [1]], ids=repr)
def test_a_collection_without_an_id_costs_its_film_nothing(collection: object) -> None:
    """Both films land, and the other one's collection is asked for."""
    found = follow(
        DetailsParams(film_ids=(1, 2)),
        {"id": 1, "belongs_to_collection": collection},
        {"id": 2, "belongs_to_collection": {"id": 9}},
    )
    assert (found.records, found.children, found.passed_over) == (2, (CollectionParams(collection_id=9),), 1)


def test_a_film_listed_twice_on_a_page_is_asked_for_once() -> None:
    """One task, one film."""
    found = follow(DiscoverParams(page=2), {"results": [{"id": 3}, {"id": 3}], **TOTALS})
    assert found.children == (DetailsParams(film_ids=(3,)),)
