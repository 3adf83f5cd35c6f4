"""The bulk job from the address of a dump to bronze lines: once, whole, and with what is wrong told."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from spark_jobs.bulk import landing
from spark_jobs.bulk.errors import DumpError
from spark_jobs.bulk.job import LAST_DUMP, BulkRun
from spark_jobs.lakehouse.files import Files
from tests.unit.spark_jobs.bulk.server import BASE, FILE, DumpServer, dump, release

RUN, NEXT = "20261128T060000Z-0001", "20261129T060000Z-0002"
PREFIX = "discogs/dump/ingest_date=2026-11-01/run_id={}/"
DATA = dump(
    release(1),
    release(2, style=b"Techno"),
    release(3, b"<title>A</title><new/>"),
    release(4, b"<title>&lol;</title>"),
    release(5, b"<title>\xe9</title>"),
    release(6, b"<title>Soundtrack</title>", b"House"),
)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(f"{tmp_path}/{{area}}")


def run(files: Files, server: DumpServer, run_id: str = RUN) -> dict[str, Any]:
    with server.client() as http:
        return BulkRun(files, run_id, http, BASE, None, date(2026, 11, 28)).run()


def lines(files: Files, run_id: str = RUN) -> list[dict[str, Any]]:
    folder = Path(files.path("raw", PREFIX.format(run_id)))
    blobs = sorted(folder.glob("*.jsonl.gz")) if folder.exists() else []
    return [json.loads(line) for blob in blobs for line in gzip.decompress(blob.read_bytes()).splitlines()]


def test_soundtracks_become_lines_like_those_of_the_api(files: Files) -> None:
    """Kind, path, time and body; a piece that is no release is a line with its fault and its place."""
    manifest = run(files, DumpServer(DATA))
    found = lines(files)
    assert [line["request"]["path"] for line in found] == ["/releases/1", "/releases/3", "", "/releases/5"]
    first, _, bad, repaired = found
    assert (first["source"], first["kind"], first["status"]) == ("discogs", "release", 200)
    assert first["fetched_at"].startswith("2026-11-01T00:00:00") and first["body"]["title"] == "T"
    assert "byte " in bad["fault"] and "undefined entity" in bad["fault"] and "&lol;" in bad["body"]["piece"]
    assert repaired["body"]["title"] == "\ufffd"
    (part,) = manifest["raw"]
    assert part == {
        "source": "discogs",
        "kind": "release",
        "prefix": PREFIX.format(RUN),
        "blobs": 1,
        "records": 3,
        "bytes": part["bytes"],
    }
    assert manifest["dump"] == {"name": FILE, "day": "2026-11-01", "sha256": hashlib.sha256(DATA).hexdigest()}


def test_what_was_new_or_wrong_is_measured(files: Files) -> None:
    """Drift by path, pieces in quarantine with their places, releases seen and kept."""
    run(files, DumpServer(DATA))
    found = files.read_json("metrics", f"{RUN}/bulk.json")
    assert found is not None
    assert found["cut"]["releases"] == 6 and found["records"] == 3 and found["unwanted"] == 1
    assert found["quarantined"] == 1 and found["repaired"] == 1 and found["drift"] == {"release/new": 1}
    assert found["faults"][0].startswith("byte ")


def test_no_dump_fills_the_memory_with_what_is_new(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that are new in each release: the first ones are counted, and what is known of them goes on being so."""
    monkeypatch.setattr(landing, "MOST_DRIFT", 2)
    run(files, DumpServer(dump(*(release(n, b"<title>A</title><new%d/><old/>" % n) for n in range(1, 6)))))
    found = files.read_json("metrics", f"{RUN}/bulk.json")
    assert found is not None and found["drift"] == {"release/old": 5, "release/new1": 1}


def test_a_dump_is_landed_once(files: Files) -> None:
    """The same file is handed on until silver has read it, is not fetched again, and after that brings nothing."""
    server = DumpServer(DATA)
    first = run(files, server)
    assert run(files, server, NEXT)["raw"] == first["raw"] and len(server.asked) == 1
    files.write_json("control", f"silver/{NEXT}.json", {"run_id": NEXT})
    third = run(files, server, "20261130T060000Z-0003")
    assert third["raw"] == [] and "read by a run before" in third["note"]
    assert len(server.asked) == 1 and lines(files, NEXT) == []


def test_a_repaired_dump_of_the_same_name_is_another_one(files: Files) -> None:
    """Its checksum tells it apart, not its name."""
    run(files, DumpServer(DATA))
    files.write_json("control", f"silver/{RUN}.json", {"run_id": RUN})
    manifest = run(files, DumpServer(dump(release(1), release(9))), NEXT)
    assert manifest["raw"][0]["records"] == 2 and len(lines(files, NEXT)) == 2


def test_the_same_dump_gives_the_same_blobs(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several blobs, byte for byte as a job that is run again writes them; what another attempt left is gone."""
    monkeypatch.setattr(landing, "LINES_A_BLOB", 2)
    stale = tmp_path / "raw" / PREFIX.format(RUN) / "00099.jsonl.gz"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"half")
    run(files, DumpServer(DATA))
    blobs = {path.name: path.read_bytes() for path in stale.parent.iterdir()}
    assert sorted(blobs) == ["00000.jsonl.gz", "00001.jsonl.gz"]
    Path(files.path("control", LAST_DUMP)).unlink()
    run(files, DumpServer(DATA))
    assert {path.name: path.read_bytes() for path in stale.parent.iterdir()} == blobs


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (DATA[:-9], "torn or damaged"),
        (DATA[:60] + b"\xff\xff\xff\xff" + DATA[64:], "torn or damaged"),
        (gzip.compress(b'<!DOCTYPE a [<!ENTITY b "c">]><releases>' + release(1)), "declares entities"),
        (gzip.compress(b"<artists></artists>"), "torn|no release"),
        (gzip.compress(release(1) + release(2)[:-12]), "torn"),
    ],
    ids=["cut", "damaged", "entities", "nothing in it", "the last release is half"],
)
def test_a_torn_dump_is_never_taken_for_a_whole_one(files: Files, data: bytes, problem: str) -> None:
    """Although its checksum is right: no manifest, no mark that it was read, and the reason in words."""
    with pytest.raises(DumpError, match=problem):
        run(files, DumpServer(data))
    assert files.read_json("control", f"bulk/{RUN}.json") is None
    assert files.read_json("control", LAST_DUMP) is None


def test_raw_lines_that_retention_took_are_landed_again(files: Files, tmp_path: Path) -> None:
    """A dump counts as landed while its blobs are there or its rows are in the tables."""
    server = DumpServer(DATA)
    run(files, server)
    for blob in (tmp_path / "raw" / PREFIX.format(RUN)).iterdir():
        blob.unlink()
    assert (
        run(files, server, NEXT)["raw"][0]["prefix"] == PREFIX.format(NEXT) and len(lines(files, NEXT)) == 4
    )
