"""Scores, margins and ranks of candidate pairs."""

from __future__ import annotations

from math import exp
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql.pandas.types import to_arrow_schema

from spark_jobs.matching.ranking import ranked
from spark_jobs.schemas.gold import PAIR


def pair(film: int, release: int, log_odds: float, group: str = "", **said: float) -> dict[str, Any]:
    """A row of PAIR; the version group is the record's own unless given."""
    row = {"film_id": film, "release_id": release, "log_odds": log_odds, "contributions": list(said.items())}
    return row | {"version_group": group or f"release {release}"}


def rank(*pairs: dict[str, Any]) -> dict[tuple[int, int], dict[str, Any]]:
    """Ranked rows by release and film."""
    rows = ranked(pa.Table.from_pylist(list(pairs), schema=to_arrow_schema(PAIR))).to_pylist()
    return {(row["release_id"], row["film_id"]): row for row in rows}


def test_films_of_a_record_share_one_probability_with_no_film() -> None:
    """Each has its share, the margin is to the next, and the last's is its score; of two alike the lower id leads."""
    found = rank(pair(3, 1, 0.0), pair(1, 1, 1.0), pair(2, 1, 0.0), pair(1, 2, 2.0))
    total = 1 + exp(1) + 2
    assert [found[1, film]["rank"] for film in (1, 2, 3)] == [1, 2, 3]
    assert found[1, 1]["score"] == pytest.approx(exp(1) / total)
    assert found[1, 1]["margin"] == pytest.approx((exp(1) - 1) / total)
    assert found[1, 2]["margin"] == 0.0
    assert found[1, 3]["margin"] == found[1, 3]["score"] == pytest.approx(1 / total)
    assert found[2, 1]["score"] == pytest.approx(exp(2) / (1 + exp(2)))


def test_versions_decide_together() -> None:
    """The best of a group counts for each of it, but for one that came out before the film, and for no other film."""
    found = rank(
        pair(1, 1, -1.0, "work"),
        pair(1, 2, 3.0, "work"),
        pair(1, 3, -2.0, "work", year_before=-4.0),
        pair(2, 1, -1.0, "work"),
    )
    assert found[1, 1]["score"] == pytest.approx(exp(3) / (1 + exp(3) + exp(-1)))
    assert found[2, 1]["score"] == pytest.approx(exp(3) / (1 + exp(3)))
    assert found[3, 1]["score"] == pytest.approx(exp(-2) / (1 + exp(-2)))


def test_the_same_pairs_give_the_same_bits_in_any_order() -> None:
    """A sum of probabilities does not depend on how the pairs came."""
    pairs = [pair(film, 1, film / 7) for film in range(1, 30)]
    assert rank(*pairs) == rank(*reversed(pairs))


def test_no_pairs_have_no_ranks() -> None:
    """A bucket may be empty."""
    assert rank() == {}
