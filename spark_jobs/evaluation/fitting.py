"""Fits the scorer's weights on labelled links, and measures a fit by cross-validation.

Maximum likelihood of the conditional logit of `matching.model` with a ridge penalty, by projected gradient steps (Adam:
Kingma, Ba 2015) that keep every weight on its side of zero. Figures are cross-validated with all records of one film
title (its namesakes too) in one fold; the held-out utilities also give the temperature that calibrates probabilities.

The steps end before the minimum, which holds the weights back as a stronger penalty would. Minimised to the end with
bounds (SciPy's L-BFGS-B), the cross-validated F1 was lower: 0.9938 for 0.9948 on the real records, 0.9705 for 0.9720
on the hard ones, and no ridge made up for both.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame, SparkSession

from spark_jobs.evaluation.all_pairs import match_candidates
from spark_jobs.evaluation.judging import LinkQuality, calibration_error, compare
from spark_jobs.evaluation.labelled import Links, read_links, read_movies, read_releases
from spark_jobs.matching.model import FEATURES, SIGNS, HeldOutStep, Matrix, Model, probabilities
from spark_jobs.names.folding import name_tokens

Labels = npt.NDArray[np.int64]
RIDGE = 0.1
PRIOR_RIDGE = 5.0  # of a fit that begins with weights: moving one by 1 takes what some five records say
THRESHOLD = 0.48  # F1 is highest where a match is as likely as half the F1 reached (Lipton et al. 2014)
_STEPS, _STEP_SIZE = 1500, 0.05
STEPS = (THRESHOLD, *(round(0.5 + 0.02 * step, 2) for step in range(25)), 0.99, 0.995, 0.998)
_LIMIT = 40.0  # utilities beyond this are certain


@dataclass(frozen=True, slots=True)
class Sample:
    """Candidate pairs of one data set: ids, features (pairs x FEATURES), truth 0/1, fold keys, version groups.

    `weight` is how much its records count beside those of other sets in a fit.
    """

    release_ids: Labels
    film_ids: Labels
    features: Matrix
    is_true: Matrix
    fold_keys: list[str]
    version_groups: list[str]
    links: Links
    weight: float = 1.0

    def part(self, mask: npt.NDArray[np.bool_]) -> Sample:
        """The pairs where `mask` holds, with the links of the whole."""
        keys, groups = (
            [each for each, kept in zip(listed, mask, strict=True) if kept]
            for listed in (self.fold_keys, self.version_groups)
        )
        rows = (self.release_ids[mask], self.film_ids[mask], self.features[mask], self.is_true[mask])
        return Sample(*rows, keys, groups, self.links, self.weight)


def read_sample(spark: SparkSession, folder: Path, weight: float = 1.0) -> Sample:
    """Candidates of a folder of labelled data, by the gold job's own blocking and evidence."""
    movies = read_movies(spark, folder / "tmdb_movies.jsonl.gz")
    releases = read_releases(spark, folder / "discogs_releases.jsonl.gz")
    links = read_links(folder / "links.csv")
    return sample_of(movies, releases, links, weight)


def sample_of(
    movies: DataFrame,
    releases: DataFrame,
    links: Links,
    weight: float = 1.0,
    rejected: Mapping[int, frozenset[int]] | None = None,
) -> Sample:
    """Candidates of films and records. Of records in `rejected` nothing is known but that those films are wrong."""
    found = match_candidates(movies, releases, Model.unit())
    columns = ("release_id", "film_id", "film_title", "title_similarity", "contributions", "version_group")
    rows = sorted(
        (tuple(row) for row in found.select(*columns).collect()), key=lambda row: (row[0], -row[3], row[1])
    )
    if rejected:
        rows = [row for row in rows if row[1] in rejected.get(row[0], (row[1],))]
    evidence = [[row[4].get(name, 0.0) for name in FEATURES] for row in rows]
    features = np.array(evidence, dtype=np.float64).reshape(-1, len(FEATURES))
    is_true = np.array([float(links.get(row[0]) == row[1]) for row in rows])
    ids = np.array([row[:2] for row in rows], dtype=np.int64)
    return Sample(
        ids[:, 0],
        ids[:, 1],
        features,
        is_true,
        _fold_keys(rows, links),
        [row[5] for row in rows],
        links,
        weight,
    )


