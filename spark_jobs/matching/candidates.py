"""Scored candidate pairs: facts brought to pairs, evidence weighed, ranks within a record.

Prepare facts (facts.py) -> blocks and near names (blocking/) -> facts of each pair -> score (scorer.py) -> rank within
a record (ranking.py). All pairs of a version group come together in one bucket of an exchange. Nothing is collected to
the driver and no join is a cross product. gold/outcomes.py makes matches of the pairs; increments.py scores only what
changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema

from spark_jobs.matching.blocking import pairs as blocking
from spark_jobs.matching.evidence import NEAR_MISS
from spark_jobs.matching.facts import FILMS, RELEASES
from spark_jobs.matching.model import Model
from spark_jobs.matching.ranking import ranked
from spark_jobs.matching.scorer import FILM_FACTS, RELEASE_FACTS, pair_rows, scorer
from spark_jobs.runtime.exchange import Part, Step, exchange, id_buckets, pack, text_buckets, unpack
from spark_jobs.schemas.gold import CANDIDATES, PAIR

_FILM_COLUMNS = list(dict.fromkeys([*FILM_FACTS, *blocking.FILM_COLUMNS]))
_RECORD_COLUMNS = list(dict.fromkeys([*RELEASE_FACTS, *blocking.RECORD_COLUMNS]))
_FILMS = pa.schema([to_arrow_schema(FILMS).field(name) for name in FILM_FACTS])
_RECORDS = pa.schema([to_arrow_schema(RELEASES).field(name) for name in RELEASE_FACTS])
_PAIRS = to_arrow_schema(PAIR)


def candidate_pairs(
    films: DataFrame, records: DataFrame, model: Model, kept: DataFrame | None = None
) -> DataFrame:
    """Rows of CANDIDATES: pairs of which one is new, scored, and pairs that are `kept` (PAIR) as they were, all ranked.

    `films` and `records` (with their blocks) have `is_new`.
    """
    packs = pack(films.select(_FILM_COLUMNS), _film_parts)
    packs = packs.unionByName(pack(records.select(_RECORD_COLUMNS), _record_parts))
    if kept is not None:
        packs = packs.unionByName(pack(kept.select(PAIR.fieldNames()), _kept_parts))
    scoring = Step(
        {"pairs": blocking.PAIRS, "pair_films": _FILMS, "records": _RECORDS, "kept": _PAIRS},
        partial(_ranked_pairs, model=model),
    )
    pairs = packs.transform(exchange, blocking.PAIRING).transform(exchange, _WITH_FILMS)
    return pairs.transform(unpack, scoring, CANDIDATES)


def all_candidate_pairs(films: DataFrame, records: DataFrame, model: Model) -> DataFrame:
    """`candidate_pairs` where every film and record is new."""
    is_new = F.lit(True)
    return candidate_pairs(films.withColumn("is_new", is_new), records.withColumn("is_new", is_new), model)


def score_pairs(
    pairs: DataFrame,
    films: DataFrame,
    records: DataFrame,
    model: Model,
    least_similarity: float = NEAR_MISS,
) -> DataFrame:
    """Rows of PAIR for a few given (film_id, release_id), such as people named.

    Pairs whose titles are less alike than `least_similarity` are left out.
    """
    facts = pairs.join(records.select(*RELEASE_FACTS), "release_id").join(
        films.select(*FILM_FACTS), "film_id"
    )
    return facts.mapInArrow(scorer(model, least_similarity), PAIR)


def _film_parts(films: pa.Table) -> Iterator[Part]:
    yield from blocking.film_parts(films)
    yield Part("films", films.select(FILM_FACTS), id_buckets(films["film_id"]))


def _record_parts(records: pa.Table) -> Iterator[Part]:
    yield from blocking.record_parts(records)
    yield Part(
        "records", records.select(RELEASE_FACTS), text_buckets(records["version_group"].combine_chunks())
    )


def _kept_parts(kept: pa.Table) -> Iterator[Part]:
    yield Part("kept", kept, text_buckets(kept["version_group"].combine_chunks()))


def _film_facts(parts: dict[str, pa.Table]) -> Iterator[Part]:
    """Pairs, and the facts of their films, where the records of the pairs are."""
    pairs, films = parts["pairs"], parts["films"]
    yield Part("pairs", pairs, np.asarray(pairs["goes_to"]))
    wanted = pairs.group_by(["film_id", "goes_to"]).aggregate([])
    places = pc.index_in(wanted["film_id"], value_set=films["film_id"])
    yield Part("pair_films", films.take(places), np.asarray(wanted["goes_to"]))


_WITH_FILMS = Step({"pairs": blocking.PAIRS, "films": _FILMS}, _film_facts)


def _ranked_pairs(parts: dict[str, pa.Table], model: Model) -> Iterator[pa.Table]:
    """Rows of CANDIDATES of some version groups."""
    pairs = parts["pairs"].group_by(["release_id", "film_id"]).aggregate([])
    records = parts["records"]
    paired = records.filter(pc.is_in(records["release_id"], value_set=pairs["release_id"]))
    fresh = pair_rows(pairs, _distinct(parts["pair_films"]), paired, model)
    yield ranked(pa.concat_tables([parts["kept"].cast(_PAIRS), fresh]).combine_chunks())


def _distinct(films: pa.Table) -> pa.Table:
    """One row of each film."""
    return films.take(pc.index_in(pc.unique(films["film_id"]), value_set=films["film_id"]))
