"""How fast the matcher is, beside a brute force of rapidfuzz and, on real records, beside Splink.

    python -m tests.bench.match --films 10000 --releases 29718 [--films N --releases M ...] [--splink DIR] [--real DIR]
        [--changed N] [--reviews N]

Prints one JSON object. Each size runs in a Spark session of its own; `seconds` is from reading silver to ranked
candidates and matches written as parquet, without session start-up; `cpu_seconds` counts the session's processes, to
tell a busy machine from slow code. The brute force compares every cleaned title with every other (first size only).
With `--changed` the gold job matches the first size over Delta tables, and once more after N films got another title;
with `--reviews` it reads N reviews, then runs again with nothing new, and with one review more.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.bench.match_changes import measure_changes
from tests.bench.match_data import write_catalog
from tests.bench.match_reviews import measure_reviews
from tests.bench.process_tree import cpu_seconds, peak_memory_mb

MEMORY = {"spark.driver.memory": "8g"}
PARTITION_ROWS = 60_000
BRUTE_FORCE_PAIRS = 1_000_000_000  # more would take longer than anyone waits


def measure(films: int, releases: int) -> dict[str, Any]:
    """Figures of one size, matched in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        links = write_catalog(Path(folder), films, releases)
        (Path(folder) / "links.json").write_text(json.dumps(list(links.items())), encoding="utf-8")
        command = [sys.executable, "-m", "tests.bench.match", "--run", folder]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    per_release = {"ms_per_release": round(1000 * figures["seconds"] / releases, 3)}
    return {"films": films, "releases": releases, **figures, **per_release}


def match_folder(folder: Path) -> dict[str, Any]:
    """Match a generated catalog as the gold job does; seconds per step, and how good the result is."""
    from spark_jobs.gold import outcomes
    from spark_jobs.gold.reviews.deciding import undecided
    from spark_jobs.matching import facts
    from spark_jobs.matching.blocking.blocks import record_packs, with_blocks
    from spark_jobs.matching.candidates import all_candidate_pairs
    from spark_jobs.matching.model import Model
    from spark_jobs.runtime.session import spark_session
    from spark_jobs.schemas.silver import MOVIES, RELEASES

    links: dict[int, int] = dict(json.loads((folder / "links.json").read_text(encoding="utf-8")))
    begun = time.monotonic()
    spark = spark_session("crossfade-bench", **session_settings(len(links)))
    spark.range(8).mapInArrow(lambda batches: batches, "id long").count()  # Python workers are up
    start_s, start_cpu_s = time.monotonic() - begun, cpu_seconds()
    steps: dict[str, float] = {}

    def saved(name: str, make: Callable[[], Any]) -> Any:
        since = time.monotonic()
        path = str(folder / "out" / name)
        make().write.parquet(path)
        steps[name] = round(time.monotonic() - since, 2)
        return spark.read.parquet(path)

    movies = spark.read.schema(MOVIES).parquet(str(folder / "movies"))
    releases = spark.read.schema(RELEASES).parquet(str(folder / "releases"))
    model, since = Model.load(), time.monotonic()
    films = saved("films", lambda: facts.prepare_films(facts.film_inputs(movies)))
    packs = record_packs(facts.release_inputs(releases), facts.prepared_releases)
    records = saved("records", lambda: with_blocks(films, packs, facts.RELEASES))
    scored = saved("candidates", lambda: all_candidate_pairs(films, records, model))
    best = saved(
        "matches", lambda: outcomes.matches(undecided(scored), model.threshold, None, dict.fromkeys(LINEAGE))
    )
    seconds = time.monotonic() - since
    cpu_s, memory_mb = cpu_seconds() - start_cpu_s, peak_memory_mb()
    found = {
        row["release_id"]: row["film_id"] for row in best.select("release_id", "film_id").toLocalIterator()
    }
    right = sum(links.get(release) == film for release, film in found.items())
    count = scored.count()
    spark.stop()
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_s, 1),
        "session_seconds": round(start_s, 2),
        "steps": steps,
        "peak_memory_mb": memory_mb,
        "candidates": count,
        "matches": len(found),
        "f1": round(2 * right / (len(found) + len(links)), 4),
    }


