"""What stands of the reviews of a record, in the gold job as in the app."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.serving.reviews.models import Review
from shared.serving.reviews.standing import standing_of
from spark_jobs.gold.reviews.standing import Standing, Word, standing

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORDS = st.lists(
    st.tuples(st.sampled_from(["yes", "no", "skip", "undo"]), st.sampled_from(["ana", "ben", "cleo"]))
)


def words(*said: tuple[int, str, str]) -> list[Word]:
    """Reviews of one record: film, verdict, reviewer; numbered."""
    return [Word(str(n), film, verdict, who) for n, (film, verdict, who) in enumerate(said)]


def test_the_last_word_stands() -> None:
    """A correction replaces what the same person said; what another said makes it contested."""
    assert standing(words((1, "yes", "ana"), (1, "no", "ana"))) == [Standing("1", True, False)]
    assert standing(words((1, "yes", "ana"), (1, "no", "ben"))) == [Standing("1", True, True)]
    assert standing(words((1, "yes", "ana"), (1, "no", "ben"), (1, "no", "cleo"))) == [
        Standing("2", True, False)
    ]


def test_what_is_undone_does_not_stand() -> None:
    """`undo` forgets everything said of the film before, `skip` nothing."""
    assert standing(words((1, "yes", "ana"), (1, "undo", "ben"))) == []
    assert standing(words((1, "yes", "ana"), (1, "skip", "ben"))) == [Standing("0", True, False)]
    assert standing(words((1, "yes", "ana"), (1, "undo", "ben"), (1, "no", "ana"))) == [
        Standing("2", True, False)
    ]


def test_a_record_is_of_one_film() -> None:
    """Of two films said yes to the later stands, both are contested; taking one back settles it."""
    both = words((1, "yes", "ana"), (2, "yes", "ben"))
    assert standing(both) == [Standing("0", False, True), Standing("1", True, True)]
    assert standing([*both, Word("2", 2, "no", "ben")]) == [
        Standing("0", True, False),
        Standing("2", True, False),
    ]
    assert standing([*both, Word("2", 1, "yes", "ana")])[-1] == Standing("2", True, True)


@given(WORDS)
def test_app_and_job_agree(said: list[tuple[str, str]]) -> None:
    """Of one pair both find the same verdict, decided by the same review, contested or not."""
    found = standing(words(*((7, *each) for each in said)))
    reviews = [
        Review(
            review_id=str(n), film_id=7, release_id=9, verdict=verdict, reviewer=who,  # type: ignore[arg-type]
            reviewed_at=NOON + timedelta(seconds=n),
        )
        for n, (verdict, who) in enumerate(said)
    ]  # fmt: skip
    app = standing_of((7, 9), reviews)
    assert [(each.review_id, each.is_contested) for each in found] == (
        [(app.review_id, app.is_contested)] if app.verdict else []
    )
