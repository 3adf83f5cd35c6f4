"""A lake after three runs of gold: changes and removals between the first two, the third a full one of the same."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from spark_jobs.gold.job import run_gold
from spark_jobs.silver.job import run_silver
from tests.integration.spark_jobs.builders.bronze_files import (
    Bronze,
    answer,
    blob,
    details,
    film,
    page,
    record,
)

RUNS = [f"20261120T063000Z-000{n}" for n in range(3)]
EARLY, LATE = "2026-11-20T06:30:00.000000Z", "2026-11-21T06:30:00.000000Z"
NOBODY = {"credits": {"cast": [], "crew": []}}
TWIN, LIVING_TWIN, OTHER_FILM = 7080, 7990, 20
"""Two films of one name, of which the first is removed, and a film of its own."""
TWINS_RECORD, GONE_RECORD, OTHER_RECORD = 30, 31, 32
"""The twins' record, one that is removed though the list still names it, and one of the same film."""
_TWINS = [film(TWIN, "The Salt Road"), film(LIVING_TWIN, "The Salt Road"), film(OTHER_FILM, "Harbour Lights")]
_RECORDS_OF_TWINS = [
    record(TWINS_RECORD, "Hans Mori - The Salt Road (Original Motion Picture Soundtrack)"),
    record(GONE_RECORD, "Hans Mori - Harbour Lights (Original Motion Picture Soundtrack)"),
    record(OTHER_RECORD, "Hans Mori - Harbour Lights (Reissue)"),
]
_FIRST_FILMS = [
    film(1, "Far Astray"),
    film(2, "Quiet Lantern", **NOBODY),
    *[film(100 + n, "Home", release_date=f"{1950 + n}-01-01", **NOBODY) for n in range(61)],
    *[film(200 + n, f"Marsh {'abcdefghij'[n % 10] * 3}{n}", **NOBODY) for n in range(20)],
    *_TWINS,
]
_LATER_FILMS = [
    film(2, "Quiet Lantern", release_date="1999-01-01"),
    film(3, "Far Astray", release_date="1990-01-01", **NOBODY),
    film(170, "Home", release_date="2016-01-01", **NOBODY),
]
_FIRST_RECORDS = [
    record(10, "Hans Mori - Far Astray (Original Motion Picture Soundtrack)"),
    record(11, "Various - Home", year="1960"),
    record(12, "Ana Ruiz - Quiet Lantern", year="1999"),
    record(13, "Ana Ruiz - Marsh"),
    record(14, "Ana Ruiz - Nothing Like It"),
    *_RECORDS_OF_TWINS,
]
_LATER_RECORDS = [
    record(12, "Hans Mori - Quiet Lantern", year="2001"),
    record(15, "Various - Far Astray", year="1990"),
    _RECORDS_OF_TWINS[1],
]
_GONE_FILM = details({"success": False, "status_code": 34}, LATE, 404, TWIN)
_GONE = answer("release", {"message": "Release not found."}, LATE, 404, f"/releases/{GONE_RECORD}")


def three_runs(spark: SparkSession, root: Path) -> Bronze:
    """The second run is incremental, the third scores the same in full, and knows some links."""
    lake = Bronze(root)
    first, later = (
        [answer("details", each, at) for each in films]
        for films, at in ((_FIRST_FILMS, EARLY), (_LATER_FILMS, LATE))
    )
    lake.land(
        RUNS[0], {"details": {"a": blob(*first)}, "search": {"s": blob(page(*_FIRST_RECORDS, at=EARLY))}}
    )
    changes = {
        "details": {"a": blob(*later, _GONE_FILM)},
        "search": {"s": blob(page(*_LATER_RECORDS, at=LATE))},
        "release": {"r": blob(_GONE)},
    }
    lake.land(RUNS[1], changes, "incremental")
    for run in RUNS[:2]:
        run_silver(spark, run, lake.addresses)
        run_gold(spark, run, lake.addresses, with_views=False)
    lake.write(f"control/silver/{RUNS[2]}.json", (lake.root / f"control/silver/{RUNS[1]}.json").read_bytes())
    lake.write("links.csv", b"tmdb_id,discogs_id,evidence\n1,10,x\n2,12,x\n1,14,x\n1,999,x\n")
    links = (lake.root / "links.csv").as_uri()
    run_gold(spark, RUNS[2], lake.addresses, is_full=True, with_views=False, links=links)
    return lake