def session_settings(links: int) -> dict[str, str]:
    """8 GB for the driver, partitions by size; a small run stops at the first compiler, as the local gold job does."""
    from spark_jobs.runtime.session import SHORT_LIVED

    if links < PARTITION_ROWS:
        return {**MEMORY, **SHORT_LIVED}
    return {**MEMORY, "spark.sql.shuffle.partitions": str(max(4, links * 20 // PARTITION_ROWS))}


LINEAGE = ("movies_version", "releases_version", "matcher")


def brute_force(films: int, releases: int) -> dict[str, Any]:
    """Every record's cleaned title against every film's, by rapidfuzz cdist; the best of each, from 90 on."""
    import numpy as np
    import pyarrow.parquet as pq
    from rapidfuzz import fuzz, process

    from spark_jobs.names.folding import name_tokens
    from spark_jobs.names.titles import clean_release_title

    with tempfile.TemporaryDirectory() as folder:
        links = write_catalog(Path(folder), films, releases)
        read = (
            pq.read_table(Path(folder) / name).column("title").to_pylist() for name in ("movies", "releases")
        )
        titles, records = read
    since = time.monotonic()
    names = [" ".join(name_tokens(title)) for title in titles]
    asked = [clean_release_title(title) for title in records]
    found: dict[int, int] = {}
    for start in range(0, len(asked), 2000):
        scores = process.cdist(asked[start : start + 2000], names, scorer=fuzz.token_sort_ratio, workers=-1)
        best = scores.argmax(axis=1)
        for row in np.flatnonzero(scores.max(axis=1) >= 90):
            found[start + int(row) + 1] = int(best[row]) + 1
    seconds = time.monotonic() - since
    right = sum(links.get(release) == film for release, film in found.items())
    return {"seconds": round(seconds, 2), "f1": round(2 * right / (len(found) + len(links)), 4)}


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="tests.bench.match")
    parser.add_argument("--films", type=int, action="append", default=[])
    parser.add_argument("--releases", type=int, action="append", default=[])
    parser.add_argument(
        "--splink", type=Path, metavar="PYTHON", help="an interpreter with requirements-bench.txt"
    )
    parser.add_argument(
        "--real", type=Path, metavar="DIR", help="labelled records for --splink and ourselves"
    )
    parser.add_argument("--changed", type=int, default=0, help="films that a second run finds changed")
    parser.add_argument("--reviews", type=int, default=0, help="reviews that gold has before one more comes")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(argv)
    if given.run:
        sys.stdout.write(json.dumps(match_folder(given.run)) + "\n")
        return
    if len(given.films) != len(given.releases):
        parser.error("--films and --releases come in pairs")
    if given.splink and not given.real:
        parser.error("--splink needs --real DIR")
    sizes = list(zip(given.films, given.releases, strict=True))
    result: dict[str, Any] = {"sizes": [measure(*size) for size in sizes]}
    if sizes and given.changed:
        result |= measure_changes(*sizes[0], given.changed)
    if sizes and given.reviews:
        result |= measure_reviews(*sizes[0], given.reviews)
    if sizes and sizes[0][0] * sizes[0][1] <= BRUTE_FORCE_PAIRS:
        result["brute_force"] = brute_force(*sizes[0])
    if given.splink:
        result["real"] = compared(given.splink, given.real)
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


def compared(python: Path, folder: Path) -> dict[str, Any]:
    """Splink and our own matcher on labelled records."""
    theirs = subprocess.run(
        [str(python), "-m", "tests.bench.splink_match", str(folder)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    files = (
        ("movies", "tmdb_movies.jsonl.gz"),
        ("releases", "discogs_releases.jsonl.gz"),
        ("links", "links.csv"),
    )
    options = [part for name, file in files for part in (f"--{name}", str(folder / file))]
    ours = subprocess.run(
        [sys.executable, "-m", "spark_jobs.evaluate", *options, "--json"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return {"crossfade": json.loads(ours.stdout), "splink": json.loads(theirs.stdout.splitlines()[-1])}


if __name__ == "__main__":
    main()
