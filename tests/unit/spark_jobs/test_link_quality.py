"""Figures of evaluate, and what fit makes of a sample."""

from __future__ import annotations

import numpy as np
import pytest

from spark_jobs.evaluate import Quality, compare, errors, main
from spark_jobs.fit import Sample, cross_validate, fit, predict
from spark_jobs.scoring import FEATURES


def test_figures_of_a_known_case() -> None:
    """Two of three predictions right, of four links."""
    found = compare([(1, 10), (2, 20), (3, 99)], {1: 10, 2: 20, 3: 30, 4: 40}, 1.234)
    assert found == Quality(0.6667, 0.5, 0.5714, 3, 4, 1.23)


def test_nothing_predicted_is_zero() -> None:
    """No division by zero."""
    assert compare([], {}, 0.0) == Quality(0.0, 0.0, 0.0, 0, 0, 0.0)


def test_errors_put_confident_mistakes_first() -> None:
    """False matches by score, then the missed links."""
    rows = [{"release_id": n, "film_id": 1, "score": score} for n, score in ((1, 0.6), (2, 0.9), (3, 0.99))]
    assert [(e["release_id"], e["error"]) for e in errors(rows, {3: 1, 7: 1})] == [
        (2, "false match"),
        (1, "false match"),
        (7, "missed"),
    ]


def test_a_missing_file_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and the file's name, before Spark starts."""
    with pytest.raises(SystemExit) as stop:
        main(["--movies", "no.jsonl", "--releases", "no.jsonl", "--links", "no.csv"])
    assert stop.value.code == 2
    assert "no such file: no.jsonl" in capsys.readouterr().err


def sample(records: int = 60) -> Sample:
    """Records with two candidates each: the true one has an exact title and the composer."""
    ids = np.repeat(np.arange(records), 2)
    films = np.tile([1, 2], records) + 10 * ids
    features = np.zeros((2 * records, len(FEATURES)))
    features[::2, FEATURES.index("composer")] = 1
    features[:, FEATURES.index("title_exact")] = 1
    truth = np.tile([1.0, 0.0], records)
    links = {int(record): int(10 * record + 1) for record in range(records)}
    return Sample(ids, films, features, truth, [f"title {record}" for record in ids], links)


def test_fitting_learns_what_tells_true_from_false() -> None:
    """The evidence that decides gets the weight, and the model repeats exactly."""
    model = fit([sample()])
    assert dict(zip(FEATURES, model.weights, strict=True))["composer"] > 1
    assert set(predict(sample(), model)) == set(sample().links.items())
    assert fit([sample()]).weights.tolist() == model.weights.tolist()


def test_cross_validation_judges_every_record_once() -> None:
    """On separable data it is perfect."""
    assert cross_validate([sample()], 3)[0].f1 == 1.0
