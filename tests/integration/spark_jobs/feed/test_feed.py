"""The feed of run after run: what is written, what readers find, what is said to have changed."""

from __future__ import annotations

import csv
import functools
import gzip
import hashlib
import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from spark_jobs.feed.changes import WHY, fold
from spark_jobs.feed.job import Request, publish
from spark_jobs.html.notices import NOTICES
from tests.integration.spark_jobs.builders.exported import FIRST, SECOND
from tests.integration.spark_jobs.feed.conftest import Runs, Second, at, reader, times
from tests.integration.spark_jobs.feed.reader import told

PAGE = Path(__file__).parents[4] / "docs" / "feed.md"


def test_the_first_feed_is_whole(first_feed: Path) -> None:
    """The index counts and checks what is there, every file follows from the links, and all links are new."""
    feed = reader(first_feed)
    index, links = feed.index, feed.links()
    assert (index["generation"], index["run"], tuple(index["notices"])) == (1, FIRST, NOTICES)
    assert index["counts"] == {"links": 5, "films": 4, "imdb_ids": 2, "releases": 5}
    assert feed.documents() == told(links) and len(links) == 5
    for each in index["files"]:
        data = (feed.root / each["path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (each["bytes"], each["sha256"])
    assert [each["why"] for each in feed.changes(FIRST)] == [["first"]] * 5


def test_the_whole_files_hold_the_same(first_feed: Path) -> None:
    """Parquet, CSV and JSON lines have the same links in the same order."""
    feed = reader(first_feed)
    links = list(feed.links().values())
    with gzip.open(feed.whole("links.jsonl.gz"), "rt") as lines:
        assert [json.loads(line) for line in lines] == links
    with gzip.open(feed.whole("links.csv.gz"), "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["formats"] == "Vinyl" and rows[0]["probability"] == "0.9"
    assert [(row["release_id"], row["film_id"]) for row in rows] == [
        (str(link["release_id"]), str(link["film_id"])) for link in links
    ]


def test_a_film_that_shares_its_imdb_id_gives_way_to_the_one_with_more_records(first_feed: Path) -> None:
    """Films 2 and 3 have one record each, so the older id counts."""
    found = json.loads((first_feed / "feed/films/imdb/tt0000002.json").read_text())
    assert found["film"]["film_id"] == 2
    assert not (first_feed / "feed/films/imdb/nm1.json").exists()


def test_a_run_writes_what_changed_and_says_why(first_feed: Path, second: Second) -> None:
    """Untouched files are not written; folding the changes over the old links gives the new ones."""
    feed, before = reader(second.root), reader(first_feed).links()
    assert (feed.index["generation"], feed.index["run"]) == (2, SECOND)
    links, changes = feed.links(), feed.changes(SECOND)
    assert feed.documents() == told(links) and fold(before, changes) == links
    assert {each["release_id"]: (each["change"], each["why"]) for each in changes} == {
        10: ("scored", ["rivals"]),
        11: ("moved", ["film_came"]),
        12: ("dropped", ["film_gone"]),
        14: ("described", ["record_title"]),
        15: ("added", ["rivals"]),
    }
    assert {reason for each in changes for reason in each["why"]} <= WHY.keys()
    written = second.written()
    assert "releases/13.json" not in written and "films/tmdb/1.json" in written
    documents = {name for name in written if name.startswith(("films/", "releases/"))}
    assert second.figures["files"] == len(documents)


def test_a_run_that_changed_nothing_writes_the_index_alone(
    spark: SparkSession, runs: Runs, first_feed: Path, tmp_path: Path
) -> None:
    """Its name is in the index, with the same generation and no file of changes."""
    shutil.copytree(first_feed / "feed", tmp_path / "feed")
    before, again = times(tmp_path), "20261120T103000Z-0009"
    figures = publish(spark, replace(at(runs.first, tmp_path), run=again), Request())
    index = reader(tmp_path).index
    assert (figures["files"], index["run"], index["generation"]) == (0, again, 1)
    nothing = {"generation": 1, "path": None, "lines": 0, "bytes": 0, "sha256": None}
    assert index["changes"][-1] == {"run": again, **nothing}
    assert [name for name, time in times(tmp_path).items() if before[name] != time] == ["index.json"]


def test_the_client_of_the_page_reads_the_feed(second: Second) -> None:
    """As the page prints it, over HTTP, in 30 lines: by both ids, unknown films, and while a feed is written."""
    (source,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(source.splitlines()) <= 30

    def ids(root: Path, film_id: object) -> list[int]:
        with served(root / "feed") as url:
            client: dict[str, Any] = {}
            exec(source.replace("https://feed.example.org", url), client)  # noqa: S102 - the page's own code
            found, notices = client["soundtracks"](film_id, bands=("strong",))
            assert tuple(notices) == NOTICES
            return [each["release_id"] for each in found]

    being_written = second.at_step["files"]
    assert ids(being_written, 1) == ids(being_written, "tt0000001") == [10, 11]
    assert (ids(being_written, 2), ids(being_written, 6), ids(being_written, 99)) == ([12], [], [])
    assert (ids(second.root, 1), ids(second.root, 2), ids(second.root, 6)) == ([10], [], [11])


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder over HTTP."""
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