def _fold_keys(rows: list[tuple[Any, ...]], links: Links) -> list[str]:
    """Per pair the clean title of its record's true film, or of its nearest candidate when it has none."""
    titles: dict[int, str] = {}
    for release, film, title, *_ in rows:
        if release not in titles or links.get(release) == film:
            titles[release] = " ".join(name_tokens(title or ""))
    return [titles[row[0]] for row in rows]


def fit(samples: Sequence[Sample], ridge: float = RIDGE, prior: Model | None = None) -> Model:
    """Weights that make the links of the samples most likely.

    With a `prior` they are held to its weights, bias included, by PRIOR_RIDGE: few labels move them little.
    """
    design = np.vstack([np.column_stack([np.ones(len(s.features)), s.features]) for s in samples])
    truth = np.concatenate([sample.is_true for sample in samples])
    counts = np.concatenate([np.full(len(sample.features), sample.weight) for sample in samples])
    numbered = [sample.release_ids * len(samples) + n for n, sample in enumerate(samples)]
    records = np.unique(np.concatenate(numbered), return_inverse=True)[1]
    signs = np.array([0, *SIGNS.values()])
    weights, mean, square = (np.zeros(design.shape[1]) for _ in range(3))
    centre, pull = weights.copy(), ridge * (signs != 0)
    if prior is not None:
        centre, pull = np.array([prior.bias, *prior.weights]), np.full(design.shape[1], PRIOR_RIDGE)
        weights = centre.copy()
    for step in range(1, _STEPS + 1):
        error = probabilities(np.clip(design @ weights, -_LIMIT, _LIMIT), records) - truth
        error *= counts
        slope = design.T @ error + pull * (weights - centre)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        pace = _STEP_SIZE * (1 - 0.9 * step / _STEPS) / (1 - 0.9**step)
        weights = weights - pace * mean / (np.sqrt(square / (1 - 0.999**step)) + 1e-9)
        weights[weights * signs < 0] = 0.0
    named = {name: round(float(w), 4) for name, w in zip(FEATURES, weights[1:], strict=True)}
    return Model(round(float(weights[0]), 4), named, THRESHOLD)


def best_films(sample: Sample, utilities: Matrix) -> list[tuple[int, int, float]]:
    """(release_id, film_id, probability) of the likeliest film of each record."""
    records = np.unique(sample.release_ids, return_inverse=True)[1]
    scores = probabilities(shared(sample, utilities), records)
    best: dict[int, tuple[float, int]] = {}
    for release, film, score in zip(sample.release_ids, sample.film_ids, scores, strict=True):
        best[int(release)] = max(best.get(int(release), (0.0, 0)), (float(score), int(film)))
    return [(release, film, score) for release, (score, film) in best.items()]


def shared(sample: Sample, utilities: Matrix) -> Matrix:
    """The highest utility of a record's versions for each film, as `matching.candidates.rank` has it."""
    result = utilities.copy()
    is_older = sample.features[:, FEATURES.index("year_before")] > 0
    places: dict[tuple[str, int], list[int]] = {}
    for place in np.flatnonzero(~is_older):
        places.setdefault((sample.version_groups[place], int(sample.film_ids[place])), []).append(int(place))
    for found in places.values():
        result[found] = utilities[found].max()
    return result


def predict(sample: Sample, model: Model) -> list[tuple[int, int]]:
    """The (release_id, film_id) a model matches: the best film of each record that reaches the threshold."""
    best = best_films(sample, model.utilities(sample.features))
    return [(release, film) for release, film, score in best if score >= model.threshold]


