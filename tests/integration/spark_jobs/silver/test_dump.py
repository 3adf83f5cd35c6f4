"""Silver on lines that the bulk job landed: releases like those of the API, with tracks and credits of their own."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from pyspark.sql import SparkSession

from spark_jobs.bulk.landing import Landed, lines_of
from spark_jobs.bulk.pieces import Counts, cut
from spark_jobs.bulk.release import may_be_wanted
from spark_jobs.silver.job import run_silver
from spark_jobs.silver.quality.scores import Gates
from tests.integration.spark_jobs.builders.bronze_files import Bronze, answer, blob, page, record

FIRST, SECOND = "20261120T063000Z-0001", "20261121T063000Z-0002"
LATER = "2026-11-21T06:31:00Z"
PREFIX = "discogs/dump/ingest_date=2026-10-01/run_id=R/"
TRACKLIST = (
    b"<tracklist><track><position>1</position><title>Main Title</title><duration>3:05</duration></track>"
    b"<track><position>2</position><title>Suite</title><sub_tracks><track><position>2a</position><title>I</title>"
    b"</track></sub_tracks></track></tracklist>"
)
CREDITS = (
    b"<extraartists><artist><id>9</id><name>Hans Mori (2)</name><role>Composed By, Conductor [Orchestra]</role>"
    b"</artist></extraartists>"
)


def piece(release_id: int, inner: bytes) -> bytes:
    return (
        b'<release id="%d" status="Accepted"><artists><artist><name>Hans Mori (2)</name></artist></artists>'
        b"<genres><genre>Stage &amp; Screen</genre></genres><styles><style>Soundtrack</style></styles>%b</release>\n"
    ) % (release_id, inner)


DUMP = (
    piece(1, b"<title>Far Astray</title><released>1985-00-00</released>" + TRACKLIST + CREDITS)
    + piece(2, b"<title>Nine Wells</title>" + TRACKLIST)
    + piece(3, b"<title>&nobody;</title>")
    + piece(4, b"<title>Of The Dump Alone</title>" + CREDITS)
)


def land_dump(lake: Bronze, run_id: str) -> None:
    """Put the dump into a run's bronze, as the bulk job and the app do."""
    landed = Landed()
    lines = lines_of(cut([DUMP], may_be_wanted, Counts()), date(2026, 10, 1), landed)
    lake.write(f"raw/{PREFIX}00000.jsonl.gz", blob(*(line.decode().rstrip("\n") for line in lines)))
    manifest = lake.json(f"control/bronze/{run_id}.json")
    part = {"source": "discogs", "kind": "release", "prefix": PREFIX, "blobs": 1, "records": landed.records}
    manifest |= {"raw": [part, *manifest["raw"]], "created_at": "2026-11-20T06:40:00Z"}
    lake.write(f"control/bronze/{run_id}.json", json.dumps(manifest).encode())


@pytest.fixture(scope="module")
def lake(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Bronze:
    """A run of a dump with a page of the search on top, then one in which release 2 answers itself."""
    made = Bronze(tmp_path_factory.mktemp("lake"))
    made.land(FIRST, {"search": {"a": blob(page(record(1, "Hans Mori - Far Astray", year="1985")))}})
    land_dump(made, FIRST)
    body = {
        "id": 2,
        "title": "Nine Wells",
        "artists": [{"name": "Hans Mori"}],
        "community": {"have": 7, "want": 8},
    }
    tracks = {"tracklist": [{"position": "A", "type_": "track", "title": "Anew", "duration": "1:00"}]}
    own = answer("release", body | tracks, LATER, path="/releases/2")
    rows = page(record(4, "Hans Mori - Of The Dump Alone"), at=LATER)
    made.land(SECOND, {"release": {"b": blob(own)}, "search": {"c": blob(rows)}})
    for run_id in (FIRST, SECOND):
        run_silver(spark, run_id, made.addresses, Gates(0, 0))
    return made


def of_release(lake: Bronze, table: str, release_id: int, run_id: str) -> list[dict[str, Any]]:
    rows = [row for row in lake.rows(f"silver.{table}", run_id) if row["release_id"] == release_id]
    return sorted(rows, key=lambda row: int(row.get("position") or 0))


def test_a_release_of_a_dump_is_a_release(lake: Bronze) -> None:
    """Title, artists and year are its own; its day is the dump's."""
    (found,) = of_release(lake, "releases", 2, FIRST)
    assert (found["title"], found["artists"]) == ("Hans Mori (2) - Nine Wells", ["Hans Mori"])
    assert found["fetched_at"].date() == date(2026, 10, 1) and found["source_blob"].startswith(PREFIX)


def test_tracks_and_credits_are_rows_of_their_own(lake: Bronze) -> None:
    """In the order of the list, a role a row, and also where the search said something newer of the release."""
    (row,) = of_release(lake, "releases", 1, FIRST)
    assert (row["have"], row["year"]) == (3, 1985) and "discogs/search/" in row["source_blob"]
    tracks = of_release(lake, "tracks", 1, FIRST)
    assert [
        (t["position"], t["part_of"], t["number"], t["kind"], t["title"], t["duration_s"]) for t in tracks
    ] == [
        (1, None, "1", "track", "Main Title", 185),
        (2, None, "2", "index", "Suite", None),
        (3, 2, "2a", "track", "I", None),
    ]
    credits = of_release(lake, "release_credits", 1, FIRST)
    assert [(c["name"], c["role"], c["detail"], c["job"]) for c in credits] == [
        ("Hans Mori", "Composed By", None, "composer"),
        ("Hans Mori", "Conductor", "Orchestra", "conductor"),
    ]


def test_an_answer_of_its_own_replaces_what_the_dump_said(lake: Bronze) -> None:
    """Its tracks, and nobody else's; a search, which lists none, leaves them as they were."""
    assert [track["title"] for track in of_release(lake, "tracks", 2, SECOND)] == ["Anew"]
    assert of_release(lake, "tracks", 1, SECOND) == of_release(lake, "tracks", 1, FIRST)
    assert (
        of_release(lake, "release_credits", 4, SECOND) == of_release(lake, "release_credits", 4, FIRST) != []
    )


def test_a_piece_that_is_no_release_is_in_quarantine_with_its_place(lake: Bronze) -> None:
    """The byte it begins at in the dump, what is wrong, and the piece itself."""
    (bad,) = lake.rows("silver.quarantine", FIRST)
    assert bad["rule"] == "readable" and "byte " in bad["reason"] and "undefined entity" in bad["reason"]
    assert "&nobody;" in bad["raw"] and bad["source_blob"].startswith(PREFIX)


def test_a_dump_is_neither_late_nor_another_shape(lake: Bronze) -> None:
    """It is as old as it says, answers nothing twice, and what is new in it the bulk job counts."""
    found = lake.json(f"metrics/{FIRST}/quality.json")
    broken = {rule["name"] for rule in found["tables"]["releases"]["rules"] if rule["broken"]}
    assert not broken & {"in_time", "seen_once", "year_possible"}
    assert "discogs/release" not in found["drift"]["answers"]
