"""Figures of evaluate, and what fit makes of a sample."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spark_jobs.evaluate import main
from spark_jobs.evaluation.before_after import page
from spark_jobs.evaluation.charts import precision_recall_figure
from spark_jobs.evaluation.fitting import Sample, cross_validate, fit, predict, sharpened, temperature
from spark_jobs.evaluation.judging import LinkQuality, calibration_error, compare, errors, precision_recall
from spark_jobs.fit import OWN, fitted
from spark_jobs.fit import main as fit_command
from spark_jobs.matching.model import FEATURES, Model

SVG = "{http://www.w3.org/2000/svg}"


def test_figures_of_a_known_case() -> None:
    """Two of three predictions right, of four links."""
    found = compare([(1, 10), (2, 20), (3, 99)], {1: 10, 2: 20, 3: 30, 4: 40}, 1.234)
    assert found == LinkQuality(0.6667, 0.5, 0.5714, 3, 4, 1.23)


def test_nothing_predicted_is_zero() -> None:
    """No division by zero."""
    assert compare([], {}, 0.0) == LinkQuality(0.0, 0.0, 0.0, 0, 0, 0.0)


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
    folds, groups = ([f"{kind} {record}" for record in ids] for kind in ("title", "release"))
    return Sample(ids, films, features, truth, folds, groups, links)


def test_fitting_learns_what_tells_true_from_false() -> None:
    """The evidence that decides gets the weight, and the model repeats exactly."""
    model = fit([sample()])
    assert dict(zip(FEATURES, model.weights, strict=True))["composer"] > 1
    assert set(predict(sample(), model)) == set(sample().links.items())
    assert fit([sample()]).weights.tolist() == model.weights.tolist()


def test_cross_validation_judges_every_record_once() -> None:
    """On separable data it is perfect."""
    judged = cross_validate([sample()], 3)[0]
    assert judged.quality.f1 == 1.0
    assert judged.calibration_error < 0.1
    assert len(judged.scored) == 60


def test_the_figure_draws_a_line_and_names_the_figures_of_each_data_set() -> None:
    """Well-formed SVG with a curve, a dot and a line of text a data set, names escaped."""
    judged = cross_validate([sample(), sample(30)], 3)
    drawn = precision_recall_figure(dict(zip(("real", "<hard>"), judged, strict=True)))
    root = ElementTree.fromstring(drawn)  # noqa: S314 -- our own text
    names = [text.text or "" for text in root.iter(f"{SVG}text")]
    lines, dots = (
        [path for group in groups(root, mark) for path in group.iter(f"{SVG}path")]
        for mark in ("mark-line", "mark-symbol role-mark")
    )
    assert (len(lines), len(dots)) == (2, 2)
    assert len({line.get("stroke") for line in lines}) == 2
    assert sum("F1 1.000" in name for name in names) == 2
    assert any(name.startswith("<hard>") for name in names)


def groups(root: ElementTree.Element, mark: str) -> list[ElementTree.Element]:
    """Groups of one kind of mark."""
    return [group for group in root.iter(f"{SVG}g") if group.get("class", "").startswith(mark)]


def test_a_miss_below_the_threshold_shows_its_nearest_film() -> None:
    """With a threshold, a record whose film is too unlikely is a miss that still tells its evidence."""
    rows = [{"release_id": 1, "film_id": 9, "score": 0.4}]
    found = errors(rows, {1: 9}, threshold=0.5)
    assert [(e["error"], e["film_id"], e["true_film_id"]) for e in found] == [("missed", 9, 9)]


def test_temperature_sharpens_a_model_that_is_too_shy() -> None:
    """Utilities a third of what they should be are raised; the order of films stays."""
    model = fit([sample()])
    shy = sharpened(model, 1 / 3)
    factor = temperature([sample()], [shy.utilities(sample().features)])
    assert factor > 1.5
    assert set(predict(sample(), sharpened(shy, factor))) == set(sample().links.items())


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_precision_and_recall_run_from_the_surest_down(scored: list[tuple[float, bool]]) -> None:
    """One point per score, thresholds falling, recall never falling, ending at the overall share."""
    curve = precision_recall(scored, len(scored))
    assert [point[0] for point in curve] == sorted({score for score, _ in scored}, reverse=True)
    assert [point[2] for point in curve] == sorted(point[2] for point in curve)
    assert curve[-1][1] == sum(true for _, true in scored) / len(scored)
    assert 0 <= calibration_error(scored) <= 1


def test_a_perfectly_calibrated_tenth_has_no_error() -> None:
    """Half of the records scored 0.5 are true."""
    assert calibration_error([(0.5, True), (0.5, False)]) == 0.0
    assert calibration_error([(1.0, False)]) == 1.0
    assert calibration_error([]) == 0.0


def doubting() -> Model:
    """Weights that give the right films of `sample` a probability under the threshold."""
    return Model(-3.0, {"composer": 1.0, "title_exact": 1.0}, 0.48)


def test_few_labels_move_weights_little_and_many_move_them() -> None:
    """Held to the weights there were, a fit of two records stays near them, one of four hundred learns."""
    before = doubting()
    few, many = (fit([sample(records)], prior=before) for records in (2, 400))
    place = FEATURES.index("composer")
    assert 1.0 < few.weights[place] < 2.0 < many.weights[place]
    assert set(predict(sample(), many)) == set(sample().links.items())
    untouched = FEATURES.index("says_stage")
    assert few.weights[untouched] == before.weights[untouched]


def test_a_lakes_own_cases_are_judged_before_and_after() -> None:
    """Cases that no fit had seen: by the weights there were, and cross-validated by the new ones."""
    report, model, steps = fitted({OWN: sample(200)}, 5, 0.9, doubting())
    own = report["own"]
    assert (own["cases"], own["before"]["f1"], own["after"]["f1"]) == (200, 0.0, 1.0)
    assert report["cross_validated"][OWN]["f1"] == 1.0
    assert set(predict(sample(), model)) == set(sample().links.items())
    assert max(step.matches for step in steps) == 200
    text = page(report)
    assert "F1 rises: 0.0000 before, 1.0000 after" in text and "200 labelled records" in text


@pytest.mark.parametrize(
    ("given", "said"),
    [([], "nothing to fit on"), (["--reviews"], "--tables URI"), (["--known"], "--files PATH")],
)
def test_a_fit_without_anything_to_fit_on_is_one_clear_line(
    given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and what is missing, before Spark starts."""
    with pytest.raises(SystemExit) as stop:
        fit_command(given)
    assert stop.value.code == 2
    assert said in capsys.readouterr().err
