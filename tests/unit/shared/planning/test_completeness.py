"""Completeness: what is missing has a reason, and the reasons add up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.messages.events import PageRead, SliceHead, TaskDone
from shared.messages.tasks import DetailsParams, DiscoverParams, SearchParams
from shared.planning.completeness import REASONS, certify
from shared.planning.id_set import IdSet
from shared.planning.removals import Removals
from shared.planning.slices import Coverage, SliceBook
from shared.planning.splitting import FIRST_FILM
from tests.fakes.simulated import TODAY

counts = st.integers(0, 50_000)


@given(counts, counts, counts, counts, st.none() | counts, st.integers(0, 100))
def test_found_and_missing_add_up_to_what_is_reported(
    catalog: int, found: int, hidden: int, beyond: int, undated: int | None, gone: int
) -> None:
    """Whatever the sums, each record that is reported is found or missing for one reason."""
    sums = Coverage(catalog=catalog, found=found + gone, hidden=hidden, beyond=beyond)
    certified = certify(sums, gone, undated)
    assert tuple(certified.missing) == REASONS
    assert min(certified.missing.values()) >= 0
    assert certified.found + sum(certified.missing.values()) == certified.reported
    assert 0 <= certified.share <= 1


def test_pages_that_were_not_wanted_are_not_missing() -> None:
    """A run of two pages is whole when it has what they list."""
    certified = certify(Coverage(catalog=500, found=200, unwanted=300), 0, 0)
    assert (certified.reported, certified.found, certified.share) == (200, 200, 1.0)


def test_films_without_a_date_are_those_that_no_window_holds() -> None:
    """The whole list counts them, the list of dated films does not."""
    book = SliceBook(is_root=lambda slice_id: slice_id == "all")
    whole = SliceHead(params=DiscoverParams(), reported=12_000, readable=0, pages=0)
    dated = SliceHead(
        params=DiscoverParams(since=FIRST_FILM, until=TODAY), reported=11_900, readable=0, pages=0
    )
    book.read("tmdb.discover", PageRead(slice_id="all", head=whole))
    book.read("tmdb.discover", PageRead(slice_id="dated", head=dated))
    assert book.undated_films == 100


def test_a_list_that_is_read_as_one_leaves_no_film_undated() -> None:
    """Nothing is out of reach where nothing was split."""
    book = SliceBook()
    book.read("tmdb.discover", PageRead(slice_id="s", ids=(1,), head=_head(DiscoverParams(), 1)))
    assert book.undated_films == 0


def test_what_a_slice_cannot_reach_is_over_the_cap() -> None:
    """12,000 releases of one year, format and country: 2,000 are behind the last page."""
    book, params = SliceBook(), SearchParams(year=1994, format="CD", country="US")
    told = SliceHead(params=params, reported=12_000, readable=10_000, pages=1)
    book.read("discogs.search", PageRead(slice_id="s", ids=tuple(range(1, 10_001)), head=told))
    missing = certify(book.coverage["discogs.search"], 0, 0).missing
    assert missing == {**dict.fromkeys(REASONS, 0), "over_cap": 2_000}


def test_films_of_an_id_export_that_nobody_found_are_asked_for_by_the_next_run() -> None:
    """What the export names and no list does is named, asked for once by the next run, and known if it answers."""
    first = Removals([DiscoverParams()], {})
    first.add(_listed(1, 2))
    assert list(first.unfound_now(IdSet([1, 2, 3, 4])) or ()) == [3, 4]
    second = Removals([DiscoverParams()], first.known_now(), IdSet([3, 4]))
    second.add(_listed(1, 2, 4))
    assert second.ask() == (DetailsParams(film_ids=(3,)),)
    second.add(_done("tmdb.details", record_ids=(3,)))
    assert list(second.unfound_now(IdSet([1, 2, 3, 4])) or ()) == []


def test_a_film_of_an_id_export_that_answers_404_is_not_asked_for_again() -> None:
    """The export is of the morning: what has gone since is gone."""
    run = Removals([DiscoverParams()], {}, IdSet([3]))
    run.add(_listed(1))
    assert run.ask() == (DetailsParams(film_ids=(3,)),)
    run.add(_done("tmdb.details", gone_ids=(3,)))
    assert list(run.unfound_now(IdSet([1, 3])) or ()) == []
    assert run.gone_from("tmdb.discover") == 0


def test_a_run_of_part_of_the_list_finds_nothing_missing_of_an_export() -> None:
    """Only who reads the whole list can say what nobody found."""
    assert Removals([DiscoverParams(since=TODAY)], {}).unfound_now(IdSet([1])) is None


def _head(params: DiscoverParams, reported: int) -> SliceHead:
    return SliceHead(params=params, reported=reported, readable=reported, pages=1)


def _listed(*ids: int) -> TaskDone:
    return _done("tmdb.discover", page=PageRead(slice_id="s", ids=ids))


def _done(kind: str, **fields: object) -> TaskDone:
    return TaskDone(run_id="r", task_id=f"{kind}-1", kind=kind, outcome="landed", **fields)
