"""Why a record is, or is not, the soundtrack of a film: `python -m spark_jobs.explain --film 603 --release 12345 …`.

    python -m spark_jobs.explain --film ID --release ID --tables URI --files PATH [--run RUN]

Prints where the raw answers lie, each piece of evidence with its weight, the record's other films, what people said,
and how the decision fell: from the lake as it is, or as gold left it in RUN. Reads only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_jobs.lakehouse.definition import TableDefinition
from spark_jobs.lakehouse.errors import LakeError
from spark_jobs.lakehouse.files import Files
from spark_jobs.lakehouse.lake import RETENTION_DAYS, Addresses
from spark_jobs.lakehouse.sets import Versions, read_set, versions
from spark_jobs.lakehouse.tables import Tables
from spark_jobs.matching.facts import film_row, release_row
from spark_jobs.matching.increments import matcher_fingerprint
from spark_jobs.matching.model import FEATURES, Model
from spark_jobs.runtime.session import SHORT_LIVED, spark_session
from spark_jobs.runtime.stage_run import add_addresses, addresses_of, log_to_stderr, read_manifest
from spark_jobs.schemas.gold import MATCHER
from spark_jobs.schemas.tables import CANDIDATES, MATCH_REVIEWS, MATCHES, MOVIES, RELEASES

Row = Mapping[str, Any]
_RIVALS = 5


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the lake knows of a pair.

    Args:
        film: its silver row; None when silver has no such film.
        record: the record's silver row; None when silver has no such record.
        candidates: the record's candidate films, likeliest first.
        match: the record's match; None when it has none.
        reviews: what people said of the record, in order.
    """

    film: Row | None
    record: Row | None
    candidates: Sequence[Row]
    match: Row | None
    reviews: Sequence[Row] = ()


def explain(
    spark: SparkSession, addresses: Addresses, film_id: int, release_id: int, run_id: str | None = None
) -> Explanation:
    """Read what is known of a pair, from the current tables or from those a run left.

    Raises LakeError when there are no such tables, or their versions are gone.
    """
    files = Files(addresses.files)
    tables = Tables(spark, addresses.catalog, addresses.tables, mark="explain", retention_days=RETENTION_DAYS)
    silver, gold = (_versions(files, stage, run_id) for stage in ("silver", "gold"))

    def rows(table: TableDefinition, found: Versions, key: str, value: int) -> DataFrame:
        if table.name not in found:
            raise LakeError(f"no {table.full_name} in the tables asked for: run the stage that writes it")
        return tables.read(table, found[table.name]).where(F.col(key) == value)

    candidates = rows(CANDIDATES, gold, "release_id", release_id).orderBy("rank")
    has_reviews = MATCH_REVIEWS.name in gold  # runs before there were reviews have none
    said = rows(MATCH_REVIEWS, gold, "release_id", release_id).orderBy("reviewed_at") if has_reviews else None
    return Explanation(
        _first(rows(MOVIES, silver, "film_id", film_id)),
        _first(rows(RELEASES, silver, "release_id", release_id)),
        [row.asDict() for row in candidates.collect()],
        _first(rows(MATCHES, gold, "release_id", release_id)),
        [row.asDict() for row in said.collect()] if said is not None else [],
    )


def _versions(files: Files, stage: str, run_id: str | None) -> Versions:
    if run_id:
        return versions(read_manifest(files, stage, run_id, "tables"))
    found = read_set(files, stage)
    if found is None:
        raise LakeError(f"{stage} has published nothing yet: run the {stage} job")
    return found.tables


def _first(rows: DataFrame) -> Row | None:
    found = rows.head()
    return found.asDict() if found else None


def lines(found: Explanation, film_id: int, release_id: int) -> list[str]:
    """The explanation for a person, a fact a line."""
    sides = [
        _side("film", film_id, found.film, ("title", "release_year", "composers")),
        _side("record", release_id, found.record, ("title", "year", "formats", "styles")),
    ]
    pair = next((row for row in found.candidates if row["film_id"] == film_id), None)
    evidence = _evidence(pair, found.match) if pair else _not_considered(found)
    rivals = [row for row in found.candidates if row["film_id"] != film_id][:_RIVALS]
    return [*sides, "", *evidence, "", *_rivals(rivals), "", *_said(found.reviews), _decision(found, film_id)]


def _side(name: str, number: int, row: Row | None, shown: Sequence[str]) -> str:
    if row is None:
        return f"{name} {number}: not in silver"
    facts = "; ".join(f"{key} {row[key]}" for key in shown)
    return f"{name} {number}: {facts}; raw answer {row['source_blob']}"


