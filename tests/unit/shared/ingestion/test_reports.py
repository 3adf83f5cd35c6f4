"""Reports of tasks that failed: how many films and releases each stands for."""

from __future__ import annotations

from datetime import date

import pytest

from shared.ingestion.reports import failure_of
from shared.messages.tasks import DetailsParams, DiscoverParams, FetchTask, SearchParams, TaskParams

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("params", "lost"),
    [
        (DetailsParams(film_ids=(1, 2, 3)), 3),
        (DiscoverParams(), 20),
        (DiscoverParams(since=DAY, until=DAY, page=500, is_probe=True), 10_000),
        (SearchParams(), 100),
    ],
)
def test_a_failed_task_counts_what_it_stands_for(params: TaskParams, lost: int) -> None:
    """A page counts as its rows; a probe as the list that nobody can ask for without it."""
    assert failure_of(FetchTask.create("run", DAY, params), "no answer").asked == lost


def test_a_failed_probe_is_no_page_of_a_list() -> None:
    """The list it belongs to is split: nobody waits for its pages."""
    probe = DiscoverParams(since=DAY, until=DAY, page=500, is_probe=True)
    assert failure_of(FetchTask.create("run", DAY, probe), "no answer").page is None
