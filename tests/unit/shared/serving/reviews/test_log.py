"""The log of reviews: nothing is lost, written over or kept twice, whoever writes at the same time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from shared.adapters.lake import CONTROL
from shared.errors import LakeUnavailable
from shared.serving.reviews.log import FOLDER, Position, ReviewLog
from tests.fakes.lake import FakeLake
from tests.unit.shared.serving.reviews.builders import NOON, said

BEGIN = Position()


def log_of(lake: FakeLake, part_bytes: int = 1_000_000) -> ReviewLog:
    """An instance of the app, at noon."""
    return ReviewLog(lake, lambda: NOON, part_bytes)


async def test_two_instances_at_once_lose_nothing() -> None:
    """Of forty reviews sent to two instances at once each is in the log once, and later than the one before."""
    lake = FakeLake()
    logs = [log_of(lake), log_of(lake)]
    bodies = [said(n, n, "yes") for n in range(1, 41)]
    kept = await asyncio.gather(*(logs[n % 2].append(body, BEGIN) for n, body in enumerate(bodies)))
    assert all(is_new for _, is_new in kept)
    found = await log_of(lake).since(BEGIN)
    assert sorted(review.film_id for review in found) == list(range(1, 41))
    moments = [review.reviewed_at for review in found]
    assert moments == sorted(set(moments)) and moments[0] == NOON


async def test_a_double_click_is_kept_once() -> None:
    """The same review sent twice, to two instances, is answered twice and kept once."""
    lake = FakeLake()
    answers = await asyncio.gather(*(log_of(lake).append(said(1, 2, "no"), BEGIN) for _ in range(2)))
    assert sorted(is_new for _, is_new in answers) == [False, True]
    assert answers[0][0] == answers[1][0]
    assert len(await log_of(lake).since(BEGIN)) == 1


async def test_an_answer_that_was_lost_is_made_good_by_sending_again() -> None:
    """A review that a storage without answer has kept all the same is found, not kept again."""
    lake = FakeLake()
    log = log_of(lake)
    lake.lost_answers = True
    lake.writes_left = 1
    with pytest.raises(LakeUnavailable):
        await log.append(said(1, 2, "yes"), BEGIN)
    lake.lost_answers, lake.writes_left = False, None
    await log.append(said(1, 2, "yes"), BEGIN)
    assert len(await log_of(lake).since(BEGIN)) == 1


async def test_the_log_goes_on_in_further_parts() -> None:
    """A part that is full stays as it is; reading from a place in the middle gives what follows."""
    lake = FakeLake()
    log = log_of(lake, part_bytes=300)
    for n in range(1, 8):
        await log.append(said(n, n, "yes"), BEGIN)
    names = lake.blob_names(CONTROL, FOLDER)
    assert names == [f"{FOLDER}/{n:06}.jsonl" for n in range(1, len(names) + 1)] and len(names) > 2
    first = len(lake.blob(CONTROL, names[0]))
    other = log_of(lake, part_bytes=300)
    later = await other.since(Position(1, first))
    assert [review.film_id for review in later] == list(range(8 - len(later), 8)) and len(later) < 7
    assert len(await other.since(BEGIN)) == 7


async def test_clocks_that_go_back_change_no_order() -> None:
    """A review is later than what the gold job has read, also where this instance's clock is behind."""
    review, _ = await log_of(FakeLake()).append(said(1, 2, "yes"), BEGIN, after=NOON + timedelta(hours=1))
    assert review.reviewed_at > NOON + timedelta(hours=1)


async def test_a_line_of_somebody_else_is_passed_over() -> None:
    """What is no review neither stops reading nor is lost."""
    lake = FakeLake()
    await lake.append(CONTROL, BEGIN.name, b"not ours\n", 0)
    await log_of(lake).append(said(1, 2, "yes"), BEGIN)
    assert [review.release_id for review in await log_of(lake).since(BEGIN)] == [2]
    assert lake.blob(CONTROL, BEGIN.name).startswith(b"not ours\n")
