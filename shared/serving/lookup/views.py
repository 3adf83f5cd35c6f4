"""Gold's views: the first thousands of rows of each filtered and sorted in memory, all of them page by page.

All rows of a view that has more are in a family of its own, by the CRC-32 of their keys.
"""

from __future__ import annotations

import asyncio
import json
import operator
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.errors import InvalidRequest, NotKnown
from shared.serving.lookup.answers import ViewColumn, ViewPage
from shared.serving.parameters import echo
from shared.serving.published.index import BUCKETS_A_PAGE, Generation, ServingIndex, key_of

KEPT_VIEWS = 4
ALL_ROWS = "rows."
"""A family of all rows of a view is called so, with the view's name after it."""
MAX_WHERE_CHARS = 400
_CONDITION = re.compile(r"\s*(\w+)\s*(>=|<=|!=|=|>|<)\s*(.*?)\s*", re.ASCII | re.DOTALL)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, "!=": operator.ne, "=": operator.eq, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_NUMBERS = ("bigint", "int", "double", "float", "smallint")
_LIST = "array<string>"
_HOW = "give conditions such as genre=Drama;release_year>=1990"
Row = dict[str, Any]
Test = Callable[[Row], bool]


class Views:
    """Serves the views of the current generation; those asked for last stay in memory.

    Args:
        index: their files.
    """

    def __init__(self, index: ServingIndex) -> None:
        self._index = index
        self._kept: OrderedDict[tuple[str, str], list[Row]] = OrderedDict()

    async def page(self, view: str, where: str, sort: str, limit: int, offset: int) -> ViewPage:
        """Rows of a view that meet `where`, in the order of `sort`; of a large view the first ones of its order.

        Raises:
            NotKnown: there is no such view.
            InvalidRequest: `where` or `sort` names what the view does not have.
        """

        async def work(generation: Generation) -> ViewPage:
            about = _about(generation, view)
            types = _types(about)
            tests, order = parse_where(where, types), parse_sort(sort, types)
            rows = await self._rows(generation, view, types)
            found = [row for row in rows if all(test(row) for test in tests)]
            shown = ordered(found, order or about["order"])[offset : offset + limit]
            following = offset + limit if offset + limit < len(found) else None
            return _page(generation, view, shown, served=len(rows), found=len(found), following=following)

        return await self._index.answer(work)

    async def whole(self, view: str, where: str, after: int, limit: int) -> ViewPage:
        """All rows of a view that meet `where`, page by page, each once, in an order that means nothing.

        Args:
            after: 0, or the `next` of the page before.
            limit: rows at most; of a large view a few more, where their keys have the same number.

        Raises:
            NotKnown: there is no such view.
            InvalidRequest: `where` names what the view does not have.
        """

        async def work(generation: Generation) -> ViewPage:
            types = _types(_about(generation, view))
            tests = parse_where(where, types)
            if f"{ALL_ROWS}{view}" in generation.families:
                shown, following = await self._walked(generation, view, types, tests, after, limit)
            else:
                rows = await self._rows(generation, view, types)
                found = [row for row in rows if all(test(row) for test in tests)]
                shown = found[after : after + limit]
                following = after + limit if after + limit < len(found) else None
            served = generation.views[view]["rows"]
            return _page(generation, view, shown, served=served, found=len(shown), following=following)

        return await self._index.answer(work)

    async def _walked(
        self,
        generation: Generation,
        view: str,
        types: Mapping[str, str],
        tests: Sequence[Test],
        after: int,
        limit: int,
    ) -> tuple[list[Row], int | None]:
        """Rows from the key `after` on, and the key of the next one, from some buckets at most."""
        name = f"{ALL_ROWS}{view}"
        family = generation.families[name]
        buckets = family.buckets_from(after)
        found: list[Row] = []
        last = -1
        for bucket in buckets[:BUCKETS_A_PAGE]:
            for line in (await self._index.bucket(generation, name, bucket)).split(b"\n")[:-1]:
                text, _, value = line.partition(b"\t")
                key = int(text)
                if key < after:
                    continue
                if len(found) >= limit and key != last:
                    return found, key
                row, last = _row(value, types), key
                if all(test(row) for test in tests):
                    found.append(row)
        more = buckets[BUCKETS_A_PAGE:]
        return found, more[0] << family.shift if more else None

    async def _rows(self, generation: Generation, view: str, types: Mapping[str, str]) -> list[Row]:
        key = (generation.run_id, view)
        if key not in self._kept:
            lines = await self._index.lines(generation, "views", key_of(view))
            self._kept[key] = await asyncio.to_thread(_parsed, lines, f"{view}\t".encode(), types)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT_VIEWS:
            self._kept.popitem(last=False)
        return self._kept[key]


