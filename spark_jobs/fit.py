"""Fits the scorer's weights on labelled links and writes coefficients.json.

    python -m spark_jobs.fit --data DIR[=WEIGHT] [--data DIR ...] [--output FILE] [--folds 5] [--min-precision 0.99]

Each DIR holds tmdb_movies.jsonl.gz, discogs_releases.jsonl.gz and links.csv; its records count WEIGHT times (1) in the
fit. Prints one JSON object: the figures of each DIR, cross-validated and fitted, and from which probability on matches
are published, by the held-out records of those DIRs that count in full: others are made hard on purpose.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

from spark_jobs.evaluation.fitting import (
    RIDGE,
    cross_validate,
    figures,
    fit,
    held_out,
    held_out_steps,
    named_figures,
    predict,
    read_sample,
    sharpened,
    temperature,
)
from spark_jobs.evaluation.judging import compare
from spark_jobs.matching.model import (
    COEFFICIENTS_FILE,
    FEATURES,
    MIN_PRECISION,
    HeldOutStep,
    Model,
    guarantee,
)
from spark_jobs.runtime.session import SHORT_LIVED, spark_session


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point; exits with one clear line when a folder is missing."""
    parser = argparse.ArgumentParser(prog="spark_jobs.fit", description="Fit the matcher on labelled links")
    parser.add_argument(
        "--data",
        type=_folder,
        action="append",
        required=True,
        metavar="DIR[=WEIGHT]",
        help="folder of labelled data",
    )
    parser.add_argument("--output", type=Path, default=COEFFICIENTS_FILE)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument(
        "--min-precision", type=float, default=MIN_PRECISION, help="what published matches must reach"
    )
    given = parser.parse_args(argv)
    for folder, _ in given.data:
        if not folder.is_dir():
            parser.error(f"no such folder: {folder}")
    spark = spark_session("crossfade-fit", **SHORT_LIVED)
    samples = [read_sample(spark, folder, weight) for folder, weight in given.data]
    names = [folder.name for folder, _ in given.data]
    factor = temperature(samples, held_out(samples, given.folds))
    model = sharpened(fit(samples), factor)
    judged = dict(zip(names, cross_validate(samples, given.folds), strict=True))
    steps = held_out_steps([judged[folder.name] for folder, weight in given.data if weight >= 1])
    fitted = [figures(compare(predict(s, model), s.links, 0.0)) for s in samples]
    report = {
        "temperature": factor,
        "cross_validated": named_figures(judged),
        "published": asdict(guarantee(steps, given.min_precision)),
        "fitted": dict(zip(names, fitted, strict=True)),
    }
    _save(model, steps, given.output, given.data, report)
    sys.stdout.write(json.dumps(report) + "\n")


def _folder(text: str) -> tuple[Path, float]:
    """A folder and its weight: 'cases/seen=3', or 1 where none is said."""
    path, _, weight = text.partition("=")
    return Path(path), float(weight or 1)


def _save(
    model: Model,
    steps: Sequence[HeldOutStep],
    path: Path,
    data: Sequence[tuple[Path, float]],
    report: dict[str, Any],
) -> None:
    """Write the weights, with where they come from."""
    weights = dict(zip(FEATURES, map(float, model.weights), strict=True))
    source = {"data": {folder.name: weight for folder, weight in data}, "ridge": RIDGE, **report}
    content: dict[str, Any] = {"bias": model.bias, "threshold": model.threshold, "weights": weights}
    content |= {"held_out": [list(astuple(step)) for step in steps], "source": source}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
