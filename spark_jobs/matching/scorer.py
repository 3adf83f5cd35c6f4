"""Scores of candidate pairs on Arrow batches of joined facts: evidence, log-odds and reason of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import pyarrow as pa
from pyspark.sql.pandas.types import to_arrow_schema

from spark_jobs.matching import reason
from spark_jobs.matching.evidence import NEAR_MISS, TitleEvidence, pair_evidence, title_evidence
from spark_jobs.matching.model import FEATURES, Matrix, Model, feature_row
from spark_jobs.matching.sides import FilmFacts, ReleaseFacts, link_type
from spark_jobs.names.people import aliases, name_key, share_a_person
from spark_jobs.runtime.arrow import Batches, BatchFunction, offsets, rows, values, without_collector
from spark_jobs.schemas.gold import PAIR

Row = dict[str, Any]
Facts = TypeVar("Facts")
Pair = tuple[tuple[Row, FilmFacts], tuple[Row, ReleaseFacts]]
_FIGURES = ("contributions", "log_odds")
_PLAIN = [name for name in PAIR.fieldNames() if name not in _FIGURES]
MOST_KEPT = 50_000  # films or records a task keeps unpacked, some 100 MB
FILM_FACTS = (
    *("film_id", "film_title", "film_year", "film_names", "film_kinds"),
    *("composers", "players", "prominence"),
)
RELEASE_FACTS = (
    *("release_id", "release_title", "artist", "release_year", "release_names", "release_kinds"),
    *("said", "artists", "artist_keys", "possible_keys", "is_various"),
    *("release_genres", "release_styles", "release_formats", "version_group"),
)


def scorer(model: Model, least_similarity: float = NEAR_MISS) -> BatchFunction:
    """A function over Arrow batches of joined facts that scores them; pairs whose titles are not near are left out."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        films = Unpacked("film_id", FILM_FACTS, film_facts)
        records = Unpacked("release_id", RELEASE_FACTS, release_facts)
        for batch in batches:
            both = zip(films.of(batch), records.of(batch), strict=True)
            yield from scored(both, model, least_similarity).to_batches()

    return without_collector(run)


def pair_rows(pairs: pa.Table, films: pa.Table, records: pa.Table, model: Model) -> pa.Table:
    """Rows of PAIR of those (film_id, release_id) whose titles are near; `films` and `records` have their facts."""
    film_of = {row["film_id"]: (row, film_facts(row)) for row in rows(films)}
    record_of = {row["release_id"]: (row, release_facts(row)) for row in rows(records)}
    ids = zip(values(pairs["film_id"]), values(pairs["release_id"]), strict=True)
    return scored(((film_of[film], record_of[record]) for film, record in ids), model)


def scored(pairs: Iterable[Pair], model: Model, least_similarity: float = NEAR_MISS) -> pa.Table:
    """Rows of PAIR of films and records whose titles are near."""
    near = []
    for film, record in pairs:
        title = title_evidence(record[1].names, film[1].names)
        if title.similarity >= least_similarity:
            near.append((film, record, title))
    schema = to_arrow_schema(PAIR)
    if not near:
        return schema.empty_table()
    evidence = (pair_evidence(record[1], film[1], title) for film, record, title in near)
    features = np.array([feature_row(each) for each in evidence])
    weighted = np.round(features * model.weights, 4)
    plain = [scored_row(*each, said) for each, said in zip(near, _said(weighted), strict=True)]
    columns: dict[str, Any] = dict(zip(_PLAIN, zip(*plain, strict=True), strict=True))
    columns |= {"contributions": _contributions(weighted), "log_odds": model.utilities(features)}
    return pa.Table.from_arrays([pa.array(columns[f.name], f.type) for f in schema], schema=schema)


def _said(weighted: Matrix) -> Iterator[tuple[str | None, bool]]:
    """The role of the person both sides share, and whether the artist is somebody else, of each pair."""
    composer, player, clash = (
        (weighted[:, FEATURES.index(name)] != 0).tolist() for name in ("composer", "player", "composer_clash")
    )
    for is_composer, is_player, is_clash in zip(composer, player, clash, strict=True):
        yield "composer" if is_composer else "player" if is_player else None, is_clash


def _contributions(weighted: Matrix) -> pa.Array:
    """Maps of the features that count, with what they add."""
    rows, features = np.nonzero(weighted)
    names = pa.array(FEATURES, pa.string()).take(pa.array(features))
    return pa.MapArray.from_arrays(offsets(rows, len(weighted)), names, pa.array(weighted[rows, features]))


class Unpacked(Generic[Facts]):
    """Films or records of batches as plain values; one in many pairs is unpacked once a task.

    Args:
        key: column of the id.
        names: columns of its row.
        facts: makes the scorer's view of a row.
    """

    def __init__(self, key: str, names: Sequence[str], facts: Callable[[Row], Facts]) -> None:
        self._key, self._names, self._facts = key, list(names), facts
        self._known: dict[int, tuple[Row, Facts]] = {}

    def of(self, batch: pa.RecordBatch) -> list[tuple[Row, Facts]]:
        """The row and facts of each pair of a batch."""
        ids = batch.column(self._key).to_pylist()
        if len(self._known) > MOST_KEPT:
            self._known = {}
        first = {value: place for place, value in enumerate(ids) if value not in self._known}
        found = rows(batch.select(self._names).take(pa.array(list(first.values()), pa.int64())))
        self._known |= {row[self._key]: (row, self._facts(row)) for row in found}
        return [self._known[value] for value in ids]


def film_facts(row: Row) -> FilmFacts:
    """The film's side of a joined row."""
    names = list(zip(row["film_names"], row["film_kinds"], strict=True))
    return FilmFacts(names, row["film_year"] or 0, row["composers"], row["players"], row["prominence"])


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
        row["possible_keys"],
        row["is_various"],
    )


def scored_row(
    film: tuple[Row, FilmFacts],
    record: tuple[Row, ReleaseFacts],
    title: TitleEvidence,
    said: tuple[str | None, bool],
) -> tuple[Any, ...]:
    """One row of PAIR without its figures; `said` is who both sides share, and whether the artist is somebody else."""
    (film_row, film_known), (row, known) = film, record
    role, is_clash = said
    person = matched_person(row, film_row) if role else None
    phrases = (
        reason.title_phrase(title, row["release_title"] or "", film_row["film_title"] or ""),
        reason.people_phrase(person, role == "composer", is_clash, row["artist"] or ""),
        reason.year_phrase(film_known.year, known.year),
    )
    return (
        *(film_row[name] for name in ("film_id", "film_title", "film_year")),
        *(row[name] for name in ("release_id", "release_title", "artist", "release_year")),
        *(title.similarity, title.release_kind),
        link_type(known, film_known, role == "composer"),
        *(person, role if person else None),
        known.year - film_known.year if known.year and film_known.year else None,
        row["version_group"],
        "; ".join(phrase for phrase in phrases if phrase),
    )


def matched_person(record: Row, film: Row) -> str | None:
    """The artist, as named on the record, who is a composer or player of the film."""
    people = [*film["composers"], *film["players"]]
    return next((a for a in record["artists"] if share_a_person([name_key(a), *aliases([a])], people)), None)
