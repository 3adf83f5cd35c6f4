"""Planning of TMDB: every film is reached once, and no slice breaks the API's caps."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import SourceUnavailable
from shared.messages.tasks import ChangesParams, CollectionParams, DetailsParams, DiscoverParams, FetchTask
from shared.planning.expansion import expand
from shared.planning.roots import RunRequest, plan_roots
from shared.planning.splitting import split_at, split_discover
from tests.fakes.simulated import TODAY, SimulatedTmdb, crawl

DAY = date(2015, 1, 1)
languages = st.sampled_from(["en", "fr", "hi", "xx"])
days = st.dates(date(1880, 1, 1), date(2036, 12, 31)) | st.dates(DAY, DAY + timedelta(days=20))
histograms = st.dictionaries(st.tuples(days, languages), st.integers(1, 3000), max_size=12)


def roots(**request: object) -> tuple[object, ...]:
    return plan_roots(RunRequest(sources=("tmdb",), **request), TODAY, None)  # type: ignore[arg-type]


def check(histogram: dict[tuple[date, str], int], **request: object) -> None:
    api = SimulatedTmdb(histogram)
    found, expansions = crawl(api, roots(**request))  # type: ignore[arg-type]
    assert sorted(found) == list(range(1, api.total + 1))
    assert set(found.values()) <= {1}, "a film was listed twice"
    heads = [e.head for e in expansions if e.head and e.head.pages]
    assert sum(head.reported for head in heads) == api.total
    assert all(head.readable == head.reported for head in heads)


@settings(max_examples=20)
@given(histograms)
def test_every_film_is_reached_by_exactly_one_page(histogram: dict[tuple[date, str], int]) -> None:
    """Whatever the release dates, each film is listed once, and leaf slices add up to the catalog."""
    check(histogram)


@settings(max_examples=8)
@given(st.integers(10_001, 20_000), st.integers(0, 30))
def test_a_day_over_the_caps_is_read_from_both_ends(films: int, neighbours: int) -> None:
    """A single day of 10,001 to 20,000 films loses none and lists none twice."""
    check({(DAY, "en"): films, (DAY + timedelta(days=1), "en"): neighbours + 1})


@pytest.mark.parametrize("films", [10_000, 10_001, 20_000])
def test_days_at_the_edges_of_the_caps(films: int) -> None:
    """The caps themselves belong to what can be read."""
    check({(DAY, "en"): films})


def test_a_day_over_both_ends_is_split_by_language() -> None:
    """26,500 films on one day are reached by language, the largest of them from both ends."""
    check({(DAY, "en"): 14_000, (DAY, "fr"): 9_000, (DAY, "ja"): 3_500})


def test_an_even_catalog_needs_few_questions_beyond_its_pages() -> None:
    """40,000 films over 20 years cost less than 1 % more questions than they have pages."""
    histogram = {(date(2000, 1, 1) + timedelta(days=step), "en"): 40 for step in range(0, 7000, 7)}
    api = SimulatedTmdb(histogram)
    crawl(api, roots())  # type: ignore[arg-type]
    assert api.questions <= 1.01 * api.total / 20 + 20


class Counted:
    """The requests of a plan over films by day, counted slice by slice with the planner's own windows."""

    def __init__(self, histogram: dict[date, int]) -> None:
        self._days = sorted(histogram)
        self._sums = [0, *accumulate(histogram[day] for day in self._days)]
        self.requests = 0

    def read(self, params: DiscoverParams) -> None:
        """Read a list, or what it is split into."""
        low = bisect_left(self._days, params.since) if params.since else 0
        high = bisect_right(self._days, params.until) if params.until else len(self._days)
        total = self._sums[high] - self._sums[low]
        if total <= 10_000:
            self.requests += max(1, -(-total // 20))
            return
        self.requests += 1
        parts = split_discover(params, total, TODAY)
        if parts[0].take is not None:
            self.requests += len(parts)
        elif parts[0].is_probe:
            self.requests += 1
            day = self._days[bisect_left(self._sums, self._sums[low] + 10_000) - 1]
            self._read_all(split_at(parts[0], [{"release_date": day.isoformat()}], total, TODAY))
        else:
            self._read_all(parts)

    def _read_all(self, parts: tuple[DiscoverParams, ...]) -> None:
        for part in parts:
            self.read(part)


def fewest_requests(films: list[int]) -> int:
    """The fewest pages that list these films by windows of whole days, had one known how many there are of each day."""
    best = [0] + [10**9] * len(films)
    for end in range(1, len(films) + 1):
        total = 0
        for start in range(end - 1, -1, -1):
            total += films[start]
            if total > 10_000 and start < end - 1:
                break
            both_ends = 500 + -(-(total - 10_000) // 20)
            pages = both_ends if total > 10_000 else -(-total // 20)
            best[end] = min(best[end], best[start] + pages)
    return best[-1]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 40), st.integers(1, 20_000) | st.integers(1, 60) | st.integers(4_900, 5_100)
        ),
        min_size=1,
        max_size=150,
    )
)
def test_a_plan_needs_two_percent_more_requests_than_the_fewest_at_most(days: list[tuple[int, int]]) -> None:
    """Whatever the days, up to a million films and more: within 2 % of the exact minimum, and a few requests."""
    histogram, day = {}, date(1930, 1, 1)
    for gap, films in days:
        day += timedelta(days=gap)
        histogram[day] = films
    plan = Counted(histogram)
    plan.read(DiscoverParams())
    assert plan.requests <= 1.02 * fewest_requests(list(histogram.values())) + 6


