"""Planning of Discogs: every release is reached, and no search breaks the API's caps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.messages.tasks import FetchTask, ReleaseParams, SearchParams
from shared.planning.expansion import expand
from shared.planning.roots import RunRequest, plan_roots
from shared.planning.searches.survey import SORT_IGNORED, STILL_MISSING
from shared.planning.splitting import split_search
from tests.fakes.simulated import TODAY, Crawl, ReleaseKey, SimulatedDiscogs, crawl

years = st.none() | st.integers(1890, TODAY.year + 1)
countries = st.sampled_from(["US", "UK", "Japan", "Unknown"])
formats = st.sampled_from(["Vinyl", "CD", "Cassette"])
histograms = st.dictionaries(st.tuples(years, countries, formats), st.integers(1, 5_000), max_size=8)


def follow(histogram: Mapping[ReleaseKey, int], sorts: bool = True) -> Crawl:
    """Read a catalog of these releases; what is missed may only be undated, and is said to be out of reach."""
    api = SimulatedDiscogs(histogram, sorts)
    crawl = Crawl(api, plan_roots(RunRequest(sources=("discogs",)), TODAY, None)).run()
    assert crawl.tracker.is_complete
    missed = set(range(1, api.total + 1)) - set(crawl.found)
    assert crawl.tracker.slices.coverage["discogs.search"].out_of_reach == len(missed)
    for year, country, format_ in api.keys_of(missed):
        assert year is None
        assert sum(n for (_, c, f), n in histogram.items() if (c, f) == (country, format_)) > 10_000
    return crawl


@settings(max_examples=15)
@given(histograms)
def test_every_release_is_reached(histogram: dict[ReleaseKey, int]) -> None:
    """Whatever the years, countries and formats, each release is listed.

    The one exception: undated ones of a country and format with over 10,000 releases, and that is reported.
    """
    follow(histogram)


@settings(max_examples=8)
@given(histograms)
def test_every_release_is_reached_though_nothing_is_sorted(histogram: dict[ReleaseKey, int]) -> None:
    """An API that ignores the sort is read by year and country instead; the run says so where it makes a difference."""
    crawl = follow(histogram, sorts=False)
    assert crawl.tracker.notes <= {SORT_IGNORED, STILL_MISSING}


def test_an_order_that_only_looks_sorted_is_noticed_by_what_is_missing() -> None:
    """A list that is not sorted may show nothing but undated releases: the dated ones are missing then, and found."""
    undated: dict[ReleaseKey, int] = {(None, "US", "CD"): 8_800, (None, "UK", "CD"): 2_000}
    crawl = follow({**undated, (1989, "UK", "CD"): 2_100, (1970, "US", "Vinyl"): 2_000}, sorts=False)
    assert len(crawl.found) == crawl.api.total
    assert crawl.tracker.notes == {STILL_MISSING}


def even_catalog(releases: int, first: int, last: int, undated: int) -> dict[ReleaseKey, int]:
    """As many releases in each year, in equal shares of three formats and two countries; and some without a year."""
    kinds = [(country, format_) for country in ("US", "UK") for format_ in ("Vinyl", "CD", "Cassette")]
    years: list[int | None] = list(range(first, last + 1))
    per_kind = (releases - undated) // (len(years) * len(kinds))
    dated = {(year, *kind): per_kind for year in years for kind in kinds}
    return dated | {(None, *kind): undated // len(kinds) for kind in kinds}


@pytest.mark.parametrize("releases", [10_800, 19_800, 29_700])
def test_a_sorted_list_is_read_with_the_fewest_requests(releases: int) -> None:
    """From both ends, and only the years between: 3 % more requests, and rows, than there are at most."""
    crawl = follow(even_catalog(releases, first=1960, last=2014, undated=3_000))
    assert crawl.api.questions <= 1.03 * crawl.api.total / 100
    assert sum(crawl.found.values()) <= 1.03 * crawl.api.total


@pytest.mark.parametrize("releases", [19_800, 29_700])
def test_rows_that_no_page_lists_cost_nothing(releases: int) -> None:
    """One row in 211 is counted and never listed: all others are found, and nothing is looked for in vain."""
    histogram = even_catalog(releases, first=1960, last=2014, undated=3_000)
    hidden = range(5, sum(histogram.values()), 211)
    api = SimulatedDiscogs(histogram, hidden=hidden)
    crawl = Crawl(api, plan_roots(RunRequest(sources=("discogs",)), TODAY, None)).run()
    assert set(crawl.found) == set(range(1, api.total + 1)).difference(hidden)
    assert api.questions <= 1.04 * api.total / 100
    certified = crawl.tracker.completeness()["discogs"]
    assert sum(certified.missing.values()) == certified.missing["never_listed"] == len(hidden)


def test_undated_releases_over_the_cap_are_read_until_the_first_dated_one() -> None:
    """12,000 undated releases are read by country; no dated one is listed by a country's search."""
    crawl = follow({(None, "US", "CD"): 7_000, (None, "UK", "CD"): 5_000, (1999, "US", "CD"): 150})
    walks = [e for e in crawl.expansions if e.head and isinstance(e.head.params, SearchParams)]
    listed = {
        release_id
        for e in walks
        if e.head and getattr(e.head.params, "until", None) == "dated"
        for release_id in e.ids
    }
    assert len(listed) == 12_000
    assert crawl.api.questions <= 1.05 * crawl.api.total / 100


