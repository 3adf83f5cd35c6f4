"""The whole matcher at once, for judging and fitting: films and records in, all scored candidate pairs out.

The gold job goes the same steps (spark_jobs.matching), with files in the place of what is kept in memory here: these
commands run on one machine, in a session of their own.
"""

from __future__ import annotations

from pyspark.sql import DataFrame

from spark_jobs.matching.blocking import candidate_pairs, with_blocks
from spark_jobs.matching.candidates import rank, score_pairs
from spark_jobs.matching.facts import film_inputs, prepare_films, prepare_releases, release_inputs
from spark_jobs.matching.model import Model


def match_candidates(movies: DataFrame, releases: DataFrame, model: Model) -> DataFrame:
    """All pairs considered, in schema CANDIDATES: scored, with rank and margin within each record."""
    films = prepare_films(film_inputs(movies)).persist()
    records = with_blocks(films, prepare_releases(release_inputs(releases)).persist()).persist()
    pairs = candidate_pairs(films, records)
    return score_pairs(pairs, films, records, model).transform(rank)
