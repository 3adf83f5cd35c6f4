"""A feed killed at any of its commit points: readers have the old or the new one, and the next mends what is left."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from spark_jobs.feed.job import Request, publish
from tests.integration.spark_jobs.feed.conftest import Runs, Second, at, reader
from tests.integration.spark_jobs.feed.reader import told

pytestmark = pytest.mark.slow

STEPS = ("whole files", "next", "files", "changes", "index")


def test_these_are_all_commit_points(second: Second) -> None:
    """Whoever adds one adds it here."""
    assert tuple(second.at_step) == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_readers_are_left_whole(first_feed: Path, second: Second, step: str) -> None:
    """Until the index is written the feed of before, file by file; from then on the new one."""
    feed, before = reader(second.at_step[step]), reader(first_feed)
    links = feed.links()
    assert feed.documents() == told(links)
    assert (links == before.links()) == (step != "index")


@pytest.mark.parametrize("step", ["next", "files"])
def test_the_next_feed_mends_what_a_killed_one_left(
    spark: SparkSession, runs: Runs, second: Second, tmp_path: Path, step: str
) -> None:
    """It is of a run that takes back what the killed one had changed: its files are right all the same."""
    shutil.copytree(second.at_step[step] / "feed", tmp_path / "feed")
    feed = reader(tmp_path)
    publish(spark, at(runs.third, tmp_path), Request())
    links = feed.links()
    assert feed.documents() == told(links)
    assert {each: link["film_id"] for each, link in links.items()} == {10: 1, 11: 1, 12: 2, 13: 3, 14: 4}
    assert feed.index["generation"] == 3