def test_a_million_films_are_planned_within_two_percent() -> None:
    """A million films over a century, more of them the later it is."""
    days = [date(1920, 1, 1) + timedelta(days=n) for n in range(39_000)]
    histogram = {day: 1 + n // 760 for n, day in enumerate(days)}
    plan = Counted(histogram)
    plan.read(DiscoverParams())
    assert sum(histogram.values()) > 1_000_000
    assert plan.requests <= 1.01 * sum(histogram.values()) / 20


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"id": 1}],
        [{"release_date": "soon"}],
        [{"release_date": "2016-01-01"}, {"release_date": "2015-01-01"}],
        [{"release_date": "2031-01-01"}],
    ],
)
def test_a_probe_without_days_in_order_leaves_even_windows(rows: list[dict[str, object]]) -> None:
    """Where the last page that can be read does not name the day of the caps, windows of equal length cover all."""
    probe = DiscoverParams(since=DAY, until=DAY + timedelta(days=999), page=500, is_probe=True)
    parts = split_at(probe, rows, 16_000, TODAY)
    assert [(part.since, part.until) for part in parts] == [
        (DAY, DAY + timedelta(days=499)),
        (DAY + timedelta(days=500), DAY + timedelta(days=999)),
    ]
    assert {(part.page, part.is_probe) for part in parts} == {(1, False)}


@settings(max_examples=20)
@given(st.integers(0, 400), st.integers(1, 30))
def test_max_pages_reads_no_more(films: int, max_pages: int) -> None:
    """A request of N pages asks for at most N pages of the list."""
    api = SimulatedTmdb({(DAY, "en"): films})
    found, _ = crawl(api, roots(max_pages=max_pages))  # type: ignore[arg-type]
    assert api.questions <= max_pages
    assert len(found) == min(films, 20 * max_pages)


def test_max_pages_never_splits() -> None:
    """A request of two pages is not answered by thousands of slices."""
    api = SimulatedTmdb({(DAY + timedelta(days=day), "en"): 6_000 for day in range(3)})
    found, _ = crawl(api, roots(max_pages=2))  # type: ignore[arg-type]
    assert (api.questions, len(found)) == (2, 40)


@settings(max_examples=30)
@given(days, st.integers(0, 4000))
def test_a_date_range_reads_that_range_only(since: date, length: int) -> None:
    """Since and until are both inclusive, and nothing outside of them is asked for."""
    until = since + timedelta(days=length)
    around = [since - timedelta(days=1), since, until, until + timedelta(days=1)]
    api = SimulatedTmdb({(day, "en"): 1 for day in around})
    found, _ = crawl(api, roots(since=since, until=until))  # type: ignore[arg-type]
    assert len(found) == len({since, until})


