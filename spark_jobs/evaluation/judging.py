"""Predicted pairs compared with true ones: precision, recall, F1, calibration, and the mistakes. Plain functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Mistake = dict[str, Any]
Links = Mapping[int, int]
Scored = Sequence[tuple[float, bool]]
"""Probability of each record's likeliest film, and whether that is the true one."""
Curve = Sequence[tuple[float, float, float]]
"""(threshold, precision, recall) from the highest threshold down."""
_BINS = 10


@dataclass(frozen=True, slots=True)
class LinkQuality:
    """How well predicted pairs agree with the links; `seconds` from reading the files on."""

    precision: float
    recall: float
    f1: float
    predicted: int
    links: int
    seconds: float


def compare(predicted: Iterable[tuple[int, int]], links: Links, seconds: float) -> LinkQuality:
    """How well predicted (release_id, film_id) pairs agree with the links; 0 where nothing can be divided."""
    pairs = set(predicted)
    right = len(pairs & set(links.items()))
    precision = right / len(pairs) if pairs else 0.0
    recall = right / len(links) if links else 0.0
    f1 = 2 * right / (len(pairs) + len(links)) if pairs or links else 0.0
    shares = (round(precision, 4), round(recall, 4), round(f1, 4))
    return LinkQuality(*shares, len(pairs), len(links), round(seconds, 2))


def errors(rows: Iterable[Mistake], links: Links, threshold: float = 0.0) -> list[Mistake]:
    """False matches and missed links, the most confident mistakes first.

    `rows` are the likeliest film of each record; those below `threshold` count as unmatched and describe a miss.
    """
    best = {row["release_id"]: row for row in rows}
    found = {release: row for release, row in best.items() if row["score"] >= threshold}
    false = [
        row | {"error": "false match", "true_film_id": links.get(release)}
        for release, row in found.items()
        if links.get(release) != row["film_id"]
    ]
    missed = [
        best.get(release, {"score": 0.0}) | {"error": "missed", "release_id": release, "true_film_id": film}
        for release, film in links.items()
        if release not in found
    ]
    return sorted(false, key=_confidence) + sorted(missed, key=_confidence)


def _confidence(row: Mistake) -> float:
    return -float(row["score"])


def precision_recall(scored: Scored, links: int) -> Curve:
    """The curve over every score; `links` is how many true pairs there are."""
    curve: list[tuple[float, float, float]] = []
    right = 0
    ordered = sorted(scored, reverse=True)
    for count, (score, is_true) in enumerate(ordered, start=1):
        right += is_true
        is_last_of_score = count == len(ordered) or ordered[count][0] != score
        if is_last_of_score:
            curve.append((score, right / count, right / links if links else 0.0))
    return curve


def reliability(scored: Scored) -> list[tuple[float, float, int]]:
    """(mean score, share that is true, records) per tenth of probability, empty tenths left out."""
    tenths: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for score, is_true in scored:
        tenths[min(int(score * _BINS), _BINS - 1)].append((score, is_true))
    return [
        (
            sum(score for score, _ in tenth) / len(tenth),
            sum(true for _, true in tenth) / len(tenth),
            len(tenth),
        )
        for tenth in tenths
        if tenth
    ]


def calibration_error(scored: Scored) -> float:
    """Expected calibration error: mean distance of score and truth over the tenths (Naeini et al. 2015)."""
    total = len(scored)
    return (
        sum(abs(mean - share) * count for mean, share, count in reliability(scored)) / total if total else 0.0
    )
