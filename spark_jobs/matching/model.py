"""From evidence to a probability: a conditional logit over the films a record might belong to, or none.

Each pair has a utility: the bias plus the weighted features. A record belongs to at most one film, so the
probability of film i is exp(u_i) / (1 + sum of exp(u_j)) over the record's candidates, the 1 standing for 'no film
here' (McFadden 1974, "Conditional logit analysis of qualitative choice behavior"). Namesakes thus share one
probability among them. Weights live in coefficients.json and are refitted by `python -m spark_jobs.fit`; each has a
sign that no data may turn, so that evidence always speaks in the direction a person expects.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

COEFFICIENTS_FILE = Path(__file__).with_name("coefficients.json")
SIGNS: Mapping[str, int] = {
    "title_exact": 1,
    "title_exact_from": 1,
    "title_exact_part": 1,
    "title_near": 1,
    "title_length": 1,
    "release_left": -1,
    "film_left": -1,
    "part_of_film": -1,
    "number_clash": -1,
    "words_clash": -1,
    "composer": 1,
    "player": 1,
    "composer_of_part": -1,
    "composer_clash": -1,
    "group_clash": -1,
    "artist_in_title": 1,
    "year_same": 1,
    "year_later": -1,
    "year_before": -1,
    "reissue": -1,
    "says_film": 1,
    "says_soundtrack": 1,
    "says_stage": -1,
    "says_game": -1,
    "says_television": -1,
    "says_series": -1,
    "says_tribute": -1,
    "says_trilogy": -1,
    "says_collection": -1,
    "style_missing": -1,
    "genre_missing": -1,
    "style_spoken": -1,
    "is_single": -1,
    "single_of_the_year": 1,
    "single_of_the_composer": -1,
    "printed_year_clash": -1,
    "stranger": -1,
    "prominence": 1,
}
FEATURES = tuple(SIGNS)


@dataclass(frozen=True, slots=True)
class HeldOutStep:
    """Of records no weight was fitted on: how many matches reach a probability, and how many of them are right."""

    threshold: float
    matches: int
    right: int


class Model:
    """Weights of the scorer.

    `weights` follow FEATURES; `threshold` is the probability a match needs; `held_out` is what matches of records that
    no weight was fitted on were worth, for the guarantee.
    """

    def __init__(
        self,
        bias: float,
        weights: Mapping[str, float],
        threshold: float,
        held_out: Sequence[HeldOutStep] = (),
    ) -> None:
        self.bias = bias
        self.weights = np.array([weights.get(name, 0.0) for name in FEATURES])
        self.threshold = threshold
        self.held_out = tuple(held_out)

    @classmethod
    def load(cls, path: Path = COEFFICIENTS_FILE) -> Model:
        """Read the fitted weights; FileNotFoundError names the command that makes them."""
        if not path.is_file():
            raise FileNotFoundError(f"no coefficients at {path}: fit them with `python -m spark_jobs.fit`")
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        steps = [HeldOutStep(*step) for step in data.get("held_out", [])]
        return cls(float(data["bias"]), data["weights"], float(data["threshold"]), steps)

    @classmethod
    def unit(cls) -> Model:
        """A model that passes evidence through unweighed, to fit on."""
        return cls(0.0, dict.fromkeys(FEATURES, 1.0), 0.0)

    def utilities(self, features: Matrix) -> Matrix:
        """Utility of each pair; `features` is pairs x FEATURES."""
        result: Matrix = self.bias + features @ self.weights
        return result


def probabilities(utilities: Matrix, groups: npt.NDArray[np.int64]) -> Matrix:
    """Probability of each pair among the pairs of its record; `groups` numbers the records 0, 1, …"""
    strength = np.exp(utilities)
    totals = 1.0 + np.bincount(groups, weights=strength)
    result: Matrix = strength / totals[groups]
    return result


def feature_row(evidence: Mapping[str, float]) -> list[float]:
    """Evidence by name as one row in the order of FEATURES."""
    return [evidence[name] for name in FEATURES]