def held_out(samples: Sequence[Sample], folds: int, prior: Model | None = None) -> list[Matrix]:
    """Utilities of each sample's pairs by models that have not seen the pair's film title."""
    number = [np.array([zlib.crc32(key.encode()) % folds for key in sample.fold_keys]) for sample in samples]
    utilities = [np.zeros(len(sample.features)) for sample in samples]
    for fold in range(folds):
        model = fit([s.part(n != fold) for s, n in zip(samples, number, strict=True)], prior=prior)
        for found, sample, n in zip(utilities, samples, number, strict=True):
            found[n == fold] = model.utilities(sample.features[n == fold])
    return utilities


def temperature(samples: Sequence[Sample], utilities: Sequence[Matrix]) -> float:
    """The factor on held-out utilities that makes the links most likely (Guo et al. 2017, "On calibration")."""

    def surprise(factor: float) -> float:
        return sum(
            s.weight * _log_loss(s, np.clip(factor * u, -_LIMIT, _LIMIT))
            for s, u in zip(samples, utilities, strict=True)
        )

    return min((round(0.5 + 0.05 * step, 2) for step in range(31)), key=surprise)


def _log_loss(sample: Sample, utilities: Matrix) -> float:
    """Sum over records of minus the log of the probability given to the truth, a film or none."""
    records = np.unique(sample.release_ids, return_inverse=True)[1]
    scores = probabilities(utilities, records)
    of_true, of_any = (np.bincount(records, weights=w) for w in (scores * sample.is_true, scores))
    has_film = np.bincount(records, weights=sample.is_true) > 0
    return float(-np.log(np.where(has_film, of_true, 1 - of_any) + 1e-12).sum())


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What cross-validation says of one data set; `scored` are (probability, truth) of each record's likeliest film."""

    quality: LinkQuality
    calibration_error: float
    scored: list[tuple[float, bool]]


def cross_validate(samples: Sequence[Sample], folds: int, prior: Model | None = None) -> list[HeldOut]:
    """Each sample measured record by record, with a model that has not seen the record's title."""
    utilities = held_out(samples, folds, prior)
    factor = temperature(samples, utilities)
    return [measured(sample, factor * found) for sample, found in zip(samples, utilities, strict=True)]


def measured(sample: Sample, utilities: Matrix) -> HeldOut:
    """How well the matches that utilities lead to agree with the links of a sample."""
    best = best_films(sample, utilities)
    pairs = [(release, film) for release, film, score in best if score >= THRESHOLD]
    scored = [(score, sample.links.get(release) == film) for release, film, score in best]
    return HeldOut(compare(pairs, sample.links, 0.0), round(calibration_error(scored), 4), scored)


def held_out_steps(judged: Sequence[HeldOut]) -> list[HeldOutStep]:
    """Matches of held-out records, and how many are right, from each of STEPS on."""
    scored = [each for one in judged for each in one.scored]
    reached = {step: [is_true for score, is_true in scored if score >= step] for step in STEPS}
    return [HeldOutStep(step, len(found), sum(found)) for step, found in reached.items()]


def sharpened(model: Model, factor: float) -> Model:
    """The model with all utilities times `factor`."""
    weights = {name: round(float(w) * factor, 4) for name, w in zip(FEATURES, model.weights, strict=True)}
    return Model(round(model.bias * factor, 4), weights, model.threshold)


def figures(quality: LinkQuality) -> dict[str, Any]:
    """The figures of a LinkQuality as JSON, without its seconds."""
    return {name: value for name, value in asdict(quality).items() if name != "seconds"}


def named_figures(judged: Mapping[str, HeldOut]) -> dict[str, Any]:
    """Cross-validated figures and calibration error by data set."""
    return {
        name: figures(each.quality) | {"calibration_error": each.calibration_error}
        for name, each in judged.items()
    }
