"""Invented silver and matches of any size, straight as Parquet, for the benchmark of the views.

Half of the films have a budget and half a revenue; twelve of the cast and five of the crew each, drawn so that a few
people have many films; two releases for five films, each matched. Seeded: the same size gives the same files.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from spark_jobs.schemas.gold import MATCHES
from spark_jobs.schemas.silver import CAST_CREDITS, CREW_CREDITS, MOVIES, RELEASES

CHUNK = 50_000
CAST, CREW = 12, 5
FETCHED = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
JOBS = ["Director", "Original Music Composer", "Producer", "Editor", "Screenplay"]
GENRES = np.array(["Drama", "Comedy", "Action", "Horror", "Thriller", "Romance", "Crime", "Family", "War"])
STYLES = np.array(["Soundtrack", "Score", "Pop Rock", "Modern Classical", "Ambient", "Jazz-Funk", "Disco"])
Columns = dict[str, Any]


def write_lake(folder: Path, films: int, seed: int = 7, *, has_credits: bool = True) -> None:
    """Write movies, releases and matches of `films` films, and cast_credits and crew_credits, under `folder`."""
    rng = np.random.default_rng(seed)
    for start in range(0, films, CHUNK):
        ids = np.arange(start + 1, min(start + CHUNK, films) + 1)
        _write(folder, "movies", MOVIES, start, _movies(rng, ids))
        if has_credits:
            _write(folder, "cast_credits", CAST_CREDITS, start, _credits(rng, ids, CAST, films))
            crew = _credits(rng, ids, CREW, films // 3 + 1) | {"job": JOBS * len(ids)}
            _write(folder, "crew_credits", CREW_CREDITS, start, crew)
        releases = np.arange(len(ids) * 2 // 5) + start
        of = rng.choice(ids, len(releases))
        _write(folder, "releases", RELEASES, start, _releases(rng, releases))
        _write(folder, "matches", MATCHES, start, _matches(rng, releases, of))


def _movies(rng: np.random.Generator, ids: Any) -> Columns:
    n = len(ids)
    year, month = (2026 - rng.gamma(2.0, 14.0, n)).astype(int).clip(1900, 2026), rng.integers(1, 13, n)
    budget, revenue = (rng.lognormal(mean, 1.7, n).astype(np.int64) + 1 for mean in (16, 16.5))
    no_budget, no_revenue = rng.random(n) < 0.5, rng.random(n) < 0.5
    neither, genres = no_budget | no_revenue, GENRES[rng.integers(0, len(GENRES), (n, 2))]
    dates = [f"{y}-{m:02d}-15" for y, m in zip(year, month, strict=True)]
    return {
        **{"film_id": ids, "title": [f"Film {k}" for k in ids], "release_year": year, "release_month": month},
        **{"release_date": pa.array(dates).cast(pa.date32()), "release_date_precision": ["day"] * n},
        **{"genres": [list(pair) for pair in genres]},
        **{"primary_genre": list(genres[:, 0]), "rating": np.round(rng.normal(6, 1, n).clip(0.5, 10), 1)},
        **{"vote_count": rng.lognormal(4, 2, n).astype(np.int64), "runtime_min": rng.integers(60, 200, n)},
        **{"popularity": np.round(rng.lognormal(1, 1, n), 3), "budget": pa.array(budget, mask=no_budget)},
        **{"revenue": pa.array(revenue, mask=no_revenue), "profit": pa.array(revenue - budget, mask=neither)},
        **{"roi": pa.array(np.round((revenue - budget) / budget, 4), mask=neither)},
        **{"overview_sentiment": np.round(rng.uniform(-1, 1, n), 4)},
        **{"companies": [[f"Studio {int(k)}"] for k in n * rng.random(n) ** 3]},
        **{"collection": [f"Collection {k // 4}" if k % 20 < 2 else None for k in ids.tolist()]},
        **{"directors": [[f"Director {k}"] for k in ids], "composers": [[f"Composer {k}"] for k in ids]},
        **{"fetched_at": [FETCHED] * n},
    }


def _credits(rng: np.random.Generator, ids: Any, each: int, people: int) -> Columns:
    person = (people * rng.random(len(ids) * each) ** 2).astype(np.int64) + 1
    return {
        **{"film_id": np.repeat(ids, each), "position": np.tile(np.arange(each) + 1, len(ids))},
        **{"person_id": person, "name": [f"Person {k}" for k in person]},
        **({"billing_order": np.tile(np.arange(each), len(ids))} if each == CAST else {}),
    }


def _releases(rng: np.random.Generator, ids: Any) -> Columns:
    n = len(ids)
    styles = STYLES[rng.integers(0, len(STYLES), (n, 2))]
    return {
        **{"release_id": ids, "is_various": rng.random(n) < 0.3, "year": rng.integers(1950, 2027, n)},
        **{"genres": [["Stage & Screen"]] * n, "styles": [sorted(set(pair)) for pair in styles.tolist()]},
        **{"labels": [[f"Label {k % 900}"] for k in ids], "country": ["US"] * n},
        **{"release_title": [f"Film {k}" for k in ids], "artist": ["Various"] * n},
    }


def _matches(rng: np.random.Generator, releases: Any, films: Any) -> Columns:
    n = len(releases)
    probability = np.round(1 - rng.random(n) ** 3 / 2, 4)
    return {
        **{"release_id": releases, "film_id": films, "probability": probability, "score": probability},
        **{"release_title": [f"Film {k}" for k in films], "band": ["strong"] * n},
        **{"release_year": rng.integers(1950, 2027, n)},
    }


def _write(folder: Path, table: str, schema: StructType, start: int, columns: Columns) -> None:
    target, arrow = folder / table, to_arrow_schema(schema)
    target.mkdir(parents=True, exist_ok=True)
    rows = len(next(iter(columns.values())))
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(rows, field.type)
        for field in arrow
    ]
    pq.write_table(pa.Table.from_arrays(arrays, schema=arrow), target / f"part-{start:09d}.parquet")
