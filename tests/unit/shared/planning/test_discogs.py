"""Planning of Discogs: every release is reached, and no search breaks the API's caps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.messages.events import SliceHead
from shared.messages.tasks import FetchTask, ReleaseParams, SearchParams
from shared.planning.expansion import expand
from shared.planning.roots import RunRequest, plan_roots
from shared.planning.splitting import split_search
from tests.fakes.simulated import TODAY, ReleaseKey, SimulatedDiscogs, crawl

years = st.none() | st.integers(1890, TODAY.year + 1)
countries = st.sampled_from(["US", "UK", "Japan", "Unknown"])
formats = st.sampled_from(["Vinyl", "CD", "Cassette"])
histograms = st.dictionaries(st.tuples(years, countries, formats), st.integers(1, 5_000), max_size=8)


def check(histogram: Mapping[ReleaseKey, int]) -> SimulatedDiscogs:
    """What is missed may only be undated, and the plan itself says that it cannot read everything."""
    api = SimulatedDiscogs(histogram)
    found, expansions = crawl(api, plan_roots(RunRequest(sources=("discogs",)), TODAY, None))
    missed = api.keys_of(set(range(1, api.total + 1)) - set(found))
    heads = [e.head for e in expansions if e.head and e.head.pages]
    assert all(head.readable == head.reported for head in heads if _year(head) is not None)
    for year, country, format_ in missed:
        assert year is None
        assert any(_covers(h, country, format_) for h in heads if h.readable < h.reported)
    return api


def _year(head: SliceHead) -> int | None:
    assert isinstance(head.params, SearchParams)
    return head.params.year


def _covers(head: SliceHead, country: str, format_: str) -> bool:
    assert isinstance(head.params, SearchParams)
    return (head.params.country, head.params.format) == (country, format_)


@settings(max_examples=25)
@given(histograms)
def test_every_release_is_reached(histogram: dict[ReleaseKey, int]) -> None:
    """Whatever the years, countries and formats, each release is listed.

    The one exception: undated ones of a country and format with over 10,000 releases, and that is reported.
    """
    check(histogram)


@settings(max_examples=15)
@given(st.dictionaries(st.tuples(years, countries, formats), st.integers(1, 900), max_size=10))
def test_a_catalog_under_the_caps_is_read_as_one_list(histogram: dict[ReleaseKey, int]) -> None:
    """With at most 10,000 releases each is listed by one page, and nothing is split."""
    api = check(histogram)
    assert api.questions == max(1, -(-api.total // 100))


def test_a_year_over_the_caps_is_split_by_format_and_country() -> None:
    """30,000 releases of one year are reached by format, and by country where a format is too large still."""
    us, uk = (1994, "US", "CD"), (1994, "UK", "CD")
    check({us: 9_000, uk: 9_000, (1994, "US", "Vinyl"): 8_000, (1995, "US", "CD"): 9_500})


def test_undated_releases_are_reached_when_the_catalog_is_split() -> None:
    """12,000 releases without a year are reached through their country, and its formats."""
    api = SimulatedDiscogs({(None, "US", "CD"): 7_000, (None, "US", "Vinyl"): 5_000, (2001, "UK", "CD"): 40})
    found, _ = crawl(api, plan_roots(RunRequest(sources=("discogs",)), TODAY, None))
    assert len(found) == api.total


def test_what_cannot_be_split_further_is_read_to_the_cap_and_says_so() -> None:
    """One year, format and country with 12,000 releases gives 10,000, and reports 12,000."""
    params = SearchParams(year=1994, format="CD", country="US")
    api = SimulatedDiscogs({(1994, "US", "CD"): 12_000})
    found, expansions = crawl(api, [params])
    assert len(found) == 10_000
    (head,) = [e.head for e in expansions if e.head]
    assert (head.reported, head.readable, head.pages) == (12_000, 10_000, 100)
    assert split_search(params, TODAY) == ()


@settings(max_examples=15)
@given(st.integers(0, 11_000), st.integers(1, 120))
def test_max_pages_reads_no_more(releases: int, max_pages: int) -> None:
    """A request of N pages asks for at most N, and never beyond the API's hundredth."""
    api = SimulatedDiscogs({(1999, "US", "CD"): releases})
    roots = plan_roots(RunRequest(sources=("discogs",), max_pages=max_pages), TODAY, None)
    found, _ = crawl(api, roots)
    assert api.questions <= min(max_pages, 100)
    assert len(found) == min(releases, 100 * min(max_pages, 100))


def test_a_date_range_is_read_by_year() -> None:
    """Release dates limit a Discogs run to the years they touch."""
    request = RunRequest(sources=("discogs",), since=date(1999, 12, 31), until=date(2001, 1, 1))
    roots = plan_roots(request, TODAY, None)
    assert [root.year for root in roots if isinstance(root, SearchParams)] == [1999, 2000, 2001]


def test_an_open_range_ends_at_the_catalogs_ends() -> None:
    """Only since: up to next year. Only until: from the first records on."""
    since = plan_roots(RunRequest(sources=("discogs",), since=date(2025, 1, 1)), TODAY, None)
    until = plan_roots(RunRequest(sources=("discogs",), until=date(1891, 1, 1)), TODAY, None)
    assert [r.year for r in since if isinstance(r, SearchParams)] == [2025, 2026, 2027]
    assert [r.year for r in until if isinstance(r, SearchParams)] == [1890, 1891]


def test_incremental_runs_read_each_year_again_within_a_month() -> None:
    """The newest years every day, all others at least once in 30 days."""
    request = RunRequest(sources=("discogs",), mode="incremental")
    seen: set[int | None] = set()
    for day in range(30):
        today = TODAY + timedelta(days=day)
        asked = [r.year for r in plan_roots(request, today, TODAY) if isinstance(r, SearchParams)]
        assert {today.year - 1, today.year, today.year + 1} <= set(asked)
        assert len(asked) <= 12
        seen |= set(asked)
    assert set(range(1890, TODAY.year + 2)) <= seen


def test_masters_are_searched_for_when_that_is_the_setting() -> None:
    """The type of the search goes through to every slice."""
    roots = plan_roots(RunRequest(sources=("discogs",)), TODAY, None, "master")
    (root,) = roots
    assert isinstance(root, SearchParams)
    assert {p.type for p in (root, *split_search(root, TODAY))} == {"master"}


def test_details_of_releases_are_asked_for_only_when_wanted() -> None:
    """With details on, each release found leads to one task; without, to none."""
    task = FetchTask.create("run", TODAY, SearchParams())
    body = {"pagination": {"items": 2}, "results": [{"id": 4}, {"id": 9}]}
    wanted = expand(task, [body], TODAY, True).children
    assert wanted == (ReleaseParams(release_id=4), ReleaseParams(release_id=9))
    assert expand(task, [body], TODAY, False).children == ()
