"""Links known from elsewhere, and how well the matches agree with them: so everyone sees it on their own catalog.

Any CSV in `control/known/` counts, such as Wikidata's soundtrack statements or a team's own: columns `tmdb_id`, and
`discogs_id` or `discogs_master_id`; others are passed over. A row that cannot be read is named and costs only itself.
"""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from spark_jobs.lakehouse.files import Files

log = logging.getLogger(__name__)
AREA, FOLDER = "control", "known"
FILM, RECORD, MASTER = "tmdb_id", "discogs_id", "discogs_master_id"
_MOST_TOLD = 100  # bad rows in the metrics
_MOST_ID = 2**63 - 1
_COLUMNS = "film_id bigint, release_id bigint, master_id bigint"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read: where it is, and what to mend."""

    file: str
    line: int
    field: str
    problem: str


Link = tuple[int, int | None, int | None]
"""Film, and record or master."""


@dataclass(slots=True)
class KnownLinks:
    """What the CSVs say; `files` are their names."""

    files: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)

    def pairs(self, spark: SparkSession, releases: DataFrame) -> DataFrame:
        """Known pairs (film_id, release_id), each once: a master stands for those of its records that are there."""
        rows = spark.createDataFrame(list(dict.fromkeys(self.links)), _COLUMNS)
        of_records = rows.where("release_id IS NOT NULL").select("film_id", "release_id")
        versions = releases.where("master_id IS NOT NULL").select("release_id", "master_id")
        of_masters = (
            rows.where("release_id IS NULL").select("film_id", "master_id").join(versions, "master_id")
        )
        return of_records.unionByName(of_masters.select("film_id", "release_id")).distinct()


def read_known(files: Files) -> KnownLinks:
    """All CSVs of known links in the lake."""
    found = KnownLinks()
    for name in sorted(files.sizes(AREA, FOLDER)):
        if name.lower().endswith(".csv"):
            found.files.append(name)
            text = Path(files.path(AREA, name)).read_text(encoding="utf-8-sig", errors="replace")
            read = list(parse_links(name, text))
            found.bad_rows += [each for each in read if isinstance(each, BadRow)]
            found.links += [each for each in read if not isinstance(each, BadRow)]
    for bad in found.bad_rows[:_MOST_TOLD]:
        log.warning("%s, line %s, %s: %s", bad.file, bad.line, bad.field, bad.problem)
    return found


def parse_links(name: str, text: str) -> Iterator[Link | BadRow]:
    """Each row of a CSV as a link, or as what is wrong with it."""
    rows = csv.reader(io.StringIO(text, newline=""))
    header = [column.strip().lower() for column in next(rows, [])]
    if FILM not in header or not {RECORD, MASTER} & set(header):
        missing = FILM if FILM not in header else RECORD
        yield BadRow(name, 1, missing, f"no such column: begin with a line '{FILM},{RECORD}'")
        return
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(name, rows.line_num, "row", f"is no CSV ({error}): quote it, or take it out")
            continue
        if any(value.strip() for value in row):
            yield _link(name, rows.line_num, dict(zip(header, row, strict=False)))


def _link(name: str, line: int, row: dict[str, str]) -> Link | BadRow:
    given = {column: (row.get(column) or "").strip() for column in (FILM, RECORD, MASTER)}
    if not given[RECORD] and not given[MASTER]:
        return BadRow(name, line, RECORD, f"is empty: give Discogs' number of the record, or {MASTER}")
    wanted = (FILM, RECORD if given[RECORD] else MASTER)
    for column in wanted:
        if _id(given[column]) is None:
            return BadRow(name, line, column, f"is {given[column][:40]!r}: give a whole number from 1 on")
    return _id(given[FILM]) or 0, _id(given[RECORD]), None if given[RECORD] else _id(given[MASTER])


def _id(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_MOST_ID))
    return int(text) if is_number and 0 < int(text) <= _MOST_ID else None


def agreement(
    known: KnownLinks, pairs: DataFrame, matched: DataFrame, films: DataFrame, releases: DataFrame
) -> dict[str, Any]:
    """Precision, recall and F1 of the matches of those records whose film is known, as figures for the metrics.

    Only pairs count whose film and record are both there (`records`); of a record with several known films any is
    right. `pairs` are KnownLinks.pairs.
    """
    there = pairs.join(films.select("film_id"), "film_id", "left_semi").join(
        releases.select("release_id"), "release_id", "left_semi"
    )
    by_record = there.groupBy("release_id").agg(F.collect_set("film_id").alias("known"))
    judged = by_record.join(matched.select("release_id", "film_id"), "release_id", "left")
    counts = judged.agg(
        F.count("*").alias("records"),
        F.count("film_id").alias("matched"),
        F.count_if(F.array_contains("known", F.col("film_id"))).alias("right"),
    ).head()
    found = counts.asDict() if counts else {"records": 0, "matched": 0, "right": 0}
    return {**found, **shares(**found), "links": len(known.links), **_told(known.bad_rows)}


def shares(records: int, matched: int, right: int) -> dict[str, float]:
    """Precision, recall and F1; 0 where nothing can be divided."""
    precision = right / matched if matched else 0.0
    recall = right / records if records else 0.0
    f1 = 2 * right / (matched + records) if right else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def _told(bad: Sequence[BadRow]) -> dict[str, Any]:
    return {"bad_rows": len(bad), "first_bad_rows": [asdict(each) for each in bad[:_MOST_TOLD]]}
