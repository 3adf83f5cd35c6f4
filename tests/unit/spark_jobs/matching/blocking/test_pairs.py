"""Pairs of films and records under shared blocks."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from spark_jobs.matching.blocking.pairs import PAIRING, _are_near, film_parts, record_parts
from spark_jobs.matching.evidence import NEAR_MISS

STRINGS = pa.list_(pa.string())
FILMS = pa.schema(
    [
        *(("film_id", pa.int64()), ("film_year", pa.int32()), ("film_keys", pa.string())),
        *(("film_forms", pa.string()), ("composers", STRINGS), ("players", STRINGS)),
        *(("prominence", pa.float64()), ("is_new", pa.bool_())),
    ]
)
RECORDS = pa.schema(
    [
        *(("release_id", pa.int64()), ("release_keys", pa.string()), ("release_forms", pa.string())),
        *(("version_group", pa.string()), ("blocks", STRINGS), ("is_new", pa.bool_())),
    ]
)


def film(number: int, *keys: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A film with keys and the names they stand in."""
    row = {"film_id": number, "film_year": 1960, "composers": [], "players": [], "prominence": 0.1}
    lines = {
        "film_keys": "\n".join(key for key, _ in keys),
        "film_forms": "\n".join(form for _, form in keys),
    }
    return row | lines | {"is_new": True} | more


def record(number: int, blocks: list[str], *keys: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A record with blocks, and keys with the names they stand in."""
    lines = {
        "release_keys": "\n".join(key for key, _ in keys),
        "release_forms": "\n".join(f for _, f in keys),
    }
    return {"release_id": number, "version_group": "", "blocks": blocks, "is_new": True} | lines | more


def pairs(films: list[dict[str, Any]], records: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Pairs that meet, as if all were in one bucket."""
    parts = [
        *film_parts(pa.Table.from_pylist(films, schema=FILMS)),
        *record_parts(pa.Table.from_pylist(records, schema=RECORDS)),
    ]
    (found,) = PAIRING.work({part.name: part.rows for part in parts})
    return sorted((row["film_id"], row["release_id"]) for row in found.rows.to_pylist())


def test_near_names_under_a_block_are_paired_once() -> None:
    """Far names under a word are not, nor what a record has a key for but no block."""
    films = [
        film(1, ("=farastray", "farastray"), ("astray", "astrayfar")),
        film(2, ("astray", "astraygoesthewholeworld")),
        film(3, ("lantern", "lantern")),
    ]
    keys = [("=farastray", "farastray"), ("astray", "astrayfar"), ("lantern", "lantern")]
    assert pairs(films, [record(7, ["=farastray", "astray"], *keys)]) == [(1, 7)]


def test_a_skewed_name_is_met_with_something_else() -> None:
    """By a person, by year, among known films; not by the name alone, nor with another name's."""
    home = ("=home", "home")
    films = [
        film(1, home, composers=["ana ruiz"], film_year=1990),
        film(2, home, players=["ana ruiz"], film_year=None),
        film(3, home),
        film(4, home, film_year=1990, prominence=0.7),
        film(5, home, film_year=1990),
        film(6, ("=house", "house"), composers=["ana ruiz"]),
    ]
    blocks = ["=home|1960", "=home|ana ruiz", "=home|known"]
    assert pairs(films, [record(7, blocks, home)]) == [(1, 7), (2, 7), (3, 7), (4, 7)]


def test_what_is_known_is_not_paired_again() -> None:
    """One of a pair is new."""
    key = ("=home", "home")
    films = [film(1, key, is_new=True), film(2, key, is_new=False)]
    records = [record(7, ["=home"], key, is_new=True), record(8, ["=home"], key, is_new=False)]
    assert pairs(films, records) == [(1, 7), (1, 8), (2, 7)]


@given(st.text("abc", min_size=1, max_size=12), st.text("abc", min_size=1, max_size=12))
def test_names_that_may_match_are_near(one: str, other: str) -> None:
    """What the scorer would let pass is never left out."""
    if fuzz.ratio(one, other) >= 100 * NEAR_MISS:
        assert _are_near(pa.array([one]), pa.array([other])).tolist() == [True]