def test_a_list_that_is_not_sorted_is_read_by_year_and_country() -> None:
    """The answers show that the sort is ignored: years and countries are read, as the run's note says."""
    crawl = follow({(year, "US", "CD"): 3_000 for year in (2004, 1990, 2001, 1988)}, sorts=False)
    assert crawl.tracker.notes == {SORT_IGNORED}
    asked = {
        e.head.params.year for e in crawl.expansions if e.head and isinstance(e.head.params, SearchParams)
    }
    assert set(range(1890, TODAY.year + 2)) <= asked


def test_releases_of_a_year_that_are_listed_otherwise_than_in_the_whole_list_are_found() -> None:
    """A year is begun after the rows the old end lists; in another order, what was left out is read after all."""
    api = SimulatedDiscogs({(1990, "US", "CD"): 9_000, (1991, "US", "CD"): 3_000, (1992, "US", "CD"): 3_000})
    plain = api._by[1991, None, None]
    api._in_order[1991, None, None, "asc"] = list(reversed(plain))
    crawl = Crawl(api, plan_roots(RunRequest(sources=("discogs",)), TODAY, None)).run()
    assert len(crawl.found) == api.total


def test_formats_and_countries_that_nobody_listed_before_are_reached() -> None:
    """Names that no list here knows are read from the rows; others are asked for when releases are missing."""
    follow({(1994, "US", "CD"): 9_000, (1994, "Atlantis", "Wax"): 800, (1994, "UK", "Betamax"): 700})


@settings(max_examples=15)
@given(st.dictionaries(st.tuples(years, countries, formats), st.integers(1, 900), max_size=10))
def test_a_catalog_under_the_caps_is_read_as_one_list(histogram: dict[ReleaseKey, int]) -> None:
    """With at most 10,000 releases each is listed by one page, and nothing is split."""
    crawl = follow(histogram)
    assert crawl.api.questions == max(1, -(-crawl.api.total // 100))


def test_a_year_over_the_caps_is_split_by_format_and_country() -> None:
    """30,000 releases of one year are reached by format, and by country where a format is too large still."""
    us, uk = (1994, "US", "CD"), (1994, "UK", "CD")
    follow({us: 9_000, uk: 9_000, (1994, "US", "Vinyl"): 8_000, (1995, "US", "CD"): 9_500})


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
    assert isinstance(root, SearchParams) and root.order == "asc"
    assert {p.type for p in (root, *split_search(root, TODAY))} == {"master"}


def test_details_of_releases_are_asked_for_only_when_wanted() -> None:
    """With details on, each release found leads to one task; without, to none."""
    task = FetchTask.create("run", TODAY, SearchParams())
    body = {"pagination": {"items": 2}, "results": [{"id": 4}, {"id": 9}]}
    wanted = expand(task, [body], TODAY, True).children
    assert wanted == (ReleaseParams(release_id=4), ReleaseParams(release_id=9))
    assert expand(task, [body], TODAY, False).children == ()