def _evidence(pair: Row, match: Row | None) -> list[str]:
    """Each piece of evidence, the weightiest first; with its weight where today's matcher made it."""
    is_todays = match is not None and match["matcher"] == matcher_fingerprint()
    weights = dict(zip(FEATURES, Model.load().weights.tolist(), strict=True)) if is_todays else {}
    parts = sorted((pair["contributions"] or {}).items(), key=lambda part: -abs(part[1]))
    listed = [f"  {part:+8.4f}  {name}{_weight(weights.get(name))}" for name, part in parts]
    bias = pair["log_odds"] - sum(part for _, part in parts)
    return ["evidence, in log-odds:", *listed, f"  {bias:+8.4f}  of every pair", f"  {pair['reason']}"]


def _weight(weight: float | None) -> str:
    return "" if weight is None else f" (weight {weight:+.4f})"


def _not_considered(found: Explanation) -> list[str]:
    """Why the pair is no candidate: the names the two sides are known by."""
    if found.film is None or found.record is None:
        return ["not considered: one side is not there"]
    film, record = film_row(_prepared(found.film)), release_row(_prepared(found.record))
    return [
        "not considered: no key of theirs met, or their names are not near",
        f"  names of the film: {'; '.join(film['film_names'])}",
        f"  names of the record: {'; '.join(record['release_names'])}",
    ]


def _prepared(row: Row) -> dict[str, Any]:
    """A silver row with the columns that a run adds to it before it takes names apart."""
    return {**row, "prominence": 0.0, "film_hash": 0, "release_hash": 0}


def _rivals(rivals: Sequence[Row]) -> list[str]:
    if not rivals:
        return ["no other film was considered"]
    return [
        "other films of the record:",
        *[
            f"  {row['score']:.4f}  film {row['film_id']} {row['film_title']} ({row['film_year']}): {row['reason']}"
            for row in rivals
        ],
    ]


def _said(reviews: Sequence[Row]) -> list[str]:
    """What people said of the record's films."""
    if not reviews:
        return []
    return ["reviews of the record:", *map(_review, reviews), ""]


def _review(row: Row) -> str:
    marks = [name for name, holds in (("stands", row["stands"]), ("contested", row["is_contested"])) if holds]
    why = f": {row['why']}" if row["why"] else ""
    tail = f" ({', '.join(marks)})" if marks else ""
    return f"  {row['reviewed_at']:%Y-%m-%d %H:%M} {row['reviewer']}: film {row['film_id']} {row['verdict']}{why}{tail}"


def _decision(found: Explanation, film_id: int) -> str:
    match = found.match
    if match is None:
        best = (
            f"; the matcher's likeliest film has {found.candidates[0]['score']:.4f}"
            if found.candidates
            else ""
        )
        return f"decision: the record stays without a film{best}"
    which = "this film" if match["film_id"] == film_id else f"film {match['film_id']}"
    marks = [match["band"], match["link_type"], *(["published"] if match["published"] else [])]
    marks += ["ambiguous"] if match["is_ambiguous"] else []
    marks += [f"by a {match['decided_by']}"] if (match.get("decided_by") or MATCHER) != MATCHER else []
    lineage = (
        f"movies {match['movies_version']}, releases {match['releases_version']}, matcher {match['matcher']}"
    )
    return f"decision: {which}, probability {match['score']:.4f} ({', '.join(marks)}); {lineage}"


def main(argv: Sequence[str] | None = None) -> None:
    """Entry point; exits with one clear line when there is nothing to read."""
    parser = argparse.ArgumentParser(
        prog="spark_jobs.explain", description="Why a record is of a film or not"
    )
    parser.add_argument("--film", type=int, required=True, metavar="ID", help="TMDB's number of the film")
    parser.add_argument(
        "--release", type=int, required=True, metavar="ID", help="Discogs' number of the record"
    )
    parser.add_argument("--run", metavar="RUN", help="as gold left it in this run; else as it is")
    add_addresses(parser)
    given = parser.parse_args(argv)
    log_to_stderr()
    spark = spark_session("crossfade-explain", **SHORT_LIVED)
    try:
        found = explain(spark, addresses_of(given), given.film, given.release, given.run)
    except LakeError as error:
        parser.error(str(error))
    sys.stdout.write("\n".join(lines(found, given.film, given.release)) + "\n")


if __name__ == "__main__":
    main()