@given(st.dates(date(2020, 1, 1), TODAY))
def test_changes_are_asked_for_in_adjacent_windows_of_two_weeks(last: date) -> None:
    """From the last completed run to today no day is left out or asked for twice, 14 days at a time."""
    request = RunRequest(sources=("tmdb",), mode="incremental")
    windows = [p for p in plan_roots(request, TODAY, last) if isinstance(p, ChangesParams)]
    asked = [w.since + timedelta(days=day) for w in windows for day in range((w.until - w.since).days + 1)]
    assert asked == [last + timedelta(days=day) for day in range((TODAY - last).days + 1)]
    assert all((w.until - w.since).days < 14 for w in windows)


def test_an_incremental_run_looks_for_new_films_too() -> None:
    """Films released since, or soon, are listed besides the changes."""
    request = RunRequest(sources=("tmdb",), mode="incremental")
    (discover,) = [
        p for p in plan_roots(request, TODAY, TODAY - timedelta(days=1)) if isinstance(p, DiscoverParams)
    ]
    assert discover.since is not None and discover.until is not None
    assert discover.since < TODAY < discover.until


@given(st.lists(st.integers(1, 10**7), unique=True, max_size=100))
def test_film_ids_are_asked_for_once_each(film_ids: list[int]) -> None:
    """A run for given films asks for exactly these, 20 a task, and for nothing of Discogs."""
    planned = plan_roots(RunRequest(film_ids=tuple(film_ids) or (1,)), TODAY, None)
    asked = [film_id for p in planned if isinstance(p, DetailsParams) for film_id in p.film_ids]
    assert asked == (film_ids or [1])
    assert all(isinstance(p, DetailsParams) and len(p.film_ids) <= 20 for p in planned)


def task_of(params: object) -> FetchTask:
    return FetchTask.create("run", TODAY, params)  # type: ignore[arg-type]


def test_details_lead_to_collections_once() -> None:
    """Films of the same collection ask for it once; films of none ask for nothing."""
    bodies: list[dict[str, object]] = [
        {"belongs_to_collection": {"id": 7}},
        {"belongs_to_collection": {"id": 7}},
        {"id": 3},
    ]
    expansion = expand(task_of(DetailsParams(film_ids=(1, 2, 3))), bodies, TODAY, False)
    assert (expansion.children, expansion.records) == ((CollectionParams(collection_id=7),), 3)


def test_changes_lead_to_further_pages_and_name_films() -> None:
    """The first page names the others; adult films are passed over. Whoever reads all lists asks for the films."""
    body = {"results": [{"id": 5}, {"id": 6, "adult": True}], "total_pages": 3}
    params = ChangesParams(since=TODAY, until=TODAY)
    found = expand(task_of(params), [body], TODAY, False)
    assert found.children == tuple(params.model_copy(update={"page": page}) for page in (2, 3))
    later = expand(task_of(params.model_copy(update={"page": 2})), [body], TODAY, False)
    assert (found.record_ids, later.record_ids, later.children) == ((5,), (5,), ())


def test_a_window_of_changes_over_the_cap_is_split_by_days() -> None:
    """Page 501 is refused, and the newest days' films stand there: each day is asked for as a list of its own."""
    body = {"results": [{"id": 5}], "total_pages": 501}
    since = TODAY - timedelta(days=3)
    expansion = expand(task_of(ChangesParams(since=since, until=TODAY)), [body], TODAY, False)
    days = [since + timedelta(days=n) for n in range(4)]
    assert expansion.children == tuple(ChangesParams(since=day, until=day) for day in days)
    assert expansion.note is None
    whole = expand(
        task_of(ChangesParams(since=since, until=TODAY)), [body | {"total_pages": 500}], TODAY, False
    )
    assert len(whole.children) == 499


def test_a_day_of_changes_over_the_cap_is_replaced_by_the_whole_list() -> None:
    """One day cannot be split: all films are read instead, and the run says so."""
    body = {"results": [{"id": 5}], "total_pages": 501}
    expansion = expand(task_of(ChangesParams(since=TODAY, until=TODAY)), [body], TODAY, False)
    assert expansion.children == (DiscoverParams(),)
    assert expansion.note is not None
    assert TODAY.isoformat() in expansion.note


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"results": []},
        {"results": None},
        {"results": [7]},
    ],
)
def test_an_answer_of_another_shape_is_worth_asking_again(body: dict[str, object]) -> None:
    """A body without the documented fields is no plan; it is retried, not taken for an empty list."""
    with pytest.raises(SourceUnavailable, match=r"tmdb\.discover"):
        expand(task_of(DiscoverParams()), [body], TODAY, False)
