"""Fits the scorer's weights on labelled links and writes coefficients.json.

    python -m spark_jobs.fit [--data DIR[=WEIGHT] ...] [--reviews] [--known --tables URI --files PATH]
        [--output FILE] [--report DIR] [--folds 5] [--min-precision 0.99]

Each DIR holds tmdb_movies.jsonl.gz, discogs_releases.jsonl.gz and links.csv; its records count WEIGHT times (1) in the
fit. `--reviews` and `--known` add the labels of a lake: what people said in reviews, and its CSVs of known links.
Without any DIR these move the weights there are, the more the more labels there are.

Prints one JSON object: the figures of each set, cross-validated and fitted, before and after for the lake's own cases,
none of which was fitted on when it was judged, and from which probability on matches are published, by the held-out
records of those sets that count in full: others are made hard on purpose. `--report` writes DIR/index.html, a page of
before and after.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from spark_jobs.evaluation.before_after import write_page
from spark_jobs.evaluation.fitting import (
    RIDGE,
    HeldOut,
    Sample,
    cross_validate,
    figures,
    fit,
    held_out,
    held_out_steps,
    measured,
    named_figures,
    predict,
    read_sample,
    sample_of,
    sharpened,
    temperature,
)
from spark_jobs.evaluation.judging import compare
from spark_jobs.gold.reviews.labels import read_labels
from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.lake import Addresses
from spark_jobs.matching.guarantee import MIN_PRECISION, guarantee
from spark_jobs.matching.model import COEFFICIENTS_FILE, FEATURES, HeldOutStep, Model
from spark_jobs.runtime.session import SHORT_LIVED, spark_session

OWN = "own"
"""Name of the lake's own cases among the sets."""
LEAST_OWN = 30  # labelled records of a lake: fewer say nothing when one fifth of them is held out


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point; exits with one clear line when a folder or the lake's labels are missing."""
    parser = _parser()
    given = parser.parse_args(argv)
    is_own = given.reviews or given.known
    for folder, _ in given.data:
        if not folder.is_dir():
            parser.error(f"no such folder: {folder}")
    if not given.data and not is_own:
        parser.error(
            "nothing to fit on: give --data DIR, or --reviews or --known with the addresses of a lake"
        )
    if is_own and not (given.tables and given.files):
        parser.error("--reviews and --known read a lake: say where it is with --tables URI and --files PATH")
    spark = spark_session("crossfade-fit", **SHORT_LIVED)
    samples = {folder.name: read_sample(spark, folder, weight) for folder, weight in given.data}
    if is_own:
        try:
            samples[OWN] = own_sample(spark, given)
        except LakeError as error:
            parser.error(str(error))
    before = Model.load() if is_own else Model.unit()
    report, model, steps = fitted(samples, given.folds, given.min_precision, before)
    _save(model, steps, given.output, samples, report)
    if given.report:
        write_page(given.report, report)
    sys.stdout.write(json.dumps(report) + "\n")


def own_sample(spark: SparkSession, given: argparse.Namespace) -> Sample:
    """The labelled records of a lake. Raises LakeError when they are too few to learn from."""
    addresses = Addresses(given.tables, given.files, given.catalog)
    labels = read_labels(spark, addresses, reviews=given.reviews, known=given.known)
    count = len(labels.links) + len(labels.rejected)
    if count < LEAST_OWN:
        raise LakeError(
            f"{count} records of this lake are labelled, {LEAST_OWN} are needed: review more, or give known links"
        )
    return sample_of(labels.movies, labels.releases, labels.links, rejected=labels.rejected)


def fitted(
    samples: Mapping[str, Sample], folds: int, min_precision: float, before: Model
) -> tuple[dict[str, Any], Model, list[HeldOutStep]]:
    """The report of a fit, its model, and what its held-out matches were worth.

    Weights begin at zero where there is a set of labelled data, else they are held to those of `before`.
    """
    sets = list(samples.values())
    prior = before if set(samples) == {OWN} else None
    factor = temperature(sets, held_out(sets, folds, prior))
    model = sharpened(fit(sets, prior=prior), factor)
    judged = dict(zip(samples, cross_validate(sets, folds, prior), strict=True))
    steps = held_out_steps([judged[name] for name, sample in samples.items() if sample.weight >= 1])
    report = {
        "temperature": factor,
        "cross_validated": named_figures(judged),
        "published": asdict(guarantee(steps, min_precision)),
        "fitted": {name: figures(compare(predict(s, model), s.links, 0.0)) for name, s in samples.items()},
    }
    if OWN in samples:
        report["own"] = _before_after(samples[OWN], before, judged[OWN])
    return report, model, steps


def _before_after(sample: Sample, before: Model, after: HeldOut) -> dict[str, Any]:
    """The lake's cases by the weights there were, which never saw them, and by fits that left out each in turn."""
    was = measured(sample, before.utilities(sample.features))
    return {"cases": len(set(sample.release_ids.tolist())), **named_figures({"before": was, "after": after})}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="spark_jobs.fit", description="Fit the matcher on labelled links")
    parser.add_argument(
        "--data",
        type=_folder,
        action="append",
        default=[],
        metavar="DIR[=WEIGHT]",
        help="folder of labelled data",
    )
    parser.add_argument("--reviews", action="store_true", help="fit on what people said in reviews, too")
    parser.add_argument("--known", action="store_true", help="fit on the lake's CSVs of known links, too")
    parser.add_argument("--catalog", default="spark_catalog", help="catalog the lake's tables are named in")
    parser.add_argument("--tables", metavar="URI", help="where the lake's tables lie, with {container}")
    parser.add_argument("--files", metavar="PATH", help="where its small files lie, with {area}")
    parser.add_argument("--output", type=Path, default=COEFFICIENTS_FILE)
    parser.add_argument("--report", type=Path, metavar="DIR", help="write DIR/index.html: before and after")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument(
        "--min-precision", type=float, default=MIN_PRECISION, help="what published matches must reach"
    )
    return parser


def _folder(text: str) -> tuple[Path, float]:
    """A folder and its weight: 'cases/seen=3', or 1 where none is said."""
    path, _, weight = text.partition("=")
    return Path(path), float(weight or 1)


def _save(
    model: Model,
    steps: Sequence[HeldOutStep],
    path: Path,
    samples: Mapping[str, Sample],
    report: dict[str, Any],
) -> None:
    """Write the weights, with where they come from."""
    weights = dict(zip(FEATURES, map(float, model.weights), strict=True))
    source = {"data": {name: sample.weight for name, sample in samples.items()}, "ridge": RIDGE, **report}
    content: dict[str, Any] = {"bias": model.bias, "threshold": model.threshold, "weights": weights}
    content |= {"held_out": [list(astuple(step)) for step in steps], "source": source}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
