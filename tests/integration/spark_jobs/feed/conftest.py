"""A lake with three sets of gold, and the feed of the first."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_jobs.export.source import Source
from spark_jobs.feed.job import Request, publish
from spark_jobs.lakehouse.files import Files
from tests.integration.spark_jobs.builders.exported import (
    FETCHED,
    FIRST,
    SECOND,
    THIRD,
    ExportLake,
    Rows,
    film,
    match,
    release,
)
from tests.integration.spark_jobs.feed.reader import Reader

FILMS = [
    film(1, "Arrival", imdb_id="tt0000001", release_year=1999),
    film(2, "Far Astray", imdb_id="tt0000002"),
    film(3, "Marsh", imdb_id="tt0000002"),
    film(4, "No number", imdb_id="nm1"),
]
RECORDS = [release(n, formats=["Vinyl"], country="UK", barcodes=["12345678"]) for n in range(10, 16)]
MADE = {"matcher": "m"}
FIRST_ROWS: Rows = {
    "movies": FILMS,
    "releases": RECORDS,
    "matches": [
        match(10 + n, film_id, 1, film_title=f"F{film_id}", **MADE)
        for n, film_id in enumerate([1, 1, 2, 3, 4])
    ],
}
# 10 scores otherwise, 11 moves to a film that came, 12 loses its film which is gone, 13 stays, 14 is described
# otherwise with its record's title, 15 is new.
SECOND_ROWS: Rows = {
    "movies": [
        FILMS[0],
        film(2, "Far Astray", removed_at=FETCHED),
        *FILMS[2:],
        film(6, "New", imdb_id="tt0000006"),
    ],
    "releases": [*RECORDS[:4], RECORDS[4] | {"title": "A - other"}, RECORDS[5]],
    "matches": [
        match(10, 1, 2, film_title="F1", probability=0.8, **MADE),
        match(11, 6, 2, film_title="F6", **MADE),
        match(13, 3, 2, film_title="F3", **MADE),
        match(14, 4, 2, film_title="F4", release_title="other", **MADE),
        match(15, 3, 2, film_title="F3", **MADE),
    ],
}
# What the second changed of the links is taken back, by another matcher; films and records stay as they are then.
THIRD_ROWS: Rows = {"matches": [*FIRST_ROWS["matches"][1:], match(10, 1, 3, film_title="F1", matcher="n")]}


@dataclass(frozen=True)
class Runs:
    """Sources as three runs left them."""

    first: Source
    second: Source
    third: Source


@pytest.fixture(scope="session")
def runs(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Made once."""
    lake = ExportLake(spark, tmp_path_factory.mktemp("fed"))
    rows = ((FIRST, FIRST_ROWS), (SECOND, SECOND_ROWS), (THIRD, THIRD_ROWS))
    return Runs(*[lake.publish(run, found) for run, found in rows])


@pytest.fixture(scope="session")
def first_feed(spark: SparkSession, runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the files of a lake after the first feed; tests copy it."""
    root = tmp_path_factory.mktemp("first")
    publish(spark, at(runs.first, root), Request())
    return root


@dataclass(frozen=True)
class Second:
    """A feed after its second run, and what stood on disk at each commit point of that."""

    root: Path
    figures: dict[str, Any]
    at_step: Mapping[str, Path]
    times_before: Mapping[str, int]

    def written(self) -> set[str]:
        """Files that were written by the second run."""
        return {name for name, time in times(self.root).items() if self.times_before.get(name) != time}


@pytest.fixture(scope="session")
def second(
    spark: SparkSession, runs: Runs, first_feed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Second:
    """The second feed, made once; a process that is killed leaves on disk what stands there at that moment."""
    root, steps = tmp_path_factory.mktemp("second"), tmp_path_factory.mktemp("steps")
    shutil.copytree(first_feed / "feed", root / "feed")
    before, at_step = times(root), {}

    def keep(step: str) -> None:
        at_step[step] = steps / step
        shutil.copytree(root / "feed", at_step[step] / "feed")

    figures = publish(spark, at(runs.second, root), Request(tell=keep))
    return Second(root, figures, at_step, before)


def times(root: Path) -> dict[str, int]:
    """When each file of a feed was written, by its name."""
    folder = root / "feed"
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in found}


def at(source: Source, root: Path) -> Source:
    """A source whose files lie elsewhere."""
    return replace(source, files=Files(f"{root}/{{area}}"))


def reader(root: Path) -> Reader:
    return Reader(root / "feed")
