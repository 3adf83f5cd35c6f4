"""Matching only what changed, with the result of a full run.

A pair's score depends on its film, its record and the matcher, on nothing else. Which pairs are looked at depends on
the film alone and on the record's `blocks` (blocking.py), which hold everything the rest of the catalog decides: how
rare a word is, which names are skewed. So what the last run left is enough: `match_films` and `match_records` (prepared
facts with a hash of what they were made from; records with their blocks), Parquet in the area `state`, and the table
`match_candidates`. Then

* films and records whose hash is known are not parsed again;
* a record is new when its hash or its blocks are: a catalog that grew re-scores just those records whose keys became
  too common or rare enough; pairs of new records with all films, and of new films with all records, are scored;
* all other pairs are kept as they were, and ranks are computed again for all.

Everything is re-scored when there is no last run, when its state is no longer there, when the matcher's code, word
lists or coefficients changed, or on request.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

from spark_jobs.lakehouse.lake import Lake
from spark_jobs.matching.blocking.blocks import BLOCKS, record_packs, with_blocks
from spark_jobs.matching.candidates import all_candidate_pairs, candidate_pairs
from spark_jobs.matching.facts import (
    FILMS,
    RELEASES,
    film_inputs,
    prepare_films,
    prepared_releases,
    release_inputs,
)
from spark_jobs.matching.model import Model
from spark_jobs.schemas.fields import STRING
from spark_jobs.schemas.gold import PAIR
from spark_jobs.schemas.tables import CANDIDATES

log = logging.getLogger(__name__)
AREA, FOLDER = "state", "matching"
_MATCHER = StructField("matcher", STRING)
MATCH_FILMS = StructType([*FILMS.fields, _MATCHER])
MATCH_RECORDS = StructType([*RELEASES.fields, BLOCKS, _MATCHER])
KEPT_RUNS = 3
_CODE = (
    "matching/**/*.py",
    "matching/*.json",
    "names/*.py",
    "names/*.json",
    "schemas/gold.py",
    "runtime/arrow.py",
    "runtime/exchange.py",
)


@dataclass(frozen=True, slots=True)
class LastMatching:
    """What the last run left, and which run it was."""

    run_id: str
    films: DataFrame
    records: DataFrame
    candidates: DataFrame


def matcher_fingerprint() -> str:
    """16 hex digits that change with the matcher's code, word lists or coefficients."""
    folder, digest = Path(__file__).parents[1], hashlib.sha256()
    for path in (path for pattern in _CODE for path in sorted(folder.glob(pattern))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class MatcherState:
    """The matcher's prepared facts, run by run; nobody else reads them."""

    lake: Lake
    run_id: str

    def keep(self, name: str, rows: DataFrame, schema: StructType) -> DataFrame:
        """Write what this run prepared; returns it as it was written."""
        path = self.lake.files.path(AREA, _folder(self.run_id, name))
        rows.write.mode("overwrite").parquet(path)
        return self._read(self.run_id, name, schema)

    def last(self, matcher: str) -> LastMatching | None:
        """What the run before left; None when everything must be scored (see above)."""
        before, version = self.lake.before, self.lake.version_before(CANDIDATES)
        if before is None or version is None:
            log.info("matching everything: this is the first run")
            return None
        if before.run_id not in self.lake.files.folders(AREA, FOLDER):
            log.info("matching everything: the state of %s is no longer there", before.run_id)
            return None
        films = self._read(before.run_id, "match_films", MATCH_FILMS)
        if films.where(~F.col("matcher").eqNullSafe(matcher)).limit(1).count() or films.isEmpty():
            log.info("matching everything: the matcher changed since %s", before.run_id)
            return None
        records = self._read(before.run_id, "match_records", MATCH_RECORDS)
        return LastMatching(before.run_id, films, records, self.lake.tables.read(CANDIDATES, version))

    def forget_old(self) -> None:
        """Remove the state of all but the newest runs, never that of this run or the one before it."""
        needed = {self.run_id, self.lake.before.run_id if self.lake.before else ""}
        for run_id in self.lake.files.folders(AREA, FOLDER)[:-KEPT_RUNS]:
            if run_id not in needed:
                self.lake.files.remove(AREA, f"{FOLDER}/{run_id}")

    def _read(self, run_id: str, name: str, schema: StructType) -> DataFrame:
        return self.lake.spark.read.schema(schema).parquet(self.lake.files.path(AREA, _folder(run_id, name)))


def _folder(run_id: str, name: str) -> str:
    return f"{FOLDER}/{run_id}/{name}"


def match_films(movies: DataFrame, last: LastMatching | None, matcher: str) -> DataFrame:
    """Rows of MATCH_FILMS: known films as they were, new and changed ones prepared."""
    inputs, key = film_inputs(movies), ["film_id", "film_hash"]
    if last is None:
        films = prepare_films(inputs)
    else:
        known = last.films.select(*FILMS.fieldNames())
        films = _kept(known, inputs, key).unionByName(prepare_films(_new(inputs, known, key)))
    return films.withColumn("matcher", F.lit(matcher))


def match_records(
    releases: DataFrame, films: DataFrame, last: LastMatching | None, matcher: str
) -> DataFrame:
    """Rows of MATCH_RECORDS: known records as they were, new and changed ones prepared, all with their blocks."""
    inputs, key = release_inputs(releases), ["release_id", "release_hash"]
    if last is None:
        packs = record_packs(inputs, prepared_releases)
    else:
        known = last.records.select(*RELEASES.fieldNames())
        packs = record_packs(_kept(known, inputs, key)).unionByName(
            record_packs(_new(inputs, known, key), prepared_releases)
        )
    return with_blocks(films, packs, RELEASES).withColumn("matcher", F.lit(matcher))


def _kept(known: DataFrame, inputs: DataFrame, key: list[str]) -> DataFrame:
    """Prepared rows whose key (id and hash) is among the inputs."""
    return known.join(inputs.select(*key), key, "left_semi").select(known.columns)


def _new(inputs: DataFrame, known: DataFrame, key: list[str]) -> DataFrame:
    """Inputs whose key (id and hash) is not known."""
    return inputs.join(known.select(*key), key, "left_anti")


def candidates(films: DataFrame, records: DataFrame, last: LastMatching | None, model: Model) -> DataFrame:
    """Rows of CANDIDATES for published MATCH_FILMS and MATCH_RECORDS, scoring only what changed since the `last`."""
    if last is None:
        return all_candidate_pairs(films, records, model)
    film_key, record_key = ["film_id", "film_hash"], ["release_id", "release_hash", "blocks"]
    marked_films, marked_records = (
        _marked(films, last.films, film_key),
        _marked(records, last.records, record_key),
    )
    kept = last.candidates.select(PAIR.fieldNames())
    for rows, key in ((marked_films, "film_id"), (marked_records, "release_id")):
        kept = kept.join(rows.where("NOT is_new").select(key), key, "left_semi")
    return candidate_pairs(marked_films, marked_records, model, kept)


def _marked(rows: DataFrame, last: DataFrame, key: list[str]) -> DataFrame:
    """Rows with `is_new`: the last run had none with this key."""
    known = last.select(*key).withColumn("is_known", F.lit(True))
    return rows.join(known, key, "left").withColumn("is_new", F.col("is_known").isNull())
