"""From which probability on matches are published."""

from __future__ import annotations

import numpy as np
import pytest

from spark_jobs.evaluation.fitting import STEPS
from spark_jobs.matching.guarantee import MIN_PRECISION, guarantee
from spark_jobs.matching.model import HeldOutStep, Model

DRAWS, RECORDS = 400, 1500


def true_precision(threshold: float) -> float:
    """What matches from `threshold` on are worth where a score s of 0.5 to 1 is right in 0.94 + 0.06 s."""
    return 0.94 + 0.06 * (threshold + 1) / 2


def fold(draw: np.random.Generator) -> list[HeldOutStep]:
    """A held-out fold of RECORDS matches as that world would give it."""
    scores = draw.uniform(0.5, 1, RECORDS)
    is_right = draw.uniform(size=RECORDS) < 0.94 + 0.06 * scores
    return [
        HeldOutStep(step, int((scores >= step).sum()), int(is_right[scores >= step].sum())) for step in STEPS
    ]


def test_the_promise_holds_on_resampled_folds() -> None:
    """Of many folds drawn anew, the chosen probability keeps less than the precision in at most one of twenty."""
    draw = np.random.default_rng(20261128)
    promises = [guarantee(fold(draw), 0.985) for _ in range(DRAWS)]
    kept = [promise.threshold for promise in promises if promise.threshold is not None]
    broken = sum(true_precision(threshold) < 0.985 for threshold in kept)
    assert len(kept) > DRAWS / 4
    assert broken / DRAWS <= 0.05


def test_what_cannot_be_shown_is_not_published() -> None:
    """Too few or too poor matches give no probability to publish from."""
    assert guarantee([HeldOutStep(0.5, 100, 100)], 0.99).threshold is None
    assert guarantee([HeldOutStep(0.5, 2000, 1900)], 0.99).threshold is None
    assert guarantee([], 0.99).threshold is None


def test_a_failing_step_ends_the_search() -> None:
    """A lower probability is not chosen past one that failed; steps too small to show anything are passed over."""
    steps = [
        HeldOutStep(0.99, 50, 50),
        HeldOutStep(0.9, 1000, 1000),
        HeldOutStep(0.8, 1200, 1150),
        HeldOutStep(0.7, 9000, 8990),
    ]
    found = guarantee(steps, 0.99)
    assert (found.threshold, found.coverage) == (0.9, 0.1111)


def test_a_share_that_is_none_is_refused() -> None:
    """The message names the setting and a share that would do."""
    with pytest.raises(ValueError, match=r"min_precision is 1.5: give a share between 0 and 1"):
        guarantee([], 1.5)


def test_the_fitted_model_keeps_the_usual_promise() -> None:
    """0.99 can be shown on the records held out from the fit, and leaves most of the matches."""
    promise = guarantee(Model.load().held_out, MIN_PRECISION)
    assert promise.threshold is not None
    assert promise.least_precision >= MIN_PRECISION
    assert promise.coverage > 0.5
