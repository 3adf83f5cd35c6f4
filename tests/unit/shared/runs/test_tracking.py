"""Tracking: a set of tasks, whatever the order and the number of their events."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.messages.events import PageRead
from shared.messages.tasks import DetailsParams, FetchTask, SearchParams, TaskParams
from shared.runs.tracking import RunTracker
from tests.builders.events import RUN_ID, Tree, done, release_task, trees
from tests.fakes.simulated import TODAY


def new_tracker(*roots: FetchTask) -> RunTracker:
    def declare(params: TaskParams) -> str:
        return FetchTask.create(RUN_ID, TODAY, params).task_id

    return RunTracker([root.task_id for root in roots], declare)


def facts(tracker: RunTracker) -> tuple[object, ...]:
    """All a tracker tells."""
    failures = sorted(tracker.failures.values(), key=lambda failure: failure.task_id)
    slices = tracker.raw_slices(lambda kind: kind)
    return (
        tracker.open_tasks,
        tracker.tasks,
        tracker.failed,
        tracker.progress(),
        slices,
        failures,
        tracker.fatal,
    )


@given(trees(), st.data())
def test_order_and_duplication_of_events_make_no_difference(tree: Tree, data: st.DataObject) -> None:
    """Any order, with any number of repetitions, gives the same state."""
    plain, mixed = new_tracker(*tree.roots), new_tracker(*tree.roots)
    for event in tree.events:
        plain.apply(event)
    repeated = tree.events + data.draw(st.lists(st.sampled_from(tree.events), max_size=20))
    for event in data.draw(st.permutations(repeated)):
        mixed.apply(event)
    assert facts(plain) == facts(mixed)
    assert plain.is_complete


@given(trees(), st.data())
def test_a_run_is_complete_exactly_when_every_task_is_done(tree: Tree, data: st.DataObject) -> None:
    """With parents counted before their children, one event missing is a run that is not complete."""
    tracker = new_tracker(*tree.roots)
    missing = data.draw(st.integers(0, len(tree.events)))
    for event in tree.events[:missing]:
        tracker.apply(event)
    assert tracker.is_complete == (missing == len(tree.events))
    known = len({r.task_id for r in tree.roots} | {c for e in tree.events[:missing] for c in e.children})
    assert (tracker.tasks, tracker.open_tasks) == (known, known - missing)


@given(trees())
def test_an_event_counts_once_even_with_another_outcome(tree: Tree) -> None:
    """A task that was reported landed stays landed when a late copy reports it failed."""
    tracker = new_tracker(*tree.roots)
    for event in tree.events:
        tracker.apply(event)
    before = facts(tracker)
    for event in tree.events:
        assert not tracker.is_new(event)
        assert tracker.apply(event.model_copy(update={"outcome": "failed", "attempt": 2})) == ()
    assert facts(tracker) == before


def test_a_child_may_report_before_its_parent() -> None:
    """The child's event comes first; the run still waits for the parent, and then is complete."""
    parent, child = release_task(1), release_task(2)
    tracker = new_tracker(parent)
    tracker.apply(done(child))
    assert not tracker.is_complete
    tracker.apply(done(parent, child))
    assert tracker.is_complete and tracker.tasks == 2


def test_a_run_without_tasks_is_complete() -> None:
    """Nothing declared, nothing to wait for."""
    assert new_tracker().is_complete


def test_failures_keep_their_reason_and_the_first_fatal_one_rules() -> None:
    """Each failed task is listed with its reason; the first fatal reason is the run's."""
    a, b, c = release_task(1), release_task(2), release_task(3)
    tracker = new_tracker(a, b, c)
    tracker.apply(done(a, outcome="failed", reason="gone"))
    tracker.apply(done(b, outcome="failed", reason="token refused", fatal=True))
    tracker.apply(done(c, outcome="failed", fatal=True))
    reasons = [failure.reason for failure in tracker.failures.values()]
    assert reasons == ["gone", "token refused", "no reason given"]
    assert (tracker.fatal, tracker.failed) == ("token refused", 3)


def test_sums_are_kept_by_source_and_by_kind() -> None:
    """Requests, retries and bytes add up per source; what landed is listed by kind with its folder."""
    tasks = [release_task(n) for n in (1, 2, 3)]
    tracker = new_tracker(*tasks)
    for task in tasks[:2]:
        tracker.apply(done(task, retries=2, throttled=1, size_bytes=10))
    tracker.apply(done(tasks[2], outcome="failed", records=0, size_bytes=0))
    sums = tracker.progress()["discogs"]
    assert (sums["done"], sums["failed"], sums["tasks"], sums["retries"], sums["throttled"]) == (
        2,
        1,
        3,
        4,
        2,
    )
    (landed,) = tracker.raw_slices(lambda kind: f"folder of {kind}")
    assert (landed.blobs, landed.records, landed.bytes) == (2, 2, 20)
    assert (landed.source, landed.kind, landed.prefix) == ("discogs", "release", "folder of discogs.release")


def test_records_are_counted_once_whoever_lands_them() -> None:
    """Two slices that list the same releases, two tasks with the same film: distinct records in every sum."""
    tracker = new_tracker()
    for params, ids in ((SearchParams(year=1994), (1, 2, 3)), (SearchParams(country="US"), (2, 3, 4))):
        task = FetchTask.create(RUN_ID, TODAY, params)
        page = PageRead(slice_id=task.task_id, ids=ids, total=3)
        tracker.apply(done(task, records=3, page=page))
    for films in ((1, 2), (2, 3)):
        details = FetchTask.create(RUN_ID, TODAY, DetailsParams(film_ids=films))
        tracker.apply(done(details, records=2, record_ids=films))
    progress = tracker.progress()
    assert (progress["discogs"]["records"], progress["discogs"]["listed"]) == (4, 4)
    assert progress["tmdb"]["records"] == 3
    assert {part.kind: part.records for part in tracker.raw_slices(str)} == {"search": 4, "details": 3}
