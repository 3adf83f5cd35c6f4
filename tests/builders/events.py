"""Trees of tasks and the events they end with, for properties of the fan-in."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from shared.messages.events import TaskDone
from shared.messages.tasks import FetchTask, ReleaseParams
from tests.fakes.simulated import TODAY

RUN_ID = "20261120T063000Z-7f3a"


def release_task(release_id: int) -> FetchTask:
    """A task without a list, so that nothing but its children follows from it."""
    return FetchTask.create(RUN_ID, TODAY, ReleaseParams(release_id=release_id))


def done(task: FetchTask, *children: FetchTask, **values: object) -> TaskDone:
    """The event of a task that landed, unless `values` say otherwise."""
    known: dict[str, object] = {"outcome": "landed", "records": 1, "requests": 1, "size_bytes": 100}
    return TaskDone(
        run_id=task.run_id,
        task_id=task.task_id,
        kind=task.kind,
        children=tuple(child.task_id for child in children),
        **{**known, **values},  # type: ignore[arg-type]
    )


@dataclass
class Tree:
    """Tasks of a run: the roots, and one event for every task."""

    roots: list[FetchTask] = field(default_factory=list)
    events: list[TaskDone] = field(default_factory=list)


@st.composite
def trees(draw: st.DrawFn, max_tasks: int = 25) -> Tree:
    """A run's tasks as a forest: each task but the roots is the child of an earlier one."""
    count = draw(st.integers(1, max_tasks))
    parents = [draw(st.integers(-1, index - 1)) for index in range(count)]
    tasks = [release_task(index + 1) for index in range(count)]
    tree = Tree(roots=[task for task, parent in zip(tasks, parents, strict=True) if parent < 0])
    for index, task in enumerate(tasks):
        children = [tasks[i] for i, parent in enumerate(parents) if parent == index]
        is_failed = draw(st.booleans()) and not children
        values = {"outcome": "failed", "reason": "gone", "records": 0} if is_failed else {}
        tree.events.append(done(task, *children, **values))
    return tree
