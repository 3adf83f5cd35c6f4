"""Messages: the same content gives the same bytes and ids, and wrong ones name their field."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidMessage
from shared.messages.events import PageRead, SliceHead, TaskDone
from shared.messages.manifests import RawSlice, RunManifest, StageManifest, TableSet
from shared.messages.tasks import (
    ChangesParams,
    CollectionParams,
    DetailsParams,
    DiscoverParams,
    FetchTask,
    ReleaseParams,
    SearchParams,
)
from tests.fakes.simulated import TODAY

MAX_MESSAGE_BYTES = 256_000
RUN = "20261120T063000Z-7f3a"
ids = st.integers(1, 2**40)
dates = st.dates(date(1890, 1, 1), date(2036, 1, 1))
params = st.one_of(
    st.builds(DiscoverParams, since=st.none() | dates, until=st.none() | dates, page=st.integers(1, 500)),
    st.builds(DetailsParams, film_ids=st.lists(ids, min_size=1, max_size=20).map(tuple)),
    st.builds(ChangesParams, since=dates, until=dates, page=st.integers(1, 9)),
    st.builds(CollectionParams, collection_id=ids),
    st.builds(
        SearchParams, year=st.none() | st.integers(1890, 2030), country=st.none() | st.text(max_size=9)
    ),
    st.builds(ReleaseParams, release_id=ids),
)
tasks = st.builds(FetchTask.create, st.just(RUN), dates, params)


@given(tasks, st.integers(1, 9), st.integers(0, 9))
def test_tasks_come_back_as_they_went(task: FetchTask, attempt: int, sends: int) -> None:
    """A task survives the queue whatever it asks for."""
    task = task.model_copy(update={"attempt": attempt, "sends": sends})
    assert FetchTask.from_json(task.to_json()) == task
    assert FetchTask.from_json(task.to_json().encode()) == task


@given(tasks, st.text(), st.integers(0, 10**9))
def test_events_come_back_as_they_went(task: FetchTask, reason: str, count: int) -> None:
    """An event survives the queue whatever it reports."""
    event = TaskDone(
        run_id=RUN, task_id=task.task_id, kind=task.kind, outcome="failed", reason=reason, requests=count
    )
    assert TaskDone.from_json(event.to_json()) == event


@given(params, params, dates)
def test_task_ids_are_a_function_of_run_and_question(a: object, b: object, day: date) -> None:
    """The same question in the same run has the same id, any other question another one."""
    first, second = FetchTask.create(RUN, day, a), FetchTask.create(RUN, day, b)  # type: ignore[arg-type]
    assert (first.task_id == second.task_id) == (a == b)
    assert first.task_id == FetchTask.create(RUN, TODAY, a).task_id  # type: ignore[arg-type]
    assert first.task_id != FetchTask.create("another", day, a).task_id  # type: ignore[arg-type]


@given(tasks)
def test_task_ids_can_be_blob_names(task: FetchTask) -> None:
    """Ids hold letters, digits, dots, dashes and underscores only."""
    assert task.task_id.replace("-", "").replace(".", "").replace("_", "").isalnum()
    assert task.task_id.isascii() and len(task.task_id) <= 100
    assert task.source == task.kind.split(".")[0]


@given(tasks)
def test_message_ids_change_with_each_sending(task: FetchTask) -> None:
    """Duplicate detection drops a copy, and never a second attempt or an untouched task sent again."""
    sendings = [task, task.untouched(), task.untouched().untouched(), task.next_attempt()]
    sendings += [task.untouched().next_attempt(), task.next_attempt().untouched()]
    by_state = {(t.attempt, t.sends): t.message_id for t in sendings}
    assert len(set(by_state.values())) == len(by_state)
    assert {t.task_id for t in sendings} == {task.task_id}


def test_the_largest_event_fits_into_a_message() -> None:
    """A first page with 500 children, all ids listed, stays well under 256 KB; so do both ends of a list."""
    for count in (500, 1000):
        slice_ = DiscoverParams(since=TODAY, until=TODAY, language="en", sort="title.desc")
        pages = [slice_.model_copy(update={"page": min(n, 500), "take": n % 20}) for n in range(1, count + 1)]
        children = tuple(FetchTask.create(RUN, TODAY, page).task_id for page in pages)
        head = SliceHead(params=slice_, reported=10**6, readable=20_000, pages=count)
        page = PageRead(slice_id=children[0], ids=tuple(range(10**9, 10**9 + 100)), head=head)
        event = TaskDone(
            run_id=RUN,
            task_id=children[0],
            kind="tmdb.discover",
            outcome="landed",
            children=children,
            page=page,
        )
        assert len(event.to_json().encode()) < MAX_MESSAGE_BYTES / 2


def test_pages_of_a_slice_share_its_id() -> None:
    """All pages of a list name the list by its first page; a second reading is of the same list."""
    first = DiscoverParams(since=TODAY)
    slices = {
        FetchTask.create(RUN, TODAY, first.model_copy(update=change)).slice_id
        for change in ({}, {"page": 7}, {"reading": 2}, {"page": 3, "sort": "title.desc", "take": 5})
    }
    assert slices == {FetchTask.create(RUN, TODAY, first).task_id}
    assert FetchTask.create(RUN, TODAY, ReleaseParams(release_id=1)).slice_id is None
    assert FetchTask.create(RUN, TODAY, SearchParams(year=1994, reading=2)).reading == 2
    assert FetchTask.create(RUN, TODAY, ReleaseParams(release_id=1)).reading == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"version": 2}, "version"),
        ({"attempt": 0}, "attempt"),
        ({"surprise": 1}, "surprise"),
        ({"run_id": None}, "run_id"),
        ({"params": {"kind": "imdb.top"}}, "params"),
        ({"params": {"kind": "tmdb.discover", "page": 501}}, "params.tmdb.discover.page"),
        ({"params": {"kind": "tmdb.details", "film_ids": []}}, "params.tmdb.details.film_ids"),
        ({"params": {"kind": "tmdb.details", "film_ids": [0]}}, "params.tmdb.details.film_ids.0"),
    ],
)
def test_a_wrong_task_names_its_field(change: dict[str, object], field: str) -> None:
    """What cannot be read says which field is wrong."""
    value = json.loads(FetchTask.create(RUN, TODAY, DiscoverParams()).to_json()) | change
    with pytest.raises(InvalidMessage) as caught:
        FetchTask.from_json(json.dumps(value))
    assert caught.value.field == field


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "null", '"text"', "{", b"\xff\xfe"])
def test_what_is_no_message_is_refused(text: str | bytes) -> None:
    """Not JSON, not an object, not even text: refused as a message, with no other error."""
    with pytest.raises(InvalidMessage):
        TaskDone.from_json(text)


def test_manifests_have_the_shape_the_jobs_read() -> None:
    """The bronze manifest's JSON is what the silver job expects, and comes back the same."""
    manifest = RunManifest(
        run_id=RUN,
        mode="full",
        created_at=datetime(2026, 11, 20, 6, 40, tzinfo=UTC),
        ingest_date=TODAY,
        raw=(RawSlice(source="tmdb", kind="details", prefix="tmdb/details/", blobs=1, records=2, bytes=3),),
        counts={"tmdb": 2},
        tasks=1,
        failed=0,
    )
    value = json.loads(manifest.to_json())
    assert (value["version"], value["stage"], value["ingest_date"], value["failures"]) == (
        1,
        "bronze",
        "2026-11-20",
        [],
    )
    assert value["created_at"].endswith("Z")
    assert RunManifest.from_json(manifest.to_json()) == manifest


