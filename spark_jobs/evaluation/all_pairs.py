"""The whole matcher at once, for judging and fitting: films and records in, all scored candidate pairs out.

The gold job goes the same steps (spark_jobs.matching), with files in the place of what is kept in memory here: these
commands run on one machine, in a session of their own.
"""

from __future__ import annotations

from pyspark.sql import DataFrame

from spark_jobs.matching.blocking.blocks import record_packs, with_blocks
from spark_jobs.matching.candidates import all_candidate_pairs
from spark_jobs.matching.facts import RELEASES, film_inputs, prepare_films, prepared_releases, release_inputs
from spark_jobs.matching.model import Model


def match_candidates(movies: DataFrame, releases: DataFrame, model: Model) -> DataFrame:
    """All pairs considered, in schema CANDIDATES: scored, with rank and margin within each record."""
    films = prepare_films(film_inputs(movies)).persist()
    packs = record_packs(release_inputs(releases), prepared_releases)
    records = with_blocks(films, packs, RELEASES).persist()
    return all_candidate_pairs(films, records, model)