def _about(generation: Generation, view: str) -> Mapping[str, Any]:
    about: Mapping[str, Any] | None = generation.views.get(view)
    if about is None:
        raise NotKnown(f"no view {view}; known are {', '.join(sorted(generation.views))}")
    return about


def _types(about: Mapping[str, Any]) -> dict[str, str]:
    return {column["name"]: column["type"] for column in about["columns"]}


def _page(
    generation: Generation, view: str, shown: Sequence[Row], *, served: int, found: int, following: int | None
) -> ViewPage:
    about = generation.views[view]
    return ViewPage(
        run_id=generation.run_id,
        view=view,
        row=about["row"],
        rows=about["rows"],
        served=served,
        found=found,
        order=tuple(about["order"]),
        columns=tuple(ViewColumn.model_validate(column) for column in about["columns"]),
        items=tuple(shown),
        next=following,
    )


def _parsed(lines: bytes, start: bytes, types: Mapping[str, str]) -> list[Row]:
    """Rows of the lines that begin so."""
    own = (line for line in lines.split(b"\n") if line.startswith(start))
    return [_row(line.removeprefix(start), types) for line in own]


def _row(value: bytes, types: Mapping[str, str]) -> Row:
    """A row; a number that is none ("NaN") is unknown."""
    row: Row = json.loads(value)
    return {
        name: None if isinstance(each, str) and types.get(name) in _NUMBERS else each
        for name, each in row.items()
    }


def parse_where(text: str, types: Mapping[str, str]) -> list[Test]:
    """Tests of a row; a value that is not known meets none.

    Raises:
        InvalidRequest: a condition has another form, names no column, or has a value of another type.
    """
    if len(text) > MAX_WHERE_CHARS:
        raise InvalidRequest("where", f"is longer than {MAX_WHERE_CHARS} characters")
    return [_test(part, types) for part in text.split(";") if part.strip()]


def _test(condition: str, types: Mapping[str, str]) -> Test:
    found = _CONDITION.fullmatch(condition)
    if found is None:
        raise InvalidRequest("where", f"has {echo(condition)!r}; {_HOW}")
    name, sign, text = found.groups()
    kind = _type_of("where", name, types)
    if kind == _LIST:
        return _list_test(name, sign, text)
    value, compare = _value(name, text, kind), _OPERATORS[sign]
    return lambda row: row.get(name) is not None and compare(row[name], value)


def _list_test(name: str, sign: str, text: str) -> Test:
    if sign not in ("=", "!="):
        raise InvalidRequest("where", f"compares the list {name} by {sign}; of a list give {name}=VALUE")
    return lambda row: (text in (row.get(name) or ())) == (sign == "=")


def _type_of(field: str, name: str, types: Mapping[str, str]) -> str:
    kind = types.get(name)
    if kind is None:
        raise InvalidRequest(field, f"names {echo(name)!r}; the view's columns are {', '.join(types)}")
    is_plain = kind in (*_NUMBERS, "string", "boolean", "date", "timestamp")
    if not is_plain and not (kind == _LIST and field == "where"):
        raise InvalidRequest(field, f"names {name}, a column of {kind}; choose one of a single value")
    return kind


def _value(name: str, text: str, kind: str) -> Any:
    if kind == "boolean":
        if text not in ("true", "false"):
            raise InvalidRequest("where", f"compares {name} with {echo(text)!r}; give true or false")
        return text == "true"
    if kind not in _NUMBERS:
        return text
    if not re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?", text, re.ASCII):
        raise InvalidRequest("where", f"compares {name} with {echo(text)!r}; give a number")
    return float(text) if "." in text else int(text)


def parse_sort(text: str, types: Mapping[str, str]) -> list[str]:
    """Columns to sort by, `-` before one that is sorted downwards.

    Raises:
        InvalidRequest: it names no column, or one that has no order.
    """
    names = [part.strip() for part in text[:MAX_WHERE_CHARS].split(",") if part.strip()]
    for name in names:
        _type_of("sort", name.removeprefix("-"), types)
    return names


def ordered(rows: Sequence[Row], order: Sequence[str]) -> list[Row]:
    """Rows sorted by columns; what is not known comes last, whichever way is sorted."""
    found = list(rows)
    for column in reversed(order):
        name = column.removeprefix("-")
        known = [row for row in found if row.get(name) is not None]
        unknown = [row for row in found if row.get(name) is None]
        known.sort(key=lambda row, name=name: row[name], reverse=column.startswith("-"))  # type: ignore[misc]
        found = known + unknown
    return found
