"""Versions of one work decide together."""

from __future__ import annotations

from typing import Any

import numpy as np

from spark_jobs.evaluation.fitting import Sample, shared
from spark_jobs.matching.facts import release_row
from spark_jobs.matching.model import FEATURES


def group(title: str = "Far Astray", artist: str = "Hans Mori", **more: Any) -> str:
    """The version group of a record."""
    row = {
        "release_id": 7,
        "artist": artist,
        "release_title": title,
        "is_various": False,
        "artists": [artist],
    }
    row |= {"year": 2014, "genres": ["Stage & Screen"], "styles": ["Score"], "formats": ["CD"]}
    row |= {"release_hash": 0, "master_id": None}
    found: str = release_row(row | more)["version_group"]
    return found


def test_reissues_of_an_artist_s_title_are_one_work() -> None:
    """Case, boilerplate and year make no other work; a master says it whatever the title."""
    assert group("FAR ASTRAY (Original Motion Picture Soundtrack)", year=2020) == group()
    assert group("Louder", master_id=5) == group(master_id=5)


def test_another_kind_of_record_is_another_work() -> None:
    """The stage version, the single and another artist's record stand alone, and so does what nobody made."""
    others = [
        group("Far Astray (Original Broadway Cast Recording)"),
        group("Far Astray (Original Game Soundtrack)"),
        group(formats=["Single"]),
        group(artist="Lisa Roe"),
        group(is_various=True),
        group(is_various=True, release_id=8),
    ]
    assert len({group(), *others}) == len(others) + 1


def test_the_highest_of_the_versions_counts_but_not_for_one_older_than_the_film() -> None:
    """A reissue gets what its first edition says; a record that came out before the film keeps its own."""
    features = np.zeros((3, len(FEATURES)))
    features[2, FEATURES.index("year_before")] = 1.0
    ids, films = np.array([1, 2, 3]), np.array([9, 9, 9])
    sample = Sample(ids, films, features, np.ones(3), ["a"] * 3, ["one"] * 3, {})
    assert shared(sample, np.array([4.0, 1.0, -2.0])).tolist() == [4.0, 4.0, -2.0]
