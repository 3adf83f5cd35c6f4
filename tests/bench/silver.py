"""`python -m tests.bench.silver --films N [--changed M]`: seconds of the silver job on an invented bronze, as JSON.

The bronze is made of a few thousand invented films with credits, keywords and reviews, each repeated under other
ids until there are N; 20 films a blob, as the functions write them. The yardstick is one process that only unpacks,
parses and writes the same films with json and pyarrow: no rules, no merge, no sentiment, no report. With `--changed` a
second run follows that brings M of the films again, strewn over all ids and fetched later.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

RUN, LATER_RUN = "20261120T063000Z-be11", "20261121T063000Z-be12"
PREFIX = "tmdb/details/ingest_date=2026-11-20/run_id={}/"
FILMS_A_BLOB, PATTERNS, WORKERS = 20, 2_000, 2
ROOT = Path(__file__).parents[2]
_HEAD = (
    '{"source":"tmdb","kind":"details","request":{"path":"/3/movie/%d","query":{}},"fetched_at":"%s",'
    '"status":200,"body":{"id":%d,'
)
_FETCHED = {RUN: "2026-11-20T06:30:00.123456Z", LATER_RUN: "2026-11-21T06:30:00.123456Z"}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="tests.bench.silver", description=__doc__)
    parser.add_argument("--films", type=int, default=10_000)
    parser.add_argument("--changed", type=int, default=0, help="films that a second run brings again")
    parser.add_argument("--no-sentiment", action="store_true", help="leave VADER out")
    parser.add_argument("--no-yardstick", action="store_true", help="leave the single-process script out")
    parser.add_argument("--driver-memory", default="6g", help="Spark's driver memory, at most 8g")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder)
        size_bytes = write_bronze(lake, RUN, range(given.films))
        result = {
            "films": given.films,
            "bronze_mb": round(size_bytes / 1e6, 1),
            "sentiment": not given.no_sentiment,
            "silver": silver(lake, RUN, given),
        }
        if given.changed:
            write_bronze(lake, LATER_RUN, range(0, given.films, max(1, given.films // given.changed)))
            result["changed"] = silver(lake, LATER_RUN, given)
        if not given.no_yardstick:
            result["yardstick"] = _rate(given.films, yardstick, lake, lake / "plain")
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def write_bronze(lake: Path, run_id: str, films: range) -> int:
    """Write blobs and manifest of a run; returns the size of the blobs in bytes."""
    prefix = PREFIX.format(run_id)
    folder = lake / "raw" / prefix
    folder.mkdir(parents=True)
    blobs = [films[start : start + FILMS_A_BLOB] for start in range(0, len(films), FILMS_A_BLOB)]
    with ProcessPoolExecutor(WORKERS) as pool:
        write = partial(_write_blobs, folder, patterns(), _FETCHED[run_id])
        size_bytes = sum(pool.map(write, [blobs[n::WORKERS] for n in range(WORKERS)]))
    part = {"source": "tmdb", "kind": "details", "prefix": prefix, "blobs": len(blobs)}
    manifest = {
        "version": 1,
        "stage": "bronze",
        "run_id": run_id,
        "mode": "full",
        "created_at": _FETCHED[run_id],
    }
    control = lake / "control/bronze"
    control.mkdir(parents=True, exist_ok=True)
    (control / f"{run_id}.json").write_text(json.dumps(manifest | {"raw": [part | {"records": len(films)}]}))
    return size_bytes


def patterns() -> list[str]:
    """Bodies of PATTERNS invented films without their id and opening brace."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "-m",
            "local.catalog.generate",
            "--films",
            str(PATTERNS),
            "--releases",
            "10",
            "--out",
            folder,
        ]
        subprocess.run([sys.executable, *command], check=True, capture_output=True, cwd=ROOT)
        with gzip.open(Path(folder) / "tmdb_movies.jsonl.gz", "rt", encoding="utf-8") as lines:
            return [_without_id(json.loads(line)) for line in islice(lines, PATTERNS)]


