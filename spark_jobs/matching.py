"""The matcher: silver `movies` and `releases` in, scored candidate pairs and one film per record out.

block (blocking.py) -> join facts -> score on Arrow batches (evidence.py, scoring.py) -> rank within a record. Nothing
is collected to the driver and no join is a cross product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema

from spark_jobs import reason
from spark_jobs.blocking import candidate_pairs
from spark_jobs.evidence import (
    NEAR_MISS,
    FilmFacts,
    ReleaseFacts,
    TitleEvidence,
    pair_evidence,
    title_evidence,
)
from spark_jobs.people import name_key, same_person
from spark_jobs.prepare import prepare_films, prepare_releases
from spark_jobs.schemas import MATCHES, PAIR
from spark_jobs.scoring import FEATURES, Model, feature_row

Row = dict[str, Any]
_NAMES = ("release_names", "release_kinds", "film_names", "film_kinds")


def match_candidates(movies: DataFrame, releases: DataFrame, model: Model) -> DataFrame:
    """All pairs considered, in schema MATCHES: scored, with rank and margin within each record."""
    films, records = prepare_films(movies).persist(), prepare_releases(releases).persist()
    pairs = candidate_pairs(films, records)
    facts = pairs.join(records.drop("release_keys"), "release_id").join(films.drop("film_keys"), "film_id")
    return facts.mapInArrow(scorer(model), PAIR).transform(rank)


def best_matches(candidates: DataFrame, threshold: float) -> DataFrame:
    """One film per record: the first-ranked candidate, where its score reaches the threshold."""
    return candidates.where((F.col("rank") == 1) & (F.col("score") >= threshold))


def rank(scored: DataFrame) -> DataFrame:
    """Scores, margins and ranks from log-odds; the probability of 'no film' is part of the sum (scoring.py)."""
    record = Window.partitionBy("release_id")
    order = record.orderBy(F.col("log_odds").desc(), "film_id")
    strength = F.exp("log_odds")
    scores = scored.withColumn("score", strength / (F.sum(strength).over(record) + 1))
    next_best = F.coalesce(F.lead("score").over(order), F.lit(0.0))
    ranked = scores.withColumn("margin", F.col("score") - next_best).withColumn(
        "rank", F.row_number().over(order)
    )
    return ranked.select([field.name for field in MATCHES])


def scorer(model: Model) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A function over Arrow batches of joined facts that keeps and scores the pairs whose titles are near."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        schema = to_arrow_schema(PAIR)
        for batch in batches:
            rows = score_rows(batch, model)
            if rows:
                yield pa.RecordBatch.from_pylist(rows, schema=schema)

    return run


def score_rows(batch: pa.RecordBatch, model: Model) -> list[Row]:
    """Scored rows (PAIR) of one batch; pairs whose titles are too far apart are left out."""
    titles = near_titles(batch)
    if not titles:
        return []
    rows = batch.take(pa.array(list(titles), pa.int64())).to_pylist()
    facts = [(release_facts(row), film_facts(row)) for row in rows]
    evidence = [pair_evidence(*pair, title) for pair, title in zip(facts, titles.values(), strict=True)]
    features = np.array([feature_row(each) for each in evidence])
    log_odds = model.utilities(features)
    weighted = features * model.weights
    return [
        scored_row(row, title, each, parts, float(odds))
        for row, title, each, parts, odds in zip(
            rows, titles.values(), evidence, weighted, log_odds, strict=True
        )
    ]


def near_titles(batch: pa.RecordBatch) -> dict[int, TitleEvidence]:
    """Title evidence by row number, for the rows whose titles are near enough to go on with."""
    columns = [batch.column(name).to_pylist() for name in _NAMES]
    found: dict[int, TitleEvidence] = {}
    for number, (names, kinds, film_names, film_kinds) in enumerate(zip(*columns, strict=True)):
        if names and film_names:
            title = title_evidence(
                list(zip(names, kinds, strict=True)), list(zip(film_names, film_kinds, strict=True))
            )
            if title.similarity >= NEAR_MISS:
                found[number] = title
    return found


def film_facts(row: Row) -> FilmFacts:
    """The film's side of a joined row."""
    names = list(zip(row["film_names"], row["film_kinds"], strict=True))
    year = row["film_year"] or 0
    return FilmFacts(names, year, row["composers"], row["players"], row["vote_count"], row["popularity"])


def release_facts(row: Row) -> ReleaseFacts:
    """The record's side of a joined row."""
    return ReleaseFacts(
        list(zip(row["release_names"], row["release_kinds"], strict=True)),
        frozenset(row["said"]),
        row["artist_keys"],
        row["release_year"] or 0,
        frozenset(row["release_genres"]),
        frozenset(row["release_styles"]),
        frozenset(row["release_formats"]),
    )


def scored_row(row: Row, title: TitleEvidence, evidence: Row, weighted: Any, log_odds: float) -> Row:
    """One row of PAIR."""
    film_year, release_year = row["film_year"] or 0, row["release_year"] or 0
    person = matched_person(row) if evidence["composer"] or evidence["player"] else None
    phrases = (
        reason.title_phrase(title, row["release_title"] or "", row["film_title"] or ""),
        reason.people_phrase(
            person, evidence["composer"] > 0, evidence["composer_clash"] > 0, row["artist"] or ""
        ),
        reason.year_phrase(film_year, release_year),
    )
    return {
        **{name: row[name] for name in ("film_id", "release_id", "film_title", "release_title", "artist")},
        "film_year": row["film_year"],
        "release_year": row["release_year"],
        "title_similarity": title.similarity,
        "title_found_as": title.release_kind,
        "person": person,
        "year_gap": release_year - film_year if film_year and release_year else None,
        "contributions": {n: round(float(w), 4) for n, w in zip(FEATURES, weighted, strict=True) if w},
        "log_odds": log_odds,
        "reason": "; ".join(phrase for phrase in phrases if phrase),
    }


def matched_person(row: Row) -> str | None:
    """The artist, as named on the record, who is a composer or player of the film."""
    people = [*row["composers"], *row["players"]]
    return next((a for a in row["artists"] if any(same_person(name_key(a), p) for p in people)), None)
