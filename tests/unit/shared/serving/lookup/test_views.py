"""Views: conditions and orders come from the view's own columns."""

from __future__ import annotations

import pytest

from shared.errors import InvalidRequest, NotKnown
from shared.serving.lookup.answers import ViewPage
from shared.serving.lookup.parameters import parse_after
from shared.serving.lookup.views import Views
from shared.serving.published.index import ServingIndex, key_of
from tests.fakes import FakeLake
from tests.fakes.served import compact, publish, publish_small


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


LARGE = {
    "row": "a film",
    "rows": 900,
    "order": ["film_id"],
    "columns": [
        {"name": "film_id", "type": "bigint", "about": "id"},
        {"name": "revenue", "type": "double", "about": "revenue"},
    ],
}
ROWS = [{"film_id": film_id, "revenue": "NaN" if film_id == 7 else film_id / 2} for film_id in range(900)]


async def large() -> Views:
    """A view of which the first 50 rows are sorted; every third of its keys has the number of the one before."""
    lake = FakeLake()
    every: dict[int, list[str]] = {}
    for row in ROWS:
        key = 1000 * (row["film_id"] - row["film_id"] % 3 // 2)
        every.setdefault(key, []).append(f"{key}\t{compact(row)}")
    first = {key_of("films"): [f"films\t{compact(row)}" for row in ROWS[:50]]}
    families = {"views": first, "rows.films": every}
    await publish(lake, families, shifts={"rows.films": 14}, views={"films": LARGE})
    return Views(ServingIndex(lake, lambda: 0.0))


@pytest.mark.parametrize(
    ("where", "limit", "expected"),
    [
        ("", 1, 900),
        ("", 499, 900),
        ("revenue>=0", 50, 899),
        ("film_id=890", 50, 1),
        ("film_id=-1", 50, 0),
    ],
)
async def test_all_rows_are_met_once(where: str, limit: int, expected: int) -> None:
    """Following `next` to its end, also of a view of which few rows can be sorted, and of rows with the same key."""
    views, found, after = await large(), [], 0
    while True:
        shown = await views.whole("films", where, after, limit)
        assert len(shown.items) <= limit + 1 and shown.found == len(shown.items)
        found += [row["film_id"] for row in shown.items]
        if shown.next is None:
            break
        assert shown.next > after
        after = shown.next
    assert len(found) == len(set(found)) == expected
    assert shown.served == shown.rows == 900


async def test_all_rows_of_a_small_view() -> None:
    """They are those that can be sorted."""
    lake = FakeLake()
    await publish_small(lake)
    views = Views(ServingIndex(lake, lambda: 0.0))
    first = await views.whole("kpis", "", 0, 2)
    assert first.next is not None
    last = await views.whole("kpis", "", first.next, 2)
    assert names(first) + names(last) == ["films", "records", "matches"] and last.next is None


@pytest.mark.parametrize("other", ["sort", "offset"])
def test_all_rows_come_in_no_order(other: str) -> None:
    """Whoever wants one of the two is told that it is one or the other."""
    assert parse_after({"after": "5"}) == 5 and parse_after({}) is None
    with pytest.raises(InvalidRequest, match=other):
        parse_after({"after": "0", other: "1"})
