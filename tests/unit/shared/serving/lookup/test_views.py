"""Views: conditions and orders come from the view's own columns."""

from __future__ import annotations

import pytest

from shared.errors import InvalidRequest, NotKnown
from shared.serving.lookup.answers import ViewPage
from shared.serving.lookup.index import ServingIndex
from shared.serving.lookup.views import Views
from tests.fakes import FakeLake
from tests.fakes.served import publish_small


async def page(
    where: str = "", sort: str = "", limit: int = 50, offset: int = 0, view: str = "kpis"
) -> ViewPage:
    lake = FakeLake()
    await publish_small(lake)
    return await Views(ServingIndex(lake, lambda: 0.0)).page(view, where, sort, limit, offset)


def names(found: ViewPage) -> list[str]:
    return [row["name"] for row in found.items]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", ["films", "records", "matches"]),
        ("place>=2", ["records", "matches"]),
        ("place >= 2 ; value<2.5", ["matches"]),
        ("value!=3", ["matches"]),
        ("name=films", ["films"]),
        ("tags=a", ["films", "matches"]),
        ("tags!=b", ["films", "records"]),
        ("name=FILMS", []),
    ],
)
async def test_conditions_choose_rows(where: str, expected: list[str]) -> None:
    """All must hold; a value that is not known, or is no number, meets none."""
    assert names(await page(where)) == expected


async def test_rows_are_sorted_with_the_unknown_last() -> None:
    """Whichever way is sorted; without a wish in the view's own order."""
    assert names(await page(sort="value")) == ["matches", "films", "records"]
    assert names(await page(sort="-value")) == ["films", "matches", "records"]
    assert names(await page(sort="-place,name")) == ["matches", "records", "films"]


async def test_pages_follow_each_other() -> None:
    """`next` leads on and ends; the answer says how many rows there are, are served, and were found."""
    first = await page(limit=2)
    assert (first.rows, first.served, first.found, first.next) == (3, 3, 3, 2)
    last = await page(limit=2, offset=2)
    assert (names(last), last.next) == (["matches"], None)
    assert [column.name for column in first.columns][:2] == ["name", "place"]


@pytest.mark.parametrize(
    ("where", "sort", "field"),
    [
        ("nothing=1", "", "where"),
        ("place", "", "where"),
        ("place=many", "", "where"),
        ("parts=1", "", "where"),
        ("tags>a", "", "where"),
        ("place=1" * 100, "", "where"),
        ("", "nothing", "sort"),
        ("", "tags", "sort"),
    ],
)
async def test_a_wrong_condition_is_told_with_the_remedy(where: str, sort: str, field: str) -> None:
    """400 names the parameter, and what the columns are."""
    with pytest.raises(InvalidRequest) as caught:
        await page(where, sort)
    assert caught.value.field == field


async def test_an_unknown_view_is_told_the_known_ones() -> None:
    """404 with their names."""
    with pytest.raises(NotKnown, match="kpis"):
        await page(view="nothing")