def _without_id(film: dict[str, Any]) -> str:
    del film["id"]
    return json.dumps(film, ensure_ascii=False, separators=(",", ":"))[1:]


def _write_blobs(folder: Path, bodies: list[str], fetched_at: str, blobs: list[range]) -> int:
    size_bytes = 0
    for films in blobs:
        lines = (_line(film, fetched_at, bodies[film % len(bodies)]) for film in films)
        content = gzip.compress("".join(lines).encode(), 1, mtime=0)
        (folder / f"tmdb.details-{films[0]}.jsonl.gz").write_bytes(content)
        size_bytes += len(content)
    return size_bytes


def _line(film: int, fetched_at: str, body: str) -> str:
    return f"{_HEAD % (film + 1, fetched_at, film + 1)}{body}}}\n"


def silver(lake: Path, run_id: str, given: argparse.Namespace) -> dict[str, Any]:
    """Seconds of the job in a process of its own, its start included."""
    addresses = ["--tables", f"{lake.as_uri()}/tables/{{container}}", "--files", f"{lake}/{{area}}"]
    command = [sys.executable, "-m", "spark_jobs.silver", "--run-id", run_id, *addresses]
    flags = ["--no-sentiment"] if given.no_sentiment else []
    begun_s = time.monotonic()
    done = subprocess.run(
        [*command, *flags], env=_environment(given), capture_output=True, text=True, cwd=ROOT
    )
    seconds = time.monotonic() - begun_s
    if done.returncode:
        raise RuntimeError(f"the silver job failed:\n{done.stderr[-4000:]}")
    metrics = json.loads((lake / f"metrics/{run_id}/silver.json").read_text(encoding="utf-8"))
    return _figures(given.films, seconds) | {"steps": metrics["step_seconds"], "counts": metrics["counts"]}


def _environment(given: argparse.Namespace) -> dict[str, str]:
    submit = f"--driver-memory {given.driver_memory} pyspark-shell"
    return {**os.environ, "PYSPARK_SUBMIT_ARGS": submit}


def yardstick(lake: Path, out: Path) -> None:
    """One process: unpack, parse, write Parquet."""
    out.mkdir()
    blobs = sorted((lake / "raw" / PREFIX.format(RUN)).iterdir())
    for number, names in enumerate(batched_blobs(blobs, 1_000)):
        table = pa.Table.from_pylist([_flat(json.loads(line)["body"]) for line in _lines(names)])
        pq.write_table(table, out / f"part-{number:05d}.parquet", compression="zstd")


def batched_blobs(blobs: list[Path], size: int) -> Iterator[list[Path]]:
    """Blobs in lists of `size`."""
    return (blobs[start : start + size] for start in range(0, len(blobs), size))


def _lines(blobs: list[Path]) -> Iterator[bytes]:
    for blob in blobs:
        yield from gzip.decompress(blob.read_bytes()).splitlines()


def _flat(film: dict[str, Any]) -> dict[str, Any]:
    plain = (
        "id",
        "title",
        "original_title",
        "overview",
        "release_date",
        "vote_average",
        "vote_count",
        "popularity",
    )
    credits = film["credits"]
    return {
        **{name: film.get(name) for name in (*plain, "budget", "revenue", "runtime", "imdb_id", "status")},
        "genres": [genre["name"] for genre in film["genres"]],
        "keywords": [word["name"] for word in film["keywords"]["keywords"]],
        "cast": [{"id": p["id"], "name": p["name"], "character": p["character"]} for p in credits["cast"]],
        "crew": [{"id": p["id"], "name": p["name"], "job": p["job"]} for p in credits["crew"]],
        "reviews": [{"author": r["author"], "content": r["content"]} for r in film["reviews"]["results"]],
    }


def _rate(films: int, work: Any, *arguments: Any) -> dict[str, float]:
    begun_s = time.monotonic()
    work(*arguments)
    return _figures(films, time.monotonic() - begun_s)


def _figures(films: int, seconds: float) -> dict[str, Any]:
    return {"seconds": round(seconds, 1), "records_per_s": round(films / seconds)}


if __name__ == "__main__":
    sys.exit(main())
