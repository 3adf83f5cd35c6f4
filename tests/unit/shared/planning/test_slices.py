"""Slices: a list that came short is read again, a few times, and late finds are asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.messages.events import PageRead, SliceHead
from shared.messages.tasks import DetailsParams, DiscoverParams, ReleaseParams, SearchParams, TaskParams
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


def test_a_hole_that_stays_is_read_once() -> None:
    """Rows that no page lists, without a sign that rows moved: read once, and counted as short."""
    book = SliceBook()
    told = SliceHead(params=SearchParams(year=1994), reported=900, readable=900, pages=9)
    pages = [tuple(range(100 * n, 100 * n + (96 if n == 3 else 100))) for n in range(9)]
    reads = [PageRead(slice_id="s", ids=ids, total=900) for ids in pages]
    reads[0] = reads[0].model_copy(update={"head": told})
    assert [book.read("discogs.search", page) for page in reads] == [()] * 9
    coverage = book.coverage["discogs.search"]
    assert (coverage.found, coverage.reported, coverage.short, coverage.reread) == (896, 900, 1, 0)
    assert (coverage.catalog, coverage.hidden) == (900, 4)
    assert book.summary(is_complete=True)["discogs.search"]["out_of_reach"] == 0


def test_a_total_that_changes_between_pages_is_a_sign_of_movement() -> None:
    """A list that grew while it was read is read once more, even though as many were found as page 1 said."""
    book = SliceBook()
    assert book.read("tmdb.discover", PageRead(slice_id="s", ids=(1, 2), total=4, head=head(4, 2))) == ()
    assert book.read("tmdb.discover", PageRead(slice_id="s", ids=(3, 4), total=5)) == (
        DiscoverParams(reading=2),
    )
    again = PageRead(slice_id="s", reading=2, ids=(1, 2), total=5, head=head(5, 2))
    assert book.read("tmdb.discover", again) == ()
    last = PageRead(slice_id="s", reading=2, ids=(3, 4, 5), total=5)
    assert book.read("tmdb.discover", last) == (DetailsParams(film_ids=(5,)),)
    coverage = book.coverage["tmdb.discover"]
    assert (coverage.slices, coverage.reported, coverage.catalog, coverage.found) == (1, 5, 5, 5)
    assert (coverage.short, coverage.reread) == (0, 1)


def test_a_second_reading_asks_for_the_releases_that_are_new_only() -> None:
    """Where releases are asked for one by one, a re-reading asks for those that no reading has listed before."""
    book, params = SliceBook(), SearchParams(year=1994)
    told = head(3, 1, params).model_copy(update={"asks_records": True})
    first = PageRead(slice_id="s", ids=(1, 2, 2), total=3, head=told)
    assert book.read("discogs.search", first) == (SearchParams(year=1994, reading=2),)
    second = PageRead(slice_id="s", reading=2, ids=(1, 2, 3), total=3, head=told)
    assert book.read("discogs.search", second) == (ReleaseParams(release_id=3),)


def test_a_first_page_that_fails_in_a_second_reading_keeps_the_first_ones_sums() -> None:
    """A reading that never gets to its end takes nothing back of what the one before had found."""
    book = SliceBook()
    read(book, [1, 2, 2], reading=1, reported=3)
    assert book.read("tmdb.discover", PageRead(slice_id="s", reading=2, is_failed=True)) == ()
    coverage = book.coverage["tmdb.discover"]
    assert (coverage.slices, coverage.reported, coverage.found, coverage.short) == (1, 3, 2, 1)


def test_families_of_slices_that_overlap_count_each_record_once() -> None:
    """Years list the dated releases, countries list all again: found is distinct, and what is missing has a name.

    Of 12 releases 6 are dated (one of them hidden), 4 undated ones stand under a country, 2 under one nobody knows.
    """
    book = SliceBook(is_root=lambda slice_id: slice_id == "all")
    root = SliceHead(params=SearchParams(), reported=12, readable=0, pages=0)
    book.read("discogs.search", PageRead(slice_id="all", total=12, head=root))
    for name, params, ids, reported in (
        ("year", SearchParams(year=1994), (1, 2, 3, 4, 5), 6),
        ("country", SearchParams(country="US"), (1, 2, 3, 4, 5, 7, 8, 9, 10), 10),
    ):
        told = head(reported, 1, params)
        book.read("discogs.search", PageRead(slice_id=name, ids=ids, total=reported, head=told))
    sums = book.summary(is_complete=True)["discogs.search"]
    assert (sums["catalog"], sums["found"], sums["hidden"], sums["out_of_reach"]) == (12, 9, 1, 2)
    assert book.summary(is_complete=False)["discogs.search"]["out_of_reach"] == 0


def test_pages_that_were_not_asked_for_are_not_out_of_reach() -> None:
    """A run of one page leaves the rest of the list alone: that is a wish, and no gap."""
    book = SliceBook()
    told = SliceHead(params=SearchParams(max_pages=1), reported=500, readable=2, pages=1)
    book.read("discogs.search", PageRead(slice_id="s", ids=(1, 2), total=500, head=told))
    assert book.summary(is_complete=True)["discogs.search"]["out_of_reach"] == 0


def test_a_slice_is_read_at_most_three_times() -> None:
    """A list that never gets whole is given up after the third reading, and counted as short."""
    book = SliceBook()
    following = [read(book, [1, 2, 2], reading, reported=5) for reading in (1, 2, 3)]
    assert following == [(DiscoverParams(reading=2),), (DiscoverParams(reading=3),), ()]
    coverage = book.coverage["tmdb.discover"]
    assert (coverage.short, coverage.reported, coverage.found) == (1, 5, 2)


def test_releases_found_late_need_no_further_task() -> None:
    """A Discogs page carries its records itself."""
    book, params = SliceBook(), SearchParams(year=1994)
    assert read(book, [1, 1], 1, 2, params=params) == (SearchParams(year=1994, reading=2),)
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
    assert book.read("tmdb.discover", PageRead(slice_id="s", is_failed=True)) == (DiscoverParams(reading=2),)


@given(st.lists(st.lists(st.integers(1, 60), max_size=20), min_size=1, max_size=6), st.data())
def test_pages_in_any_order_give_the_same(pages: list[list[int]], data: st.DataObject) -> None:
    """The head may come last; what follows depends on the ids alone."""
    reads = [PageRead(slice_id="s", ids=tuple(ids)) for ids in pages]
    listed = [film_id for ids in pages for film_id in ids]
    found = set(listed)
    reported = data.draw(st.integers(0, 70))
    reads[0] = reads[0].model_copy(update={"head": head(reported, len(pages))})
    book = SliceBook()
    following = [book.read("tmdb.discover", page) for page in data.draw(st.permutations(reads))]
    is_moving = len(listed) > len(found)
    again = (DiscoverParams(reading=2),) if is_moving and len(found) < reported else ()
    assert following == [()] * (len(pages) - 1) + [again]
