"""The gold job's matcher compared with labelled links.

    python -m spark_jobs.evaluate --movies M --releases R --links L [--json] [--errors N] [--report DIR]
    python -m spark_jobs.evaluate --cross-validate DIR [--cross-validate DIR ...] [--figure FILE.svg]

M and R are JSON lines (gzip or not) of TMDB details and of Discogs search results; L is a CSV of true pairs.
Prints precision, recall, f1, predicted, links and seconds (reading, matching and comparing; not the start of Spark);
`--report` also writes DIR/index.html (evaluation/page.py). `--cross-validate` refits on all DIRs (tmdb_movies.jsonl.gz,
discogs_releases.jsonl.gz, links.csv) without one fifth of the film titles at a time and measures that fifth: figures
of records the weights were not fitted on; `--figure` draws their precision and recall (evaluation/charts.py).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from spark_jobs.evaluation.all_pairs import match_candidates
from spark_jobs.evaluation.charts import precision_recall_figure
from spark_jobs.evaluation.fitting import cross_validate, named_figures, read_sample
from spark_jobs.evaluation.judging import LinkQuality, Mistake, compare, errors
from spark_jobs.evaluation.labelled import Links, read_links, read_movies, read_releases
from spark_jobs.evaluation.page import write_report
from spark_jobs.matching.model import Model
from spark_jobs.runtime.session import SHORT_LIVED, spark_session

FOLDS = 5
_SHOWN = (
    *("release_id", "film_id", "score", "margin", "artist", "release_title", "film_title", "film_year"),
    *("reason", "contributions"),
)


def likeliest(spark: SparkSession, movies: Path, releases: Path, model: Model) -> list[dict[str, Any]]:
    """The likeliest film of each record of two files, by the gold job's own steps."""
    candidates = match_candidates(read_movies(spark, movies), read_releases(spark, releases), model)
    return [row.asDict() for row in candidates.where(F.col("rank") == 1).select(*_SHOWN).collect()]


def judge(rows: Sequence[dict[str, Any]], links: Links, threshold: float, seconds: float) -> LinkQuality:
    """How well those rows that reach the threshold agree with the links."""
    found = [(row["release_id"], row["film_id"]) for row in rows if row["score"] >= threshold]
    return compare(found, links, seconds)


def _write(quality: LinkQuality, mistakes: list[Mistake], as_json: bool) -> None:
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
    parser = _parser()
    given = parser.parse_args(argv)
    files = [given.movies, given.releases, given.links]
    if not given.cross_validate and None in files:
        parser.error("give --movies, --releases and --links, or --cross-validate DIR")
    if given.figure and not given.cross_validate:
        parser.error("--figure goes with --cross-validate DIR")
    for path in [*filter(None, files), *given.cross_validate]:
        if not path.exists():
            parser.error(f"no such file: {path}")
    spark = spark_session("crossfade-evaluate", **SHORT_LIVED)
    if given.cross_validate:
        _cross_validate(spark, given.cross_validate, given.figure)
        return
    begun = time.monotonic()
    links, model = read_links(given.links), Model.load()
    rows = likeliest(spark, given.movies, given.releases, model)
    quality = judge(rows, links, model.threshold, time.monotonic() - begun)
    mistakes = errors(rows, links, model.threshold)
    if given.report:
        write_report(given.report, quality, rows, links, mistakes, model.threshold)
    _write(quality, mistakes[: given.errors], given.json)


def _cross_validate(spark: SparkSession, folders: Sequence[Path], figure: Path | None) -> None:
    samples = [read_sample(spark, folder) for folder in folders]
    judged = dict(zip((folder.name for folder in folders), cross_validate(samples, FOLDS), strict=True))
    if figure:
        figure.write_text(precision_recall_figure(judged), encoding="utf-8")
    sys.stdout.write(json.dumps(named_figures(judged)) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spark_jobs.evaluate", description="The matcher against labelled links"
    )
    for name in ("movies", "releases", "links"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="show the first N errors")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write DIR/index.html")
    parser.add_argument(
        "--cross-validate", type=Path, action="append", default=[], metavar="DIR", help="held-out figures"
    )
    parser.add_argument("--figure", type=Path, metavar="FILE", help="draw precision and recall as SVG")
    return parser


if __name__ == "__main__":
    main()
