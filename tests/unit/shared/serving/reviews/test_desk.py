"""What a reviewer gets next, and what becomes of what they say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.adapters.lake import CONTROL
from shared.errors import InvalidRequest
from shared.serving.parameters import parse_body
from shared.serving.reviews.desk import ReviewDesk
from shared.serving.reviews.log import Position, ReviewLog
from shared.serving.reviews.models import NextReview, ReviewBody
from tests.fakes.lake import FakeLake
from tests.unit.shared.serving.reviews.builders import NOON, RUN, item, leave, said


@pytest.fixture
def lake() -> FakeLake:
    return FakeLake()


@pytest.fixture
def desk(lake: FakeLake) -> ReviewDesk:
    return ReviewDesk(lake, ReviewLog(lake, lambda: NOON))


def shown(answer: NextReview) -> tuple[int, int] | None:
    return (answer.item.film.film_id, answer.item.record.release_id) if answer.item else None


async def test_before_the_first_run_there_is_nothing_to_review(desk: ReviewDesk) -> None:
    """Neither a queue nor an error."""
    assert await desk.next(None) == NextReview(run_id=None, left=0, item=None)


async def test_the_queue_is_worked_from_its_head(desk: ReviewDesk, lake: FakeLake) -> None:
    """What anyone decided since the run is not shown again; what somebody skipped is shown to others."""
    await leave(lake, [item(n, 10 + n) for n in range(1, 5)])
    first = await desk.next("ana")
    assert (first.run_id, first.left, shown(first)) == (RUN, 4, (1, 11))
    await desk.keep(said(1, 11, "no", "ben"))
    await desk.keep(said(2, 12, "skip", "ana"))
    assert [shown(await desk.next(name)) for name in ("ana", "ben", None)] == [(3, 13), (2, 12), (2, 12)]
    await desk.keep(said(9, 13, "yes", "ana"))
    assert shown(await desk.next("ana")) == (4, 14), "a record that got another film is decided"
    await desk.keep(said(9, 13, "undo", "ben"))
    assert shown(await desk.next("ana")) == (3, 13), "what was undone is open again"


async def test_a_run_that_is_done_again_has_a_queue_of_its_own(desk: ReviewDesk, lake: FakeLake) -> None:
    """The queue that stays in memory is that of the pointer, though its name is the same."""
    await leave(lake, [item(1, 11)])
    assert shown(await desk.next(None)) == (1, 11)
    await leave(lake, [item(2, 12), item(3, 13)])
    assert shown(await desk.next(None)) == (2, 12)


async def test_contradictions_are_told_and_kept(desk: ReviewDesk) -> None:
    """The last word stands, both are there, and the pair is contested until somebody else agrees or it is undone."""
    await desk.keep(said(1, 2, "yes", "ana"))
    kept, is_new = await desk.keep(said(1, 2, "no", "ben"))
    assert is_new and [review.reviewer for review in kept.contradicts] == ["ana"]
    assert (kept.standing.verdict, kept.standing.is_contested) == ("no", True)
    found = await desk.of_film(1)
    assert [(review.reviewer, review.verdict) for review in found.reviews] == [("ana", "yes"), ("ben", "no")]
    agreed, _ = await desk.keep(said(1, 2, "no", "cleo"))
    assert (agreed.standing.verdict, agreed.standing.is_contested) == ("no", False)
    undone, _ = await desk.keep(said(1, 2, "undo", "ana"))
    assert (undone.standing.verdict, undone.standing.is_contested) == (None, False)
    assert len((await desk.of_film(1)).reviews) == 4


async def test_whoever_corrects_themselves_contests_nothing(desk: ReviewDesk) -> None:
    """A second thought replaces the first."""
    await desk.keep(said(1, 2, "yes"))
    kept, _ = await desk.keep(said(1, 2, "no"))
    assert (kept.standing.verdict, kept.standing.is_contested, kept.contradicts) == ("no", False, ())


async def test_reviews_that_gold_has_read_are_still_there(desk: ReviewDesk, lake: FakeLake) -> None:
    """A film's reviews are those of the run's buckets and those of the log since, each once."""
    for body in (said(1, 2, "yes"), said(1, 3, "no"), said(5, 3, "yes")):
        await desk.keep(body)
    before = (await desk.of_film(1)).reviews
    size = len(lake.blob(CONTROL, Position().name))
    await leave(lake, reviews=before, read_to=(1, size))
    await desk.keep(said(1, 2, "undo"))
    found = await desk.of_film(1)
    assert [review.verdict for review in found.reviews] == ["yes", "no", "undo"]
    assert {each.release_id: each.verdict for each in found.standing} == {2: None, 3: "no"}


async def test_an_id_serves_one_review(desk: ReviewDesk) -> None:
    """The same id with something else is refused, naming the field; with the same it is answered as kept."""
    await desk.keep(said(1, 2, "yes", review_id="same-id-1"))
    _, is_new = await desk.keep(said(1, 2, "yes", review_id="same-id-1"))
    assert not is_new
    with pytest.raises(InvalidRequest, match="review_id"):
        await desk.keep(said(1, 2, "no", review_id="same-id-1"))


GOOD = {"review_id": "good-id-1", "film_id": 1, "release_id": 2, "verdict": "yes", "reviewer": "ana"}


def nested(depth: int) -> Any:
    return {"a": nested(depth - 1)} if depth else 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"review_id": "short"}, "review_id"),
        ({"film_id": "1"}, "film_id"),
        ({"release_id": 0}, "release_id"),
        ({"verdict": "perhaps"}, "verdict"),
        ({"reviewer": "  "}, "reviewer"),
        ({"reviewer": "n" * 81}, "reviewer"),
        ({"why": "w" * 501}, "why"),
        ({"shown": []}, "shown"),
        ({"shown": {"text": "s" * 8_000}}, "shown"),
        ({"shown": {"text": "\ud800"}}, "shown"),
        ({"shown": nested(210)}, "shown"),
        ({"shown": nested(300)}, "shown"),
        ({"score": 1}, "score"),
    ],
)
async def test_a_wrong_field_is_named(desk: ReviewDesk, change: dict[str, Any], field: str) -> None:
    """Of each body that cannot be kept the field is told; nothing is kept."""
    with pytest.raises(InvalidRequest) as refused:
        await desk.keep(parse_body(json.dumps(GOOD | change).encode(), ReviewBody))
    assert refused.value.field.startswith(field)
    assert (await desk.of_film(1)).reviews == ()


async def test_whatever_is_kept_can_be_read(desk: ReviewDesk) -> None:
    """Odd numbers, names and nesting come back as they were said."""
    shown = {"deep": nested(150), "big": 10**40, "name": "\u202e\u05e9 \x00\n"}
    body = parse_body(json.dumps(GOOD | {"shown": shown, "why": " line\nbreak "}).encode(), ReviewBody)
    kept, _ = await desk.keep(body)
    (found,) = (await desk.of_film(1)).reviews
    assert found == kept.review and (found.shown, found.why) == (shown, "line\nbreak")
