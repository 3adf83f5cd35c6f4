"""The gold job's matcher against labelled links.

    python -m spark_jobs.evaluate --movies M --releases R --links L [--json] [--errors N]

M and R are JSON lines (gzip or not) of TMDB details and of Discogs search results; L is a CSV of true pairs.
Prints precision, recall, f1, predicted, links and seconds (reading, matching and comparing; not the start of Spark).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from spark_jobs.labelled import Links, read_links, read_movies, read_releases
from spark_jobs.matching import best_matches, match_candidates
from spark_jobs.scoring import Model
from spark_jobs.session import SHORT_LIVED, spark_session

Mistake = dict[str, Any]
_SHOWN = ("release_id", "film_id", "score", "margin", "artist", "release_title", "film_title", "reason")


@dataclass(frozen=True, slots=True)
class Quality:
    """How well predicted pairs agree with the links; `seconds` from reading the files on."""

    precision: float
    recall: float
    f1: float
    predicted: int
    links: int
    seconds: float


def compare(predicted: Iterable[tuple[int, int]], links: Links, seconds: float) -> Quality:
    """Quality of predicted (release_id, film_id) pairs against the links; 0 where nothing can be divided."""
    pairs = set(predicted)
    right = len(pairs & set(links.items()))
    precision = right / len(pairs) if pairs else 0.0
    recall = right / len(links) if links else 0.0
    f1 = 2 * right / (len(pairs) + len(links)) if pairs or links else 0.0
    shares = (round(precision, 4), round(recall, 4), round(f1, 4))
    return Quality(*shares, len(pairs), len(links), round(seconds, 2))


def predict(spark: SparkSession, movies: Path, releases: Path, model: Model) -> DataFrame:
    """Matches of two files by the gold job's own steps."""
    candidates = match_candidates(read_movies(spark, movies), read_releases(spark, releases), model)
    return best_matches(candidates, model.threshold)


def errors(rows: Iterable[dict[str, Any]], links: Links) -> list[Mistake]:
    """False matches and missed links, the most confident mistakes first."""
    found = {row["release_id"]: row for row in rows}
    false = [row | {"error": "false match", "true_film_id": links.get(row["release_id"])}
             for row in found.values() if links.get(row["release_id"]) != row["film_id"]]  # fmt: skip
    missed = [{"error": "missed", "release_id": release, "true_film_id": film, "score": 0.0}
              for release, film in links.items() if release not in found]  # fmt: skip
    return sorted(false, key=lambda row: -float(row["score"])) + missed


def evaluate(
    spark: SparkSession, movies: Path, releases: Path, links_file: Path
) -> tuple[Quality, list[Mistake]]:
    """Quality and errors of the matcher on labelled files."""
    begun = time.monotonic()
    links, model = read_links(links_file), Model.load()
    kept = predict(spark, movies, releases, model).select(*_SHOWN)
    rows = [row.asDict() for row in kept.collect()]
    pairs = [(row["release_id"], row["film_id"]) for row in rows]
    return compare(pairs, links, time.monotonic() - begun), errors(rows, links)


def _write(quality: Quality, mistakes: list[Mistake], as_json: bool) -> None:
    """The command's output: figures, then the errors asked for."""
    figures = asdict(quality)
    if as_json:
        sys.stdout.write(
            json.dumps(figures | ({"errors": mistakes} if mistakes else {}), ensure_ascii=False) + "\n"
        )
        return
    for name, value in figures.items():
        sys.stdout.write(f"{name:<10} {value}\n")
    for row in mistakes:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point; exits with one clear line when a file is missing."""
    parser = argparse.ArgumentParser(
        prog="spark_jobs.evaluate", description="The matcher against labelled links"
    )
    for name in ("movies", "releases", "links"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="show the first N errors")
    given = parser.parse_args(argv)
    for path in (given.movies, given.releases, given.links):
        if not path.is_file():
            parser.error(f"no such file: {path}")
    spark = spark_session("crossfade-evaluate", **SHORT_LIVED)
    quality, mistakes = evaluate(spark, given.movies, given.releases, given.links)
    _write(quality, mistakes[: given.errors], given.json)


if __name__ == "__main__":
    main()
