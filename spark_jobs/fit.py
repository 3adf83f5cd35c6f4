"""Fits the scorer's weights on labelled links and writes coefficients.json.

    python -m spark_jobs.fit --data DIR [--data DIR ...] [--output FILE] [--folds 5]

Each DIR holds tmdb_movies.jsonl.gz, discogs_releases.jsonl.gz and links.csv. Prints one JSON object with the figures
of each DIR, cross-validated and fitted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spark_jobs.evaluation.fitting import (
    RIDGE,
    cross_validate,
    figures,
    fit,
    held_out,
    named_figures,
    predict,
    read_sample,
    sharpened,
    temperature,
)
from spark_jobs.evaluation.judging import compare
from spark_jobs.matching.model import COEFFICIENTS_FILE, FEATURES, Model
from spark_jobs.runtime.session import SHORT_LIVED, spark_session


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point; exits with one clear line when a folder is missing."""
    parser = argparse.ArgumentParser(prog="spark_jobs.fit", description="Fit the matcher on labelled links")
    parser.add_argument("--data", type=Path, action="append", required=True, help="folder of labelled data")
    parser.add_argument("--output", type=Path, default=COEFFICIENTS_FILE)
    parser.add_argument("--folds", type=int, default=5)
    given = parser.parse_args(argv)
    for folder in given.data:
        if not folder.is_dir():
            parser.error(f"no such folder: {folder}")
    spark = spark_session("crossfade-fit", **SHORT_LIVED)
    samples = [read_sample(spark, folder) for folder in given.data]
    names = [folder.name for folder in given.data]
    factor = temperature(samples, held_out(samples, given.folds))
    model = sharpened(fit(samples), factor)
    fitted = [figures(compare(predict(s, model), s.links, 0.0)) for s in samples]
    report = {
        "temperature": factor,
        "cross_validated": named_figures(dict(zip(names, cross_validate(samples, given.folds), strict=True))),
        "fitted": dict(zip(names, fitted, strict=True)),
    }
    _save(model, given.output, given.data, report)
    sys.stdout.write(json.dumps(report) + "\n")


def _save(model: Model, path: Path, data: Sequence[Path], report: dict[str, Any]) -> None:
    """Write the weights, with where they come from."""
    weights = dict(zip(FEATURES, map(float, model.weights), strict=True))
    source = {"data": [folder.name for folder in data], "ridge": RIDGE, **report}
    content = {"bias": model.bias, "threshold": model.threshold, "weights": weights, "source": source}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
