"""Splink on labelled records, set up as its documentation advises; run by the interpreter of requirements-bench.txt.

    PYTHON -m tests.bench.splink_match DIR

Titles are cleaned by the project's own parser, so that both see the same names; m and u are trained on the links
(which favours Splink: it is judged on the links it was trained with). Prints one JSON object.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped,unused-ignore]
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from spark_jobs.names.folding import name_tokens
from spark_jobs.names.people import name_key, split_artists
from spark_jobs.names.titles import clean_release_title, split_artist

THRESHOLD = 0.5


def films(path: Path) -> pd.DataFrame:
    """One row per film: title, year, people."""
    rows = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for film in map(json.loads, lines):
            crew = film["credits"]["crew"]
            composers = [name_key(p["name"]) for p in crew if p["job"] == "Original Music Composer"]
            rows.append(
                _row(film["id"], " ".join(name_tokens(film["title"])), film["release_date"][:4], composers)
            )
    return pd.DataFrame(rows)


def records(path: Path) -> pd.DataFrame:
    """One row per record: title, year, artists."""
    rows = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            artist, _ = split_artist(record["title"])
            people = [name_key(name) for name in split_artists(artist)]
            rows.append(_row(record["id"], clean_release_title(record["title"]), record.get("year"), people))
    return pd.DataFrame(rows)


def _row(number: int, title: str, year: str | None, people: list[str]) -> dict[str, Any]:
    first = title.split()[0] if title else None
    known = {"year": int(year) if year else None, "people": people or None}
    return {"unique_id": number, "title": title or None, "first_word": first, **known}


def match(folder: Path) -> dict[str, Any]:
    """Train, predict, keep the likeliest film of each record, compare with the links."""
    begun = time.monotonic()
    left, right = films(folder / "tmdb_movies.jsonl.gz"), records(folder / "discogs_releases.jsonl.gz")
    with (folder / "links.csv").open(encoding="utf-8", newline="") as lines:
        links = {int(row["discogs_id"]): int(row["tmdb_id"]) for row in csv.DictReader(lines)}
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("title", [0.97, 0.92, 0.85]).configure(
                term_frequency_adjustments=True
            ),
            cl.ArrayIntersectAtSizes("people", [1]),
            cl.ExactMatch("year"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("title"),
            block_on("first_word"),
            block_on("year", "substr(title,1,2)"),
        ],
    )
    database = DuckDBAPI()
    tables = [database.register(left), database.register(right)]
    linker = Linker(tables, settings)
    linker.training.estimate_probability_two_random_records_match([block_on("title")], recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("title"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("year"))
    found = linker.inference.predict(threshold_match_probability=THRESHOLD).as_pandas_dataframe()
    ranked = found.sort_values("match_probability", ascending=False)
    film_ids = set(left["unique_id"])
    best: dict[int, int] = {}
    for one, other in zip(ranked["unique_id_l"], ranked["unique_id_r"], strict=True):
        film, record = (one, other) if one in film_ids else (other, one)
        best.setdefault(int(record), int(film))
    correct = sum(links.get(record) == film for record, film in best.items())
    return {
        "precision": round(correct / max(len(best), 1), 4),
        "recall": round(correct / len(links), 4),
        "f1": round(2 * correct / (len(best) + len(links)), 4),
        "seconds": round(time.monotonic() - begun, 2),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(match(Path(sys.argv[1]))) + "\n")
