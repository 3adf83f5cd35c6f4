"""What follows from a page of a Discogs search: the pages of its window, the other end, records. Pure.

Within its first 10,000 results a search is read page by page. One that is sorted by year and holds more is read from
both ends. What lies between the ends, and how any other search over the cap is split, depends on more than one answer:
`survey` asks for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from shared.messages.events import RowFacts, SliceHead
from shared.messages.tasks import SearchParams
from shared.planning.followers import Expansion, details_of_rows
from shared.planning.rows import read_rows
from shared.planning.searches.facts import facts_of, goes_on_after, rows_until
from shared.sources.bodies import whole_number
from shared.sources.limits import DISCOGS_MAX_PAGES, DISCOGS_PAGE_SIZE, MAX_RESULTS


def expand_search(params: SearchParams, body: Mapping[str, Any], details: bool) -> Expansion:
    """What follows from a page.

    Args:
        params: the page.
        body: its answer.
        details: whether each release found is asked for too.
    """
    read = read_rows(_wanted_rows(params, body), of_type=params.type)
    # A second reading only lists ids: the fan-in asks for the records that are new.
    found = details_of_rows(params, read.ids) if details and params.reading == 1 else ()
    page = Expansion(
        children=found,
        records=len(read.ids),
        ids=read.ids,
        passed_over=read.passed_over,
        facts=facts_of(body["results"], params.order),
    )
    if params.page > params.first:
        return replace(page, total=whole_number(body.get("pagination", {}).get("items")))
    total = int(body["pagination"]["items"])
    page = replace(page, total=total)
    if params.until:
        return _walk(params, page, total, details)
    is_over = params.max_pages is None and params.last is None and total > params.known + MAX_RESULTS
    if is_over and is_split(params):
        return replace(page, head=SliceHead(params=params, reported=total, readable=0, pages=0))
    if is_over and params.order and not params.is_narrowed and params.known == 0:
        return _from_both_ends(params, page, total, details)
    return _window(params, page, total, details)


def is_split(params: SearchParams) -> bool:
    """Whether a search over the cap is split by something; of one year, format and country there is nothing left."""
    return params.order is None and (params.format is None or params.country is None)


def _wanted_rows(params: SearchParams, body: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of a page that belong to its window."""
    rows: Sequence[Any] = body["results"]
    if params.until:
        return rows_until(rows, params.until)
    if params.known:
        end = int(body["pagination"]["items"]) - params.known
        return rows[: max(0, end - DISCOGS_PAGE_SIZE * (params.page - 1))]
    return rows


def _window(params: SearchParams, page: Expansion, total: int, details: bool) -> Expansion:
    """The other pages of a window that page 1 begins. `pagination.pages` over-reports: the items are counted."""
    offset = DISCOGS_PAGE_SIZE * (params.first - 1)
    end = total - params.known
    if params.last is not None:
        end = min(end, DISCOGS_PAGE_SIZE * params.last)
    last = min(ceil(end / DISCOGS_PAGE_SIZE), DISCOGS_MAX_PAGES, params.max_pages or DISCOGS_MAX_PAGES)
    others = _pages(params, last)
    head = SliceHead(
        params=params,
        reported=max(0, end - offset),
        readable=max(0, min(end, last * DISCOGS_PAGE_SIZE) - offset),
        pages=1 + len(others),
        catalog=total,
        asks_records=details,
    )
    return replace(page, children=(*others, *page.children), head=head)


def _pages(params: SearchParams, last: int) -> tuple[SearchParams, ...]:
    return tuple(params.model_copy(update={"page": number}) for number in range(params.first + 1, last + 1))


def _from_both_ends(params: SearchParams, page: Expansion, total: int, details: bool) -> Expansion:
    """A sorted list over the cap: the last pages that can be read of it say where its ends stop.

    It takes the new end too only where the two do not meet.
    """
    if page.facts is None or not page.facts.is_sorted:
        return replace(page, head=SliceHead(params=params, reported=total, readable=0, pages=0))
    probes = [params.window(DISCOGS_MAX_PAGES, last=DISCOGS_MAX_PAGES)]
    if total > 2 * MAX_RESULTS:
        probes += [params.window(DISCOGS_MAX_PAGES, last=DISCOGS_MAX_PAGES, order="desc")]
    head = SliceHead(
        params=params,
        reported=DISCOGS_PAGE_SIZE,
        readable=DISCOGS_PAGE_SIZE,
        pages=1,
        catalog=total,
        asks_records=details,
    )
    following = probes if params.reading == 1 else []
    return replace(page, children=(*following, *page.children), head=head)


def _walk(params: SearchParams, page: Expansion, total: int, details: bool) -> Expansion:
    """One page of the undated, or dated, releases at the beginning of a search, and the next one as long as all are.

    Over the cap its last page is looked at first: where that is of the same kind still, the search is split instead.
    """
    count = len(page.ids) + page.passed_over
    head = SliceHead(
        params=params, reported=count, readable=count, pages=1, catalog=total, asks_records=details
    )
    number = _next_of_walk(params, page.facts, total) if page.facts else None
    following = (params.window(number, last=number),) if number and params.reading == 1 else ()
    return replace(page, children=(*following, *page.children), head=head)


def _next_of_walk(params: SearchParams, facts: RowFacts, total: int) -> int | None:
    is_over, number = total > MAX_RESULTS, params.page
    goes_on = goes_on_after(params, facts)
    if is_over and number == DISCOGS_MAX_PAGES:
        return None if goes_on and params.format is None else 2
    if not goes_on or number * DISCOGS_PAGE_SIZE >= min(total, MAX_RESULTS):
        return None
    if is_over and number == 1:
        return DISCOGS_MAX_PAGES
    return None if is_over and number + 1 == DISCOGS_MAX_PAGES else number + 1
