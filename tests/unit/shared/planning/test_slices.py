"""Slices: a list that came short is read again, a few times, and late finds are asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.messages.events import PageRead, SliceHead
from shared.messages.tasks import DetailsParams, DiscoverParams, SearchParams, TaskParams
from shared.planning.slices import SliceBook

DISCOVER = DiscoverParams()


def head(reported: int, pages: int, params: DiscoverParams | SearchParams = DISCOVER) -> SliceHead:
    return SliceHead(params=params, reported=reported, readable=reported, pages=pages)


def read(
    book: SliceBook, ids: list[int], reading: int, reported: int, **values: object
) -> tuple[TaskParams, ...]:
    """Read a slice of a single page."""
    params = values.get("params", DISCOVER)
    page = PageRead(slice_id="s", reading=reading, ids=tuple(ids), head=head(reported, 1, params))  # type: ignore[arg-type]
    return book.read(params.kind, page)  # type: ignore[attr-defined]


def test_a_whole_slice_needs_nothing_more() -> None:
    """As many distinct ids as reported: the slice is closed and counted."""
    book = SliceBook()
    assert read(book, [1, 2, 3], reading=1, reported=3) == ()
    coverage = book.coverage["tmdb.discover"]
    assert (coverage.slices, coverage.reported, coverage.found, coverage.short, coverage.reread) == (
        1,
        3,
        3,
        0,
        0,
    )


def test_a_short_slice_is_read_again_and_late_films_get_their_details() -> None:
    """A film that slipped between pages is found by the second reading and asked for."""
    book = SliceBook()
    assert read(book, [1, 2, 2], reading=1, reported=3) == (DiscoverParams(reading=2),)
    assert read(book, [1, 2, 3], reading=2, reported=3) == (DetailsParams(film_ids=(3,)),)
    coverage = book.coverage["tmdb.discover"]
    assert (coverage.slices, coverage.found, coverage.reread, coverage.short) == (1, 3, 1, 0)


def test_a_slice_is_read_at_most_three_times() -> None:
    """A list that never gets whole is given up after the third reading, and counted as short."""
    book = SliceBook()
    following = [read(book, [1, 2], reading, reported=5) for reading in (1, 2, 3)]
    assert following == [(DiscoverParams(reading=2),), (DiscoverParams(reading=3),), ()]
    coverage = book.coverage["tmdb.discover"]
    assert (coverage.short, coverage.reported, coverage.found) == (1, 5, 2)


def test_releases_found_late_need_no_further_task() -> None:
    """A Discogs page carries its records itself."""
    book, params = SliceBook(), SearchParams(year=1994)
    assert read(book, [1], 1, 2, params=params) == (SearchParams(year=1994, reading=2),)
    assert read(book, [1, 2], 2, 2, params=params) == ()


def test_a_split_slice_is_closed_by_its_first_page() -> None:
    """What holds only smaller slices is not waited for; what the API reported of it is kept for comparison."""
    book = SliceBook()
    page = PageRead(slice_id="s", head=head(50_000, 0))
    assert book.read("tmdb.discover", page) == ()
    coverage = book.coverage["tmdb.discover"]
    assert (coverage.catalog, coverage.slices, coverage.reported) == (50_000, 0, 0)


def test_a_failed_page_closes_its_slice_and_leads_to_another_reading() -> None:
    """A page that failed counts as read, so that the slice ends; it is short then, and read again."""
    book = SliceBook()
    assert book.read("tmdb.discover", PageRead(slice_id="s", ids=(1, 2), head=head(4, 2))) == ()
    assert book.read("tmdb.discover", PageRead(slice_id="s")) == (DiscoverParams(reading=2),)


@given(st.lists(st.lists(st.integers(1, 60), max_size=20), min_size=1, max_size=6), st.data())
def test_pages_in_any_order_give_the_same(pages: list[list[int]], data: st.DataObject) -> None:
    """The head may come last; what follows depends on the ids alone."""
    reads = [PageRead(slice_id="s", ids=tuple(ids)) for ids in pages]
    found = {film_id for ids in pages for film_id in ids}
    reported = data.draw(st.integers(0, 70))
    reads[0] = reads[0].model_copy(update={"head": head(reported, len(pages))})
    book = SliceBook()
    following = [book.read("tmdb.discover", page) for page in data.draw(st.permutations(reads))]
    again = (DiscoverParams(reading=2),) if len(found) < reported else ()
    assert following == [()] * (len(pages) - 1) + [again]