def test_a_stage_manifest_may_say_more_than_we_read() -> None:
    """Jobs may add fields; what is needed is checked."""
    value = {
        "version": 1, "stage": "gold", "run_id": RUN, "created_at": "2026-11-20T06:50:00Z", "seconds": 3.5,
        "tables": {"matches": {"table": "gold.matches", "version": 5, "rows": 3, "extra": 1}},
        "counts": {"matches": 3}, "started_at": "2026-11-20T06:49:00Z",
    }  # fmt: skip
    found = StageManifest.from_json(json.dumps(value)).tables["matches"]
    assert (found.table, found.version, found.rows) == ("gold.matches", 5, 3)


def test_a_manifest_of_before_delta_tables_is_read() -> None:
    """It names a snapshot of each table: the table has its name, and no version."""
    value = {
        "version": 1, "stage": "silver", "run_id": RUN, "created_at": "2026-11-20T06:50:00Z", "seconds": 3.5,
        "tables": {"movies": {"snapshot": RUN, "path": f"movies/snapshot={RUN}", "rows": 3}}, "counts": {},
    }  # fmt: skip
    found = StageManifest.from_json(json.dumps(value)).tables["movies"]
    assert (found.table, found.version, found.rows) == ("silver.movies", None, 3)


@pytest.mark.parametrize("entry", [{"rows": 3}, {"table": "silver.movies", "version": 1}, "movies"])
def test_a_manifest_that_does_not_name_its_tables_is_refused(entry: object) -> None:
    """The error names the table."""
    value = {
        "version": 1, "stage": "silver", "run_id": RUN, "created_at": "2026-11-20T06:50:00Z", "seconds": 3.5,
        "tables": {"movies": entry}, "counts": {},
    }  # fmt: skip
    with pytest.raises(InvalidMessage, match=r"tables\.movies"):
        StageManifest.from_json(json.dumps(value))


def test_a_set_of_tables_names_its_run_and_the_one_before() -> None:
    """What else it holds is not read here; the first set has none before it."""
    tables = {"movies": {"table": "silver.movies", "version": 1, "rows": 2}}
    first = {"version": 1, "stage": "silver", "run_id": "ONE", "tables": tables, "previous": None}
    second = {**first, "run_id": "TWO", "previous": {"run_id": "ONE", "tables": tables}}
    assert TableSet.from_json(json.dumps(first)).run_ids == ("ONE",)
    assert TableSet.from_json(json.dumps(second)).run_ids == ("TWO", "ONE")
