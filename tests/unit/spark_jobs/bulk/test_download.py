"""Fetching a dump: taken up where it broke, checked before it is read, and never half."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import httpx
import pytest

from spark_jobs.bulk.address import Dump, find_dump
from spark_jobs.bulk.download import Download, read_text
from spark_jobs.bulk.errors import DumpError
from tests.unit.spark_jobs.bulk.server import BASE, CHECKSUM, FILE, DumpServer, dump, release

DATA = dump(*(release(number, b"%x" % (number * 7919)) for number in range(200)))
PART = 100
TODAY = date(2026, 11, 28)


def found(server: DumpServer) -> Dump:
    with server.client() as http:
        return find_dump(BASE, None, TODAY, lambda address: read_text(http, address))


def fetched(server: DumpServer, folder: Path) -> bytes:
    with server.client() as http:
        parts = Download(http, found(server), folder, PART).fetch()
    return b"".join(part.read_bytes() for part in parts)


def test_a_dump_is_fetched_in_parts_that_are_the_file(tmp_path: Path) -> None:
    """It may have moved: redirects are followed."""
    server = DumpServer(DATA)
    assert fetched(server, tmp_path) == DATA and server.asked == [0]


def test_a_connection_that_breaks_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    """Only what is missing of the file is asked for, from the end of the last whole part."""
    server = DumpServer(DATA)
    server.breaks_after = [450, 30, 320]
    assert fetched(server, tmp_path) == DATA
    assert server.asked == [0, 400, 400, 700]


def test_another_attempt_goes_on_where_the_first_one_died(tmp_path: Path) -> None:
    """A part that was being written when the job died is fetched again."""
    server = DumpServer(DATA)
    with server.client() as http:
        dead = Download(http, found(server), tmp_path, PART)
        dead.folder.mkdir(exist_ok=True)
        (tmp_path / "00000.part").write_bytes(DATA[:100])
        (tmp_path / "00001.part").write_bytes(DATA[100:150])
    assert fetched(server, tmp_path) == DATA and server.asked == [100]


def test_a_file_that_is_there_whole_is_not_fetched_again(tmp_path: Path) -> None:
    """An attempt that failed after the download costs none."""
    server = DumpServer(DATA)
    assert fetched(server, tmp_path) == fetched(server, tmp_path) == DATA and server.asked == [0]


@pytest.mark.parametrize("size", [3 * PART, 3 * PART + 1])
def test_the_last_part_may_be_a_whole_one(size: int, tmp_path: Path) -> None:
    """A file of whole parts is complete, also for an attempt that finds all of them."""
    server = DumpServer(DATA[:size])
    server.breaks_after = [3 * PART] if size > 3 * PART else []
    assert fetched(server, tmp_path) == DATA[:size]
    (tmp_path / "whole").unlink()
    assert fetched(server, tmp_path) == DATA[:size]


def test_a_server_without_ranges_sends_it_from_the_beginning(tmp_path: Path) -> None:
    """What was fetched before is not put in front of the whole file."""
    server = DumpServer(DATA)
    server.ranges, server.breaks_after = False, [450]
    assert fetched(server, tmp_path) == DATA


def test_half_a_file_that_looks_whole_is_found_by_its_checksum(tmp_path: Path) -> None:
    """Nothing of it stays, so that the next attempt begins anew, and then it is the repaired file."""
    digest = hashlib.sha256(DATA).hexdigest()
    server = DumpServer(DATA[:-40], digest)
    with pytest.raises(DumpError, match="another file than its CHECKSUM"):
        fetched(server, tmp_path)
    server.data = DATA
    assert fetched(server, tmp_path) == DATA


@pytest.mark.parametrize("data", [b"<!doctype html><title>Moved</title>", b"", b"\x1f"])
def test_a_page_is_no_dump(data: bytes, tmp_path: Path) -> None:
    """It is refused by its first bytes, whatever its status."""
    with pytest.raises(DumpError, match=r"no gzip file .* check DISCOGS_DUMP_URL"):
        fetched(DumpServer(data), tmp_path)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_file_that_is_not_there_names_the_setting(status: int, tmp_path: Path) -> None:
    """CHECKSUM is there, the dump itself is not."""
    server = DumpServer(DATA)
    server.status = status
    with pytest.raises(DumpError, match=f"answered {status}: check DISCOGS_DUMP_URL"):
        fetched(server, tmp_path)


def test_without_a_checksum_nothing_is_read() -> None:
    """The error says which dumps were looked for, and where."""
    server = DumpServer(DATA)
    server.checksum = None
    with pytest.raises(
        DumpError, match=r"no CHECKSUM of a dump of 20261101, 20261001, 20260901 at .*DISCOGS_DUMP_URL"
    ):
        found(server)


@pytest.mark.parametrize(
    "text", ["", "<html>", f"{'0' * 64} *discogs_20261101_artists.xml.gz", f"abc *{FILE}"]
)
def test_a_checksum_that_does_not_name_the_dump_is_none(text: str) -> None:
    """A page, the other files' sums, half a sum."""
    server = DumpServer(DATA)
    server.checksum = text
    with pytest.raises(DumpError, match="does not name it"):
        found(server)


def test_the_newest_dump_is_found_by_its_checksum() -> None:
    """Before the month's dump is there the one of the month before counts; a given day is that day."""
    asked: list[str] = []

    def read(address: str) -> str | None:
        asked.append(address.removeprefix(f"{BASE}/"))
        return f"{'A' * 64}  {FILE}\n" if address.endswith(CHECKSUM) else None

    newest = find_dump(BASE + "/", None, date(2026, 12, 2), read)
    assert (newest.day, newest.name, newest.sha256) == (date(2026, 11, 1), FILE, "a" * 64)
    assert asked == ["2026/discogs_20261201_CHECKSUM.txt", f"2026/{CHECKSUM}"]
    assert find_dump(BASE, date(2026, 11, 1), date(2027, 5, 2), read) == newest


def test_a_server_that_stays_away_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its tries the job ends with the address and what to do."""
    monkeypatch.setattr("spark_jobs.bulk.download.TRIES", 2)
    server = DumpServer(DATA)
    server.status = 503
    with pytest.raises(DumpError, match=r"does not come whole .answered 503"):
        fetched(server, tmp_path)

    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no")

    with (
        pytest.raises(DumpError, match="ConnectError"),
        httpx.Client(transport=httpx.MockTransport(refuse)) as http,
    ):
        read_text(http, BASE)
